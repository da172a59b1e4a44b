// `gatewayctl time`: the clock of one meter, read, shifted or set. What is written is written once and read
// again (R23).

import Archive
import Drivers
import EventLoop
import Faults
import JSONText
import Metering
import Timekeeping

/// What `gatewayctl time` is asked for.
struct TimeOptions: Sendable {
    /// What is to happen to the clock.
    enum Change: Sendable {
        case none
        case shift(seconds: Int)
        /// To a stamp of its own; nil is the machine's time at the moment of the exchange.
        case set(CivilStamp?)
    }

    /// The meter.
    let meter: MeterOptions
    /// What is to happen.
    let change: Change

    /// Reads the arguments after `time`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments, valued: MeterOptions.valued.union(["set", "shift"]), flags: MeterOptions.flags)
        // A reader may shift; to set takes the configurator.
        meter = try MeterOptions(list, client: list["set"] == nil ? 32 : 48)
        let seconds = try list.number("shift", in: -900...900)
        switch (list["set"], seconds) {
        case (nil, nil): change = .none
        case (nil, 0?): throw UsageError("--shift by nothing")
        case (nil, let seconds?): change = .shift(seconds: seconds)
        case ("now"?, nil): change = .set(nil)
        case (let text?, nil):
            guard let time = WallTime(iso8601: text, local: meter.output.zone) else {
                throw UsageError("--set must be now or like 2026-03-01T00:30:00, not \(text)")
            }
            change = .set(time.civil(in: meter.output.zone))
        default: throw UsageError("one of --set and --shift")
        }
    }
}

/// One look at one clock.
struct TimeCommand: Sendable {
    private let options: TimeOptions
    private let loop: Loop

    init(_ options: TimeOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Reads, writes when asked to, and prints; the exit code.
    func run() async -> Int32 {
        let zone = options.meter.output.zone
        return await Conversation(options.meter, verb: "time", loop: loop).run { session in
            let before = try await session.clock()
            switch options.change {
            case .none: return printed(session.identity, before, nil)
            case .shift(let seconds): try await session.shiftClock(bySeconds: seconds)
            case .set(let stamp):
                try await session.setClock(to: stamp ?? SystemWallClock(buildYear: 2_026).now.civil(in: zone))
            }
            return printed(session.identity, try await session.clock(), before.differenceSeconds)
        }
    }

    private func printed(_ identity: MeterIdentity, _ clock: ClockReading, _ before: Int32?) -> [UInt8] {
        let stamp = ReadingDocument.text(of: clock.stamp, offset: options.meter.output.zone)
        let milliseconds = clock.roundTrip.wholeNanoseconds / 1_000_000
        guard options.meter.output.isJSON else {
            var text =
                "meter \(identity.serial) \(identity.model)\n\(stamp)  diff \(clock.differenceSeconds) s"
            if let before { text += "  before \(before) s" }
            return Array((text + "  round trip \(milliseconds) ms\n").utf8)
        }
        var members: [(String, JSONValue)] = [
            ("res", .integer(0)), ("id", .integer(Int64(options.meter.point.id))),
            ("serial", .string(identity.serial)), ("ts", .string(stamp)),
            ("diff", .integer(Int64(clock.differenceSeconds))),
        ]
        if let before { members.append(("before", .integer(Int64(before)))) }
        members.append(("roundTripMs", .integer(milliseconds)))
        return JSONLine.octets(members)
    }
}

// `gatewayctl relay`: the relay of one meter, read or switched (R24). The procedure is that of the gateway.

import Drivers
import EventLoop
import Faults
import JSONText
import Metering

/// What `gatewayctl relay` is asked for.
struct RelayOptions: Sendable {
    /// The meter.
    let meter: MeterOptions
    /// Whether the relay is to go on or off; nil only reads.
    let isOn: Bool?
    /// The only serial number that is acted upon; empty for any.
    let serial: String

    /// Reads the arguments after `relay`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments, valued: MeterOptions.valued.union(["serial"]),
            flags: MeterOptions.flags.union(["on", "off"]))
        if list.has("on"), list.has("off") { throw UsageError("one of --on and --off") }
        isOn = list.has("on") ? true : list.has("off") ? false : nil
        meter = try MeterOptions(list, client: isOn == nil ? 32 : 48)
        serial = list["serial"] ?? ""
    }
}

/// One relay of one meter.
struct RelayCommand: Sendable {
    private let options: RelayOptions
    private let loop: Loop

    init(_ options: RelayOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Reads or switches, and prints; the exit code.
    func run() async -> Int32 {
        let conversation = Conversation(options.meter, verb: "relay", loop: loop)
        guard let isOn = options.isOn else {
            return await conversation.run { session in
                let state = try await session.relay()
                return printed(
                    RelayOutcome(identity: session.identity, before: state, after: state), isRead: true)
            }
        }
        return await conversation.run { driver, lease in
            let point = options.meter.point
            let relay = RelaySwitch(driver, point, on: isOn, serial: options.serial, clock: loop.clock)
            let outcome = try await relay.run(over: lease)
            if !outcome.isDone, let remark = outcome.remark { throw remark }
            if let remark = outcome.remark {
                Terminal.tell("gatewayctl relay: \(FaultLine.text(of: remark))")
            }
            return printed(outcome, isRead: false)
        }
    }

    private func printed(_ outcome: RelayOutcome, isRead: Bool) -> [UInt8] {
        let state = outcome.after ?? outcome.before
        guard options.meter.output.isJSON else {
            var text = "meter \(outcome.identity.serial) \(outcome.identity.model)\nrelay \(state.word)"
            if let mode = state.mode { text += "  mode \(mode)" }
            if !isRead {
                text += outcome.isCommanded ? "  was \(outcome.before.word)" : "  no command needed"
            }
            return Array((text + "\n").utf8)
        }
        var members: [(String, JSONValue)] = [
            ("res", .integer(0)), ("id", .integer(Int64(options.meter.point.id))),
            ("serial", .string(outcome.identity.serial)), ("relayId", .integer(1)),
            ("relayState", .integer(state.isClosed ? 1 : 0)), ("control", .string(state.word)),
        ]
        if let mode = state.mode { members.append(("mode", .integer(Int64(mode)))) }
        if !isRead { members.append(("before", .string(outcome.before.word))) }
        return JSONLine.octets(members)
    }
}

// Runs errands over a line that somebody lends, and makes the answer as it is printed.

import Archive
package import Drivers
import Faults
package import JSONText
package import Lines
import Metering
package import Seams
import Timekeeping

/// Who lends the line of an errand.
package protocol LineLender: Sendable {
    /// Lends it in a format (nil is the line's own) while `body` runs. Throws why there is no line, or what
    /// `body` throws.
    func lend(_ settings: SerialSettings?, _ body: (LineLease) async throws -> Void) async throws
}

/// Does errands.
package struct ErrandRunner: Sendable {
    private let environment: DriverEnvironment
    private let drivers: DriverCatalogue

    /// A runner; what its drivers learn of meters is kept from errand to errand.
    package init(_ environment: DriverEnvironment) {
        self.environment = environment
        drivers = DriverCatalogue(environment)
    }

    /// Runs an errand to its end. Throws faults of line and meter, and cancellation.
    package func run(
        _ errand: Errand, lender: any LineLender, tell: @escaping @Sendable (ErrandNews) async throws -> Void
    ) async throws {
        switch errand.action {
        case .read(let measure, let tags, let window):
            let answer = ReadAnswer(errand, measure, tags: tags, window: window)
            try await converse(errand, lender, tell) { session in try await answer.printed(session) }
        case .time(let change):
            try await converse(errand, lender, tell) { session in
                try await printedClock(errand, change, session)
            }
        case .relay(nil, _):
            try await converse(errand, lender, tell) { session in
                let state = try await session.relay()
                let outcome = RelayOutcome(identity: session.identity, before: state, after: state)
                return printedRelay(errand, outcome, isRead: true)
            }
        case .relay(let isOn?, let serial):
            try await switchRelay(errand, on: isOn, serial: serial, lender, tell)
        case .scan(let order): try await search(errand, order, lender, tell)
        }
    }

    /// One session and what is printed of it.
    private func converse(
        _ errand: Errand, _ lender: any LineLender, _ tell: (ErrandNews) async throws -> Void,
        _ body: (any MeterSession) async throws -> [UInt8]
    ) async throws {
        let driver = try drivers.driver(for: errand.point.typeName)
        var printed: [UInt8] = []
        try await lender.lend(errand.settings) { lease in
            printed = try await driver.session(with: errand.point, over: lease, body)
        }
        try await tell(.output(printed))
    }

    // MARK: - Clocks

    private func printedClock(
        _ errand: Errand, _ change: Errand.ClockChange, _ session: any MeterSession
    ) async throws -> [UInt8] {
        let before = try await session.clock()
        switch change {
        case .none: return clockText(errand, session.identity, before, nil)
        case .shift(let seconds): try await session.shiftClock(bySeconds: seconds)
        case .set(let stamp?): try await session.setClock(to: stamp)
        case .set(nil):
            // A clock that is not believed is written to no meter (R1).
            guard environment.wall.isTrusted else { throw Fault(.timeUntrusted) }
            try await session.setClock(to: environment.wall.now.civil(in: errand.zone))
        }
        return clockText(errand, session.identity, try await session.clock(), before.differenceSeconds)
    }

    private func clockText(
        _ errand: Errand, _ identity: MeterIdentity, _ clock: ClockReading, _ before: Int32?
    ) -> [UInt8] {
        let stamp = ReadingDocument.text(of: clock.stamp, offset: errand.zone)
        let milliseconds = clock.roundTrip.wholeNanoseconds / 1_000_000
        guard errand.isJSON else {
            var text =
                "meter \(identity.serial) \(identity.model)\n\(stamp)  diff \(clock.differenceSeconds) s"
            if let before { text += "  before \(before) s" }
            return Array((text + "  round trip \(milliseconds) ms\n").utf8)
        }
        var members: [(String, JSONValue)] = [
            ("res", .integer(0)), ("id", .integer(Int64(errand.point.id))),
            ("serial", .string(identity.serial)), ("ts", .string(stamp)),
            ("diff", .integer(Int64(clock.differenceSeconds))),
        ]
        if let before { members.append(("before", .integer(Int64(before)))) }
        members.append(("roundTripMs", .integer(milliseconds)))
        return JSONLine.octets(members)
    }

    // MARK: - Relays

    private func switchRelay(
        _ errand: Errand, on isOn: Bool, serial: String, _ lender: any LineLender,
        _ tell: (ErrandNews) async throws -> Void
    ) async throws {
        let driver = try drivers.driver(for: errand.point.typeName)
        let relay = RelaySwitch(driver, errand.point, on: isOn, serial: serial, clock: environment.clock)
        var found: RelayOutcome?
        try await lender.lend(errand.settings) { lease in found = try await relay.run(over: lease) }
        guard let outcome = found else { return }
        if let remark = outcome.remark {
            if !outcome.isDone { throw remark }
            try await tell(.remark(remark))
        }
        try await tell(.output(printedRelay(errand, outcome, isRead: false)))
    }

    private func printedRelay(_ errand: Errand, _ outcome: RelayOutcome, isRead: Bool) -> [UInt8] {
        let state = outcome.after ?? outcome.before
        guard errand.isJSON else {
            var text = "meter \(outcome.identity.serial) \(outcome.identity.model)\nrelay \(state.word)"
            if let mode = state.mode { text += "  mode \(mode)" }
            if !isRead {
                text += outcome.isCommanded ? "  was \(outcome.before.word)" : "  no command needed"
            }
            return Array((text + "\n").utf8)
        }
        var members: [(String, JSONValue)] = [
            ("res", .integer(0)), ("id", .integer(Int64(errand.point.id))),
            ("serial", .string(outcome.identity.serial)), ("relayId", .integer(1)),
            ("relayState", .integer(state.isClosed ? 1 : 0)), ("control", .string(state.word)),
        ]
        if let mode = state.mode { members.append(("mode", .integer(Int64(mode)))) }
        if !isRead { members.append(("before", .string(outcome.before.word))) }
        return JSONLine.octets(members)
    }

    // MARK: - Searches

    private func search(
        _ errand: Errand, _ order: SearchOrder, _ lender: any LineLender,
        _ tell: (ErrandNews) async throws -> Void
    ) async throws {
        var environment = environment
        environment.zone = errand.zone
        let driver = try DriverCatalogue(environment).driver(for: "SPODES")
        var progress: [SearchProgress] = []
        try await LineSearch(order, driver: driver).run(
            borrow: { settings, look in
                for now in progress { try await report(now, errand, order, tell) }
                progress = []
                var meter: FoundMeter?
                try await lender.lend(settings) { lease in meter = try await look(lease) }
                return meter
            },
            progress: { now in progress.append(now) })
        for now in progress { try await report(now, errand, order, tell) }
    }

    private func report(
        _ now: SearchProgress, _ errand: Errand, _ order: SearchOrder,
        _ tell: (ErrandNews) async throws -> Void
    ) async throws {
        if let found = now.found {
            try await tell(.output(printed(found, errand, isSerial: order.medium == .serial)))
        }
        try await tell(.progress(now))
    }

    private func printed(_ meter: FoundMeter, _ errand: Errand, isSerial: Bool) -> [UInt8] {
        let place = meter.place
        let milliseconds = meter.roundTrip.wholeNanoseconds / 1_000_000
        guard errand.isJSON else {
            let transport = place.transport == .wrapper ? "wrapper" : "address \(place.address)"
            let octets = place.octets > 0 ? "  octets \(place.octets)" : ""
            let speed = isSerial ? "  \(place.settings.text)" : ""
            let name = meter.name.isEmpty ? "name not told" : "\(meter.serial)  \(meter.maker)"
            return Array("\(transport)\(octets)\(speed)  \(name)  \(milliseconds) ms\n".utf8)
        }
        var members: [(String, JSONValue)] = [
            ("address", .integer(Int64(place.address))), ("addressOctets", .integer(Int64(place.octets))),
            ("transport", .string(place.transport.rawValue)),
            ("settings", isSerial ? .string(place.settings.text) : .null),
            ("name", .string(meter.name)), ("maker", .string(meter.maker)), ("serial", .string(meter.serial)),
            ("roundTripMs", .integer(milliseconds)),
        ]
        if let difference = meter.clockDifferenceSeconds {
            members.append(("diff", .integer(Int64(difference))))
        }
        return JSONLine.octets(members)
    }
}

/// An answer as one line of JSON.
package enum JSONLine {
    /// An object of members in this order, and a line end.
    package static func octets(_ members: [(String, JSONValue)]) -> [UInt8] {
        JSONValue.object(members.map { JSONMember($0.0, $0.1) }).octets + [10]
    }
}

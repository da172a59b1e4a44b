// Switching the relay of one meter (R23, R24): who is there, how does it stand, one command, and its state
// read again until it is as wished. A command that stayed without an answer is never sent again: a new
// session reads what became of it. Used by the poller and by `gatewayctl relay`.

package import Faults
package import Metering
package import Seams
import Timekeeping

/// What came of switching a relay.
package struct RelayOutcome: Sendable, Hashable {
    /// Who answered.
    package var identity: MeterIdentity
    /// How the relay stood.
    package var before: RelayState
    /// How it stands; nil when nobody could read it after the command.
    package var after: RelayState?
    /// Whether a command was sent: a relay that stands as wished gets none.
    package var isCommanded: Bool
    /// What is not as wished: `relay.ready`, `relay.unchanged`, `relay.unknown`, or `relay.current` for a
    /// relay that is off while current flows. Nil for a success.
    package var remark: Fault?

    /// An outcome.
    package init(
        identity: MeterIdentity, before: RelayState, after: RelayState?, isCommanded: Bool = true,
        remark: Fault? = nil
    ) {
        self.identity = identity
        self.before = before
        self.after = after
        self.isCommanded = isCommanded
        self.remark = remark
    }

    /// Whether the relay is as wished, whatever else is odd about it.
    package var isDone: Bool { remark == nil || remark?.code == .relayCurrent }
}

/// One switching of one relay.
package struct RelaySwitch: Sendable {
    private let driver: any MeterDriver
    private let point: MeterPoint
    private let isOn: Bool
    private let serial: String
    private let clock: any MonotonicClock

    /// So long a relay may take (R24).
    private static let patience = Duration.seconds(10)
    private static let pause = Duration.seconds(1)
    /// Amperes; less than this is the noise of a measurement, not a load.
    package static let flowing = 0.05

    /// To switch the relay of `point` on or off. A meter with another serial number than `serial` is left
    /// alone: somebody else's supply hangs on it (R8); empty takes any.
    package init(
        _ driver: any MeterDriver, _ point: MeterPoint, on isOn: Bool, serial: String = "",
        clock: any MonotonicClock
    ) {
        self.driver = driver
        self.point = point
        self.isOn = isOn
        self.serial = serial
        self.clock = clock
    }

    /// How far a session came.
    private enum Step: Sendable {
        case ended(RelayOutcome)
        /// The command was sent and nobody knows what became of it.
        case unsure(RelayOutcome)
    }

    /// Does it. Throws `meter.relay` when there is none, `meter.access` when the meter refuses, and what a
    /// session throws before the command was sent.
    package func run(over channel: any Channel) async throws -> RelayOutcome {
        let step = try await driver.session(with: point, over: channel) { session in
            try await command(session)
        }
        switch step {
        case .ended(let outcome): return outcome
        case .unsure(var outcome):
            let found = try? await driver.session(with: point, over: channel) { session in
                guard session.identity.serial == outcome.identity.serial else { return nil as RelayOutcome? }
                return try await confirmed(outcome, session)
            }
            if let found { return found }
            outcome.remark = Fault(.relayUnknown, facts)
            return outcome
        }
    }

    private func command(_ session: any MeterSession) async throws -> Step {
        guard serial.isEmpty || session.identity.serial == serial else {
            throw Fault(
                .meterSerialChanged,
                facts.merging(["value": session.identity.serial, "expected": serial]) { $1 })
        }
        let before = try await session.relay()
        var outcome = RelayOutcome(identity: session.identity, before: before, after: nil)
        if before.isSwitched(on: isOn) {
            outcome.isCommanded = false
            outcome.after = before
            return .ended(outcome)
        }
        do {
            try await session.switchRelay(on: isOn)
            return .ended(try await confirmed(outcome, session))
        } catch let fault as Fault where fault.code == .meterDataAccess || fault.code == .meterUnsupported {
            throw fault
        } catch {
            return .unsure(outcome)
        }
    }

    /// Reads the relay until it stands as wished or its time is over.
    private func confirmed(
        _ outcome: RelayOutcome, _ session: any MeterSession
    ) async throws -> RelayOutcome {
        let end = clock.now + RelaySwitch.patience
        var outcome = outcome
        while true {
            let state = try await session.relay()
            outcome.after = state
            if state.isSwitched(on: isOn) {
                outcome.remark = isOn ? nil : await currentThatFlows(session, until: end)
                return outcome
            }
            if isOn, state.control == .ready {
                outcome.remark = Fault(.relayReady, facts)
                return outcome
            }
            guard clock.now + RelaySwitch.pause < end else { break }
            try await clock.sleep(for: RelaySwitch.pause)
        }
        outcome.remark = Fault(.relayUnchanged, facts)
        return outcome
    }

    /// Current that still flows behind an open relay: the contacts are welded or bridged. Means of a second
    /// take a while to fall, so the last look counts. A meter that does not tell its currents is believed.
    private func currentThatFlows(_ session: any MeterSession, until end: MonotonicInstant) async -> Fault? {
        while true {
            guard let reading = try? await session.current(.momentQuality, tags: [.iA, .iB, .iC]),
                let most = reading.values.map({ abs($0.double) }).max(), most > RelaySwitch.flowing
            else { return nil }
            let tenths = Int((most * 100).rounded())
            guard clock.now + RelaySwitch.pause < end else {
                return Fault(
                    .relayCurrent,
                    facts.merging(["value": "\(tenths / 100).\(tenths % 100 / 10)\(tenths % 10)"]) { $1 })
            }
            guard (try? await clock.sleep(for: RelaySwitch.pause)) != nil else { return nil }
        }
    }

    private var facts: [String: String] { ["meter": String(point.id)] }
}

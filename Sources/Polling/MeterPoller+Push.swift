// The poller's part in pushes: which meters there are, how one is asked how it pushes, and the archive, where
// a push stands beside what was polled.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Logging
import Metering
import Seams
import Timekeeping

extension MeterPoller {
    /// Every meter of the table that can be reached.
    func pushTargets() -> [PollTarget] { targets(configuration.meters.map(\.id)).targets }

    /// The keys of the table.
    func keyring() -> PushKeyring { drivers.keyring(pushTargets().map(\.point)) }

    /// How long a push waits for the line of its meter.
    private static let patience = Duration.seconds(30)

    /// Asks a meter how it tells what it pushed. False when it did not answer, or another meter did.
    func learn(_ push: MeterPush, from target: PollTarget, serial: String) async -> Bool {
        guard refusal(of: target) == nil else { return false }
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: .scheduled,
            owner: "push of meter \(target.point.id)", patience: MeterPoller.patience)
        do {
            return try await lines.withLease(request) { lease in
                try await target.driver.session(with: target.point, over: lease) { session in
                    guard session.identity.serial == serial else { return false }
                    try await session.learn(push)
                    return true
                }
            }
        } catch {
            let fault = Fault(session: error)
            logger.log(
                .info, "a meter does not tell how it pushes",
                [(.meter, "\(target.point.id)"), (.error, fault.code.rawValue)])
            // A refused password counts here as anywhere (R22); silence of a meter behind a modem does not.
            if fault.code.isAboutCredentials { note(fault, of: target) }
            return false
        }
    }

    /// Stores what a meter told, under every ID of the target. Throws `archive` when it cannot be.
    func keep(_ report: PushReport, of target: PollTarget, serial: String) async throws(PushFault) {
        let now = wall.now
        var isUrgent = false
        for id in target.meterIDs {
            var rows = MeterSessionRows(
                meterID: id, serial: serial, readAt: now, isTimeTrusted: wall.isTrusted, zone: target.zone,
                readings: report.readings, alarms: report.alarms)
            rows.isTold = true
            if !report.journals.isEmpty {
                rows.journals = JournalYield(
                    journals: report.journals, events: report.events, readAt: now.civil(in: target.zone))
            }
            do throws(Fault) {
                let outcome = try await archive.store(rows)
                askAgain(outcome.newlyUnbalanced, of: target)
                await noteSteps(outcome.clockSteps, of: target)
                isUrgent =
                    isUrgent || !outcome.raised.union(outcome.ended).isDisjoint(with: .urgent)
                    || !outcome.newsIn.isDisjoint(with: Journal.urgent)
            } catch {
                logger.log(
                    .error, "a push could not be stored", [(.meter, "\(id)"), (.error, error.code.rawValue)])
                throw .archive
            }
        }
        // Something happened that the meter did not tell whole: its journals are opened at the next visit.
        if !report.codes.isEmpty || !report.journals.isEmpty { forgetMemory(of: target) }
        if isUrgent { ring() }
    }
}

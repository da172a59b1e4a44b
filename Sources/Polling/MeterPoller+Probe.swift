// The light probe of a meter that was given up: somebody has to answer the smallest exchange before a session
// with its repetitions is tried, so that dead meters cost a line little.

import Drivers
import Faults
import Lines
import Metering
import Seams
import Timekeeping

extension MeterPoller {
    /// Why a target is not to be talked to now: it was given up and nobody answers its probe, which is noted
    /// as a failure of `measures`. Nil for any other target and for one that has come back.
    func silence(
        of target: PollTarget, until end: MonotonicInstant, measures: [Measure]
    ) async -> Fault? {
        guard needsProbe(target), let fault = await probe(target, patience: max(.zero, end - clock.now))
        else { return nil }
        if !fault.concernsLine { await noteFailure(of: target, fault, measures: measures) }
        return fault
    }

    /// Why nobody answers the light probe; nil when somebody does. `isSurelyHeard`: behind a hub it is made
    /// sure that the far end was not busy; a meter that was given up is not worth that.
    func probe(
        _ target: PollTarget, patience: Duration, isSurelyHeard: Bool = false
    ) async -> Fault? {
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: .scheduled,
            owner: "probe meter \(target.point.id)", patience: patience)
        do {
            try await lines.withLease(request) { lease in
                guard isSurelyHeard else { return try await target.driver.probe(target.point, over: lease) }
                try await target.conversing(over: lease) {
                    try await target.driver.probe(target.point, over: lease)
                }
            }
            return nil
        } catch {
            return target.fault(of: error)
        }
    }
}

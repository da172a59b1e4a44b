// How hubs stand: they have no sessions of their own, so the newest session through each of them tells.

import Archive
import Configuration
import Faults
import Timekeeping

/// What sessions of meters say of the hubs they went through.
struct HubConditions {
    private var newest: [Int: PollOutcome] = [:]

    /// From the newest session of each meter.
    init(_ meters: [MeterRow], sessions: [Int: PollOutcome]) {
        let rows = Dictionary(meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for meter in meters where meter.hasReadings {
            guard let outcome = sessions[meter.id] else { continue }
            var lower = meter
            // What is below a hub that cannot be used says nothing of those above it but that they can.
            var culprit = outcome.fault?.hubID
            for _ in rows where lower.interface == .hub {
                guard let hub = rows[lower.parentID] else { break }
                var told = outcome
                if culprit == nil, outcome.fault?.isOfHub == true { told.fault = nil }
                note(told, of: hub)
                if hub.id == culprit { culprit = nil }
                lower = hub
            }
        }
    }

    private mutating func note(_ outcome: PollOutcome, of hub: MeterRow) {
        if let known = newest[hub.id], known.at > outcome.at { return }
        newest[hub.id] = outcome
    }

    /// The newest session through a hub; nil when there was none. A fault in it may be the meter's.
    func outcome(of hub: MeterRow) -> PollOutcome? {
        guard var outcome = newest[hub.id] else { return nil }
        if outcome.fault?.isOfHub != true { outcome.fault = nil }
        return outcome
    }
}

extension Fault {
    /// Whether a hub is to blame.
    fileprivate var isOfHub: Bool { code == .hubBusy || code == .hubUnreachable }

    /// The hub that is to blame.
    fileprivate var hubID: Int? { isOfHub ? parameters["hub"].flatMap { Int($0) } : nil }
}

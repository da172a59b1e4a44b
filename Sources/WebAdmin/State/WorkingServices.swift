// The states of services as the pages show them, made from the services themselves.

package import Archive
import Configuration
package import Events
import Faults
package import Publishing
import Seams
import Timekeeping

/// Brokers by the publisher, schedules and rules by the event engine.
package struct WorkingServices: ServiceStates {
    private let engine: EventEngine
    private let publisher: Publisher
    private let archive: MeterArchive

    /// The states of these services.
    package init(engine: EventEngine, publisher: Publisher, archive: MeterArchive) {
        self.engine = engine
        self.publisher = publisher
        self.archive = archive
    }

    /// One status for each broker that some publication uses; the worst of its publications. What waits is counted in
    /// changes of the archive, an upper bound for a publication of part of the meters.
    package func brokers() async -> [BrokerStatus] {
        guard let publications = try? await publisher.status() else { return [] }
        let newest = await archive.newestSequence
        var found: [Int: BrokerStatus] = [:]
        for publication in publications {
            let id = publication.key.broker
            var status = found[id] ?? BrokerStatus(id: id, isConnected: false)
            status.fault = status.fault ?? publication.fault
            status.isConnected = status.fault == nil && (status.isConnected || publication.deliveredAt != nil)
            if publication.activity != .idle {
                status.waiting = max(status.waiting, Int(newest - publication.sequence))
            }
            found[id] = status
        }
        return found.values.sorted { $0.id < $1.id }
    }

    /// Next firings, and how each rule last ended.
    package func events() async -> EventStatus {
        var last: [Int: (time: WallTime, fault: Fault?)] = [:]
        for record in await engine.journal {
            guard let ended = record.ended else { continue }
            let fault: Fault? =
                switch record.outcome {
                case .failed(let fault): fault
                case .coalesced: Fault(.eventCoalesced)
                case .running, .done, .satisfied: nil
                }
            last[record.firing.armed.rule.id] = (ended, fault)
        }
        return EventStatus(next: await engine.nextFirings, last: last)
    }
}

// The joints between the web admin and the services it shows: live questions to meters, brokers and events.

import Archive
import Configuration
import Events
import Faults
import Polling
import Publishing
import Seams
import Timekeeping
package import WebAdmin

extension GatewayRuntime {
    /// Live conversations with meters, for `WebAdminParts`.
    package var meterOperations: any MeterOperations { poller }

    /// Services at work, for `WebAdminParts`.
    package var serviceStates: any ServiceStates { RunningServices(runtime: self) }
}

/// How brokers and events fare.
private struct RunningServices: ServiceStates {
    let runtime: GatewayRuntime

    func brokers() async -> [BrokerStatus] {
        let publications = (try? await runtime.publisher.status()) ?? []
        let links = (try? await runtime.publisher.connections()) ?? []
        let newest = await runtime.archive.newestSequence
        return await runtime.store.current.configuration.brokers.map { broker in
            let own = publications.filter { $0.key.broker == broker.id }
            let state = links.first { $0.broker == broker.id }
            let waiting = own.map { max(0, newest - $0.sequence) }.max() ?? 0
            return BrokerStatus(
                id: broker.id, isConnected: state?.link == .connected, isResting: state?.link == .resting,
                fault: state?.fault, waiting: Int(waiting))
        }
    }

    func connections(before: Int?, limit: Int) async throws -> [ConnectionEntry] {
        try await runtime.connections.entries(before: before, limit: limit)
    }

    func firings(before: Int?, limit: Int) async throws -> [FiringEntry] {
        try await runtime.events.firings(before: before, limit: limit)
    }

    func record(_ entry: @Sendable (_ number: Int) -> FiringEntry) async -> Int {
        await runtime.events.note(entry)
    }

    func pushes() async -> PushStatus { await runtime.pushes.status }

    func servers() async -> [ServerReport] { await runtime.servers.reports }

    func fault(ofPort port: Int) async -> Fault? { await runtime.servers.fault(ofPort: port) }

    func dropClient(of type: String, line: String?) async -> String? {
        await runtime.servers.drop(type, line: line)
    }

    func supplies() async -> [SupplyReport] { await runtime.supplies.reports }

    func inputs() async -> DiscreteInputState { await runtime.inputs.state() }

    func events() async -> EventStatus {
        var last: [Int: (time: WallTime, fault: Fault?)] = [:]
        for record in await runtime.events.journal {
            guard let ended = record.ended else { continue }
            switch record.outcome {
            case .failed(let fault): last[record.firing.armed.rule.id] = (ended, fault)
            case .done, .satisfied: last[record.firing.armed.rule.id] = (ended, nil)
            case .running, .coalesced: break
            }
        }
        return EventStatus(
            next: await runtime.events.nextFirings, last: last, jitter: await runtime.events.jitters)
    }
}

// The joints between the web admin and the services it shows: live questions to meters, brokers and events.

import Archive
import Configuration
import Events
import Faults
import HeadEnd
import Polling
import Publishing
import RTU327
import Seams
import Timekeeping
import Transit
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

    func firings(before: Int?, limit: Int) async throws -> [FiringEntry] {
        try await runtime.events.firings(before: before, limit: limit)
    }

    func record(_ entry: @Sendable (_ number: Int) -> FiringEntry) async -> Int {
        await runtime.events.note(entry)
    }

    func pushes() async -> PushStatus { await runtime.pushes.status }

    func servers() async -> [ServerReport] { await runtime.servers.states.map(\.report) }

    func dropClient(of type: String) async -> String? { await runtime.servers.drop(type) }

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

extension ServerState {
    /// As the page of servers shows it.
    fileprivate var report: ServerReport {
        var clients = headEnds.map { session in
            ServerReport.Client(
                peer: session.peer, since: session.since, received: session.received, sent: session.sent,
                requests: session.requests,
                last: session.lastCommand.map { "\($0.name) \(session.lastResult?.rawValue ?? 0)" })
        }
        if let client = transit?.client {
            clients.append(
                ServerReport.Client(
                    peer: client.peer, since: client.since, received: client.count.toLine,
                    sent: client.count.toClient, holdsLine: client.count.heldSince != nil))
        }
        return ServerReport(
            type: type, port: port, isListening: isListening, fault: fault, clients: clients,
            waiting: transit?.waiting ?? [], turnedAway: turnedAway + (transit?.turnedAway ?? 0))
    }
}

// The joints between the web admin and the services it shows: live questions to meters, brokers and events.

import Archive
import Configuration
import Drivers
import Events
import Faults
import Lines
import Metering
import Polling
import Publishing
import Seams
import Timekeeping
package import WebAdmin

extension GatewayRuntime {
    /// Live conversations with meters, for `WebAdminParts`.
    package var meterOperations: any MeterOperations { PolledMeters(runtime: self) }

    /// Services at work, for `WebAdminParts`.
    package var serviceStates: any ServiceStates { RunningServices(runtime: self) }
}

/// Asks meters through the poller, which knows their lines and health.
private struct PolledMeters: MeterOperations {
    let runtime: GatewayRuntime

    func current(
        meter id: Int, measure: Measure, tags: [Tag], until deadline: MonotonicInstant
    ) async throws(Fault) -> Reading {
        let patience = deadline - runtime.poller.clock.now
        let question = LiveQuestion(
            meters: [id], measure: measure, tags: tags, leaseClass: .current, patience: patience)
        guard let reading = try await answer(to: question, of: id).reading else {
            throw Fault(.meterUnsupported)
        }
        return reading
    }

    func test(meter id: Int) async throws(Fault) -> MeterTestResult {
        let question = LiveQuestion(meters: [id], measure: nil, leaseClass: .technician, patience: nil)
        let answer = try await answer(to: question, of: id)
        return MeterTestResult(
            serial: answer.identity.serial, model: answer.identity.model,
            clockDifferenceSeconds: answer.clock.differenceSeconds, roundTrip: answer.clock.roundTrip)
    }

    private func answer(to question: LiveQuestion, of id: Int) async throws(Fault) -> LiveAnswer {
        guard let answer = await runtime.poller.answers(to: question)[id] else {
            throw Task.isCancelled ? Fault(.stopped) : Fault(.notFound, ["meter": "\(id)"])
        }
        return try answer.get()
    }
}

/// How brokers and events fare.
private struct RunningServices: ServiceStates {
    let runtime: GatewayRuntime

    func brokers() async -> [BrokerStatus] {
        let publications = (try? await runtime.publisher.status()) ?? []
        let newest = await runtime.archive.newestSequence
        return await runtime.store.current.configuration.brokers.map { broker in
            let own = publications.filter { $0.key.broker == broker.id }
            let fault = own.lazy.compactMap(\.fault).first
            let isServed = own.contains { $0.activity == .sending || $0.deliveredAt != nil }
            let waiting = own.map { max(0, newest - $0.sequence) }.max() ?? 0
            return BrokerStatus(
                id: broker.id, isConnected: fault == nil && isServed, fault: fault, waiting: Int(waiting))
        }
    }

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
        return EventStatus(next: await runtime.events.nextFirings, last: last)
    }
}

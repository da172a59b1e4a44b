// What the web admin asks of policy, answered by polling, events and publishing: the joints that neither side owns.

import Archive
import Configuration
import Drivers
import Events
import Faults
import Lines
import Metering
import Polling
import Publishing
import Runtime
import Seams
import Timekeeping
import WebAdmin

/// Conversations with meters, held by the poller.
struct PolledMeters: MeterOperations {
    let poller: MeterPoller
    let clock: any MonotonicClock

    func current(
        meter id: Int, measure: Measure, tags: [Tag], until deadline: MonotonicInstant
    ) async throws(Fault) -> Reading {
        let question = LiveQuestion(
            meters: [id], measure: measure, tags: tags, patience: deadline - clock.now)
        guard let reading = try await answer(id, question).reading else { throw Fault(.meterUnsupported) }
        return reading
    }

    func test(meter id: Int) async throws(Fault) -> MeterTestResult {
        let question = LiveQuestion(
            meters: [id], measure: nil, leaseClass: .technician, patience: .seconds(60))
        let answer = try await answer(id, question)
        return MeterTestResult(
            serial: answer.identity.serial, model: answer.identity.model,
            clockDifferenceSeconds: answer.clock.differenceSeconds, roundTrip: answer.clock.roundTrip)
    }

    private func answer(_ id: Int, _ question: LiveQuestion) async throws(Fault) -> LiveAnswer {
        switch await poller.answers(to: question)[id] {
        case .success(let answer): return answer
        case .failure(let fault): throw fault
        case nil: throw Fault(Task.isCancelled ? .stopped : .notFound, ["meter": "\(id)"])
        }
    }
}

/// How events and publications stand.
struct RunningServices: ServiceStates {
    let runtime: GatewayRuntime

    func brokers() async -> [BrokerStatus] {
        let publications = (try? await runtime.publisher.status()) ?? []
        let newest = await runtime.archive.newestSequence
        return await runtime.store.current.configuration.brokers.map { broker in
            let own = publications.filter { $0.key.broker == broker.id }
            let waiting = own.map { newest - $0.sequence }.max() ?? 0
            let fault = own.compactMap(\.fault).first
            return BrokerStatus(
                id: broker.id, isConnected: fault == nil && own.contains { $0.deliveredAt != nil },
                fault: fault,
                waiting: Int(waiting))
        }
    }

    func events() async -> EventStatus {
        let journal = await runtime.events.journal
        var last: [Int: (time: WallTime, fault: Fault?)] = [:]
        for record in journal {
            guard let ended = record.ended else { continue }
            var fault: Fault?
            if case .failed(let reason) = record.outcome { fault = reason }
            last[record.firing.armed.rule.id] = (ended, fault)
        }
        return EventStatus(next: await runtime.events.nextFirings, last: last)
    }
}

// The joints between services that must not know each other: what events ask for, and current values for
// messages.

import Configuration
import Drivers
import Events
import Faults
import Lines
import Metering
import Polling
import Publishing
import Timekeeping

/// Does what events ask for.
struct RuntimeActions: EventActions {
    let poller: MeterPoller
    let publisher: Publisher

    func perform(_ action: EventAction, planned: CivilStamp) async throws -> (good: Int, total: Int) {
        switch action {
        case .poll(let template): return try await poller.poll(template: template)
        case .synchronizeClocks(let group): return try await poller.synchronise(group: group)
        case .publish(let publication):
            try await publisher.fire(publication: publication)
            return (1, 1)
        }
    }

    func isOverdue(_ action: EventAction, planned: CivilStamp) async -> Bool {
        switch action {
        case .poll(let template): await poller.isOverdue(template: template, planned: planned)
        // However often it is done, a clock is corrected at most once a day (R6).
        case .synchronizeClocks(let group): await poller.areClocksOverdue(group: group, planned: planned)
        // What lagged at the start is resumed by the publisher itself, after the device's jitter (R7).
        case .publish: false
        }
    }
}

/// Current values for messages, asked of the meters.
struct PolledReadings: CurrentReadingSource {
    let poller: MeterPoller

    func readings(_ measure: Measure, meters: [Int]?) async -> [CurrentReading] {
        let known = await poller.configuration.meters.filter(\.hasReadings).map(\.id)
        let wanted = meters.map { wanted in known.filter(wanted.contains) } ?? known
        let question = LiveQuestion(meters: wanted, measure: measure, leaseClass: .backFill, patience: nil)
        let answers = await poller.answers(to: question)
        return wanted.compactMap { id in
            switch answers[id] {
            case .success(let answer):
                CurrentReading(meterID: id, serial: answer.identity.serial, reading: answer.reading)
            case .failure(let fault):
                CurrentReading(meterID: id, serial: "", reading: nil, failure: fault.code.rawValue)
            case nil: nil
            }
        }
    }
}

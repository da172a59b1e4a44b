// Which events are due: a value that sees civil time and rules and remembers what it has handed out. It
// survives clock steps in both directions, and time that may not be trusted (R1). The engine asks it once a
// minute.

package import Configuration
package import Timekeeping

/// What an event does. Closed: a further kind of action is a case here, and the compiler names every place to
/// serve.
package enum EventAction: Sendable, Hashable {
    /// Poll what the poll template of this number wants.
    case poll(template: Int)
    /// Send the publication of this number.
    case publish(publication: Int)

    /// The action of a rule.
    package init(_ rule: EventRule) {
        switch rule.actionType {
        case .poller: self = .poll(template: rule.actionID)
        case .mqttPublication: self = .publish(publication: rule.actionID)
        }
    }

    /// Whether it talks to the outside, and so waits for the device's jitter (R7).
    package var isOutside: Bool {
        switch self {
        case .poll: false
        case .publish: true
        }
    }
}

/// A rule with the schedule it waits for.
package struct ArmedRule: Sendable, Hashable {
    /// The row of the event table.
    package var rule: EventRule
    /// Its schedule.
    package var schedule: Schedule

    /// A rule and its schedule.
    package init(rule: EventRule, schedule: Schedule) {
        self.rule = rule
        self.schedule = schedule
    }

    /// The rules of a configuration that have a schedule, in order of their numbers.
    package static func all(in configuration: GatewayConfiguration) -> [ArmedRule] {
        configuration.eventRules.sorted { $0.id < $1.id }.compactMap { rule in
            configuration.schedule(of: rule).map { ArmedRule(rule: rule, schedule: $0) }
        }
    }

    /// Seconds between two firings, at least.
    package var shortestPeriodSeconds: Int {
        switch schedule {
        case .every(let minutes): minutes * 60
        case .daily: 86_400
        case .monthly: 28 * 86_400
        case .yearly: 365 * 86_400
        }
    }
}

/// One planned moment of one rule that has come.
package struct Firing: Sendable, Hashable {
    /// The rule.
    package var armed: ArmedRule
    /// The moment by plan, in the device's civil time.
    package var planned: CivilStamp
    /// Whether the moment lay before the rule was armed: it runs only if what it was for is not there yet
    /// (D4).
    package var isBackfill: Bool

    /// A firing.
    package init(armed: ArmedRule, planned: CivilStamp, isBackfill: Bool = false) {
        self.armed = armed
        self.planned = planned
        self.isBackfill = isBackfill
    }
}

/// Hands out due firings, each planned moment once.
package struct EventPlan: Sendable {
    /// The last planned moment handed out, by rule.
    private var handled: [ArmedRule: CivilStamp] = [:]

    /// A plan that has handed out nothing.
    package init() {}

    /// The firings due at `now`, in order of rule numbers. Moments missed in between are one firing, the
    /// last. While time is not trusted only «Каждые» fires, the others keep waiting (R1).
    package mutating func due(
        _ rules: [ArmedRule], at now: CivilStamp, isTrusted: Bool
    ) -> [Firing] {
        let known = Set(rules)
        handled = handled.filter { known.contains($0.key) }
        var firings: [Firing] = []
        for armed in rules {
            if !isTrusted, !armed.isRhythm { continue }
            let last = armed.schedule.last(atOrBefore: now)
            let before = handled[armed].map { afterStep(armed, handled: $0, now: now) }
            if let before, last <= before {
                handled[armed] = before
            } else {
                handled[armed] = last
                firings.append(Firing(armed: armed, planned: last, isBackfill: before == nil))
            }
        }
        return firings
    }

    /// What counts as handled after a look at the clock. A small step back repeats nothing; after a large one
    /// waiting for the old moment to pass again would be a loss, so the rule goes on from the present one.
    private func afterStep(_ armed: ArmedRule, handled: CivilStamp, now: CivilStamp) -> CivilStamp {
        let ahead = handled.seconds - now.seconds
        let tolerated = armed.isRhythm ? Int64(armed.shortestPeriodSeconds) : 25 * 3_600
        return ahead > tolerated ? armed.schedule.last(atOrBefore: now) : handled
    }
}

extension ArmedRule {
    /// Whether it is a rhythm within the hour, which needs no trusted date.
    var isRhythm: Bool {
        if case .every = schedule { return true }
        return false
    }
}

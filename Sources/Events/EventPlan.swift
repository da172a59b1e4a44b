// Which scheduled events are due: a value that sees civil time and rules and remembers what it has handed
// out. It survives clock steps in both directions, changes of the zone, and time that may not be trusted
// (R1). The engine asks it once a minute.

package import Configuration
package import Timekeeping

/// What an event does. Closed: a further kind of action is a case here, and the compiler names every place to
/// serve.
package enum EventAction: Sendable, Hashable {
    /// Poll what the poll template of this number wants.
    case poll(template: Int)
    /// Put the clocks of the group of this number right (R6).
    case synchronizeClocks(group: Int)
    /// Send the publication of this number.
    case publish(publication: Int)

    /// The action of a rule.
    package init(_ rule: EventRule) {
        switch rule.actionType {
        case .poller: self = .poll(template: rule.actionID)
        case .timeSynchronization: self = .synchronizeClocks(group: rule.actionID)
        case .mqttPublication: self = .publish(publication: rule.actionID)
        }
    }

    /// Whether it talks to the outside, and so waits for the device's jitter (R7).
    package var isOutside: Bool {
        if case .publish = self { return true }
        return false
    }

    /// Whether it brings rows that a publication of the same event waits for.
    var bringsRows: Bool {
        if case .poll = self { return true }
        return false
    }
}

/// What a rule waits for.
package enum EventTrigger: Sendable, Hashable {
    /// The moments of a schedule.
    case schedule(Schedule)
    /// A change of a discrete input.
    case input(DiscreteInputRow)
}

/// A rule with what it waits for.
package struct ArmedRule: Sendable, Hashable {
    /// The row of the event table.
    package var rule: EventRule
    /// What it waits for.
    package var trigger: EventTrigger

    /// A rule and its schedule.
    package init(rule: EventRule, schedule: Schedule) {
        self.rule = rule
        trigger = .schedule(schedule)
    }

    /// A rule and its condition of a discrete input.
    package init(rule: EventRule, input: DiscreteInputRow) {
        self.rule = rule
        trigger = .input(input)
    }

    /// The rules of a configuration that have something to wait for, in order of their numbers.
    package static func all(in configuration: GatewayConfiguration) -> [ArmedRule] {
        configuration.eventRules.sorted { $0.id < $1.id }.compactMap { rule in
            if let input = configuration.discreteInput(of: rule) {
                return ArmedRule(rule: rule, input: input)
            }
            return configuration.schedule(of: rule).map { ArmedRule(rule: rule, schedule: $0) }
        }
    }

    /// Its schedule; nil for a rule that waits for an input.
    package var schedule: Schedule? {
        if case .schedule(let schedule) = trigger { return schedule }
        return nil
    }

    /// Seconds between two firings, at least; nil for a rule that waits for an input: nobody knows.
    package var shortestPeriodSeconds: Int? {
        switch schedule {
        case nil: nil
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
    /// The moment by plan, in the device's civil time; of an input, when it changed.
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
    /// The rules as they were given last.
    private var rules: [ArmedRule] = []
    /// What has been handed out, for each of the rules; nil before it is asked for the first time.
    private var handled: [Handled?] = []
    private var lastLook: CivilStamp?
    /// Nothing comes due before it while rules and trust stay and time does not step back.
    private var quiet: (until: CivilStamp, isTrusted: Bool)?

    /// Moments of one rule that were handed out, ascending in the order of handing out.
    private struct Handled {
        var newest: CivilStamp
        /// The newest moments of a rule of the calendar: after a step back they are not repeated.
        var moments: [CivilStamp]

        static let capacity = 64

        init(_ moment: CivilStamp) {
            newest = moment
            moments = [moment]
        }

        mutating func add(_ moment: CivilStamp) {
            newest = moment
            moments.append(moment)
            if moments.count > Handled.capacity { moments.removeFirst() }
        }
    }

    /// A plan that has handed out nothing.
    package init() {}

    /// The firings due at `now`, in order of rule numbers. Moments missed in between are one firing, the
    /// last. While time is not trusted only «Каждые» fires, the others keep waiting (R1).
    package mutating func due(
        _ rules: [ArmedRule], at now: CivilStamp, isTrusted: Bool
    ) -> [Firing] {
        arm(rules)
        let isAfterStepBack = lastLook.map { now < $0 } ?? false
        lastLook = now
        if let quiet, !isAfterStepBack, now < quiet.until, quiet.isTrusted == isTrusted { return [] }
        let awake = rules.filter { isTrusted || $0.isRhythm }.compactMap(\.schedule)
        quiet = awake.map { $0.next(after: now) }.min().map { ($0, isTrusted) }
        var firings: [Firing] = []
        for (index, armed) in rules.enumerated() {
            guard let schedule = armed.schedule, isTrusted || armed.isRhythm else { continue }
            let last = schedule.last(atOrBefore: now)
            guard var before = handled[index] else {
                handled[index] = Handled(last)
                firings.append(Firing(armed: armed, planned: last, isBackfill: true))
                continue
            }
            if armed.isRhythm {
                if isOutOfStep(armed, before.newest, now) { before = Handled(last) }
                if last > before.newest {
                    before = Handled(last)
                    firings.append(Firing(armed: armed, planned: last))
                }
            } else if !before.moments.contains(last) {
                // What lies before the moments known, after a step back, is asked for as at arming (D4).
                let isBackfill = isAfterStepBack || last < before.moments.min() ?? last
                before.add(last)
                firings.append(Firing(armed: armed, planned: last, isBackfill: isBackfill))
            }
            handled[index] = before
        }
        return firings
    }

    /// Takes the rules; those that were there before keep what was handed out for them.
    private mutating func arm(_ rules: [ArmedRule]) {
        guard rules != self.rules else { return }
        let before = Dictionary(zip(self.rules, handled), uniquingKeysWith: { first, _ in first })
        handled = rules.map { before[$0] ?? nil }
        self.rules = rules
        quiet = nil
    }

    /// A small step back repeats no beat of a rhythm; after a large one waiting for the old moment to pass
    /// again would be a loss, so the rhythm goes on from the present one.
    private func isOutOfStep(_ armed: ArmedRule, _ newest: CivilStamp, _ now: CivilStamp) -> Bool {
        newest.seconds - now.seconds > Int64(armed.shortestPeriodSeconds ?? 0)
    }
}

extension ArmedRule {
    /// Whether it is a rhythm within the hour, which needs no trusted date.
    var isRhythm: Bool {
        if case .every = schedule { return true }
        return false
    }
}

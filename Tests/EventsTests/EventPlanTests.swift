// The plan by itself: order, missed moments, clock steps, time that is not trusted.

import Configuration
import Events
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite("EventPlan")
struct EventPlanTests {
    static func rule(_ id: Int, _ schedule: Schedule) -> ArmedRule {
        ArmedRule(rule: EventRule(id: id, eventID: id, actionType: .poller, actionID: 1), schedule: schedule)
    }

    static func stamp(_ day: Int, _ hour: Int, _ minute: Int, month: Int = 3) -> CivilStamp {
        CivilStamp(year: 2026, month: month, day: day, hour: hour, minute: minute) ?? CivilStamp(seconds: 0)
    }

    /// Planned moments handed out while the clock shows `stamps` one after the other.
    static func planned(_ rule: ArmedRule, at stamps: [CivilStamp], isTrusted: Bool = true) -> [CivilStamp] {
        var plan = EventPlan()
        return stamps.flatMap { plan.due([rule], at: $0, isTrusted: isTrusted) }.filter { !$0.isBackfill }
            .map(\.planned)
    }

    @Test("arming hands out the last planned moment once, as back-fill (D4)")
    func arming() {
        var plan = EventPlan()
        let rule = EventPlanTests.rule(1, .daily(hour: 1, minute: 30))
        let first = plan.due([rule], at: EventPlanTests.stamp(5, 12, 0), isTrusted: true)
        #expect(first == [Firing(armed: rule, planned: EventPlanTests.stamp(5, 1, 30), isBackfill: true)])
        #expect(plan.due([rule], at: EventPlanTests.stamp(5, 12, 1), isTrusted: true).isEmpty)
    }

    @Test("every planned moment of a day is handed out exactly once")
    func everyMinute() {
        let minutes = (0..<1_440).map { EventPlanTests.stamp(5, $0 / 60, $0 % 60) }
        let rule = EventPlanTests.rule(1, .every(minutes: 15))
        #expect(EventPlanTests.planned(rule, at: minutes).count == 95)
        #expect(Set(EventPlanTests.planned(rule, at: minutes)).count == 95)
    }

    @Test("a step forward over a daily moment fires it once; a step back does not repeat it")
    func steps() {
        let rule = EventPlanTests.rule(1, .daily(hour: 1, minute: 30))
        let stamps = [
            EventPlanTests.stamp(5, 1, 0), EventPlanTests.stamp(5, 3, 0), EventPlanTests.stamp(5, 1, 0),
            EventPlanTests.stamp(5, 1, 30), EventPlanTests.stamp(5, 1, 31), EventPlanTests.stamp(6, 1, 30),
        ]
        #expect(
            EventPlanTests.planned(rule, at: stamps)
                == [EventPlanTests.stamp(5, 1, 30), EventPlanTests.stamp(6, 1, 30)])
    }

    @Test("after a large step back a rhythm goes on at its next moment instead of waiting for the old time")
    func largeStepBack() {
        let rule = EventPlanTests.rule(1, .every(minutes: 10))
        let stamps = [
            EventPlanTests.stamp(5, 12, 0), EventPlanTests.stamp(5, 9, 3), EventPlanTests.stamp(5, 9, 9),
            EventPlanTests.stamp(5, 9, 10),
        ]
        #expect(EventPlanTests.planned(rule, at: stamps) == [EventPlanTests.stamp(5, 9, 10)])
        let daily = EventPlanTests.rule(1, .daily(hour: 1, minute: 30))
        let year = [
            EventPlanTests.stamp(5, 12, 0, month: 12), EventPlanTests.stamp(5, 12, 0),
            EventPlanTests.stamp(6, 1, 30),
        ]
        #expect(EventPlanTests.planned(daily, at: year) == [EventPlanTests.stamp(6, 1, 30)])
    }

    @Test("R1: untrusted time holds daily and monthly moments, not the rhythm; they come when trust does")
    func untrusted() {
        var plan = EventPlan()
        let rules = [
            EventPlanTests.rule(1, .every(minutes: 5)), EventPlanTests.rule(2, .daily(hour: 1, minute: 30)),
            EventPlanTests.rule(3, .monthly(day: 31, hour: 0, minute: 0)),
        ]
        let held = plan.due(rules, at: EventPlanTests.stamp(5, 1, 30), isTrusted: false)
        #expect(held.map(\.armed.rule.id) == [1])
        let freed = plan.due(rules, at: EventPlanTests.stamp(5, 1, 33), isTrusted: true)
        #expect(freed.map(\.armed.rule.id) == [2, 3])
        #expect(freed.last?.planned == EventPlanTests.stamp(28, 0, 0, month: 2))
    }

    @Test("rules of one minute come in order of their numbers, and an edited rule is armed anew")
    func order() throws {
        var configuration = GatewayConfiguration()
        configuration.schedules = [ScheduleRow(id: 1, schedule: .every(minutes: 5))]
        configuration.eventRules = [3, 1, 2].map {
            EventRule(id: $0, eventID: 1, actionType: .poller, actionID: 1)
        }
        #expect(ArmedRule.all(in: configuration).map(\.rule.id) == [1, 2, 3])
        var plan = EventPlan()
        _ = plan.due(ArmedRule.all(in: configuration), at: EventPlanTests.stamp(5, 1, 1), isTrusted: true)
        configuration.schedules = [ScheduleRow(id: 1, schedule: .every(minutes: 7))]
        let again = plan.due(
            ArmedRule.all(in: configuration), at: EventPlanTests.stamp(5, 1, 2), isTrusted: true)
        #expect(again.filter(\.isBackfill).count == 3)
        #expect(again.count == 3)
    }

    /// A clock that is pushed about at random, minute by minute: steps to both sides, changes of the zone.
    private static func randomLooks(seed: UInt64, count: Int) -> [CivilStamp] {
        let chance = SeededEntropy(seed: seed)
        var now = stamp(5, 12, 0)
        return (0..<count).map { _ in
            now = now.adding(seconds: 60)
            switch chance.number(below: 400) {
            case 0: now = now.adding(seconds: Int64(chance.number(below: 4 * 86_400)))
            case 1: now = now.adding(seconds: -Int64(chance.number(below: 4 * 86_400)))
            case 2, 3: now = now.adding(seconds: Int64(chance.number(below: 13)) * 3_600 - 6 * 3_600)
            case 4...9: now = now.adding(seconds: Int64(chance.number(below: 121)) - 60)
            default: break
            }
            return now
        }
    }

    @Test(
        "whatever the clock and the zone do, no moment of the calendar is lost or doubled", arguments: 1...20)
    func noneLostNoneDoubled(seed: Int) {
        let rules = [
            EventPlanTests.rule(1, .daily(hour: 0, minute: 0)),
            EventPlanTests.rule(2, .daily(hour: 1, minute: 30)),
            EventPlanTests.rule(3, .monthly(day: 31, hour: 6, minute: 0)),
            EventPlanTests.rule(4, .monthly(day: 6, hour: 23, minute: 59)),
        ]
        var plan = EventPlan()
        var fired: [Int: Set<CivilStamp>] = [:]
        var (lost, doubled) = (0, 0)
        for now in EventPlanTests.randomLooks(seed: UInt64(seed), count: 10_000) {
            for firing in plan.due(rules, at: now, isTrusted: true) {
                let isNew = fired[firing.armed.rule.id, default: []].insert(firing.planned).inserted
                doubled += isNew ? 0 : 1
            }
            // The moment that has come is handed out by now.
            for rule in rules {
                guard let last = rule.schedule?.last(atOrBefore: now) else { continue }
                lost += fired[rule.rule.id]?.contains(last) == true ? 0 : 1
            }
        }
        #expect(lost == 0)
        #expect(doubled == 0)
    }

    @Test("a rhythm keeps its pace from one step of the clock to the next", arguments: 1...20)
    func rhythmKeepsItsPace(seed: Int) {
        let rule = EventPlanTests.rule(1, .every(minutes: 10))
        var plan = EventPlan()
        var (sinceStep, sinceLast, beats) = (0, 0, Set<CivilStamp>())
        var before = EventPlanTests.stamp(5, 12, 0)
        var (doubled, late) = (0, 0)
        for now in EventPlanTests.randomLooks(seed: UInt64(seed), count: 10_000) {
            sinceStep += 1
            sinceLast += 1
            if now.seconds - before.seconds != 60 { (sinceStep, beats) = (0, []) }
            before = now
            for firing in plan.due([rule], at: now, isTrusted: seed % 2 == 0) {
                doubled += beats.insert(firing.planned).inserted ? 0 : 1
                sinceLast = 0
            }
            late += sinceStep > 20 && sinceLast >= 20 ? 1 : 0
        }
        #expect(doubled == 0)
        #expect(late == 0)
    }
}

// How often a simulated site is read and how often it tells: the same for every life that is measured, drawn
// from the seed for lives that are to differ as sites do.

import Configuration
import VirtualTime

/// When a gateway of the simulation polls and publishes.
package struct SiteRhythm: Sendable, Hashable {
    /// From one poll of the profile to the next: 30, or a divisor of a day in whole hours.
    package var pollMinutes: Int
    /// From one publication to the next, likewise.
    package var publicationMinutes: Int
    /// Whether every poll reads present values too.
    package var readsPresentValues: Bool

    /// Everything every half-hour.
    package static let halfHours = SiteRhythm(
        pollMinutes: 30, publicationMinutes: 30, readsPresentValues: true)

    /// The rhythm of a seed: from every half-hour to once a day, poll and publication each for themselves.
    static func drawn(_ entropy: SeededEntropy) -> SiteRhythm {
        let polls = [30, 60, 120, 240, 360, 720, 1_440]
        let publications = [30, 60, 360, 1_440]
        return SiteRhythm(
            pollMinutes: polls[entropy.number(in: 0...polls.count - 1)],
            publicationMinutes: publications[entropy.number(in: 0...publications.count - 1)],
            readsPresentValues: entropy.number(in: 0...1) == 0)
    }

    /// Seconds that a row may be under way only because nothing is due, beyond what half-hours need.
    package var patience: Int { (pollMinutes + publicationMinutes - 60) * 60 }

    /// Data templates, poll templates, schedules, event rules.
    var tables: [(ConfigurationTable, String)] {
        let present = readsPresentValues ? #""ElMomentEnergy","# : ""
        let templates = #"""
            [{"name":"half-hour","types":[\#(present)"ElArr1ConsPower"]},
            {"name":"daily","types":["ElDayEnergy","ElMonthEnergy",
            "ElJrnlPwr","ElJrnlTimeCorr","ElJrnlOpen","ElJrnlUnAyth","ElJrnlProg"]}]
            """#
        var (schedules, rules): ([String], [String]) = ([], [])
        func fire(_ action: String, _ number: Int, at times: [String]) {
            for time in times {
                let id = schedules.count + 1
                schedules.append(#"{"id":\#(id),\#(time)}"#)
                rules.append(
                    #"{"id":\#(id),"eventType":"Scheduler","eventId":\#(id),"#
                        + #""actionType":"\#(action)","actionId":\#(number)}"#)
            }
        }
        fire("Poller", 1, at: SiteRhythm.times(pollMinutes, past: 5))
        fire("Poller", 2, at: [#""min":10,"hour":0"#])
        fire("MQTTMeterMessages", 1, at: SiteRhythm.times(publicationMinutes, past: 35))
        fire("SyncTime", 1, at: [#""min":40,"hour":1"#])
        return [
            (.dataTemplates, templates), (.schedules, "[\(schedules.joined(separator: ","))]"),
            (.eventRules, "[\(rules.joined(separator: ","))]"),
        ]
    }

    /// Every so many minutes, as the schedule table has it; hours at so many minutes past.
    private static func times(_ minutes: Int, past minute: Int) -> [String] {
        guard minutes >= 60 else { return [#""min":\#(minutes)"#] }
        return stride(from: 0, to: 24, by: minutes / 60).map { #""min":\#(minute),"hour":\#($0)"# }
    }
}

// When a meter was without mains: it answers nobody, counts nothing and writes no rows but one as it goes
// (R32). What ended before the meter's deepest archive begins no longer matters.

/// Outages of one meter, by true instants.
package struct MainsOutages: Sendable, Hashable {
    /// One outage.
    struct Outage: Sendable, Hashable {
        var begin: Int64
        /// Nil while it lasts.
        var end: Int64?
    }

    /// Oldest first.
    private(set) var all: [Outage] = []

    /// A meter that never lacked mains.
    package init() {}

    /// Whether there is no mains now.
    package var isDark: Bool { all.last.map { $0.end == nil } ?? false }

    /// Whether there was no mains at an instant.
    func isDark(at instant: Int64) -> Bool {
        all.contains { $0.begin <= instant && instant < $0.end ?? .max }
    }

    mutating func begin(at instant: Int64) { if !isDark { all.append(Outage(begin: instant)) } }

    mutating func end(at instant: Int64) {
        guard isDark, let last = all.indices.last else { return }
        all[last].end = instant
    }
}

extension SPODESMeter {
    /// True instants within a stretch at which the mains failed.
    package func mainsFailures(from begin: Int64, until end: Int64) -> [Int64] {
        outages.all.map(\.begin).filter { begin <= $0 && $0 <= end }
    }

    /// The mains fail or return at a true instant, which the meter notes (journal 2).
    package mutating func mains(isPresent: Bool, at instant: Int64) {
        guard isPresent == outages.isDark else { return }
        if isPresent {
            outages.end(at: instant)
            if supply.isOn { supply.resumeFlow(at: instant) }
            diary.note(2, code: 2, at: instant)
        } else {
            outages.begin(at: instant)
            if supply.isOn { supply.interruptFlow(at: instant) }
            diary.note(2, code: 1, at: instant)
        }
    }
}

// Whether a visit opens a meter's journals, and from where on (R21, R28): when the word of alarms or a count
// of entries changed, at least once a day, and whole after the clock has gone back. A value: the visit tells
// it what it saw, and it decides.

package import Archive
package import Metering
package import Timekeeping

/// What the last reading of a meter's journals left behind, kept while the gateway runs.
package struct JournalMemory: Sendable, Hashable {
    /// Alarms and counts before the journals were read; nil for a meter that has none.
    package var state: AlarmState?
    /// Journals that have been read since they last changed.
    package var journals: Set<Journal>
    /// Day of the reading by the meter's zone, as a number.
    package var day: Int64
    /// Meter clock minus gateway clock at the reading, seconds.
    package var difference: Int32

    /// A memory.
    package init(state: AlarmState?, journals: Set<Journal>, day: Int64, difference: Int32) {
        self.state = state
        self.journals = journals
        self.day = day
        self.difference = difference
    }
}

/// Journals of one visit and what is known of them.
package struct JournalQuestion: Sendable, Hashable {
    /// Journals of the poll.
    package var journals: Set<Journal>
    /// Urgent ones that another poll of this meter collects: what happened is not kept waiting for it.
    package var urgent: Set<Journal>
    /// How far they have been read; nil before the first session.
    package var marks: JournalMarks?
    /// The last reading; nil after a start.
    package var memory: JournalMemory?
    /// The present day in the meter's zone, as a number.
    package var day: Int64
    /// How often marks had been doubted when these were taken.
    package var doubts: Int

    /// A question.
    package init(
        journals: Set<Journal>, urgent: Set<Journal>, marks: JournalMarks?, memory: JournalMemory?,
        day: Int64, doubts: Int = 0
    ) {
        self.doubts = doubts
        self.journals = journals
        self.urgent = urgent
        self.marks = marks
        self.memory = memory
        self.day = day
    }

    /// Journals whose fill tells whether something is new that somebody collects.
    package var counted: Set<Journal> { journals.union(urgent) }

    /// Whether a meter is visited for it, even if nothing else is left to ask.
    package var isAsked: Bool { !journals.isEmpty }

    /// What to read.
    package struct Request: Sendable, Hashable {
        /// Which journals.
        package var journals: Set<Journal>
        /// Where to begin; nil for all that the meter holds.
        package var since: CivilStamp?
    }

    /// How much a clock may seem to go back by drift and round trips alone, seconds.
    private static let play: Int32 = 60

    /// What a visit has to read after it saw this; nil when nothing can be new.
    package func request(
        serial: String, state: AlarmState?, clock: CivilStamp, difference: Int32
    ) -> Request? {
        // Another meter hangs there: nothing of the old one's counts.
        let isKnown = marks.map { $0.serial.isEmpty || $0.serial == serial } ?? true
        let memory = isKnown ? memory : nil
        let mayHaveNews = state?.mayHoldNews(since: memory?.state) ?? true
        let wentBack = memory.map { difference < $0.difference - JournalQuestion.play } ?? false
        var wanted: Set<Journal> = []
        let isDue = memory.map { $0.day != day || !journals.isSubset(of: $0.journals) } ?? true
        if mayHaveNews || isDue || wentBack { wanted = journals }
        if state != nil, mayHaveNews { wanted.formUnion(urgent) }
        guard !wanted.isEmpty else { return nil }
        return Request(
            journals: wanted, since: wentBack || !isKnown ? nil : since(of: wanted, clock: clock))
    }

    /// The oldest mark among the journals; nil when one was never read, or lies ahead of the meter's clock:
    /// then it has gone back, and what happened since may bear any stamp.
    private func since(of wanted: Set<Journal>, clock: CivilStamp) -> CivilStamp? {
        var oldest: CivilStamp?
        for journal in wanted {
            guard let mark = marks?.readAt[journal], mark <= clock else { return nil }
            oldest = min(oldest ?? mark, mark)
        }
        return oldest
    }

    /// What is remembered after `read` was answered.
    package func remembered(
        _ read: Set<Journal>, serial: String, state: AlarmState?, difference: Int32
    ) -> JournalMemory {
        var fresh = JournalMemory(state: state, journals: read, day: day, difference: difference)
        guard let memory, marks?.serial == serial, let state else { return fresh }
        // Another poll of this meter counts other journals: what it saw stands until it looks again.
        fresh.state = state.joined(with: memory.state)
        if fresh.state == memory.state, memory.day == day { fresh.journals.formUnion(memory.journals) }
        return fresh
    }
}

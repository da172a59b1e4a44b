// What one meter still has to be asked, in the order of R16: start of day and month, rows that soon expire in
// the meter, the newest day, then backwards. A value; it is told what came of each step and decides the next.

package import Archive
package import Metering
package import Timekeeping

/// One request to a meter, small enough to be given up after.
package enum PollStep: Sendable, Hashable {
    /// A present value, kept as a snapshot.
    case current(Measure)
    /// Rows of an archive, both ends included.
    case archive(Measure, ClosedRange<CivilStamp>)

    /// What is asked for.
    package var measure: Measure {
        switch self {
        case .current(let measure), .archive(let measure, _): measure
        }
    }
}

/// The gaps of one measure of one meter.
package struct MeasureGaps: Sendable {
    /// Which archive.
    package var measure: Measure
    /// Its slots.
    package var grid: SlotGrid
    /// Ranges of missing slots, ascending.
    package var gaps: [ClosedRange<CivilStamp>]

    /// Gaps of a measure.
    package init(measure: Measure, grid: SlotGrid, gaps: [ClosedRange<CivilStamp>]) {
        self.measure = measure
        self.grid = grid
        self.gaps = gaps
    }

    /// Cuts the newest stretch of at most `seconds` off; slots in between that are present come along.
    mutating func takeNewest(seconds: Int64) -> ClosedRange<CivilStamp>? {
        guard let newest = gaps.last?.upperBound else { return nil }
        var lower = newest
        while let gap = gaps.last, gap.upperBound.seconds > newest.seconds - seconds {
            gaps.removeLast()
            var first = gap.upperBound
            while first > gap.lowerBound, grid.previous(before: first).seconds > newest.seconds - seconds {
                first = grid.previous(before: first)
            }
            lower = first
            if first > gap.lowerBound {
                gaps.append(gap.lowerBound...grid.previous(before: first))
                break
            }
        }
        return lower...newest
    }

    /// Cuts what lies within `window` off; nil when nothing does.
    mutating func take(within window: ClosedRange<CivilStamp>) -> ClosedRange<CivilStamp>? {
        var (taken, kept): ([ClosedRange<CivilStamp>], [ClosedRange<CivilStamp>]) = ([], [])
        for gap in gaps {
            let slots = gap.clamped(to: window)
            guard gap.overlaps(window) else {
                kept.append(gap)
                continue
            }
            let (first, last) = (grid.slot(containing: slots.lowerBound), slots.upperBound)
            guard first <= last else {
                kept.append(gap)
                continue
            }
            taken.append(first...last)
            if gap.lowerBound < first { kept.append(gap.lowerBound...grid.previous(before: first)) }
            if last < gap.upperBound { kept.append(grid.next(after: last)...gap.upperBound) }
        }
        gaps = kept
        guard let first = taken.first, let last = taken.last else { return nil }
        return first.lowerBound...last.upperBound
    }
}

/// The steps left for one meter.
package struct PollWork: Sendable {
    private var urgent: [PollStep] = []
    private var history: [MeasureGaps] = []
    /// Length of the next backward stretch in days: doubled after an empty answer, so that the part before
    /// the meter was born costs a handful of requests.
    private var stretchDays: [Measure: Int64] = [:]
    /// What to find out about journals; nil once it was asked.
    private var question: JournalQuestion?

    /// What [G] promises of a meter's own depth: a profile of 180 days at 60 minutes (R16).
    package static func meterDepthSeconds(intervalMinutes: Int) -> Int64 {
        4_320 * Int64(intervalMinutes) * 60
    }

    /// Work of a meter: the measures of the template, the gaps of those that have a grid, and the civil time
    /// of the meter's zone.
    package init(
        measures: [Measure], gaps: [MeasureGaps], intervalMinutes: Int, now: CivilStamp,
        question: JournalQuestion? = nil
    ) {
        self.question = question
        var gaps = gaps
        let starts: [Measure] = [.dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption]
        for measure in starts {
            // 40 days and 13 months are what the meters hold at least (R16), in one answer.
            let reach: Int64 = measure == .dayEnergy || measure == .dayConsumption ? 40 : 400
            takeUrgent(measure, from: &gaps) { $0.takeNewest(seconds: reach * 86_400) }
        }
        for measure in measures where measure.isSnapshot { urgent.append(.current(measure)) }
        let depth = PollWork.meterDepthSeconds(intervalMinutes: intervalMinutes)
        let expiring = now.adding(seconds: -depth)...now.adding(seconds: 86_400 - depth)
        takeUrgent(.powerProfile, from: &gaps) { $0.take(within: expiring) }
        takeUrgent(.powerProfile, from: &gaps) { $0.takeNewest(seconds: 86_400) }
        history = gaps
    }

    private mutating func takeUrgent(
        _ measure: Measure, from gaps: inout [MeasureGaps],
        _ take: (inout MeasureGaps) -> ClosedRange<CivilStamp>?
    ) {
        guard let index = gaps.firstIndex(where: { $0.measure == measure }), let window = take(&gaps[index])
        else {
            return
        }
        urgent.append(.archive(measure, window))
    }

    /// Whether nothing is left.
    package var isEmpty: Bool {
        urgent.isEmpty && question?.isAsked != true && history.allSatisfy { $0.gaps.isEmpty }
    }

    /// Whether rows of a measure are among what is to be asked.
    package func asks(of measure: Measure, withHistory: Bool) -> Bool {
        urgent.contains { $0.measure == measure }
            || withHistory && history.contains { $0.measure == measure && !$0.gaps.isEmpty }
    }

    /// Journals to be counted when the question about them is put; nil without one.
    package var countedJournals: Set<Journal>? { question?.counted }

    /// Whether something is left that cannot wait for the other meters.
    package var isUrgent: Bool { !urgent.isEmpty }

    /// The next step; history only when asked for. Nil when nothing is left.
    package mutating func next(withHistory: Bool) -> PollStep? {
        if !urgent.isEmpty { return urgent.removeFirst() }
        guard withHistory else { return nil }
        for index in history.indices where !history[index].gaps.isEmpty {
            let measure = history[index].measure
            let days = stretchDays[measure] ?? PollWork.firstStretchDays(of: measure)
            if let window = history[index].takeNewest(seconds: days * 86_400) {
                return .archive(measure, window)
            }
        }
        return nil
    }

    /// The question about journals, once.
    package mutating func takeQuestion() -> JournalQuestion? {
        defer { question = nil }
        return question
    }

    /// It was not answered.
    package mutating func putBack(_ question: JournalQuestion) { self.question = question }

    /// A step was answered with so many rows.
    package mutating func answered(_ step: PollStep, rows: Int) {
        let first = PollWork.firstStretchDays(of: step.measure)
        stretchDays[step.measure] = rows > 0 ? first : min((stretchDays[step.measure] ?? first) * 2, 800)
    }

    /// A step was not answered because the session ended: it is asked again first.
    package mutating func interrupted(_ step: PollStep) { urgent.insert(step, at: 0) }

    /// The meter cannot give this measure: nothing more of it is asked.
    package mutating func abandon(_ measure: Measure) {
        urgent.removeAll { $0.measure == measure }
        history.removeAll { $0.measure == measure }
    }

    /// Nothing but what is urgent is asked: the meter's clock is so far off that its rows cannot be believed
    /// (R13), and reading all of them at every poll would bring nothing.
    package mutating func postponeHistory(of measure: Measure) { history.removeAll { $0.measure == measure } }

    private static func firstStretchDays(of measure: Measure) -> Int64 {
        switch measure {
        case .powerProfile: 5
        case .dayEnergy, .dayConsumption: 60
        default: 800
        }
    }
}

extension Measure {
    /// Whether polling it means taking a snapshot of a present value.
    package var isSnapshot: Bool {
        switch self {
        case .momentEnergy, .momentQuality, .configuration: true
        case .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption, .powerProfile, .clock, .relay,
            .journal:
            false
        }
    }
}

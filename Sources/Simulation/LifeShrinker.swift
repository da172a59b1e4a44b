// Shortens a failing life to the faults it takes: leaves out the days before the last episodes, drops
// episodes, then single faults, as long as the life still fails, and ends it at the examination that fails.

/// Finds the shortest trace of a failure.
package struct LifeShrinker {
    /// The lives tried so far.
    package private(set) var tries = 0
    private let limit: Int

    /// A shrinker that lives at most so many lives.
    package init(limit: Int = 60) { self.limit = limit }

    /// The shortest failing life found from a failing one, with its report.
    package mutating func shrink(_ life: SimulatedLife, _ report: LifeReport) throws -> (
        SimulatedLife, LifeReport
    ) {
        var (shortest, found) = (life, report)
        if let failing = report.episode, failing < life.episodes.count {
            shortest.episodes = Array(life.episodes[...failing])
            shortest.days = life.episodes[failing].examinedAt / 86_400 + 1
        }
        for count in [1, 2, 4] where count < shortest.episodes.count {
            let shorter = LifeShrinker.end(of: shortest, episodes: count)
            guard let failure = try failure(of: shorter) else { continue }
            (shortest, found) = (shorter, failure)
            break
        }
        // Whole episodes from the first on: most of them have nothing to do with it.
        var index = 0
        while index < shortest.episodes.count - 1 {
            var shorter = shortest
            shorter.episodes.remove(at: index)
            if let failure = try failure(of: shorter) {
                (shortest, found) = (shorter, failure)
            } else {
                index += 1
            }
        }
        for episode in shortest.episodes.indices.reversed() {
            for fault in shortest.episodes[episode].faults.indices.reversed() {
                var shorter = shortest
                shorter.episodes[episode].faults.remove(at: fault)
                if let failure = try failure(of: shorter) { (shortest, found) = (shorter, failure) }
            }
        }
        return (shortest, found)
    }

    /// The last episodes of a life, at their times of day, from the third day on.
    private static func end(of life: SimulatedLife, episodes count: Int) -> SimulatedLife {
        var shorter = life
        shorter.episodes = Array(life.episodes.suffix(count))
        let first = shorter.episodes.first?.faults.map(\.at).min() ?? 0
        let days = max(0, first / 86_400 - 2)
        shorter.days -= days
        for episode in shorter.episodes.indices {
            shorter.episodes[episode].examinedAt -= days * 86_400
            for fault in shorter.episodes[episode].faults.indices {
                shorter.episodes[episode].faults[fault].at -= days * 86_400
            }
        }
        return shorter
    }

    private mutating func failure(of life: SimulatedLife) throws -> LifeReport? {
        guard tries < limit else { return nil }
        tries += 1
        let report = try life.run()
        return report.offences.isEmpty ? nil : report
    }
}

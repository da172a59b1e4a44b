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
                // An episode without faults has no number to repeat it by.
                if shorter.episodes[episode].faults.isEmpty { continue }
                if let failure = try failure(of: shorter) { (shortest, found) = (shorter, failure) }
            }
        }
        return (shortest, found)
    }

    /// The last episodes of a life, from the third day on.
    private static func end(of life: SimulatedLife, episodes count: Int) -> SimulatedLife {
        var shorter = life
        shorter.episodes = Array(life.episodes.suffix(count))
        let first = shorter.episodes.first?.faults.map(\.at).min() ?? 0
        return shorter.without(days: max(0, first / 86_400 - 2))
    }

    private mutating func failure(of life: SimulatedLife) throws -> LifeReport? {
        guard tries < limit else { return nil }
        tries += 1
        let report = try life.run()
        return report.offences.isEmpty ? nil : report
    }
}

/// One fault of a life by its numbers: `12.0` is the first of the thirteenth episode.
package struct FaultNumber: Sendable, Hashable, CustomStringConvertible {
    /// The episode, from 0.
    package var episode: Int
    /// The fault within it, from 0.
    package var fault: Int

    /// The fault of two numbers.
    package init(episode: Int, fault: Int) {
        self.episode = episode
        self.fault = fault
    }

    /// Reads `12.0`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let episode = parts[0], let fault = parts[1] else { return nil }
        self.init(episode: episode, fault: fault)
    }

    /// `12.0`
    package var description: String { "\(episode).\(fault)" }
}

extension SimulatedLife {
    /// The same life with its faults so many days earlier, at their times of day, and as many days shorter.
    package func without(days: Int) -> SimulatedLife {
        var life = self
        life.days -= days
        for episode in life.episodes.indices {
            life.episodes[episode].examinedAt -= days * 86_400
            for fault in life.episodes[episode].faults.indices {
                life.episodes[episode].faults[fault].at -= days * 86_400
            }
        }
        return life
    }

    /// The same life with only some of its faults, ended after the last of them is examined.
    package func with(only numbers: Set<FaultNumber>) -> SimulatedLife {
        var life = self
        life.episodes = episodes.indices.compactMap { index in
            var episode = episodes[index]
            episode.faults = episode.faults.indices
                .filter { numbers.contains(FaultNumber(episode: index, fault: $0)) }
                .map { episode.faults[$0] }
            return episode.faults.isEmpty ? nil : episode
        }
        life.days = (life.episodes.last?.examinedAt ?? 0) / 86_400 + 1
        return life
    }

    /// How a shortened life is told by the numbers of this one: its faults, and the days left out before.
    package func numbers(of shorter: SimulatedLife) -> (faults: [FaultNumber], daysLeftOut: Int)? {
        guard let last = shorter.episodes.last?.faults.last else { return nil }
        for (index, episode) in episodes.enumerated() {
            guard let own = episode.faults.first(where: { $0.kind == last.kind && $0.lasts == last.lasts })
            else { continue }
            let shift = own.at - last.at
            let moved = shorter.episodes.flatMap(\.faults).map { ($0.at + shift, $0.kind) }
            let numbers = episodes[...index].enumerated().flatMap { place, episode in
                episode.faults.indices
                    .filter { fault in
                        moved.contains { $0 == (episode.faults[fault].at, episode.faults[fault].kind) }
                    }
                    .map { FaultNumber(episode: place, fault: $0) }
            }
            if shift % 86_400 == 0, numbers.count == moved.count { return (numbers, shift / 86_400) }
        }
        return nil
    }
}

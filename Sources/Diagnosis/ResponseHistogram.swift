// Answering times in a few counters: percentiles to about a fifth, whatever the number of answers.

import Timekeeping

/// A histogram of answering times; older answers fade when it is full.
package struct ResponseHistogram: Sendable, Hashable {
    /// Upper bounds of the classes in milliseconds; the last class is open.
    private static let bounds: [Int] = [
        5, 10, 15, 20, 30, 40, 50, 65, 80, 100, 125, 150, 200, 250, 300, 400, 500, 650, 800, 1_000, 1_500,
        2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000,
    ]
    private var counts: [UInt16] = []

    /// Nothing measured yet; it takes memory with its first answer.
    package init() {}

    /// Answers in it.
    package var count: Int { counts.reduce(0) { $0 + Int($1) } }

    /// An answer came after `wait`.
    package mutating func add(_ wait: Duration) {
        if counts.isEmpty { counts = Array(repeating: 0, count: Self.bounds.count + 1) }
        let milliseconds = Int(clamping: wait.wholeNanoseconds / 1_000_000)
        let index = Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count
        if counts[index] == .max { for index in counts.indices { counts[index] /= 2 } }
        counts[index] += 1
    }

    /// Milliseconds that `share` (0…1) of the answers do not exceed: the bound of their class; nil without
    /// answers.
    package func percentile(_ share: Double) -> Int? {
        let total = count
        guard total > 0 else { return nil }
        let wanted = Int((share * Double(total)).rounded(.up))
        var sum = 0
        for (index, count) in counts.enumerated() {
            sum += Int(count)
            if sum >= wanted {
                return index < Self.bounds.count ? Self.bounds[index] : Self.bounds[index - 1]
            }
        }
        return nil
    }
}

// How one meter takes a GET with a list: what a meter offers and what it does are not always the same. A
// value: it is told what came of each list and says how long the next may be.

/// What is known of one meter's lists.
package struct ListHabit: Sendable, Hashable {
    /// Most attributes one list may name; 1 when only single ones are answered.
    package private(set) var longest: Int
    /// Lists in a row that stayed without any answer.
    private var silences = 0

    /// Nothing known yet: lists are tried as far as the meter offers them.
    package init(longest: Int = Int.max) { self.longest = longest }

    /// A list was answered.
    package mutating func answered() { silences = 0 }

    /// A list of so many was refused or answered with nonsense: it may have been too long.
    package mutating func refused(_ count: Int) {
        longest = max(1, min(longest, count) / 2)
        silences = 0
    }

    /// The meter said that it does not have the service.
    package mutating func unsupported() { longest = 1 }

    /// A list stayed without an answer. Once may be the line; a meter that keeps silent twice is asked for
    /// one attribute at a time.
    package mutating func silent() {
        silences += 1
        if silences > 1 { longest = 1 }
    }
}

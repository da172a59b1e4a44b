// From raw edges of a contact to changes that count: a level must last for the filter time (REQ-258). Values
// without a clock; the engine brings edges and the passing of time.

package import Configuration
package import Seams
package import Timekeeping

/// Debounces one input for one row of the table of discrete inputs.
package struct InputFilter: Sendable, Hashable {
    /// The level that counts; nil until the first one is known.
    package private(set) var level: Bool?
    /// A level that has not lasted long enough yet.
    private var candidate: InputEdge?
    private let filter: Duration

    /// A filter; the first level only sets the base and is never a change.
    package init(level: Bool?, filter: Duration) {
        self.level = level
        self.filter = filter
    }

    /// When the present level will have lasted long enough; nil when nothing is pending.
    package var deadline: MonotonicInstant? { candidate.map { $0.instant + filter } }

    /// Takes a raw edge. Returns the change that had become certain before it, if any: readers may be late,
    /// edges carry their own time.
    package mutating func take(_ edge: InputEdge) -> InputEdge? {
        let before = settle(at: edge.instant)
        if level == nil {
            level = edge.isActive
        } else if edge.isActive == level {
            candidate = nil
        } else if candidate == nil {
            candidate = edge
        }
        // Without a filter the edge itself is the change.
        return before ?? (filter == .zero ? settle(at: edge.instant) : nil)
    }

    /// The change that has lasted long enough at `now`, once.
    package mutating func settle(at now: MonotonicInstant) -> InputEdge? {
        guard let edge = candidate, edge.instant + filter <= now else { return nil }
        candidate = nil
        level = edge.isActive
        return edge
    }
}

/// The rows of the table of discrete inputs at work.
package struct InputWatch: Sendable {
    private var rows: [(row: DiscreteInputRow, filter: InputFilter)] = []
    private var levels: [Int: Bool] = [:]

    /// Watches nothing yet.
    package init() {}

    /// Numbers of rows whose input has a level that is not certain yet, with the instant when it will be.
    package var deadlines: [(row: Int, instant: MonotonicInstant)] {
        rows.compactMap { entry in entry.filter.deadline.map { (entry.row.id, $0) } }
    }

    /// Takes the rows of a configuration. An unchanged row goes on with what it knows; a new one begins with
    /// the present level as its base.
    package mutating func apply(_ table: [DiscreteInputRow]) {
        let known = rows
        rows = table.filter { $0.expectation != .ignored }.map { row in
            let kept = known.first {
                $0.row.input == row.input && $0.row.isFiltered(as: row) && $0.row.id == row.id
            }
            let fresh = InputFilter(
                level: levels[row.input], filter: .milliseconds(row.filterMilliseconds))
            return (row, kept?.filter ?? fresh)
        }
    }

    /// The levels at the start; they are the base of all rows.
    package mutating func begin(with levels: [Int: Bool]) {
        self.levels = levels
        for index in rows.indices {
            let row = rows[index].row
            rows[index].filter = InputFilter(
                level: levels[row.input], filter: .milliseconds(row.filterMilliseconds))
        }
    }

    /// Takes a raw edge; returns the rows whose condition has come true by it.
    package mutating func take(_ edge: InputEdge) -> [(row: DiscreteInputRow, edge: InputEdge)] {
        levels[edge.input] = edge.isActive
        return changes { row, filter in row.input == edge.input ? filter.take(edge) : nil }
    }

    /// Lets time pass until `now`; returns the rows whose condition has come true.
    package mutating func settle(
        at now: MonotonicInstant
    ) -> [(row: DiscreteInputRow, edge: InputEdge)] {
        changes { _, filter in filter.settle(at: now) }
    }

    private mutating func changes(
        _ change: (DiscreteInputRow, inout InputFilter) -> InputEdge?
    ) -> [(row: DiscreteInputRow, edge: InputEdge)] {
        var met: [(row: DiscreteInputRow, edge: InputEdge)] = []
        for index in rows.indices {
            let row = rows[index].row
            guard let edge = change(row, &rows[index].filter) else { continue }
            if row.expectation.isMet(by: edge) { met.append((row, edge)) }
        }
        return met
    }
}

extension DiscreteInputRow {
    /// Whether another version of the row filters the same.
    fileprivate func isFiltered(as other: DiscreteInputRow) -> Bool {
        filterMilliseconds == other.filterMilliseconds
    }
}

extension DiscreteInputRow.Expectation {
    /// Whether a change is what is expected.
    fileprivate func isMet(by edge: InputEdge) -> Bool {
        switch self {
        case .ignored: false
        case .appearance: edge.isActive
        case .disappearance: !edge.isActive
        case .change: true
        }
    }
}

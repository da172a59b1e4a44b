// A meter that is slow to write: the row of a boundary is there some time after it (R32), with the registers
// of the boundary. What was written once stays.

/// How late a meter's rows are.
package struct RowDelay: Sendable, Hashable {
    /// Milliseconds from a boundary to its row.
    var milliseconds: Int64 = 0
    /// Boundaries up to this instant had their rows at once.
    var from: Int64 = .min

    /// Up to which instant all rows are there at another.
    func written(by instant: Int64) -> Int64 { max(instant - milliseconds, min(from, instant)) }
}

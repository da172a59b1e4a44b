// Numbers that must never be given twice, whatever happens to the power: the invocation counters that make
// each ciphered APDU unlike any other. `Archive` implements it on disk; `Drivers` ask for a block before they
// use any of it.

/// Gives numbers out in ascending blocks.
package protocol CounterStore: Sendable {
    /// Reserves `count` numbers of a series, above all it ever gave and none below `least`. They are gone for
    /// good, on disk, when this returns; what of them is not used is lost. Throws when that cannot be sure,
    /// or when the series has come to its end.
    func reserve(_ count: UInt32, of series: String, notBelow least: UInt32) async throws -> Range<UInt32>
}

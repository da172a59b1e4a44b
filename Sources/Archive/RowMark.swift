// What a row says of itself beside its values, in one integer: the clock difference in the low 33 bits and,
// above them, what hardly any row has: an exact label off the slot, an untrusted time, corrections. An
// ordinary row's mark is its clock difference, so that it costs one octet.

import Timekeeping

/// The `mark` column of a row.
struct RowMark: Sendable, Hashable {
    /// Exact label minus slot, seconds; −86,400…59. A part of an interval lies before the interval's end, a
    /// snapshot within its minute.
    var offset: Int64
    /// Meter clock minus gateway clock, seconds; nil when unknown (R3).
    var difference: Int32?
    /// Whether it was read under trusted time (R1).
    var isTrusted: Bool
    /// Corrections so far (R18); held at 4,095.
    var revision: Int64

    /// A mark.
    init(offset: Int64, difference: Int32?, isTrusted: Bool, revision: Int64) {
        self.offset = offset
        self.difference = difference
        self.isTrusted = isTrusted
        self.revision = revision
    }

    /// The mark of a stored integer.
    init(_ stored: Int64) {
        let low = (stored << 31) >> 31
        let high = (stored &+ RowMark.bias) >> 33
        let folded = high & 0x1_FFFF
        offset = folded < 60 ? folded : folded - 0x2_0000
        difference = low == RowMark.unknown ? nil : Int32(truncatingIfNeeded: low)
        isTrusted = (high >> 17) & 1 == 0
        revision = high >> 18
        // An offset of zero must stay zero.
        if folded == 0 { offset = 0 }
    }

    /// The integer to store.
    var stored: Int64 {
        let low = difference.map(Int64.init) ?? RowMark.unknown
        let high = (offset & 0x1_FFFF) | (isTrusted ? 0 : 1 << 17) | (min(max(revision, 0), 4_095) << 18)
        return low &+ (high << 33)
    }

    private static let bias: Int64 = 1 << 32
    /// Stands for a clock difference nobody measured.
    static let unknown: Int64 = -(1 << 32)

    // The same in SQL, for conditions and views; `mark` is the column.

    /// 1 for rows of an untrusted time; the text of the partial indexes, word for word.
    static let untrusted = "((mark + 4294967296) >> 50) & 1"
    /// True for rows labelled exactly at their slot.
    static let isWhole = "((mark + 4294967296) >> 33) & 131071 = 0"
    /// Corrections.
    static let revisionText = "(mark + 4294967296) >> 51"
    /// Clock difference or NULL.
    static let differenceText =
        "nullif(((mark + 4294967296) & 8589934591) - 4294967296, -4294967296)"
    /// Exact label, seconds since 2000-01-01.
    static let stampText =
        "((slot >> 1) * 60 + (((mark + 4294967296) >> 33) & 131071) "
        + "- 131072 * ((((mark + 4294967296) >> 33) & 131071) >= 60))"
}

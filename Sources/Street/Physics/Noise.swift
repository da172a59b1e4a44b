// Chance that can be asked for any index: the same seed, stream and index always give the same number, in any
// order and on any machine. The load curves and the grid are made of it, so that the past of a meter never
// changes.

/// Repeatable pseudo-random numbers addressed by stream and index.
package struct Noise: Sendable, Hashable {
    /// What tells one source of chance from another.
    package let seed: UInt64

    /// The numbers of a seed.
    package init(seed: UInt64) { self.seed = seed }

    /// 64 well-mixed bits (the finaliser of SplitMix64).
    package func bits(_ stream: UInt64, _ index: Int64) -> UInt64 {
        let offset = UInt64(bitPattern: index) &* 0x9E37_79B9_7F4A_7C15
        var mixed = seed &+ stream &* 0xD1B5_4A32_D192_ED03 &+ offset
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< 1.
    package func unit(_ stream: UInt64, _ index: Int64) -> Double {
        Double(bits(stream, index) >> 11) * 0x1p-53
    }

    /// A number in -1 ..< 1.
    package func signed(_ stream: UInt64, _ index: Int64) -> Double { unit(stream, index) * 2 - 1 }

    /// A number in -1 ... 1 that changes continuously: lattice points every `period`, straight lines between.
    package func wave(_ stream: UInt64, at position: Int64, period: Int64) -> Double {
        let index = floorDivision(position, period)
        let fraction = Double(position - index * period) / Double(period)
        return signed(stream, index) * (1 - fraction) + signed(stream, index + 1) * fraction
    }
}

/// Division rounding towards minus infinity.
func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}

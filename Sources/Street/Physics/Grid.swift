// The grid the whole street hangs on: one frequency, one voltage at the transformer that sags in the evening,
// and a drop along the line that grows with distance and load (R30). Pure functions of the seed and the
// instant.

/// Voltage and frequency of the street.
package struct Grid: Sendable, Hashable {
    private let noise: Noise

    /// The grid of a seed.
    package init(seed: UInt64) { noise = Noise(seed: seed ^ 0x6772_6964) }

    /// Hertz at an instant (milliseconds since 2000-01-01 of the street's civil time).
    package func frequency(at instant: Int64) -> Double {
        50 + 0.03 * noise.wave(1, at: instant, period: 60_000) + 0.02
            * noise.wave(2, at: instant, period: 900_000)
    }

    /// Volts of phase 0…2 at a place of the line: 0 at the transformer, 1 at the far end.
    package func voltage(at instant: Int64, phase: Int, place: Double, watts: Double) -> Double {
        let second = floorDivision(instant, 1_000)
        let hour = Double(second - floorDivision(second, 86_400) * 86_400) / 3_600
        let evening = max(0, 1 - ((hour - 19.5).magnitude / 3.5))
        let source =
            233 + 2 * noise.wave(10 + UInt64(phase), at: instant, period: 600_000)
            + 0.6 * noise.wave(20 + UInt64(phase), at: instant, period: 10_000)
        return source - 4 * evening - place * (2 + 3 * evening) - place * watts * 0.000_3
    }
}

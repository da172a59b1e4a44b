// The two transcendental functions the street needs, accurate to about 1e-9 and equal on every machine; a system's
// mathematics library promises neither equality nor presence.

enum SmallMathematics {
    /// e to the power of `x`, |x| ≤ 40: Taylor series of a reduced argument, squared back.
    static func exponential(_ x: Double) -> Double {
        let reduced = min(max(x, -40), 40) / 1_024
        var result = 1 + reduced * (1 + reduced / 2 * (1 + reduced / 3 * (1 + reduced / 4)))
        for _ in 0..<10 { result *= result }
        return result
    }

    /// The angle of the point (x, y) in degrees, -180 ... 180; 0 at the origin.
    static func angleDegrees(y: Double, x: Double) -> Double {
        guard x != 0 || y != 0 else { return 0 }
        let steep = y.magnitude > x.magnitude
        let ratio = steep ? x.magnitude / y.magnitude : y.magnitude / x.magnitude
        var angle = arctangent(ratio) * 57.295_779_513_082_32
        if steep { angle = 90 - angle }
        if x < 0 { angle = 180 - angle }
        return y < 0 ? -angle : angle
    }

    /// arctan of 0 ... 1: the argument is halved twice, then the series converges fast.
    private static func arctangent(_ ratio: Double) -> Double {
        var reduced = ratio
        for _ in 0..<2 { reduced = reduced / (1 + (1 + reduced * reduced).squareRoot()) }
        let square = reduced * reduced
        let series =
            1 - square
            * (1 / 3.0 - square * (1 / 5.0 - square * (1 / 7.0 - square * (1 / 9.0 - square / 11))))
        return 4 * reduced * series
    }

    /// A number with the standard normal distribution, from twelve uniform draws (Irwin–Hall).
    static func normal(_ draw: () -> Double) -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += draw() }
        return sum
    }
}

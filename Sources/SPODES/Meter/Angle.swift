// The angle between voltage and current, computed alike on every machine; a system's mathematics library
// promises neither equality nor presence.

enum Angle {
    /// The angle of the point (x, y) in degrees, -180 ... 180; 0 at the origin.
    static func degrees(y: Double, x: Double) -> Double {
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
}

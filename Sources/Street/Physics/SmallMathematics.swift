// The chance of answering times: exponential and normal numbers without a system's mathematics library, which
// promises neither equality between machines nor presence.

enum SmallMathematics {
    /// e to the power of `x`, |x| ≤ 40: Taylor series of a reduced argument, squared back.
    static func exponential(_ x: Double) -> Double {
        let reduced = min(max(x, -40), 40) / 1_024
        var result = 1 + reduced * (1 + reduced / 2 * (1 + reduced / 3 * (1 + reduced / 4)))
        for _ in 0..<10 { result *= result }
        return result
    }

    /// A number with the standard normal distribution, from twelve uniform draws (Irwin–Hall).
    static func normal(_ draw: () -> Double) -> Double {
        var sum = -6.0
        for _ in 0..<12 { sum += draw() }
        return sum
    }
}

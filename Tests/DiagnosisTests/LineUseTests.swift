import Diagnosis
import Testing
import Timekeeping

@Suite struct LineUseTests {
    private func at(_ seconds: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    @Test func `a lease is booked in every slot it lasted`() {
        var use = LineUse()
        use.taken(at: at(95))
        use.freed(at: at(130))
        #expect(use.minute(at: at(130)).map(\.held) == [0, 5_000, 10_000, 10_000, 10_000, 0])
        #expect(use.hour(at: at(130)).suffix(2).map(\.held) == [25_000, 10_000])
    }

    @Test func `a lease that goes on counts up to now, and what is old is forgotten`() {
        var use = LineUse()
        use.taken(at: at(0))
        #expect(use.minute(at: at(20)).reduce(0) { $0 + Int($1.held) } == 20_000)
        use.freed(at: at(20))
        use.carried(960, for: .seconds(1), at: at(20))
        #expect(use.hour(at: at(3_000)).reduce(0) { $0 + Int($1.carrying) } == 1_000)
        #expect(use.hour(at: at(20_000)).allSatisfy { $0 == LineUse.Slot() })
        use.carried(1, for: .zero, at: at(20_001))
        #expect(use.hour(at: at(20_001)).reduce(0) { $0 + Int($1.octets) } == 1)
    }

    @Test func `percentiles are the bounds of their classes`() {
        var times = ResponseHistogram()
        #expect(times.percentile(0.5) == nil)
        for _ in 0..<90 { times.add(.milliseconds(42)) }
        for _ in 0..<9 { times.add(.milliseconds(700)) }
        times.add(.seconds(90))
        #expect(times.percentile(0.5) == 50)
        #expect(times.percentile(0.95) == 800)
        #expect(times.percentile(1) == 30_000)
        for _ in 0..<70_000 { times.add(.milliseconds(1)) }
        #expect(times.percentile(0.5) == 5)
    }
}

// What a clock passed twice that was put back and forward several times.

import Testing
import Timekeeping

@testable import Polling

@Suite("Stamps passed twice")
struct ClockRewindTests {
    @Test("A clock put back and only partly forward again passes the rest of the rows a second time")
    func partlyForward() {
        let noon = CivilStamp(seconds: 826_070_400)
        let hour: Int64 = 3_600
        var rewinds = ClockRewinds()
        func put(from earlier: Int64, to now: Int64) {
            let from = noon.adding(seconds: earlier)
            let to = noon.adding(seconds: now)
            if let step = ClockRewind(from: from, to: to, elapsed: 0) {
                rewinds.clockWentBack(from: from, by: step)
            } else {
                rewinds.clockWentForward(from: from, to: to)
            }
        }
        func asked() -> [[Int64]] {
            rewinds.stretches.map { stretch -> [Int64] in
                let ends: [Int64] = [stretch.after.seconds, stretch.through.seconds]
                return ends.map { 4 * ($0 - noon.seconds) / hour }
            }
        }
        put(from: 4 * hour, to: 0)
        put(from: hour, to: 2 * hour)
        #expect(asked() == [[0, 4], [8, 16]])
        // Back again into what it skipped, then over all of it.
        put(from: 3 * hour, to: hour / 2)
        put(from: hour, to: 5 * hour)
        #expect(asked() == [[0, 4], [8, 12], [2, 4]])
        // However often it steps, the list stays short, and nothing of it is lost.
        for count in 1...20 { put(from: Int64(10 + count) * hour, to: Int64(count) * hour) }
        #expect(rewinds.stretches.count == ClockRewinds.mostStretches)
        #expect(asked().first?.first == 0)
        #expect(asked().last == [80, 120])
    }
}

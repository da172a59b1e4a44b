// The writer of the crash test: stores sessions without end and says so, one line each, only after the
// archive has called them durable. Somebody kills it at a random moment and looks what is left.

import Archive
import Glibc
import Metering
import Timekeeping

/// Writes days of half-hours of four meters in turn, going on where the archive ends.
struct LoadWriter {
    let path: String

    /// Prints `meter day` for each stored session; returns only by failing.
    func run() async throws {
        let archive = try MeterArchive(path: path, wall: FixedWall(now: Session.end))
        try await archive.register((1...4).map { RegisteredMeter(id: $0) }, revision: 1)
        var days: [Int] = []
        for meter in 1...4 {
            let newest = try await archive.newest(meter: meter, measure: .powerProfile)
            days.append(newest.map { Int(($0.seconds - Session.begin.seconds) / 86_400) } ?? 0)
        }
        while true {
            for meter in 1...4 {
                // A year of days, then corrections of the same year: both paths are killed.
                let day = days[meter - 1]
                _ = try await archive.store(Session(meter: meter, day: day % 390).rows())
                days[meter - 1] = day + 1
                print("\(meter) \(day % 390)")
                fflush(nil)
            }
        }
    }
}

// Values of a meter that tell what its journals hold: the newest code of each, how often covers were opened
// or settings written, and the highest mean power of the month (GOST R 58940, tables B.4, G.2).

import DLMS
import Metering
import Timekeeping

extension SPODESMeter {
    /// The newest event of a journal.
    func newestEvent(of number: UInt8, at instant: Int64) -> MeterEvent? {
        MeterJournal(number: number).events(of: self, until: instant).last
    }

    /// How many events of a journal have one of the codes; all codes when none is named.
    func count(_ number: UInt8, _ codes: Set<UInt8> = [], at instant: Int64) -> DataValue {
        let events = MeterJournal(number: number).history(of: self, until: instant)
        let count = codes.isEmpty ? events.count : events.count { codes.contains($0.code) }
        return .doubleLongUnsigned(UInt32(clamping: count))
    }

    /// Mean import, in digits of power, between two instants.
    private func mean(from begin: Int64, to end: Int64) -> UInt32 {
        guard end > begin else { return 0 }
        let energy =
            supply.registers(at: end, of: element).total.activeImport
            - supply.registers(at: begin, of: element).total.activeImport
        // Milliwatt-seconds over milliseconds are watts.
        let watts = Double(energy) / Double(end - begin)
        let digits = watts / SPODESDirectory.power(of: personality.quality.power)
        return UInt32(min(max(0, digits.rounded()), Double(UInt32.max)))
    }

    /// The interval the clock is in, and the whole one before: mean powers and bounds.
    func demand(at instant: Int64) -> (current: UInt32, last: UInt32, begin: Int64) {
        let length = Int64(personality.profile.minutes) * 60_000
        let begin = clock.instant(of: floorDivide(clock.reading(at: instant), length) * length)
        return (
            mean(from: max(begin, element.installed), to: instant),
            mean(from: max(begin - length, element.installed), to: max(begin, element.installed)), begin
        )
    }

    /// The highest mean power of an interval of the month so far, and when that interval ended.
    func highestDemand(at instant: Int64) -> (value: UInt32, end: Int64)? {
        let length = Int64(personality.profile.minutes) * 60_000
        let month = clock.civil(at: instant).startOfMonth(adding: 0)
        var begin = max(clock.instant(of: month.seconds * 1_000), element.installed)
        var highest: (value: UInt32, end: Int64)?
        while begin + length <= instant {
            let value = mean(from: begin, to: begin + length)
            if value > highest?.value ?? 0 { highest = (value, begin + length) }
            begin += length
        }
        return highest
    }
}

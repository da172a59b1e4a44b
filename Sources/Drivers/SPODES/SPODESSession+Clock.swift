// Writing the clock of a SPODES meter (R6, R23): the shift by method 6, which a reader may do within fifteen
// minutes, and the setting, which is the configurator's.

import DLMS
import Faults
import Metering
import SPODES
import Timekeeping

extension SPODESSession {
    func shiftClock(bySeconds seconds: Int) async throws {
        guard (-900...900).contains(seconds), seconds != 0, let shift = Int16(exactly: seconds) else {
            throw Fault(
                .meterUnsupported, ["meter": String(reader.meter), "detail": "a shift of \(seconds) s"])
        }
        lastClock = nil
        try await reader.act(ObjectTable.clock, class: 8, method: 6, with: .long(shift))
    }

    func setClock(to stamp: CivilStamp) async throws {
        // A meter in seasonal time is told seasonal time, and that it is.
        let isSeason = lastClock?.stamp.isSeason == true
        _ = try await sessionClock()
        var time = time(isSeason ? stamp.adding(seconds: 3_600) : stamp)
        if isSeason { time.status.insert(.daylightSaving) }
        time.date.dayOfWeek = UInt8(stamp.weekday)
        lastClock = nil
        try await reader.set(ObjectTable.clock, class: 8, to: .octetString(time))
    }
}

// The meters of the site: subscribers of the street's physics, in the proportion of the demonstration street.

import Archive
import Metering
import SPODES
import Street
import Timekeeping

/// What every meter of the site recorded.
struct ModemSite {
    private let begin: CivilStamp
    private var ledgers: [EnergyLedger] = []

    private static let kinds: [LoadCurve.Kind] = [.household, .household, .shop, .household, .prosumer]

    init(meters: Int, begin: CivilStamp, days: Int) {
        self.begin = begin
        for meter in 0..<meters {
            let curve = LoadCurve(kind: ModemSite.kinds[meter % 5], seed: UInt64(2_026 + meter))
            var ledger = EnergyLedger(
                load: .subscriber(curve), seed: UInt64(meter), installed: begin.adding(seconds: -86_400),
                tariffOfHour: EnergyLedger.standardTariffs)
            ledger.prepare(through: begin.adding(seconds: Int64(days + 1) * 86_400).seconds * 1_000)
            ledgers.append(ledger)
        }
    }

    /// What a poll of the half-hour that ended at `end` stores: the profile row, at midnight the day's
    /// registers too, on the first of a month the month's.
    func session(of meter: Int, at end: CivilStamp, readAt: WallTime) -> MeterSessionRows {
        let difference = Int32(meter % 3)
        var readings = [profile(meter, end, difference)]
        if end.secondOfDay == 0 {
            readings.append(registers(.dayEnergy, meter, end, difference))
            if end.date.day == 1 { readings.append(registers(.monthEnergy, meter, end, difference)) }
        }
        return MeterSessionRows(
            meterID: meter, serial: "0417\(String(8_100_000 + meter * 37))", readAt: readAt,
            isTimeTrusted: true, zone: ZoneOffset(minutes: 180), clockDifferenceSeconds: difference,
            readings: readings)
    }

    /// Energies in Wh as SPODES meters keep them, told as mean power.
    private func profile(_ meter: Int, _ end: CivilStamp, _ difference: Int32) -> Reading {
        let flow = ledgers[meter - 1].load.halfHour(end.seconds / 1_800 - 1)
        let channels: [(Tag, Int64)] = [
            (.pPlus, flow.activeImport), (.pMinus, flow.activeExport), (.qPlus, flow.reactiveImport),
            (.qMinus, flow.reactiveExport),
        ]
        return Reading(
            .powerProfile, at: MeterStamp(end), clockDifferenceSeconds: difference, intervalMinutes: 30,
            values: channels.map { MeasuredValue($0, mantissa: $1 / 3_600_000, form: .increment) })
    }

    /// Registers of all tariffs in Wh, as the meter's model keeps them: import, export and reactive.
    private func registers(
        _ measure: Measure, _ meter: Int, _ end: CivilStamp, _ difference: Int32
    ) -> Reading {
        let registers = ledgers[meter - 1].registers(at: end.seconds * 1_000)
        let values = Tag.energy.enumerated().map { index, tag in
            MeasuredValue(tag, mantissa: registers[UInt8(index / 5 + 1), UInt8(index % 5)] / 3_600_000)
        }
        return Reading(
            measure, at: MeterStamp(end), clockDifferenceSeconds: difference, values: values)
    }
}

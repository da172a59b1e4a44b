// The load curve summed into registers. Every register at every instant since installation comes out of the
// same integers, so the balance of R14 (difference of registers = sum of half-hours) holds to the
// milliwatt-second. Times are milliseconds since 2000-01-01 00:00 of the street's civil time.

package import SPODES
package import Timekeeping

/// Registers of one measuring element at any instant.
package struct EnergyLedger: Sendable {
    /// What is consumed.
    package let curve: LoadCurve
    /// The first midnight of the meter's life.
    package let installed: CivilStamp
    /// Tariff 1…4 for each of the 24 hours of a day.
    package let tariffOfHour: [Int]
    /// Registers at the midnights since installation.
    private var midnights: [EnergyRegisters]

    /// A ledger that begins at `installed` (its midnight counts) with registers a used meter may have.
    package init(curve: LoadCurve, seed: UInt64, installed: CivilStamp, tariffOfHour: [Int]) {
        self.curve = curve
        self.installed = installed.startOfDay
        self.tariffOfHour =
            tariffOfHour.count == 24 && tariffOfHour.allSatisfy((1...4).contains)
            ? tariffOfHour : Self.standardTariffs
        let noise = Noise(seed: seed)
        var first = EnergyRegisters()
        for tariff in 0..<4 where self.tariffOfHour.contains(tariff + 1) {
            let active = Int64(noise.unit(90, Int64(tariff)) * 9e6) * 3_600_000
            first.tariffs[tariff].activeImport = active
            first.tariffs[tariff].reactiveImport = active / 5
        }
        midnights = [first]
    }

    /// T1 in the peaks, T2 at night, T3 by day, T4 late in the evening.
    package static let standardTariffs = [
        2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 4, 4, 2,
    ]

    /// Sums the days up to `instant`, so that later questions about them are cheap. Harmless to leave out.
    package mutating func prepare(through instant: Int64) {
        let wanted = floorDivision(instant, 86_400_000) - installed.dayNumber
        while midnights.count <= wanted { midnights.append(nextMidnight()) }
    }

    private func nextMidnight() -> EnergyRegisters {
        var sum = midnights[midnights.count - 1]
        let firstSlot = (installed.dayNumber + Int64(midnights.count) - 1) * 48
        for slot in 0..<48 {
            sum.tariffs[tariffOfHour[slot / 2] - 1] += curve.halfHour(firstSlot + Int64(slot))
        }
        return sum
    }

    /// Registers at an instant; before installation those of the installation.
    package func registers(at instant: Int64) -> EnergyRegisters {
        let day = floorDivision(instant, 86_400_000) - installed.dayNumber
        guard day >= 0 else { return midnights[0] }
        let known = min(Int(day), midnights.count - 1)
        var sum = midnights[known]
        var slot = (installed.dayNumber + Int64(known)) * 48
        let present = floorDivision(instant, 1_800_000)
        while slot < present {
            sum.tariffs[tariff(of: slot)] += curve.halfHour(slot)
            slot += 1
        }
        sum.tariffs[tariff(of: slot)] += part(of: slot, until: instant - slot * 1_800_000)
        return sum
    }

    /// Active (+ taken, − given) watts and reactive (+ inductive) vars at an instant.
    package func power(at instant: Int64) -> (active: Double, reactive: Double) {
        let slot = floorDivision(instant, 1_800_000)
        let minute = (instant - slot * 1_800_000) / 60_000
        let flow = curve.halfHour(slot)
        let (before, whole) = curve.minuteWeights(slot, first: Int(minute))
        let (after, _) = curve.minuteWeights(slot, first: Int(minute) + 1)
        let share = Double(after - before) / Double(whole) / 60_000
        return (
            Double(flow.activeImport - flow.activeExport) * share,
            Double(flow.reactiveImport - flow.reactiveExport) * share
        )
    }

    private func tariff(of slot: Int64) -> Int {
        tariffOfHour[Int(slot - floorDivision(slot, 48) * 48) / 2] - 1
    }

    /// Energy of the first `elapsed` milliseconds of a half-hour.
    private func part(of slot: Int64, until elapsed: Int64) -> EnergyFlow {
        let minute = elapsed / 60_000
        let (before, whole) = curve.minuteWeights(slot, first: Int(minute))
        let (after, _) = curve.minuteWeights(slot, first: Int(minute) + 1)
        let weight = before * 60_000 + (after - before) * (elapsed - minute * 60_000)
        return curve.halfHour(slot).part(weight, of: whole * 60_000)
    }
}

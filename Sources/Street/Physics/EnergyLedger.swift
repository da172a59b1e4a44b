// The load curve summed into registers. Every register at every instant since installation comes out of the
// same integers, so the balance of R14 (difference of registers = sum of half-hours) holds to the
// milliwatt-second. Times are milliseconds since 2000-01-01 00:00 of the street's civil time.

package import SPODES
package import Timekeeping

/// Registers of one measuring element at any instant.
package struct EnergyLedger: Sendable {
    /// What is consumed.
    package let load: Load
    /// The first midnight of the meter's life.
    package let installed: CivilStamp
    /// Tariff 1…4 for each of the 24 hours of a day.
    package let tariffOfHour: [Int]
    /// Registers at every sixth hour since installation: few enough to keep, near enough to every instant.
    private var marks: [EnergyRegisters]

    /// Half-hours from one mark to the next.
    private static let slotsPerMark: Int64 = 12

    /// A ledger that begins at `installed` (its midnight counts) with registers a used meter may have.
    package init(load: Load, seed: UInt64, installed: CivilStamp, tariffOfHour: [Int]) {
        self.load = load
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
        marks = [first]
    }

    /// T1 in the peaks, T2 at night, T3 by day, T4 late in the evening.
    package static let standardTariffs = [
        2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 4, 4, 2,
    ]

    /// Sums up to `instant`, so that later questions about the time before are cheap. Harmless to leave out.
    package mutating func prepare(through instant: Int64) {
        let wanted = floorDivision(instant, 1_800_000 * Self.slotsPerMark) - firstMark
        while marks.count <= wanted {
            let begin = (firstMark + Int64(marks.count) - 1) * Self.slotsPerMark
            marks.append(sum(marks[marks.count - 1], begin..<begin + Self.slotsPerMark))
        }
    }

    /// Registers at an instant; before installation those of the installation.
    package func registers(at instant: Int64) -> EnergyRegisters {
        let mark = floorDivision(instant, 1_800_000 * Self.slotsPerMark) - firstMark
        guard mark >= 0 else { return marks[0] }
        let known = min(Int(mark), marks.count - 1)
        let present = floorDivision(instant, 1_800_000)
        var registers = sum(marks[known], (firstMark + Int64(known)) * Self.slotsPerMark..<present)
        registers.tariffs[tariff(of: present)] += part(of: present, until: instant - present * 1_800_000)
        return registers
    }

    private func sum(_ start: EnergyRegisters, _ slots: Range<Int64>) -> EnergyRegisters {
        var registers = start
        for slot in slots { registers.tariffs[tariff(of: slot)] += load.halfHour(slot) }
        return registers
    }

    /// Number of the mark at installation.
    private var firstMark: Int64 { installed.dayNumber * 48 / Self.slotsPerMark }

    /// Active (+ taken, − given) watts and reactive (+ inductive) vars at an instant.
    package func power(at instant: Int64) -> (active: Double, reactive: Double) {
        let slot = floorDivision(instant, 1_800_000)
        let minute = (instant - slot * 1_800_000) / 60_000
        let flow = load.halfHour(slot)
        let weights = load.minuteWeights(slot, at: Int(minute))
        let share = Double(weights.own) / Double(weights.whole) / 60_000
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
        // Rows end where half-hours do.
        guard elapsed > 0 else { return EnergyFlow() }
        let minute = elapsed / 60_000
        let weights = load.minuteWeights(slot, at: Int(minute))
        let weight = weights.before * 60_000 + weights.own * (elapsed - minute * 60_000)
        return load.halfHour(slot).part(weight, of: weights.whole * 60_000)
    }
}

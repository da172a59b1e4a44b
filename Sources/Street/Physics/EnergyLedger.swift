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
    /// Registers at the beginnings of the newest half-hours: what is asked most.
    private var recent: [EnergyRegisters]
    /// Number of the half-hour the first of `recent` lies at.
    private var firstRecent: Int64

    /// The half-hour that was prepared last: most questions fall into it.
    private var present = HalfHour()

    /// A half-hour with what a question inside it needs.
    private struct HalfHour: Sendable {
        var slot = Int64.min
        var flow = EnergyFlow()
        /// Weights of all minutes before each, and of all: 31 numbers.
        var weights: [Int64] = []
    }

    /// Half-hours from one mark to the next.
    private static let slotsPerMark: Int64 = 12
    /// Beginnings of half-hours remembered at least: two days.
    private static let slotsRemembered = 96

    /// A ledger that begins at `installed` (its midnight counts) with registers a used meter may have.
    package init(load: Load, seed: UInt64, installed: CivilStamp, tariffOfHour: [Int]) {
        self.load = load
        self.installed = installed.startOfDay
        self.tariffOfHour =
            tariffOfHour.count == 24 && tariffOfHour.allSatisfy((1...4).contains)
            ? tariffOfHour : Self.standardTariffs
        let noise = Noise(seed: seed)
        var first = EnergyRegisters()
        for tariff in 1...4 where self.tariffOfHour.contains(tariff) {
            let active = Int64(noise.unit(90, Int64(tariff - 1)) * 9e6) * 3_600_000
            first[tariff: tariff].activeImport = active
            first[tariff: tariff].reactiveImport = active / 5
        }
        marks = [first]
        recent = [first]
        firstRecent = self.installed.dayNumber * 48
    }

    /// T1 in the peaks, T2 at night, T3 by day, T4 late in the evening.
    package static let standardTariffs = [
        2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 1, 1, 1, 1, 4, 4, 2,
    ]

    /// Sums up to `instant`, so that later questions about the time before are cheap. Harmless to leave out.
    package mutating func prepare(through instant: Int64) {
        let present = floorDivision(instant, 1_800_000)
        var slot = firstRecent + Int64(recent.count) - 1
        while slot < present {
            var next = recent[recent.count - 1]
            next[tariff: tariff(of: slot)] += load.halfHour(slot)
            recent.append(next)
            slot += 1
            if slot % Self.slotsPerMark == 0 { marks.append(next) }
            if recent.count > 2 * Self.slotsRemembered {
                recent.removeFirst(Self.slotsRemembered)
                firstRecent += Int64(Self.slotsRemembered)
            }
        }
        guard self.present.slot != present else { return }
        self.present = HalfHour(
            slot: present, flow: load.halfHour(present), weights: load.minuteWeights(present))
    }

    /// Registers at an instant; before installation those of the installation.
    package func registers(at instant: Int64) -> EnergyRegisters {
        let present = floorDivision(instant, 1_800_000)
        var registers = registers(beforeSlot: present)
        guard present >= installed.dayNumber * 48 else { return registers }
        registers[tariff: tariff(of: present)] += part(of: present, until: instant - present * 1_800_000)
        return registers
    }

    /// Registers at the beginning of a half-hour.
    private func registers(beforeSlot present: Int64) -> EnergyRegisters {
        let place = present - firstRecent
        if recent.indices.contains(Int(place)) { return recent[Int(place)] }
        let mark = floorDivision(present, Self.slotsPerMark) - firstMark
        guard mark >= 0 else { return marks[0] }
        let known = min(Int(mark), marks.count - 1)
        let begin = (firstMark + Int64(known)) * Self.slotsPerMark
        // A clock that runs fast freezes its registers shortly before a mark: from there back it is nearer.
        let end = begin + Self.slotsPerMark
        if known + 1 < marks.count, end - present < present - begin {
            var registers = marks[known + 1]
            for slot in present..<end { registers[tariff: tariff(of: slot)] -= load.halfHour(slot) }
            return registers
        }
        var registers = marks[known]
        for slot in begin..<present { registers[tariff: tariff(of: slot)] += load.halfHour(slot) }
        return registers
    }

    /// Energies of a half-hour: known, the difference of two that are remembered, or worked out.
    private func flow(of slot: Int64) -> EnergyFlow {
        if slot == present.slot { return present.flow }
        let place = slot - firstRecent
        guard place >= 0, place + 1 < recent.count else { return load.halfHour(slot) }
        let tariff = tariff(of: slot)
        var flow = recent[Int(place) + 1][tariff: tariff]
        flow -= recent[Int(place)][tariff: tariff]
        return flow
    }

    /// How the energy of a half-hour lies about one of its minutes: the weights before it, its own, and all.
    private func weights(of slot: Int64, at minute: Int) -> (before: Int64, own: Int64, whole: Int64) {
        let weights = slot == present.slot ? present.weights : load.minuteWeights(slot)
        return (weights[minute], weights[minute + 1] - weights[minute], weights[30])
    }

    /// Number of the mark at installation.
    private var firstMark: Int64 { installed.dayNumber * 48 / Self.slotsPerMark }

    /// Active (+ taken, − given) watts and reactive (+ inductive) vars at an instant.
    package func power(at instant: Int64) -> (active: Double, reactive: Double) {
        let slot = floorDivision(instant, 1_800_000)
        let minute = (instant - slot * 1_800_000) / 60_000
        let flow = flow(of: slot)
        let weights = weights(of: slot, at: Int(minute))
        let share = Double(weights.own) / Double(weights.whole) / 60_000
        return (
            Double(flow.activeImport - flow.activeExport) * share,
            Double(flow.reactiveImport - flow.reactiveExport) * share
        )
    }

    private func tariff(of slot: Int64) -> Int {
        tariffOfHour[Int(slot - floorDivision(slot, 48) * 48) / 2]
    }

    /// Energy of the first `elapsed` milliseconds of a half-hour.
    private func part(of slot: Int64, until elapsed: Int64) -> EnergyFlow {
        // Rows end where half-hours do.
        guard elapsed > 0 else { return EnergyFlow() }
        let minute = elapsed / 60_000
        let weights = weights(of: slot, at: Int(minute))
        let weight = weights.before * 60_000 + weights.own * (elapsed - minute * 60_000)
        return flow(of: slot).part(weight, of: weights.whole * 60_000)
    }
}

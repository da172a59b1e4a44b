import SPODES
import Street
import Testing
import Timekeeping

@Suite struct EnergyLedgerTests {
    static let installed = CivilStamp(year: 2026, month: 1, day: 1)!
    static let day = CivilStamp(year: 2026, month: 3, day: 10)!.seconds * 1_000

    static func ledger(_ kind: LoadCurve.Kind = .household, seed: UInt64 = 7) -> EnergyLedger {
        EnergyLedger(
            load: .subscriber(LoadCurve(kind: kind, seed: seed)), seed: seed, installed: installed,
            tariffOfHour: EnergyLedger.standardTariffs)
    }

    @Test(arguments: LoadCurve.Kind.allCases)
    func aDayOfRegistersIsTheSumOfItsHalfHours(kind: LoadCurve.Kind) {
        let ledger = Self.ledger(kind)
        var sum = EnergyFlow()
        let slot = Self.day / 1_800_000
        for index in 0..<48 { sum += ledger.load.halfHour(slot + Int64(index)) }
        let before = ledger.registers(at: Self.day).total
        let after = ledger.registers(at: Self.day + 86_400_000).total
        for quantity in UInt8(1)...4 { #expect(after[quantity] - before[quantity] == sum[quantity]) }
        #expect(sum.activeImport > 1_000 * 3_600_000)
    }

    @Test func preparingChangesNoRegister() {
        let lazy = Self.ledger()
        var prepared = Self.ledger()
        prepared.prepare(through: Self.day + 5 * 86_400_000 + 600_000)
        // Every half-hour: those remembered, those worked out from either side, and the one it is now.
        for halfHours in Int64(0)...242 {
            let instant = Self.day + halfHours * 1_800_000 + 123_456
            #expect(lazy.registers(at: instant) == prepared.registers(at: instant))
            #expect(lazy.power(at: instant) == prepared.power(at: instant))
        }
    }

    @Test func registersNeverGoBack() {
        var ledger = Self.ledger(.prosumer)
        ledger.prepare(through: Self.day)
        var last = ledger.registers(at: Self.day)
        for step in 1...2_000 {
            let next = ledger.registers(at: Self.day + Int64(step) * 17_777)
            for tariff in 1...4 {
                for quantity in UInt8(1)...4 {
                    #expect(next[tariff: tariff][quantity] >= last[tariff: tariff][quantity])
                }
            }
            last = next
        }
    }

    @Test func oneSeedIsOneSubscriberAndAnotherIsAnother() {
        let instant = Self.day + 12_345_678
        #expect(Self.ledger(seed: 3).registers(at: instant) == Self.ledger(seed: 3).registers(at: instant))
        #expect(Self.ledger(seed: 3).registers(at: instant) != Self.ledger(seed: 4).registers(at: instant))
    }

    @Test func tariffsRunOnlyInTheirHours() {
        let ledger = Self.ledger()
        let noon = ledger.registers(at: Self.day + 12 * 3_600_000)
        let later = ledger.registers(at: Self.day + 13 * 3_600_000)
        #expect(later[tariff: 3].activeImport > noon[tariff: 3].activeImport)
        for tariff in [1, 2, 4] { #expect(later[tariff: tariff] == noon[tariff: tariff]) }
    }

    @Test func powerIsTheSlopeOfTheRegister() {
        let ledger = Self.ledger(.workshop)
        let instant = Self.day + 10 * 3_600_000
        let energy =
            ledger.registers(at: instant + 60_000).total.activeImport
            - ledger.registers(at: instant).total.activeImport
        let power = ledger.power(at: instant + 30_000).active
        #expect((Double(energy) / 60_000 - power).magnitude < 0.01)
        #expect(power > 3_000)
    }

    @Test func aRoofOfPanelsGivesEnergyBackInSummer() {
        let noon = CivilStamp(year: 2026, month: 6, day: 20, hour: 13)!.seconds / 1_800
        let exported = (0..<7).map {
            LoadCurve(kind: .prosumer, seed: 5).halfHour(noon + Int64($0) * 48).activeExport
        }
        #expect(exported.filter { $0 > 0 }.count >= 4)
    }

    @Test func aHeadMeterShowsItsLineAndTheLosses() {
        let curves = (UInt64(1)...5).map { LoadCurve(kind: .household, seed: $0) }
        let head = Load.line(curves, lossesPerMille: 30)
        let slot = Self.day / 1_800_000 + 20
        let sum = curves.reduce(Int64(0)) { $0 + $1.halfHour(slot).activeImport }
        #expect(head.halfHour(slot).activeImport == sum + sum * 30 / 1_000)
        #expect(Load.line([], lossesPerMille: 30).halfHour(slot) == EnergyFlow())
    }

    @Test func aHeadMeterPassesGeneratedEnergyToTheNeighbours() {
        let noon = CivilStamp(year: 2026, month: 6, day: 21, hour: 13)!.seconds / 1_800
        let curves = [LoadCurve(kind: .prosumer, seed: 5), LoadCurve(kind: .workshop, seed: 6)]
        let head = Load.line(curves, lossesPerMille: 0)
        for day in Int64(0)..<5 {
            let flows = curves.map { $0.halfHour(noon + day * 48) }
            let net = flows.reduce(Int64(0)) { $0 + $1.activeImport - $1.activeExport }
            let flow = head.halfHour(noon + day * 48)
            #expect(flow.activeImport - flow.activeExport == net)
            #expect(flow.activeImport == 0 || flow.activeExport == 0)
        }
    }
}

import SPODES
import Street
import Testing
import Timekeeping

@Suite struct SubscriberTests {
    static func subscriber(phases: Int, place: Double = 0.5, seed: UInt64 = 9) -> Subscriber {
        Subscriber(
            ledger: EnergyLedgerTests.ledger(.shop, seed: seed), grid: Grid(seed: 1), phases: phases,
            place: place,
            seed: seed)
    }

    @Test(arguments: [1, 3]) func phasesAddUpToTheLedger(phases: Int) {
        let subscriber = Self.subscriber(phases: phases)
        let instant = EnergyLedgerTests.day + 40_000_000
        let power = subscriber.ledger.power(at: instant)
        let network = subscriber.network(at: instant)
        #expect(network.active.count == phases)
        #expect((network.active.reduce(0, +) - power.active).magnitude < 0.001)
        #expect((network.reactive.reduce(0, +) - power.reactive).magnitude < 0.001)
        for phase in 0..<phases {
            let apparent = network.voltages[phase] * network.currents[phase]
            let (active, reactive) = (network.active[phase], network.reactive[phase])
            #expect((apparent * apparent - active * active - reactive * reactive).magnitude < 0.1)
            #expect((195...245).contains(network.voltages[phase]))
        }
    }

    @Test func theWholeStreetHasOneFrequencyAndTheFarEndLessVoltage() {
        let near = Self.subscriber(phases: 3, place: 0, seed: 2)
        let far = Self.subscriber(phases: 3, place: 1, seed: 3)
        for hour in 0..<24 {
            let instant = EnergyLedgerTests.day + Int64(hour) * 3_600_000
            let (first, last) = (near.network(at: instant), far.network(at: instant))
            #expect(first.frequency == last.frequency)
            #expect((49.9...50.1).contains(first.frequency))
            #expect(last.voltages[0] < first.voltages[0])
        }
    }

    @Test func theNeutralOfOnePhaseCarriesThePhaseCurrent() {
        let network = Self.subscriber(phases: 1).network(at: EnergyLedgerTests.day)
        #expect((network.neutralCurrent - network.currents[0]).magnitude < 1e-9)
    }
}

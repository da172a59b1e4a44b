import Metering
import Timekeeping

@testable import SPODES

/// A measuring element with one kilowatt and a quarter of a kilovar, day and night, all in the first tariff.
struct FlatElement: MeasuringElement {
    let phases: Int
    let installed: Int64

    mutating func prepare(through instant: Int64) {}

    func registers(at instant: Int64) -> EnergyRegisters {
        let elapsed = max(0, instant - installed)
        var registers = EnergyRegisters()
        registers[tariff: 1] = EnergyFlow(activeImport: elapsed * 1_000, reactiveImport: elapsed * 250)
        return registers
    }

    func network(at instant: Int64) -> NetworkState {
        let share = 1_000 / Double(phases)
        return NetworkState(
            voltages: Array(repeating: 230, count: phases),
            currents: Array(repeating: share / 230, count: phases),
            active: Array(repeating: share, count: phases),
            reactive: Array(repeating: share / 4, count: phases),
            frequency: 50, neutralCurrent: 0)
    }
}

/// Models for tests.
enum TestModel {
    static let installed = CivilStamp(year: 2026, month: 1, day: 1)!

    static func personality(_ change: (inout Personality) -> Void = { _ in }) -> Personality {
        var personality = Personality(
            name: "test", manufacturer: "TST", model: "ПРОБА-1", firmware: "1", specification: "3", phases: 3,
            impulses: 1_000, energy: .init(scaler: 0, bits: 32, hasExport: true),
            quality: .init(voltage: -2, current: -3, power: -1, frequency: -3, factor: -3),
            tariffs: String(repeating: "1", count: 24),
            profile: .init(
                processing: 29, minutes: 30, scaler: 0, carries: true, hasVoltages: false, days: 90),
            days: 40, months: 12, captures: ["1.0.1.8.0", "1.0.3.8.0"],
            scalerProfiles: .init(isPresent: true, hasClock: false),
            snapshot: .init(isPresent: true, isJournaled: false),
            stamps: .init(deviation: -180, archiveStatus: 0, hasWeekday: false),
            link: .init(
                information: 128, statesLimits: true, statesLimitsAtDisconnect: false, pduSize: 500,
                conformance: "00181D"),
            passwords: .init(reader: "1", configurator: "2"))
        change(&personality)
        return personality
    }

    static func meter(_ change: (inout Personality) -> Void = { _ in }) -> SPODESMeter {
        let model = personality(change)
        let element = FlatElement(phases: model.phases, installed: installed.seconds * 1_000)
        return SPODESMeter(
            personality: model, serial: "1234567", clock: MeterClock(driftPerDay: 0), element: element)
    }
}

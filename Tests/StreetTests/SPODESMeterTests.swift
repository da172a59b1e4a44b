import DLMS
import Foundation
import Metering
import SPODES
import Street
import Testing
import Timekeeping

@Suite struct SPODESMeterTests {
    static let now = CivilStamp(year: 2026, month: 3, day: 10, hour: 14, minute: 17)!.seconds * 1_000

    static func meters() throws -> [SPODESMeter] {
        let plan = try DemoStreet.plan()
        return plan.lines[1].meters.map {
            var meter = $0.build(in: plan)
            meter.prepare(at: now)
            return meter
        }
    }

    @Test func sixtyDaysAreThereAtLeast() throws {
        for meter in try Self.meters() {
            #expect(meter.intervals(at: Self.now).count >= 60 * 48)
            #expect(meter.days(at: Self.now).count >= 45)
            #expect(meter.months(at: Self.now).count == 5)
            let last = meter.intervals(at: Self.now)
            #expect(last.stamp(last.count - 1).description == "2026-03-10 14:00:00")
            #expect(
                meter.days(at: Self.now).indices(
                    from: CivilStamp(year: 2026, month: 3, day: 1)!,
                    to: CivilStamp(year: 2026, month: 3, day: 3)!
                ).count == 3)
        }
    }

    /// R14: register(D+1) − register(D) = Σ half-hours, within (intervals + 2) least digits.
    @Test func everyDayBalances() throws {
        for meter in try Self.meters() {
            let days = meter.days(at: Self.now)
            let sums = meter.personality.energyColumns.filter { $0.code.e == 0 }
            let columns = meter.personality.profileColumns
            for index in (days.count - 5)..<(days.count - 1) {
                let (begin, end) = (days.stamp(index), days.stamp(index + 1))
                let registers = meter.frozen(sums, at: end).enumerated().map { offset, value in
                    value.wholeNumber! - meter.frozen(sums, at: begin)[offset].wholeNumber!
                }
                let rows = (1...48).map {
                    meter.interval(columns, endingAt: begin.adding(seconds: Int64($0) * 1_800))
                }
                for (offset, column) in sums.enumerated() {
                    let sum = rows.reduce(0.0) {
                        $0 + Double($1[offset].wholeNumber!) * Self.scale(columns[offset])
                    }
                    let difference = Double(registers[offset]) * Self.scale(column)
                    let digit = max(Self.scale(column), Self.scale(columns[offset]))
                    #expect(
                        (difference - sum).magnitude <= 50 * digit, "\(meter.personality.name) \(column.code)"
                    )
                    #expect(column.code.c != 1 || difference > 0 || meter.personality.energy.hasExport)
                }
            }
        }
    }

    /// Wh of one least digit; a half-hour of demand is half its watts.
    static func scale(_ column: MeterColumn) -> Double {
        let digit = (0..<abs(Int(column.scaler))).reduce(1.0) { value, _ in
            column.scaler < 0 ? value / 10 : value * 10
        }
        return column.code.d == 53 ? digit / 2 : digit
    }

    @Test func aRelayThatIsOffStopsTheRegisters() throws {
        var meter = try Self.meters()[0]
        let column = meter.personality.energyColumns[0]
        let hour: Int64 = 3_600_000
        meter.supply.disconnect(at: Self.now)
        let off = meter.value(of: column, at: Self.now)
        #expect(meter.value(of: column, at: Self.now + 5 * hour) == off)
        let current = try #require(meter.personality.networkColumns.first { $0.source == .current(0) })
        #expect(meter.value(of: current, at: Self.now + hour).wholeNumber == 0)
        meter.supply.reconnect(at: Self.now + 5 * hour)
        #expect(meter.value(of: column, at: Self.now + 5 * hour) == off)
        #expect(meter.value(of: column, at: Self.now + 6 * hour).wholeNumber! > off.wholeNumber!)
        meter.supply.mode = 3
        meter.supply.disconnect(at: Self.now + 7 * hour)
        meter.supply.reconnect(at: Self.now + 8 * hour)
        #expect(meter.supply.control == .ready && !meter.supply.isOn)
    }

    @Test func everyPersonalityOfTheRepositoryIsSound() throws {
        let folder = DemoStreet.folder.appendingPathComponent("personalities")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count >= 4)
        for name in names {
            let text = try Data(contentsOf: folder.appendingPathComponent(name))
            let personality = try JSONDecoder().decode(Personality.self, from: text)
            #expect(personality.faults == [])
            #expect("\(personality.name).json" == name)
        }
    }
}

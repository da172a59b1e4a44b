// What a SPODES meter tells about itself beyond registers and settings: the newest codes of its journals,
// counters, and mean powers (GOST R 58940, tables B.4, G.2). All of it is worked out when asked.

import DLMS
import Metering
import Timekeeping

extension SPODESDirectory {
    /// Objects of class Data whose values are worked out of what has happened.
    static func told(by personality: Personality)
        -> [(OBISCode, @Sendable (SPODESDirectory) -> DataValue)]
    {
        var list: [(OBISCode, @Sendable (SPODESDirectory) -> DataValue)] = []
        for number in MeterJournal.numbers where number != 13 {
            list.append(
                (
                    OBISCode(0, 0, 96, 11, number),
                    {
                        $0.meter.personality.value(
                            ofEvent: $0.meter.newestEvent(of: number, at: $0.instant)?.code ?? 0)
                    }
                ))
        }
        // Channel and client stand beside the codes of journal 6.
        for (place, code) in [OBISCode(0, 0, 96, 12, 4), OBISCode(0, 0, 96, 12, 6)].enumerated() {
            list.append(
                (code, { $0.meter.personality.values(besideEventOf: MeterJournal(number: 6))[place] }))
        }
        list += counters
        return list
    }

    private static let counters: [(OBISCode, @Sendable (SPODESDirectory) -> DataValue)] = [
        (OBISCode(0, 0, 96, 2, 0), { $0.meter.count(3, at: $0.instant) }),
        (
            OBISCode(0, 0, 96, 2, 12),
            { directory in
                let reading = directory.meter.newestEvent(of: 13, at: directory.instant)?.newReading
                let civil = reading.map(CivilStamp.init(milliseconds:))
                return .octetString(civil.map { directory.stamp($0, isArchived: true) } ?? .undefined)
            }
        ),
        (OBISCode(0, 0, 96, 20, 0), { $0.meter.count(4, [4], at: $0.instant) }),
        (OBISCode(0, 0, 96, 20, 5), { $0.meter.count(4, [3], at: $0.instant) }),
        (ObjectTable.magnetCounter, { $0.meter.count(4, [1], at: $0.instant) }),
        // Both ports speak HDLC.
        (OBISCode(0, 0, 135, 210, 0), { _ in .unsigned(0) }),
        (OBISCode(0, 0, 96, 3, 2), { _ in .boolean(false) }),
    ]

    // MARK: - Mean powers

    /// Watts, as the register of present power has them.
    private var powerUnit: DataValue {
        ScalerUnit(scaler: meter.personality.quality.power, unit: UnitCode(.watt).rawValue).value
    }

    /// The mean powers of the interval now and of the one before.
    var demandRegister: TableObject<DemandRegisterClass> {
        let demand = meter.demand(at: instant)
        let begin = stamp(meter.clock.civil(at: demand.begin), isArchived: true)
        return TableObject(
            LogicalName(ObjectTable.demand),
            values: [
                .doubleLongUnsigned(demand.current), .doubleLongUnsigned(demand.last), powerUnit, .nullData,
                .octetString(begin), .octetString(begin),
                .doubleLongUnsigned(UInt32(meter.personality.profile.minutes) * 60), .longUnsigned(1),
            ])
    }

    /// The highest mean power of the month so far, with the end of its interval.
    var highestDemandRegister: ExtendedRegisterObject {
        let highest = meter.highestDemand(at: instant)
        return ExtendedRegisterObject(
            LogicalName(ObjectTable.highestDemand), value: .doubleLongUnsigned(highest?.value ?? 0),
            scalerUnit: ScalerUnit(
                scaler: meter.personality.quality.power, unit: UnitCode(.watt).rawValue),
            captureTime: highest.map { stamp(meter.clock.civil(at: $0.end), isArchived: true) } ?? .undefined)
    }
}

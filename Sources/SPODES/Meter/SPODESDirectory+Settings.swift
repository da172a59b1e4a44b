// The settings of a SPODES meter as tables (GOST R 58940, tables A.2, G.1, G.2; codes of journal 3 by table
// D.4): limiters, thresholds, tariffs, push, and what a management logical device must have.

import DLMS
import Metering
import Timekeeping

extension SPODESDirectory {
    /// All settings of a model, in the order of the object list.
    static func settings(of personality: Personality) -> [SettingsEntry] {
        let limiters = Limiter.allCases.map { $0.entry(of: personality) }
        return management + thresholds(of: personality) + limiters + tariffs + [relayScripts] + pushing
    }

    // MARK: - Management and push

    private static let management = [
        SettingsEntry(SAPAssignmentClass.self, ObjectTable.logicalDevices, isPublic: true) { directory in
            let name = deviceName(of: directory.meter)
            return [.array([.structure([.longUnsigned(1), .octetString(name)])])]
        }
    ]

    /// Nobody is told anything until a destination is written; journal 3, code 52. The list begins with
    /// itself, as the standard recommends: whoever is told can read the rest by it.
    private static let pushing = [
        SettingsEntry(
            PushSetupClass.self, ObjectTable.pushSetup, writable: [2: 52, 3: 52, 4: 52, 5: 52, 6: 52, 7: 52],
            methods: [1]
        ) { directory in
            let plan = directory.meter.pushes.plan
            let objects =
                plan.objects ?? [
                    CaptureObject(
                        classID: PushSetupClass.classID, logicalName: LogicalName(ObjectTable.pushSetup)),
                    CaptureObject(classID: 1, ObjectTable.serialNumber), .clock,
                    CaptureObject(classID: 1, ObjectTable.alarms),
                ]
            let way = DataValue.structure([
                .enumerated(0), .octetString(Array(plan.destination.utf8)), .enumerated(0),
            ])
            return [
                .array(objects.map(\.value)), way, .array([]), .longUnsigned(0), .unsigned(2),
                .longUnsigned(5),
            ]
        },
        SettingsEntry(ScriptTableClass.self, ObjectTable.pushScripts) { _ in
            let push = DataValue.structure([
                .enumerated(2), .longUnsigned(PushSetupClass.classID),
                .octetString(LogicalName(ObjectTable.pushSetup)), .integer(1), .integer(0),
            ])
            return [.array([.structure([.longUnsigned(1), .array([push])])])]
        },
        SettingsEntry(SingleActionScheduleClass.self, ObjectTable.pushSchedule, writable: [4: 52]) {
            directory in
            let script = DataValue.structure([
                .octetString(LogicalName(ObjectTable.pushScripts)), .longUnsigned(1),
            ])
            let times = directory.meter.pushes.plan.times.map { time in
                DataValue.structure([
                    .octetString(time + [0]), .octetString([0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
                ])
            }
            return [script, .enumerated(1), .array(times)]
        },
    ]

    // MARK: - Thresholds

    /// Nominal values and thresholds, in the digits of the present values they are compared with.
    private static func thresholds(of personality: Personality) -> [SettingsEntry] {
        let quality = personality.quality
        func register(_ code: OBISCode, _ value: Double, _ scaler: Int8, _ unit: Unit, _ journal: UInt8?)
            -> SettingsEntry
        {
            let digits = DataValue.doubleLongUnsigned(UInt32((value / power(of: scaler)).rounded()))
            let scaled = ScalerUnit(scaler: scaler, unit: UnitCode(unit).rawValue).value
            return SettingsEntry(ThresholdClass.self, code, writable: journal.map { [2: $0] } ?? [:]) { _ in
                [digits, scaled]
            }
        }
        return [
            register(OBISCode(1, 0, 0, 6, 0), 230, quality.voltage, .volt, nil),
            register(OBISCode(1, 0, 0, 6, 1), 5, quality.current, .ampere, nil),
            register(OBISCode(1, 0, 0, 6, 2), 50, quality.frequency, .hertz, nil),
            register(OBISCode(1, 0, 0, 6, 3), 100, quality.current, .ampere, nil),
            register(OBISCode(1, 0, 0, 6, 4), 230, quality.voltage, .volt, 29),
            register(OBISCode(1, 0, 12, 31, 0), 207, quality.voltage, .volt, 26),
            register(OBISCode(1, 0, 12, 35, 0), 253, quality.voltage, .volt, 25),
            register(OBISCode(1, 0, 12, 39, 0), 11.5, quality.voltage, .volt, 24),
            register(OBISCode(1, 0, 131, 35, 0), 0.5, -3, .none, 27),
            register(OBISCode(1, 0, 131, 44, 0), 1_800, 0, .second, 82),
            register(OBISCode(1, 0, 0, 8, 6), 3, 0, .minute, 81),
        ]
    }

    /// Ten to a power.
    static func power(of scaler: Int8) -> Double {
        (0..<abs(Int(scaler))).reduce(1.0) { value, _ in scaler < 0 ? value / 10 : value * 10 }
    }

    // MARK: - Relay scripts

    /// 1 puts the relay off, 2 on.
    private static let relayScripts = SettingsEntry(
        ScriptTableClass.self, ObjectTable.relayScripts, methods: [1]
    ) { _ in
        let scripts = [1, 2].map { number -> DataValue in
            let action = DataValue.structure([
                .enumerated(2), .longUnsigned(DisconnectControlObject.classID),
                .octetString(LogicalName(ObjectTable.relay)), .integer(Int8(number)), .integer(0),
            ])
            return .structure([.longUnsigned(UInt16(number)), .array([action])])
        }
        return [.array(scripts)]
    }

    // MARK: - Tariffs

    private static let tariffs = [
        // Which tariff counts is fixed at delivery; a calendar that is written is kept and shown.
        SettingsEntry(
            ActivityCalendarClass.self, OBISCode(0, 0, 13, 0, 0),
            writable: [6: 5, 7: 5, 8: 6, 9: 7, 10: 8], methods: [1]
        ) { directory in
            let calendar = calendar(of: directory.meter.personality)
            return calendar + calendar + [.octetString(.undefined)]
        },
        SettingsEntry(SpecialDaysClass.self, OBISCode(0, 0, 11, 0, 0), writable: [2: 49]) { _ in
            // New Year's Day has the day table of every day.
            let date = DataValue.octetString([0xFF, 0xFF, 1, 1, 0xFF])
            return [.array([.structure([.longUnsigned(1), date, .unsigned(1)])])]
        },
        // Scripts 1…4 choose the tariff; what they do is the meter's own.
        SettingsEntry(ScriptTableClass.self, tariffScripts) { _ in
            [.array((UInt16(1)...4).map { .structure([.longUnsigned($0), .array([])]) })]
        },
        SettingsEntry(ScriptTableClass.self, billingScripts) { _ in
            let capture = DataValue.structure([
                .enumerated(2), .longUnsigned(ProfileGenericObject.classID),
                .octetString(LogicalName(ArchiveProfile.month.object)), .integer(2), .integer(0),
            ])
            return [.array([.structure([.longUnsigned(1), .array([capture])])])]
        },
        SettingsEntry(SingleActionScheduleClass.self, OBISCode(0, 0, 15, 0, 0)) { directory in
            let day = UInt8(directory.meter.diary.monthEnds.last?.day ?? 1)
            let script = DataValue.structure([.octetString(LogicalName(billingScripts)), .longUnsigned(1)])
            let time = DataValue.structure([
                .octetString([0, 0, 0, 0]), .octetString([0xFF, 0xFF, 0xFF, day, 0xFF]),
            ])
            return [script, .enumerated(1), .array([time])]
        },
    ]

    private static let tariffScripts = OBISCode(0, 0, 10, 0, 100)
    private static let billingScripts = OBISCode(0, 0, 10, 0, 1)

    /// One season of one week of equal days, whose tariffs change by the hour: name, seasons, weeks, days.
    private static func calendar(of personality: Personality) -> [DataValue] {
        let name = DataValue.octetString([0x31])
        let start = DataValue.octetString([0xFF, 0xFF, 1, 1, 0xFF, 0, 0, 0, 0, 0x80, 0, 0])
        let hours = personality.tariffOfHour
        let actions = hours.indices.filter { $0 == 0 || hours[$0] != hours[$0 - 1] }.map { hour in
            DataValue.structure([
                .octetString([UInt8(hour), 0, 0, 0]), .octetString(LogicalName(tariffScripts)),
                .longUnsigned(UInt16(hours[hour])),
            ])
        }
        return [
            name, .array([.structure([name, start, name])]),
            .array([.structure([name] + Array(repeating: .unsigned(1), count: 7))]),
            .array([.structure([.unsigned(1), .array(actions)])]),
        ]
    }
}

extension DateTimeValue {
    /// A moment of which nothing is told.
    static let undefined = DateTimeValue(
        date: DateValue(year: 0xFFFF, month: 0xFF, day: 0xFF),
        time: TimeValue(hour: 0xFF, minute: 0xFF, second: 0xFF, hundredths: 0xFF))
}

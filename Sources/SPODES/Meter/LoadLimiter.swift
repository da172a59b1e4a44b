// The limiters of a meter (class 71, 0.0.17.0.0…5): what they watch, and how the relay follows. Values are
// looked at every ten seconds of true time, whenever somebody asks the meter something, so that what happens
// does not depend on when it is asked. A meter whose limits nobody has written pays nothing.

import DLMS
import Metering

/// One limiter, by the last octet of its name.
enum Limiter: UInt8, Sendable, Hashable, CaseIterable {
    case power = 0
    case current = 1
    case voltage = 2
    case magnet = 3
    case differentialCurrent = 4
    case temperature = 5

    /// Codes of journal 2 when it opens the relay, and when it closes it again.
    var relayCodes: (off: UInt8, on: UInt8) {
        switch self {
        case .power: (8, 20)
        case .current: (9, 21)
        case .voltage: (11, 12)
        case .magnet: (10, 24)
        case .differentialCurrent: (14, 22)
        case .temperature: (15, 23)
        }
    }

    /// Bit of the word of alarms (GOST R 58940 p. 91).
    var alarm: AlarmWord {
        switch self {
        case .power: .powerLimit
        case .current: AlarmWord(rawValue: 1 << 7)
        case .magnet: AlarmWord(rawValue: 1 << 8)
        case .voltage: AlarmWord(rawValue: 1 << 9)
        case .differentialCurrent: AlarmWord(rawValue: 1 << 10)
        case .temperature: AlarmWord(rawValue: 1 << 11)
        }
    }

    /// Codes of journal 3 for a new threshold, and for a new time.
    private var settingCodes: (threshold: UInt8, time: UInt8) {
        switch self {
        case .power: (19, 20)
        case .current: (21, 21)
        case .voltage: (25, 22)
        case .magnet: (23, 23)
        case .differentialCurrent: (66, 83)
        case .temperature: (67, 67)
        }
    }

    /// The register it watches.
    private func register(of personality: Personality) -> OBISCode {
        let isThree = personality.phases == 3
        return switch self {
        case .power: OBISCode(1, 0, 1, 7, 0)
        case .current: OBISCode(1, 0, isThree ? 31 : 11, 7, 0)
        case .voltage: OBISCode(1, 0, isThree ? 32 : 12, 7, 0)
        case .magnet: ObjectTable.magnetCounter
        case .differentialCurrent: OBISCode(1, 0, 91, 7, 0)
        case .temperature: OBISCode(0, 0, 96, 9, 0)
        }
    }

    /// Power of ten of its thresholds.
    func scaler(of personality: Personality) -> Int8 {
        switch self {
        case .power: personality.quality.power
        case .current, .differentialCurrent: personality.quality.current
        case .voltage: personality.quality.voltage
        case .magnet, .temperature: 0
        }
    }

    /// The object's name and class.
    var key: ObjectKey {
        ObjectKey(
            classID: LimiterClass.classID, logicalName: LogicalName(OBISCode(0, 0, 17, 0, rawValue)))
    }

    /// What it compares, in units without scaler; nil for what is never over a threshold here.
    func measured(_ network: NetworkState) -> Double? {
        switch self {
        case .power: network.active.reduce(0, +)
        case .current: network.currents.max()
        case .voltage: network.voltages.max()
        case .magnet, .differentialCurrent, .temperature: nil
        }
    }

    /// The limiter as delivered: without a limit.
    func entry(of personality: Personality) -> SettingsEntry {
        let register = register(of: personality)
        let classID: UInt16 = self == .magnet ? DataObject.classID : RegisterObject.classID
        let codes = settingCodes
        return SettingsEntry(
            LimiterClass.self, OBISCode(0, 0, 17, 0, rawValue),
            writable: [4: codes.threshold, 5: codes.threshold, 6: codes.time, 7: codes.time]
        ) { directory in
            let normal = directory.meter.written[key, 4] ?? Self.noLimit
            let script = DataValue.octetString(LogicalName(ObjectTable.relayScripts))
            return [
                .structure([.longUnsigned(classID), .octetString(LogicalName(register)), .integer(2)]),
                normal, Self.noLimit, Self.noLimit, .doubleLongUnsigned(60), .doubleLongUnsigned(60),
                .structure([.longUnsigned(0), .octetString(.undefined), .doubleLongUnsigned(0)]),
                .array([]), .boolean(false),
                .structure([
                    .structure([script, .longUnsigned(1)]), .structure([script, .longUnsigned(2)]),
                ]),
            ]
        }
    }

    static let noLimit = DataValue.doubleLongUnsigned(.max)
}

/// The limits in force and how far the meter has looked.
struct LoadLimits: Sendable {
    private struct Limit: Sendable {
        let limiter: Limiter
        let threshold: Double
        let over: Int64
        let under: Int64
        /// Since when the value is over the threshold, or under it while the relay is off.
        var since: Int64?
    }

    private static let step: Int64 = 10_000

    private var limits: [Limit] = []
    private var looked: Int64 = 0
    /// Which limiter has opened the relay.
    private var tripped: Limiter?

    /// No limits.
    init() {}

    /// The limits a meter has been given; looked at from an instant on.
    init(_ meter: SPODESMeter, from instant: Int64) {
        looked = instant
        tripped = meter.limits.tripped
        for limiter in Limiter.allCases {
            guard let threshold = meter.written[limiter.key, 4], threshold != Limiter.noLimit,
                let digits = threshold.wholeNumber
            else { continue }
            func seconds(_ index: Int8) -> Int64 { meter.written[limiter.key, index]?.wholeNumber ?? 60 }
            let scale = SPODESDirectory.power(of: limiter.scaler(of: meter.personality))
            limits.append(
                Limit(
                    limiter: limiter, threshold: Double(digits) * scale, over: seconds(6) * 1_000,
                    under: seconds(7) * 1_000))
        }
    }

    /// Whether there is nothing to watch.
    var isEmpty: Bool { limits.isEmpty }

    /// The next instant to look at, not after `instant`.
    mutating func next(until instant: Int64) -> Int64? {
        let next = (looked / Self.step + 1) * Self.step
        guard next <= instant else { return nil }
        looked = next
        return next
    }

    /// What the relay has to do at an instant, and for whom.
    mutating func looked(at network: NetworkState, _ instant: Int64, isOn: Bool) -> (Limiter, isOn: Bool)? {
        for index in limits.indices {
            let limit = limits[index]
            guard isOn || limit.limiter == tripped, let value = limit.limiter.measured(network) else {
                limits[index].since = nil
                continue
            }
            guard (value > limit.threshold) == isOn else {
                limits[index].since = nil
                continue
            }
            let since = limit.since ?? instant
            limits[index].since = since
            guard instant - since >= (isOn ? limit.over : limit.under) else { continue }
            limits[index].since = nil
            tripped = isOn ? limit.limiter : nil
            return (limit.limiter, !isOn)
        }
        return nil
    }

    /// Without mains nothing is measured.
    mutating func forget() { for index in limits.indices { limits[index].since = nil } }
}

extension SPODESMeter {
    /// Looks at the limits up to an instant, and lets the relay follow.
    mutating func watchLimits(until instant: Int64) {
        guard !limits.isEmpty else { return }
        while let moment = limits.next(until: instant) {
            if outages.isDark(at: moment) {
                limits.forget()
                continue
            }
            let network = element.network(at: moment)
            let present = supply.isOn ? network : network.withoutCurrent
            guard let (limiter, isOn) = limits.looked(at: present, moment, isOn: supply.isOn) else {
                continue
            }
            if isOn {
                guard supply.reconnectLocally(at: moment) else { continue }
                diary.note(2, code: limiter.relayCodes.on, at: moment)
            } else {
                guard supply.disconnectLocally(at: moment) else { continue }
                diary.note(2, code: limiter.relayCodes.off, at: moment, limiter.alarm)
            }
        }
    }

    /// Puts the relay off or on from afar, which the meter notes (journal 2).
    mutating func switchRelay(on isOn: Bool, at instant: Int64) {
        if isOn {
            supply.reconnect(at: instant)
            diary.note(2, code: supply.isOn ? 4 : 5, at: instant)
        } else {
            supply.disconnect(at: instant)
            diary.note(2, code: 3, at: instant)
        }
    }
}

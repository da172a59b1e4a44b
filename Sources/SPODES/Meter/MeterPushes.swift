// What a SPODES meter pushes (GOST R 58940, 9.7; class 40 and class 22 of IEC 62056-6-2): the values of its
// push setup's list, at the times of its schedule, when something happened to it, or when it is told to.
// Where to is the setup's word; connections are the business of whoever turns the meter.

package import DLMS
import Metering
import Timekeeping

/// How a meter is delivered to push; what is written to its setup lies over it.
package struct PushPlan: Sendable, Hashable {
    /// `host:port` of the push setup; empty for nobody.
    package var destination: String
    /// The list of objects; nil for the model's own.
    package var objects: [CaptureObject]?
    /// Times of day as hour, minute and second, FF for any.
    package var times: [[UInt8]]
    /// Whether it pushes when something happened.
    package var tellsEvents: Bool

    /// A plan; by default nobody is told anything.
    package init(
        destination: String = "", objects: [CaptureObject]? = nil, times: [[UInt8]] = [],
        tellsEvents: Bool = true
    ) {
        self.destination = destination
        self.objects = objects
        self.times = times
        self.tellsEvents = tellsEvents
    }
}

/// A push that is to go out.
package struct PushMessage: Sendable, Hashable {
    /// `host:port`.
    package var destination: String
    /// The unconfirmed DataNotification.
    package var apdu: [UInt8]
    /// How often it is tried again when nobody can be reached.
    package var retries: Int
    /// Seconds between tries.
    package var delaySeconds: Int
}

/// What a meter remembers for its pushes.
package struct PushMemory: Sendable, Hashable {
    /// How it was delivered.
    package var plan = PushPlan()
    /// Somebody invoked the setup's method.
    var isAsked = false
    private var seen: (instant: Int64, alarms: AlarmWord, isOn: Bool)?
    private(set) var count: UInt32 = 0

    /// Delivered to tell nobody anything.
    package init() {}

    /// What makes a meter speak: covers, magnet, and the relay off by a limit.
    static let telling: AlarmWord = [.terminalCover, .caseOpened, .magnet, .relay]

    /// Whether a push is due, with what has been seen of the meter until now.
    mutating func isDue(at instant: Int64, reading: Int64, alarms: AlarmWord, isOn: Bool, times: [[UInt8]])
        -> Bool
    {
        defer { seen = (instant, alarms, isOn) }
        guard let seen else { return false }
        let hasHappened =
            !alarms.subtracting(seen.alarms).isDisjoint(with: PushMemory.telling) || (seen.isOn && !isOn)
        // A step of an hour or more is a simulator that slept: what was due then is not made up for.
        let passed = min(max(instant - seen.instant, 0), 3_600_000)
        let isTime = PushMemory.isPassed(times, from: reading - passed, through: reading)
        defer { isAsked = false }
        guard isAsked || isTime || (plan.tellsEvents && hasHappened) else { return false }
        count = (count + 1) & 0xFF_FFFF
        return true
    }

    /// Whether a clock that went from one reading to another, milliseconds, passed one of the times.
    private static func isPassed(_ times: [[UInt8]], from: Int64, through: Int64) -> Bool {
        guard !times.isEmpty, from < through else { return false }
        return (from / 1_000 + 1...max(through / 1_000, from / 1_000 + 1)).contains { second in
            guard second * 1_000 <= through else { return false }
            let stamp = CivilStamp(seconds: second)
            let parts = [UInt8(stamp.hour), UInt8(stamp.minute), UInt8(stamp.second)]
            return times.contains { time in zip(time, parts).allSatisfy { $0 == 0xFF || $0 == $1 } }
        }
    }

    /// Plans and counts, not when the meter was looked at.
    package static func == (left: Self, right: Self) -> Bool {
        left.plan == right.plan && left.isAsked == right.isAsked && left.count == right.count
    }

    /// As `==`.
    package func hash(into hasher: inout Hasher) { hasher.combine(count) }
}

extension SPODESDirectory {
    private static let setup = ObjectKey(
        classID: PushSetupClass.classID, logicalName: LogicalName(ObjectTable.pushSetup))
    private static let schedule = ObjectKey(
        classID: SingleActionScheduleClass.classID, logicalName: LogicalName(ObjectTable.pushSchedule))

    /// Whether anybody may be told anything; most meters tell nobody.
    package var mayPush: Bool { !meter.pushes.plan.destination.isEmpty || !meter.written.isEmpty }

    /// The push that is due at `instant`, if any; call it every second or so after the meter was prepared.
    package mutating func takePush() -> PushMessage? {
        let parameters = values(of: Self.setup)
        guard parameters.count == 6, let way = parameters[1].elements, way.count == 3,
            way[0].wholeNumber == 0, let destination = way[1].stringOctets, !destination.isEmpty
        else { return nil }
        let times = values(of: Self.schedule).last?.elements?.compactMap { time in
            time.elements?.first?.stringOctets.flatMap { $0.count == 4 ? Array($0.prefix(3)) : nil }
        }
        let isDue = meter.pushes.isDue(
            at: instant, reading: meter.clock.reading(at: instant), alarms: meter.diary.word,
            isOn: meter.supply.isOn, times: times ?? [])
        guard isDue, let objects = PushBody.objects(parameters[0]) else { return nil }
        let clock = stamp(meter.clock.civil(at: instant), isArchived: false)
        let notification = DataNotification(
            longInvokeID: meter.pushes.count, dateTime: clock, body: .structure(objects.map(told)))
        return PushMessage(
            destination: String(decoding: destination, as: UTF8.self),
            apdu: APDU.dataNotification(notification).encoded,
            retries: Int(parameters[4].wholeNumber ?? 0), delaySeconds: Int(parameters[5].wholeNumber ?? 0))
    }

    private func values(of key: ObjectKey) -> [DataValue] {
        (object(key) as? any TabledObject)?.values ?? []
    }

    /// One attribute as the list wants it; of a buffer the newest rows, as many as its index says, one at
    /// least. Null for what the meter does not have.
    private func told(_ wanted: CaptureObject) -> DataValue {
        let (key, attribute) = (wanted.attribute.object, wanted.attribute.attribute)
        guard let object = object(key) else { return .nullData }
        if attribute == 1 { return .octetString(key.logicalName) }
        if let profile = object as? ProfileGenericObject, attribute == 2 {
            let count = profile.rows.count
            let first = max(0, count - max(1, Int(wanted.dataIndex)))
            return .array((first..<count).map { .structure(profile.rows.row(at: $0)) })
        }
        guard case .value(let value) = object.attribute(attribute, selection: nil) else { return .nullData }
        return value
    }
}

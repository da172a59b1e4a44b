// What a driver of any family offers: a session with one meter over a channel somebody else opened. A driver
// knows neither schedule nor store nor topic (style rule 9); it yields readings made in one place.

import Faults
package import Metering
package import Seams
package import Timekeeping

/// How to reach and open one meter, from its row in the meter table (decision D14).
package struct MeterPoint: Sendable {
    /// ID of the row.
    package var id: Int
    /// `typeName` of the row, such as `SPODES`.
    package var typeName: String
    /// Network address as the table has it; the station part when the line is a hub or TCP.
    package var address: String
    /// Level-1 password octets; empty for none.
    package var readPassword: [UInt8]
    /// Level-2 password octets; empty for none.
    package var writePassword: [UInt8]
    /// Ciphering keys; none by default.
    package var keys: Keys
    /// Link particulars; defaults are automatic.
    package var link: MeterLink
    /// What octets run over, which decides how long gaps may be (R25).
    package var medium: Medium
    /// Zone of the meter's clock (R4); nil is the device's.
    package var zone: ZoneOffset?

    /// What octets run over.
    package enum Medium: Sendable, Hashable { case serial, network }

    /// What octets are ciphered with (suite 0). Prints as dots.
    package struct Keys: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
        /// Our own system title, eight octets; empty for none.
        package var systemTitle: [UInt8]
        /// EK, 16 octets; empty for none.
        package var encryptionKey: [UInt8]
        /// AK, 16 octets; empty for none.
        package var authenticationKey: [UInt8]

        /// Keys; none by default.
        package init(
            systemTitle: [UInt8] = [], encryptionKey: [UInt8] = [], authenticationKey: [UInt8] = []
        ) {
            self.systemTitle = systemTitle
            self.encryptionKey = encryptionKey
            self.authenticationKey = authenticationKey
        }

        /// Whether there are keys to cipher with.
        package var canCipher: Bool { !encryptionKey.isEmpty && !authenticationKey.isEmpty }
        /// Dots.
        package var description: String { "••••" }
        /// Hides the octets from `dump`.
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// The usual physical address where the row's address names a host instead (D14).
    package static let standardPhysicalAddress = 16

    /// A point. Without `medium`, an address with a port is on the network and any other on a serial line.
    package init(
        id: Int, typeName: String, address: String, readPassword: [UInt8] = [], writePassword: [UInt8] = [],
        link: MeterLink = MeterLink(), keys: Keys = Keys(), medium: Medium? = nil, zone: ZoneOffset? = nil
    ) {
        self.keys = keys
        self.medium = medium ?? (address.contains(":") ? .network : .serial)
        self.zone = zone
        self.id = id
        self.typeName = typeName
        self.address = address
        self.readPassword = readPassword
        self.writePassword = writePassword
        self.link = link
    }
}

/// Who the meter says it is; read first in every session (R8).
package struct MeterIdentity: Sendable, Hashable {
    /// Serial number as text.
    package var serial: String
    /// Model or type text, empty when not told.
    package var model: String

    /// An identity.
    package init(serial: String, model: String = "") {
        self.serial = serial
        self.model = model
    }
}

/// The meter's clock against the gateway's (R3, R6).
package struct ClockReading: Sendable, Hashable {
    /// What the meter's clock showed.
    package var stamp: MeterStamp
    /// Meter minus gateway (at the middle of the round trip) in the meter's zone, whole seconds.
    package var differenceSeconds: Int32
    /// Round-trip time of the request; the reading is exact within half of it.
    package var roundTrip: Duration
    /// When it was asked: what the gateway's own clock shows may be stepped, this cannot.
    package var askedAt: MonotonicInstant

    /// A reading of a clock.
    package init(
        stamp: MeterStamp, differenceSeconds: Int32, roundTrip: Duration, askedAt: MonotonicInstant
    ) {
        self.stamp = stamp
        self.differenceSeconds = differenceSeconds
        self.roundTrip = roundTrip
        self.askedAt = askedAt
    }
}

/// What a meter answered about a stretch of its archive.
package struct ArchiveAnswer: Sendable, Hashable {
    /// Rows inside the asked window, ascending by stamp.
    package var readings: [Reading]
    /// Whether the meter holds a row later than the window: then what is missing inside is absent for good
    /// (R15).
    package var holdsLaterRow: Bool
    /// What was left unread of the window because the line was wanted by somebody who cannot wait (R27); nil
    /// when all of it was answered.
    package var rest: ClosedRange<CivilStamp>?

    /// An answer.
    package init(readings: [Reading], holdsLaterRow: Bool, rest: ClosedRange<CivilStamp>? = nil) {
        self.readings = readings
        self.holdsLaterRow = holdsLaterRow
        self.rest = rest
    }
}

/// What a session is opened for. A family that can asks for all of it at once; whatever is not told here may
/// be asked for all the same.
package struct SessionOutlook: Sendable, Hashable {
    /// Whether the clock is read to be compared. Who means to write it reads it alone, for a tight round
    /// trip.
    package var comparesClock: Bool
    /// Whether rows of the load profile are read, whose interval is wanted then.
    package var readsProfile: Bool
    /// Journals whose fill is asked for with the alarms; nil when alarms are not asked for.
    package var alarms: Set<Journal>?

    /// An outlook; nothing is foreseen by default.
    package init(comparesClock: Bool = false, readsProfile: Bool = false, alarms: Set<Journal>? = nil) {
        self.comparesClock = comparesClock
        self.readsProfile = readsProfile
        self.alarms = alarms
    }
}

/// An open, identified conversation with one meter.
package protocol MeterSession: Sendable {
    /// Who answered.
    var identity: MeterIdentity { get }
    /// Reads the clock.
    func clock() async throws -> ClockReading
    /// Reads a measure that has a present value (moment energy, moment quality, configuration, relay). Tags
    /// limit what is fetched; empty asks for all the measure has. Throws `meter.unsupported` when the meter
    /// has none.
    func current(_ measure: Measure, tags: [Tag]) async throws -> Reading
    /// Reads rows of an archive whose stamps (in the convention of R2) lie in `window`, both ends included.
    func archive(_ measure: Measure, window: ClosedRange<CivilStamp>) async throws -> ArchiveAnswer
    /// Interval of the load profile in minutes, 1…60.
    func profileInterval() async throws -> Int
    /// Reads journals. `since` is the stamp of the newest event already had: events of the day before it and
    /// later come, so that events of one second are told apart the same way each time (R21); nil asks for all
    /// that the meter holds. Journals the meter does not keep are named in the answer.
    func journal(_ journals: Set<Journal>, since: CivilStamp?) async throws -> JournalAnswer
    /// Reads the word of alarms and how full the meter's journals behind `journals` are (R28).
    func alarms(filling journals: Set<Journal>) async throws -> AlarmState
    /// Shifts the clock once. Never sent again in another association (R23): after a fault nobody knows
    /// whether it was done, so read the clock before deciding anew. Throws `meter.unsupported` for a shift
    /// outside what the family allows (R6).
    func shiftClock(bySeconds seconds: Int) async throws
    /// Sets the clock once, in the meter's zone. As `shiftClock`; most meters demand a client with the right
    /// to write.
    func setClock(to stamp: CivilStamp) async throws
    /// Reads how the relay stands. Throws `meter.relay` when the meter has none.
    func relay() async throws -> RelayState
    /// Tells the relay once to go on or off. Never sent again in another association (R23). Throws
    /// `meter.access` when the meter refuses; a meter that obeyed may still leave it to a person to close the
    /// contacts, so read the state again.
    func switchRelay(on isOn: Bool) async throws
    /// Finds out how the meter tells what it pushes: its list of objects, columns and scalers. The driver
    /// remembers it with the meter. Throws `meter.unsupported` when the meter does not say.
    func learn(_ push: MeterPush) async throws
}

extension MeterSession {
    /// A family that pushes nothing.
    package func learn(_ push: MeterPush) async throws {
        throw Fault(.meterUnsupported, ["detail": "push"])
    }

    /// A family without journals keeps none of them.
    package func journal(_ journals: Set<Journal>, since: CivilStamp?) async throws -> JournalAnswer {
        JournalAnswer(events: [], unsupported: journals)
    }
    /// A family without alarms.
    package func alarms(filling journals: Set<Journal>) async throws -> AlarmState {
        throw Fault(.meterUnsupported, ["detail": "alarms"])
    }
    /// A family whose clock is not shifted.
    package func shiftClock(bySeconds seconds: Int) async throws {
        throw Fault(.meterUnsupported, ["detail": "shifting the clock"])
    }
    /// A family whose clock is not set.
    package func setClock(to stamp: CivilStamp) async throws {
        throw Fault(.meterUnsupported, ["detail": "setting the clock"])
    }
    /// A family without relays.
    package func relay() async throws -> RelayState { throw Fault(.meterNoRelay) }
    /// A family without relays.
    package func switchRelay(on isOn: Bool) async throws { throw Fault(.meterNoRelay) }
}

/// One family of meters.
package protocol MeterDriver: Sendable {
    /// Opens a session (identity first), runs `body`, and closes the association on every path, cancellation
    /// included. `outlook` is what the session is for. Throws `Fault` with meter codes.
    func session<Value: Sendable>(
        with point: MeterPoint, over channel: any Channel, outlook: SessionOutlook,
        _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value
    /// Finds out by the smallest exchange there is whether anybody answers at a meter's address, without
    /// repetitions and without trying a password (R22). Throws `Fault` with meter codes when nobody does.
    func probe(_ point: MeterPoint, over channel: any Channel) async throws
    /// Looks who is at a place of a line, with no password (R22); nil for nobody. Throws `Garbled` when
    /// octets came that are no answer, and a fault when the line failed.
    func look(
        at step: SearchStep, over channel: any Channel, medium: MeterPoint.Medium
    ) async throws -> FoundMeter?
    /// What a push says of who sent it.
    func names(in push: MeterPush) -> PushNames
    /// What a push means that the meter with this serial number sent, by what is remembered of the meter. Of
    /// a value nobody can be sure about nothing is made; then the report is partial.
    func report(of push: MeterPush, serial: String, zone: ZoneOffset) async -> PushReport
}

extension MeterDriver {
    /// A family that pushes nothing has no names in it.
    package func names(in push: MeterPush) -> PushNames { PushNames() }
    /// A family that pushes nothing.
    package func report(of push: MeterPush, serial: String, zone: ZoneOffset) async -> PushReport {
        PushReport()
    }

    /// A session of which nothing is foreseen.
    package func session<Value: Sendable>(
        with point: MeterPoint, over channel: any Channel, _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value {
        try await session(with: point, over: channel, outlook: SessionOutlook(), body)
    }

    /// A family that cannot be searched for finds nobody.
    package func look(
        at step: SearchStep, over channel: any Channel, medium: MeterPoint.Medium
    ) async throws -> FoundMeter? { nil }

    /// A family without a smaller exchange opens a session and closes it.
    package func probe(_ point: MeterPoint, over channel: any Channel) async throws {
        try await session(with: point, over: channel) { _ in }
    }
}

// What one conversation with one meter brings home. All of it is stored in one transaction (decision D1):
// rows, what the meter turned out not to have (R15), and the outcome of each item asked for.

package import Faults
package import Metering
package import Timekeeping

/// Everything one session with one meter yielded.
package struct MeterSessionRows: Sendable {
    /// ID of the meter in the meter table.
    package var meterID: Int
    /// Serial number read in this session (R8); nil when the session did not get that far.
    package var serial: String?
    /// UTC of the gateway when the rows were read.
    package var readAt: WallTime
    /// Whether that time may be trusted (R1). Rows of an untrusted time fill empty slots only and prune
    /// nothing.
    package var isTimeTrusted: Bool
    /// Zone of the meter's clock (R4).
    package var zone: ZoneOffset
    /// Meter clock minus gateway clock, seconds, when it was read (R3).
    package var clockDifferenceSeconds: Int32?
    /// Rows as the driver made them.
    package var readings: [Reading]
    /// Stretches of archive the meter has answered for.
    package var answers: [AnsweredWindow]
    /// How each item asked for ended.
    package var outcomes: [ItemOutcome]
    /// What the meter's journals told; nil when they were not opened.
    package var journals: JournalYield?
    /// The word of alarms; nil when it was not read or the meter has none (R28).
    package var alarms: AlarmWord?
    /// Whether current flows behind an open relay; nil when nobody looked.
    package var isRelayBridged: Bool?
    /// Whether the meter told it unasked. Such rows fill empty slots and correct none, never begin another
    /// life, and tell of a journal only in part: how far it has been read stands.
    package var isTold = false

    /// A session's yield.
    package init(
        meterID: Int, serial: String?, readAt: WallTime, isTimeTrusted: Bool, zone: ZoneOffset,
        clockDifferenceSeconds: Int32? = nil, readings: [Reading] = [], answers: [AnsweredWindow] = [],
        outcomes: [ItemOutcome] = [], journals: JournalYield? = nil, alarms: AlarmWord? = nil
    ) {
        self.meterID = meterID
        self.serial = serial
        self.readAt = readAt
        self.isTimeTrusted = isTimeTrusted
        self.zone = zone
        self.clockDifferenceSeconds = clockDifferenceSeconds
        self.readings = readings
        self.answers = answers
        self.outcomes = outcomes
        self.journals = journals
        self.alarms = alarms
    }
}

/// Why a slot will never be filled (R15). Raw values are the archive's `reason` column.
package enum AbsenceReason: Int64, Sendable, Hashable, CaseIterable {
    /// The meter holds later rows and none for this slot; nothing more is known.
    case notRecorded = 0
    /// The meter was without power.
    case poweredOff = 1
    /// Its clock was moved forward over the slot.
    case clockMovedForward = 2
    /// Its profile was cleared.
    case cleared = 3
    /// The row left the meter's memory before it was read.
    case overwritten = 4
    /// The meter has no such archive.
    case unsupported = 5
}

/// A stretch of a meter's archive it has answered for; its rows are among the session's readings.
package struct AnsweredWindow: Sendable, Hashable {
    /// Which archive.
    package var measure: Measure
    /// First and last slot asked for with all that lies in them, in the convention of R2.
    package var window: ClosedRange<CivilStamp>
    /// Interval of the profile in minutes; 0 for other archives.
    package var intervalMinutes: Int
    /// Whether the meter holds a row later than the window: only then is what is missing absent for good.
    package var holdsLaterRow: Bool
    /// Why missing slots are missing.
    package var reason: AbsenceReason

    /// An answered stretch.
    package init(
        _ measure: Measure, _ window: ClosedRange<CivilStamp>, intervalMinutes: Int = 0, holdsLaterRow: Bool,
        reason: AbsenceReason = .notRecorded
    ) {
        self.measure = measure
        self.window = window
        self.intervalMinutes = intervalMinutes
        self.holdsLaterRow = holdsLaterRow
        self.reason = reason
    }
}

/// How one item of a poll ended.
package struct ItemOutcome: Sendable, Hashable {
    /// What was asked for; nil stands for the session itself (connection, identity).
    package var measure: Measure?
    /// Why it failed; nil when it went well.
    package var fault: Fault?

    /// An outcome.
    package init(_ measure: Measure?, fault: Fault? = nil) {
        self.measure = measure
        self.fault = fault
    }
}

/// What storing a session did.
package struct StoreOutcome: Sendable, Hashable {
    /// Rows that filled an empty slot.
    package var inserted = 0
    /// Rows that changed a stored value; the old one is in the change log (R18).
    package var corrected = 0
    /// Rows equal to what is stored.
    package var unchanged = 0
    /// Rows set aside because their stamp cannot be believed (R13).
    package var quarantined = 0
    /// Rows not taken because the gateway's time is untrusted and the slot is taken (R1), or older than the
    /// depth.
    package var refused = 0
    /// Rows dropped at the old end because of depth.
    package var pruned = 0
    /// Slots now known to be absent at the meter.
    package var absent = 0
    /// Events of journals that were new.
    package var events = 0
    /// Journals they stand in.
    package var newsIn: Set<Journal> = []
    /// Corrections of the clock among them that tell what it showed before, in the meter's order; none when
    /// the journal was read for the first time.
    package var clockSteps: [JournalEvent] = []
    /// Days found not to balance (R14) that did before, or were not known; none where the week before has
    /// such days, too: then it is the meter's way.
    package var newlyUnbalanced: [CivilStamp] = []
    /// Alarms that were not raised before.
    package var raised: AlarmWord = []
    /// Alarms that held before and no longer do.
    package var ended: AlarmWord = []
    /// The serial that a new one replaced (R8).
    package var replacedSerial: String?
    /// The newest sequence number after this session.
    package var sequence: Int64 = 0

    /// Nothing done yet.
    package init() {}
}

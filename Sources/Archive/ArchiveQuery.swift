// What can be asked of the archive, and the shape of what comes back. Windows are inclusive at both ends and
// OR-ed, as the device's API has them (api 3.1).

package import Metering
package import Timekeeping

/// A selection of stored rows of one measure.
package struct ArchiveQuery: Sendable, Hashable {
    /// Which rows of `ElMonthEnergy` are meant (R19).
    package enum Billing: Sendable, Hashable {
        /// 00:00 of the 1st only: what the API serves.
        case calendarMonths
        /// Every other billing date: «расчётный период».
        case otherPeriods
        /// All.
        case all
    }

    /// Meters by ID in the meter table, in the order wanted; empty asks for all.
    package var meters: [Int]
    /// Which archive.
    package var measure: Measure
    /// Stamps of the meter's own clock, both ends included, OR-ed; empty asks for everything.
    package var windows: [ClosedRange<CivilStamp>]
    /// Tags wanted; empty asks for all of the measure, foreign ones are ignored.
    package var tags: [Tag]
    /// Only the newest row of each meter.
    package var newestOnly: Bool
    /// Which months.
    package var billing: Billing

    /// A selection.
    package init(
        _ measure: Measure, meters: [Int] = [], windows: [ClosedRange<CivilStamp>] = [], tags: [Tag] = [],
        newestOnly: Bool = false, billing: Billing = .calendarMonths
    ) {
        self.measure = measure
        self.meters = meters
        self.windows = windows
        self.tags = tags
        self.newestOnly = newestOnly
        self.billing = billing
    }
}

/// One stored row.
package struct ArchivedRow: Sendable, Hashable {
    /// The life it belongs to.
    package var life: MeterLife
    /// Position in the global order of changes (R18).
    package var sequence: Int64
    /// 0 for a row as first stored, one more with every correction.
    package var revision: Int64
    /// Whether it was read while the gateway's time was trusted (R1).
    package var isTrusted: Bool
    /// The row.
    package var reading: Reading

    /// A stored row.
    package init(
        life: MeterLife, sequence: Int64, revision: Int64, isTrusted: Bool = true, reading: Reading
    ) {
        self.life = life
        self.sequence = sequence
        self.revision = revision
        self.isTrusted = isTrusted
        self.reading = reading
    }
}

/// One life of a metering point: the time one meter of one serial number hung there (R8, decision D13).
package struct MeterLife: Sendable, Hashable {
    /// The archive's key.
    package var key: Int64
    /// ID in the meter table.
    package var meterID: Int
    /// Serial number; empty until the first session.
    package var serial: String
    /// UTC when the life began.
    package var since: WallTime
    /// UTC when another serial took over; nil for the present life.
    package var until: WallTime?

    /// A life.
    package init(key: Int64, meterID: Int, serial: String, since: WallTime, until: WallTime? = nil) {
        self.key = key
        self.meterID = meterID
        self.serial = serial
        self.since = since
        self.until = until
    }
}

/// Where a paged read goes on.
package struct ArchivePosition: Sendable, Hashable {
    /// Index into the query's lives.
    var lifeIndex: Int
    /// Index into the query's windows.
    var windowIndex: Int
    /// Period and season (of an event stamp and number) of the last row delivered in that window; nil at its
    /// beginning.
    var last: Place?

    /// A row's place within its life and kind.
    struct Place: Sendable, Hashable {
        var period: Int64
        var season: Int64
    }

    /// The beginning.
    package static let start = ArchivePosition(lifeIndex: 0, windowIndex: 0, last: nil)
}

/// A bounded piece of an answer. Rows are grouped by life, meters in the order asked, and ascend within a
/// life.
package struct ArchivePage: Sendable {
    /// The rows.
    package var rows: [ArchivedRow]
    /// Where to go on; nil when this was the last piece.
    package var next: ArchivePosition?
}

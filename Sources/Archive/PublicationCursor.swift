// The archive as an outbox (decision D2): how far each publication has got with each broker, and what was
// lost.

package import Metering
package import Timekeeping

/// One publication at one broker. An edited broker or template keeps its key, and so its cursor.
package struct CursorKey: Sendable, Hashable, Comparable {
    /// ID of the publication.
    package var publication: Int
    /// ID of the broker.
    package var broker: Int

    /// A key.
    package init(publication: Int, broker: Int) {
        self.publication = publication
        self.broker = broker
    }

    /// By publication, then broker.
    package static func < (left: Self, right: Self) -> Bool {
        (left.publication, left.broker) < (right.publication, right.broker)
    }
}

/// What a publication sends.
package struct PublicationScope: Sendable, Hashable {
    /// Meters by ID, ascending; every registered one when nil.
    package var meters: [Int]?
    /// Archived measures.
    package var measures: [Measure]

    /// A scope.
    package init(meters: [Int]?, measures: [Measure]) {
        self.meters = meters
        self.measures = measures.filter { $0.archiveNumber != nil }
    }
}

/// State of a cursor, for pages.
package struct PublicationCursor: Sendable, Hashable {
    /// Whose.
    package var key: CursorKey
    /// Everything up to this sequence number is acknowledged.
    package var sequence: Int64
    /// Rows acknowledged so far.
    package var sentRows: Int64
    /// Rows that depth pruned before they were sent.
    package var lostRows: Int64
    /// UTC of the last acknowledgement; nil before the first.
    package var movedAt: WallTime?

    /// A state.
    package init(key: CursorKey, sequence: Int64, sentRows: Int64, lostRows: Int64, movedAt: WallTime?) {
        self.key = key
        self.sequence = sequence
        self.sentRows = sentRows
        self.lostRows = lostRows
        self.movedAt = movedAt
    }
}

/// History of one meter and measure that joined a publication late and still has to be sent (R18).
package struct PublicationHistory: Sendable, Hashable {
    /// ID in the meter table.
    package var meterID: Int
    /// Which archive.
    package var measure: Measure
    /// Sent up to here.
    package var sequence: Int64
    /// To be sent up to here; what is newer comes with the cursor.
    package var through: Int64

    /// A history.
    package init(meterID: Int, measure: Measure, sequence: Int64, through: Int64) {
        self.meterID = meterID
        self.measure = measure
        self.sequence = sequence
        self.through = through
    }
}

/// A bounded walk along the sequence.
package struct OutboxPage: Sendable {
    /// Rows in scope, ascending by sequence.
    package var rows: [ArchivedRow]
    /// The last sequence number looked at: the cursor may move here once `rows` are acknowledged.
    package var scannedThrough: Int64
    /// Whether the walk's end was reached.
    package var isComplete: Bool
}

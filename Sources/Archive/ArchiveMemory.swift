// What the actor keeps in memory of its tables, loaded at open and after a repair.

import Storage
import Timekeeping

/// The memory of the archive.
struct ArchiveMemory {
    var present: [Int: MeterLife] = [:]
    var lives: [Int64: MeterLife] = [:]
    var sequence: Int64 = 0
    var unsettled: Set<Int64> = []
    var outcomes: [OutcomeKey: OutcomeState] = [:]
    var cursors: [CursorKey: Int64] = [:]

    /// Loads everything.
    init(_ tables: ArchiveTables) throws(StorageError) {
        let connection = tables.connection
        sequence = try tables.newestSequence()
        (lives, present) = try MeterArchive.loadLives(connection)
        unsettled = try ArchiveMemory.loadUnsettled(connection)
        cursors = try MeterArchive.loadCursors(connection)
        outcomes = try MeterArchive.loadOutcomes(connection)
    }

    /// Takes over what a session changed, once it is committed; it began with `before`.
    mutating func note(_ writing: SessionWriting, after before: MeterLife) {
        for (key, outcome) in writing.outcomes { outcomes[key] = outcome }
        if let closed = writing.closedLife { lives[closed.key] = closed }
        let life = writing.life
        if life != before {
            lives[life.key] = life
            present[life.meterID] = life
        }
        if writing.hasSettled { unsettled.remove(life.key) }
        if writing.leavesUnsettled { unsettled.insert(life.key) }
    }

    /// Lives with rows of an untrusted time; the partial indexes make this free when there are none.
    private static func loadUnsettled(_ connection: Connection) throws(StorageError) -> Set<Int64> {
        var found: Set<Int64> = []
        for family in ColumnFamily.all {
            let query = try connection.statement(
                "SELECT DISTINCT series FROM \(family.table) WHERE \(RowMark.untrusted)")
            while try query.step() { found.insert(RowSeries.meterKey(query.integer(0))) }
            query.reset()
        }
        return found
    }
}

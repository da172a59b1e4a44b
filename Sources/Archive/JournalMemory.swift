// What is remembered of the journals of a life: every visit asks how far they have been read and which alarms
// hold, and hardly any changes either. Forgotten with the memory of series.

import Metering
import Storage
import Timekeeping

/// Marks and alarms of one life.
struct JournalMemory {
    /// What the meter's clock showed when a journal was last read to the end.
    var readAt: [Journal: CivilStamp] = [:]
    /// The running numbers of the newest events, of the same journals.
    var numbers: [Journal: Int64] = [:]
    /// Alarms that hold.
    var alarms: AlarmWord = []
}

extension ArchiveTables {
    private static let marks = SQLText(
        "SELECT kind, read_stamp, number FROM journal_mark WHERE meter_key = ?1")
    private static let openAlarms = SQLText(
        "SELECT bit FROM alarm WHERE meter_key = ?1 AND until_at IS NULL")

    /// The journals of a life.
    func journals(of life: Int64) throws(StorageError) -> JournalMemory {
        if let known = journalMemory[life] { return known }
        var found = JournalMemory()
        let marks = try connection.statement(ArchiveTables.marks)
        marks.bind(life, at: 1)
        defer { marks.reset() }
        while try marks.step() {
            guard let journal = Journal(archiveNumber: Int(marks.integer(0))) else { continue }
            found.readAt[journal] = CivilStamp(seconds: marks.integer(1))
            found.numbers[journal] = marks.integer(2)
        }
        let alarms = try connection.statement(ArchiveTables.openAlarms)
        alarms.bind(life, at: 1)
        defer { alarms.reset() }
        while try alarms.step() {
            found.alarms.formUnion(AlarmWord(rawValue: 1 << UInt32(clamping: alarms.integer(0))))
        }
        journalMemory[life] = found
        return found
    }

    /// Keeps how far a journal of a life has been read.
    func keep(
        mark stamp: CivilStamp, _ number: Int64, of journal: Journal, life: Int64
    ) throws(StorageError) {
        try connection.statement(ArchiveTables.keepMark).run(
            life, Int64(journal.archiveNumber), stamp.seconds, number)
        journalMemory[life]?.readAt[journal] = stamp
        journalMemory[life]?.numbers[journal] = number
    }

    private static let keepMark = SQLText("INSERT OR REPLACE INTO journal_mark VALUES (?1, ?2, ?3, ?4)")
}

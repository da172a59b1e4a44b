// A personality with all that follows from it alone. Every question to a meter asks for some of it, and rows
// of archives take a copy of their meter along: what never changes between them is made once and shared, by
// all meters of one model too.

import DLMS

/// A model of meter, ready to be asked.
package final class MeterModel: Sendable {
    /// What makes it what it is.
    package let personality: Personality
    /// Columns of daily and monthly rows.
    package let dayColumns: [MeterColumn]
    /// Columns of the load profile.
    package let profileColumns: [MeterColumn]
    /// Columns of the snapshot of present values.
    let snapshotColumns: [MeterColumn]
    /// What rows of the three capture: the clock and the columns.
    let (dayCaptures, profileCaptures, snapshotCaptures): ([CaptureObject], [CaptureObject], [CaptureObject])
    /// Columns of the journals by their numbers.
    let journalCaptures: [UInt8: [CaptureObject]]
    /// Milliwatt-seconds in the least digit of a register of energy.
    let registerDigit: Int64
    /// What is behind each object.
    let entries: [ObjectKey: SPODESDirectory.Entry]
    /// All objects in the order of the object list.
    let order: [ObjectKey]

    /// What follows from a personality.
    package init(_ personality: Personality) {
        self.personality = personality
        dayColumns = personality.dayColumns
        profileColumns = personality.profileColumns
        snapshotColumns = personality.energyColumns + personality.networkColumns
        func captures(_ columns: [MeterColumn]) -> [CaptureObject] {
            [.clock] + columns.map { CaptureObject(classID: 3, $0.code) }
        }
        dayCaptures = captures(dayColumns)
        profileCaptures = captures(profileColumns)
        snapshotCaptures = captures(snapshotColumns)
        journalCaptures = Dictionary(
            uniqueKeysWithValues: MeterJournal.numbers.map { number in
                let columns = MeterJournal(number: number).columns(of: personality)
                let operatingTime = CaptureObject(classID: 3, MeterColumn.operatingTimeCode)
                return (number, [.clock] + columns + [operatingTime])
            })
        let catalogue = SPODESDirectory.catalogue(of: personality)
        order = catalogue.map(\.key)
        entries = Dictionary(catalogue.map { ($0.key, $0.entry) }) { first, _ in first }
        registerDigit = MeterModel.leastDigit(personality.energy.scaler)
    }

    /// Milliwatt-seconds of one least digit in Wh.
    static func leastDigit(_ scaler: Int8) -> Int64 {
        (0..<Int(scaler) + 3).reduce(Int64(3_600)) { digit, _ in digit * 10 }
    }
}

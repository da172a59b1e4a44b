// The journals of a meter as they stand now. A visit asks for counts, columns and rows of nine journals, and
// each would be made anew of years of arithmetic; between two events they are all the same.

/// Journals of a meter, good from the instant they were made at until the next event.
struct RecalledJournals: Sendable {
    /// What journals are made of.
    private struct Source: Hashable {
        let serial: String
        let installed: Int64
        let notes: Int
        let clockSetAt: Int64

        init(_ meter: SPODESMeter) {
            serial = meter.serial
            installed = meter.element.installed
            notes = meter.diary.revision
            clockSetAt = meter.clock.lastSetting
        }
    }

    private var source: Source?
    private var times: Range<Int64> = 0..<0
    private var events: [UInt8: [MeterEvent]] = [:]

    /// How far ahead the next event is looked for: none comes later than a month after the one before.
    private static let horizon: Int64 = 40 * 86_400_000

    /// Nothing yet.
    init() {}

    /// All journals at an instant.
    init(of meter: SPODESMeter, at instant: Int64) {
        var end = instant + Self.horizon
        for number in MeterJournal.numbers {
            let all = MeterJournal(number: number).history(of: meter, until: instant + Self.horizon)
            let past = all.prefix { $0.instant <= instant }
            events[number] = past.suffix(MeterJournal.capacity)
            if past.count < all.count { end = min(end, all[past.count].instant) }
        }
        source = Source(meter)
        times = instant..<end
    }

    /// Whether nothing has happened since they were made.
    func isGood(for meter: SPODESMeter, at instant: Int64) -> Bool {
        times.contains(instant) && source == Source(meter)
    }

    /// Events of a journal; nil when they have to be made.
    func events(of number: UInt8, _ meter: SPODESMeter, at instant: Int64) -> [MeterEvent]? {
        isGood(for: meter, at: instant) ? events[number] : nil
    }
}

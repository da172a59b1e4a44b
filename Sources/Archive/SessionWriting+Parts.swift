// Rows that share an interval (R13). A meter writes one row when it is switched off and goes on at the
// boundary, or begins in the middle: each row t belongs to the interval that contains t. Two increments of
// one interval are added; two demands are weighted by duration; nothing is ever "latest wins". The parts stay
// in `profile_part`, so that reading the same row twice changes nothing. A row that the meter tells no more
// counts no more: its clock was put back, and what it wrote then has taken the row's place.

import Metering
import Storage
import Timekeeping

extension SessionWriting {
    /// The slot's row made of its parts, or nil when `reading` is all there is of it: the same row read
    /// again, or what took the place of rows that are gone.
    func mergeParts(
        _ stored: Reading, _ reading: Reading, at key: SlotKey, slotLength: Int64
    ) throws(StorageError) -> Reading? {
        let known = try loadParts(key)
        let others = (known.isEmpty ? [stored] : known).filter { $0.stamp != reading.stamp }
        let kept = others.filter { !isGone($0, after: key) }
        let mustForget = !known.isEmpty && kept.count < others.count
        if mustForget { try forgetParts(key) }
        guard !kept.isEmpty else { return nil }
        for part in kept where known.isEmpty || mustForget { try store(part: part, at: key) }
        try store(part: reading, at: key)
        let parts = (kept + [reading]).sorted { $0.stamp.civil < $1.stamp.civil }
        let end = CivilStamp(minutes: key.period)
        return PartialRows.combine(parts, begin: end.adding(seconds: -slotLength))
    }

    /// Whether the meter was asked for a slot and did not tell a stored row of it, though it told what came
    /// after that slot.
    private func isGone(_ row: Reading, after key: SlotKey) -> Bool {
        // Whoever is asked for a slot is asked for all that lies in it.
        let slot = CivilStamp(minutes: key.period)
        let asked = session.answers.first { $0.measure == row.measure && $0.window.contains(slot) }
        guard let asked else { return false }
        let told = session.readings.lazy.filter { $0.measure == row.measure }
        return (asked.holdsLaterRow || told.contains { $0.stamp.civil.minutes > key.period })
            && !told.contains { $0.stamp == row.stamp }
    }

    private static let places = "WHERE meter_key = ?1 AND kind = ?2 AND period = ?3 AND season = ?4"
    private static let parts = SQLText("SELECT stamp, reading FROM profile_part \(places) ORDER BY stamp")
    private static let dropping = SQLText("DELETE FROM profile_part \(places)")
    private static let keeping = SQLText(
        "INSERT OR REPLACE INTO profile_part VALUES (?1, ?2, ?3, ?4, ?5, ?6)")

    /// A statement about the parts of a slot.
    private func statement(_ text: SQLText, _ key: SlotKey) throws(StorageError) -> Statement {
        let statement = try tables.connection.statement(text)
        statement.bind(key.meterKey, at: 1)
        statement.bind(key.kind, at: 2)
        statement.bind(key.period, at: 3)
        statement.bind(key.isSeason ? 1 : 0, at: 4)
        return statement
    }

    /// The parts of a slot, ascending; empty for the slots of one whole row.
    private func loadParts(_ key: SlotKey) throws(StorageError) -> [Reading] {
        let query = try statement(Self.parts, key)
        defer { query.reset() }
        var parts: [Reading] = []
        while try query.step() {
            let stamp = MeterStamp(CivilStamp(seconds: query.integer(0)), isSeason: key.isSeason)
            parts.append(
                ReadingText.decode(query.text(1), measure: .powerProfile, stamp: stamp, difference: nil))
        }
        return parts
    }

    /// Forgets the parts of a slot.
    private func forgetParts(_ key: SlotKey) throws(StorageError) { try statement(Self.dropping, key).run() }

    /// Keeps a part, or replaces it when the same row is read again.
    private func store(part: Reading, at key: SlotKey) throws(StorageError) {
        let insertion = try statement(Self.keeping, key)
        insertion.bind(part.stamp.civil.seconds, at: 5)
        insertion.bind(ReadingText.encode(part), at: 6)
        try insertion.run()
    }
}

/// Makes one row of the parts of an interval.
enum PartialRows {
    /// The row of `parts`, which ascend and are not empty; the interval begins at `begin`. It is stamped with
    /// the newest part and flagged isPart. A part's duration runs from the part before it.
    static func combine(_ parts: [Reading], begin: CivilStamp) -> Reading {
        var row = parts[parts.count - 1]
        var values: [MeasuredValue] = []
        for tag in Tag.profile {
            var samples: [(value: MeasuredValue, seconds: Int64)] = []
            var from = begin
            for part in parts {
                if let value = part[tag] {
                    samples.append((value, max(part.stamp.civil.seconds - from.seconds, 0)))
                }
                from = part.stamp.civil
            }
            if let value = combine(tag, samples) { values.append(value) }
        }
        row.values = values
        row.clockDifferenceSeconds = parts.last { $0.clockDifferenceSeconds != nil }?.clockDifferenceSeconds
        row.markPartial()
        return row
    }

    /// One value of all parts that have it; each with the seconds it stands for.
    private static func combine(
        _ tag: Tag, _ samples: [(value: MeasuredValue, seconds: Int64)]
    ) -> MeasuredValue? {
        guard let last = samples.last?.value, samples.count > 1 else { return samples.last?.value }
        if tag.isFlag {
            return MeasuredValue(tag, mantissa: samples.contains { $0.value.mantissa != 0 } ? 1 : 0)
        }
        guard tag != .cTime else { return last }
        // Increments and demands of one interval cannot be joined; the parts are kept, the older one stands.
        guard samples.allSatisfy({ $0.value.form == last.form }), last.form != .register else {
            return samples[0].value
        }
        guard let aligned = align(samples.map(\.value)) else { return samples[0].value }
        if last.form == .increment {
            var sum: Int64 = 0
            for mantissa in aligned.mantissas {
                let (next, overflow) = sum.addingReportingOverflow(mantissa)
                if overflow { return samples[0].value }
                sum = next
            }
            return MeasuredValue(tag, mantissa: sum, scaler: aligned.scaler, form: .increment)
        }
        return weigh(tag, aligned.mantissas, samples.map(\.seconds), scaler: aligned.scaler)
    }

    /// Mean weighted by duration, rounded half away from zero to the meter's least digit.
    private static func weigh(
        _ tag: Tag, _ mantissas: [Int64], _ seconds: [Int64], scaler: Int8
    ) -> MeasuredValue? {
        let total = seconds.reduce(0, +)
        guard total > 0 else { return nil }
        var sum: Int64 = 0
        for (mantissa, duration) in zip(mantissas, seconds) {
            let (product, overflow) = mantissa.multipliedReportingOverflow(by: duration)
            let (next, carried) = sum.addingReportingOverflow(product)
            if overflow || carried {
                return MeasuredValue(tag, mantissa: mantissas[0], scaler: scaler, form: .demand)
            }
            sum = next
        }
        let rounded = (sum + (sum < 0 ? -total : total) / 2) / total
        return MeasuredValue(tag, mantissa: rounded, scaler: scaler, form: .demand)
    }

    /// Mantissas at the finest scaler among them; nil when one would overflow.
    private static func align(_ values: [MeasuredValue]) -> (mantissas: [Int64], scaler: Int8)? {
        let finest = values.map(\.scaler).min() ?? 0
        var mantissas: [Int64] = []
        for value in values {
            var mantissa = value.mantissa
            for _ in 0..<(Int(value.scaler) - Int(finest)) {
                let (next, overflow) = mantissa.multipliedReportingOverflow(by: 10)
                if overflow { return nil }
                mantissa = next
            }
            mantissas.append(mantissa)
        }
        return (mantissas, finest)
    }
}

extension Reading {
    /// Sets isPart, in its place among the tags.
    mutating func markPartial() {
        if let index = values.firstIndex(where: { $0.tag == .isPart }) {
            values[index].mantissa = 1
        } else {
            let index = values.firstIndex { $0.tag == .isOvfl || $0.tag == .isSummer || $0.tag == .cTime }
            values.insert(MeasuredValue(.isPart, mantissa: 1), at: index ?? values.endIndex)
        }
    }
}

// Interface class 7 (IEC 62056-6-2, Profile generic): archives. Rows come from a provider one at a time, so
// sixty days of half-hours are computed while they are sent and never held.

/// The rows of a profile, oldest first, ascending by stamp but for meters that mix them up.
package protocol ProfileRows: Sendable {
    /// Rows present: attribute 7.
    var count: Int { get }
    /// The clock column of row `index`, 0 ..< `count`.
    func stamp(at index: Int) -> DateTimeValue
    /// All columns of row `index` in the order of the capture objects.
    func row(at index: Int) -> [DataValue]
    /// Index of the first row whose stamp is not before `key`; `count` when there is none.
    func lowerBound(_ key: UInt64) -> Int
}

extension ProfileRows {
    /// By halving, for rows in order.
    package func lowerBound(_ key: UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if stamp(at: middle).sortKey < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Rows held in memory, for short profiles and tests.
package struct StoredRows: ProfileRows {
    /// Rows with the clock in the first column.
    package var rows: [[DataValue]]

    /// Rows with the clock in the first column, ascending.
    package init(_ rows: [[DataValue]]) { self.rows = rows }

    /// Rows present.
    package var count: Int { rows.count }

    /// The first column, the zero moment when it is no date-time.
    package func stamp(at index: Int) -> DateTimeValue {
        rows[index].first?.dateTimeValue
            ?? DateTimeValue(
                date: DateValue(year: 0, month: 0, day: 0), time: TimeValue(hour: 0, minute: 0, second: 0))
    }

    /// All columns.
    package func row(at index: Int) -> [DataValue] { rows[index] }
}

/// Class 7: a table of captured values.
package struct ProfileGenericObject: InterfaceObject {
    /// 7
    package static let classID: UInt16 = 7
    /// Version 1.
    package static let version: UInt8 = 1
    /// Logical name, buffer, capture objects and period, sort method and object, entries in use and in all.
    package static let attributeCount: Int8 = 8
    /// Reset, capture.
    package static let methodCount: Int8 = 2
    /// Rights most profiles have: all readable, the buffer by both selectors.
    package static let usualRights = AccessRights.reading(8, selectors: [2: [1, 2]])

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2: the rows.
    package var rows: any ProfileRows
    /// Attribute 3: the columns.
    package var captureObjects: [CaptureObject]
    /// Attribute 4, seconds; 0 is "not periodic".
    package var capturePeriodSeconds: UInt32
    /// Attribute 5: 1 is FIFO, unsorted.
    package var sortMethod: UInt8
    /// Attribute 6.
    package var sortObject: CaptureObject
    /// Attribute 8: rows the profile can hold.
    package var profileEntries: UInt32

    /// A profile sorted by the clock.
    package init(
        _ logicalName: LogicalName, rows: any ProfileRows, captureObjects: [CaptureObject],
        capturePeriodSeconds: UInt32, sortMethod: UInt8 = 1, sortObject: CaptureObject = .clock,
        profileEntries: UInt32
    ) {
        self.logicalName = logicalName
        self.rows = rows
        self.captureObjects = captureObjects
        self.capturePeriodSeconds = capturePeriodSeconds
        self.sortMethod = sortMethod
        self.sortObject = sortObject
        self.profileEntries = profileEntries
    }

    /// Reads attributes 2…8; attribute 2 with selection by range or entry.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: buffer(selection)
        case 3: .value(.array(captureObjects.map(\.value)))
        case 4: .value(.doubleLongUnsigned(capturePeriodSeconds))
        case 5: .value(.enumerated(sortMethod))
        case 6: .value(sortObject.value)
        case 7: .value(.doubleLongUnsigned(UInt32(clamping: rows.count)))
        case 8: .value(.doubleLongUnsigned(profileEntries))
        default: .failure(.objectUndefined)
        }
    }

    /// Method 2 captures a row; it is the owner of the rows who does it.
    package mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
        ActionOutcome(index == 2 ? .success : .readWriteDenied)
    }

    private func buffer(_ selection: AccessSelection?) -> AttributeAnswer {
        guard let selection else { return answer(0..<rows.count, columns: nil) }
        if let range = RangeDescriptor(selection) { return buffer(range) }
        if let entry = EntryDescriptor(selection) { return buffer(entry) }
        return .failure(.typeUnmatched)
    }

    /// Rows between two stamps, both included. A bound without a year (or null-data) is open.
    private func buffer(_ range: RangeDescriptor) -> AttributeAnswer {
        guard range.restricting.attribute == CaptureObject.clock.attribute else {
            return .failure(.scopeOfAccessViolated)
        }
        guard let from = bound(range.from, open: 0), let to = bound(range.to, open: UInt64.max - 1) else {
            return .failure(.typeUnmatched)
        }
        var columns: [Int] = []
        for wanted in range.columns {
            guard let column = captureObjects.firstIndex(of: wanted) else {
                return .failure(.scopeOfAccessViolated)
            }
            columns.append(column)
        }
        let first = rows.lowerBound(from)
        let end = max(first, rows.lowerBound(to + 1))
        return answer(first..<end, columns: columns.isEmpty ? nil : columns)
    }

    private func bound(_ value: DataValue, open: UInt64) -> UInt64? {
        if value == .nullData { return open }
        guard let stamp = value.dateTimeValue else { return nil }
        return stamp.date.year == 0xFFFF ? open : stamp.sortKey
    }

    /// Rows and columns by number from 1; a last number of 0 stands for all that follow.
    private func buffer(_ entry: EntryDescriptor) -> AttributeAnswer {
        let columns = numbers(UInt32(entry.fromColumn), UInt32(entry.toColumn), of: captureObjects.count)
        guard !columns.isEmpty else { return .failure(.scopeOfAccessViolated) }
        // Whoever asks for all columns gets rows as they are, short ones too.
        let chosen = columns.count == captureObjects.count ? nil : Array(columns)
        return answer(numbers(entry.fromEntry, entry.toEntry, of: rows.count), columns: chosen)
    }

    private func numbers(_ from: UInt32, _ to: UInt32, of count: Int) -> Range<Int> {
        let first = min(count, max(0, Int(clamping: from) - 1))
        let end = to == 0 ? count : min(count, Int(clamping: to))
        return first..<max(first, end)
    }

    private func answer(_ range: Range<Int>, columns: [Int]?) -> AttributeAnswer {
        let provider = rows
        return .rows(
            LazyRows(count: range.count) { index in
                let row = provider.row(at: range.lowerBound + index)
                guard let columns else { return .structure(row) }
                return .structure(columns.map { $0 < row.count ? row[$0] : .nullData })
            })
    }
}

// Selective access (IEC 62056-6-2, class 7): the part of a profile's buffer a client asks for, by range of
// the sort object or by entry numbers. The server's half is ProfileGeneric.swift.

import Octets

/// Access selector and its parameters as they travel.
package struct AccessSelection: Sendable, Hashable {
    /// 1 is by range, 2 is by entry; others belong to other classes.
    package var selector: UInt8
    /// The parameters, a structure for both selectors.
    package var parameters: DataValue

    /// A selection.
    package init(selector: UInt8, parameters: DataValue) {
        self.selector = selector
        self.parameters = parameters
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        selector = try reader.octet("access-selector")
        parameters = try DataValue(from: &reader)
    }

    func encode(into writer: inout OctetWriter) {
        writer.octet(selector)
        parameters.encode(into: &writer)
    }
}

/// One column of a profile, or the object a range is bound to: a structure of four.
package struct CaptureObject: Sendable, Hashable {
    /// The attribute captured; index 0 stands for the whole object.
    package var attribute: AttributeDescriptor
    /// Element of the attribute, 0 for all of it.
    package var dataIndex: UInt16

    /// A column.
    package init(classID: UInt16, logicalName: LogicalName, attribute: Int8 = 2, dataIndex: UInt16 = 0) {
        self.attribute = AttributeDescriptor(
            classID: classID, logicalName: logicalName, attribute: attribute)
        self.dataIndex = dataIndex
    }

    /// The clock's time, 0.0.1.0.0.255 attribute 2: what ranges of SPODES profiles are bound to.
    package static let clock = CaptureObject(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0))
    /// No object: what a profile of one row is sorted by.
    package static let nothing = CaptureObject(
        classID: 0, logicalName: LogicalName(0, 0, 0, 0, 0, 0), attribute: 0)

    /// A column from its structure of class, name, attribute and index; nil when it is something else.
    package init?(_ value: DataValue) {
        guard case .structure(let parts) = value, parts.count == 4,
            let classID = parts[0].wholeNumber.flatMap(UInt16.init(exactly:)),
            let name = parts[1].logicalName,
            let attribute = parts[2].wholeNumber.flatMap(Int8.init(exactly:)),
            let index = parts[3].wholeNumber.flatMap(UInt16.init(exactly:))
        else { return nil }
        self.init(classID: classID, logicalName: name, attribute: attribute, dataIndex: index)
    }

    /// The structure: long-unsigned, octet-string, integer, long-unsigned.
    package var value: DataValue {
        .structure([
            .longUnsigned(attribute.object.classID), .octetString(attribute.object.logicalName),
            .integer(attribute.attribute), .longUnsigned(dataIndex),
        ])
    }
}

/// Selector 1: rows whose sort value lies between two values, both included.
package struct RangeDescriptor: Sendable, Hashable {
    /// The selector's number.
    package static let selector: UInt8 = 1

    /// The column the bounds belong to.
    package var restricting: CaptureObject
    /// First value, for the clock an octet-string of twelve octets.
    package var from: DataValue
    /// Last value.
    package var to: DataValue
    /// Columns wanted; empty for all.
    package var columns: [CaptureObject]

    /// A range of any column.
    package init(restricting: CaptureObject, from: DataValue, to: DataValue, columns: [CaptureObject] = []) {
        self.restricting = restricting
        self.from = from
        self.to = to
        self.columns = columns
    }

    /// A range of the clock column.
    package init(from: DateTimeValue, to: DateTimeValue, columns: [CaptureObject] = []) {
        self.init(
            restricting: .clock, from: .octetString(from), to: .octetString(to), columns: columns)
    }

    /// A range from a selection; nil when it is not selector 1 with its structure of four.
    package init?(_ selection: AccessSelection) {
        guard selection.selector == RangeDescriptor.selector,
            case .structure(let parts) = selection.parameters, parts.count == 4,
            let restricting = CaptureObject(parts[0]), case .array(let columns) = parts[3]
        else { return nil }
        let captured = columns.compactMap(CaptureObject.init)
        guard captured.count == columns.count else { return nil }
        self.init(restricting: restricting, from: parts[1], to: parts[2], columns: captured)
    }

    /// The selection to send.
    package var selection: AccessSelection {
        AccessSelection(
            selector: RangeDescriptor.selector,
            parameters: .structure([restricting.value, from, to, .array(columns.map(\.value))]))
    }
}

/// Selector 2: rows and columns by number, from 1.
package struct EntryDescriptor: Sendable, Hashable {
    /// The selector's number.
    package static let selector: UInt8 = 2

    /// First row, from 1.
    package var fromEntry: UInt32
    /// Last row; 0 is the newest.
    package var toEntry: UInt32
    /// First column, from 1.
    package var fromColumn: UInt16
    /// Last column; 0 is the last.
    package var toColumn: UInt16

    /// Rows `fromEntry…toEntry` with all columns unless told otherwise.
    package init(fromEntry: UInt32, toEntry: UInt32, fromColumn: UInt16 = 1, toColumn: UInt16 = 0) {
        self.fromEntry = fromEntry
        self.toEntry = toEntry
        self.fromColumn = fromColumn
        self.toColumn = toColumn
    }

    /// Entries from a selection; nil when it is not selector 2 with its structure of four numbers.
    package init?(_ selection: AccessSelection) {
        guard selection.selector == EntryDescriptor.selector,
            case .structure(let parts) = selection.parameters, parts.count == 4,
            let fromEntry = parts[0].wholeNumber.flatMap(UInt32.init(exactly:)),
            let toEntry = parts[1].wholeNumber.flatMap(UInt32.init(exactly:)),
            let fromColumn = parts[2].wholeNumber.flatMap(UInt16.init(exactly:)),
            let toColumn = parts[3].wholeNumber.flatMap(UInt16.init(exactly:))
        else { return nil }
        self.init(fromEntry: fromEntry, toEntry: toEntry, fromColumn: fromColumn, toColumn: toColumn)
    }

    /// The selection to send.
    package var selection: AccessSelection {
        AccessSelection(
            selector: EntryDescriptor.selector,
            parameters: .structure([
                .doubleLongUnsigned(fromEntry), .doubleLongUnsigned(toEntry), .longUnsigned(fromColumn),
                .longUnsigned(toColumn),
            ]))
    }
}

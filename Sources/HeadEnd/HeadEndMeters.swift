// Which meters head-ends may ask for, by the number RTU327 gives them. A number stands for the serial a meter
// told of itself, or for the one it was commissioned with until it has; also for serials it had before
// (R8), whose rows are served under their own number only.

import Archive
import RTU327
package import Timekeeping

/// A meter as configuration has it.
package struct HeadEndMeter: Sendable, Hashable {
    /// ID in the meter table.
    package var id: Int
    /// Serial number as commissioned; empty when unknown.
    package var serial: String
    /// Zone of the meter's clock.
    package var zone: ZoneOffset
    /// The protocol's number of the meter's type.
    package var type: UInt8
    /// Type of the object, its number, the feeder; 0 where the table has none.
    package var objectType: Int32
    package var objectNumber: Int32
    package var feederNumber: Int32

    /// A meter.
    package init(
        id: Int, serial: String = "", zone: ZoneOffset, type: UInt8 = MeterParameters.noType,
        objectType: Int32 = 0, objectNumber: Int32 = 0, feederNumber: Int32 = 0
    ) {
        self.id = id
        self.serial = serial
        self.zone = zone
        self.type = type
        self.objectType = objectType
        self.objectNumber = objectNumber
        self.feederNumber = feederNumber
    }
}

/// A meter that was asked for, and which of its lives.
struct AskedMeter: Sendable {
    var meter: HeadEndMeter
    /// What it was asked for by.
    var number: MeterNumber
    /// Keys of the lives that bear the number.
    var lives: Set<Int64>
}

/// The numbers of all meters.
struct HeadEndMeters: Sendable {
    private var byNumber: [MeterNumber: AskedMeter] = [:]
    /// Numbers that two meters share: serving either would put one meter's energy on the other's bill.
    private(set) var shared: [MeterNumber: [Int]] = [:]

    /// No meters.
    init() {}

    /// The numbers of `meters` with the lives the archive knows of them.
    init(_ meters: [HeadEndMeter], _ lives: [MeterLife]) {
        let known = Dictionary(grouping: lives, by: \.meterID)
        for meter in meters {
            let lives = known[meter.id] ?? []
            let unread = lives.filter(\.serial.isEmpty)
            for life in lives where !life.serial.isEmpty { take(meter, life.serial, [life.key]) }
            if lives.allSatisfy({ $0.serial.isEmpty }) { take(meter, meter.serial, unread.map(\.key)) }
        }
    }

    private mutating func take(_ meter: HeadEndMeter, _ serial: String, _ keys: [Int64]) {
        guard let number = MeterNumber(serial: serial) else { return }
        guard let other = byNumber[number], other.meter.id != meter.id else {
            byNumber[number, default: AskedMeter(meter: meter, number: number, lives: [])].lives.formUnion(
                keys)
            return
        }
        shared[number, default: [other.meter.id]].append(meter.id)
    }

    /// The meter of a number, if there is exactly one.
    subscript(number: MeterNumber) -> AskedMeter? { shared[number] == nil ? byNumber[number] : nil }
}

extension HeadEndMeter {
    /// The protocol's number of a type of the meter table; those it has no number for are 100.
    package static func typeNumber(ofTypeName name: String) -> UInt8 {
        typeNumbers.first { name.uppercased().hasPrefix($0.prefix) }?.number ?? MeterParameters.noType
    }

    private static let typeNumbers: [(prefix: String, number: UInt8)] = [
        ("MERCURY23", 15), ("MERCURY200", 17), ("SET", 7), ("SE303", 13), ("PSCH", 6), ("A1140", 11),
    ]
}

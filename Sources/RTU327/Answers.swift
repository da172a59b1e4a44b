// What a server answers, with the layouts of the data; integers and doubles have the low octet first. A value
// that is not known is -1.0, a time that is not known 0.

package import Octets

/// No value.
package let absentValue = -1.0

/// GETSHPRM: 40 octets about a meter and its measuring point.
package struct MeterParameters: Sendable, Hashable {
    /// Layout of this block; the only one known is 1.
    package static let version: Int16 = 1
    /// Type of a meter that is not in the protocol's list.
    package static let noType: UInt8 = 100

    /// The protocol's number of the meter's type.
    package var type: UInt8
    /// Ratio of the current transformer.
    package var currentRatio: Double
    /// Ratio of the voltage transformer.
    package var voltageRatio: Double
    /// Multiplier of values.
    package var multiplier: Double
    /// Minutes of a profile's interval.
    package var interval: UInt8
    /// Type of the object the meter belongs to.
    package var objectType: Int32
    /// Number of the object.
    package var objectNumber: Int32
    /// Number of the feeder.
    package var feederNumber: Int32

    /// Parameters of a meter.
    package init(
        type: UInt8, currentRatio: Double, voltageRatio: Double, multiplier: Double = 1, interval: UInt8,
        objectType: Int32 = 0, objectNumber: Int32 = 0, feederNumber: Int32 = 0
    ) {
        self.type = type
        self.currentRatio = currentRatio
        self.voltageRatio = voltageRatio
        self.multiplier = multiplier
        self.interval = interval
        self.objectType = objectType
        self.objectNumber = objectNumber
        self.feederNumber = feederNumber
    }

    /// Reads the block. Throws `truncated`, `trailing`, `unsupported` (version).
    package init(from data: [UInt8]) throws(DecodingError) {
        var reader = OctetReader(data)
        guard try reader.little(UInt16.self, "version") == UInt16(MeterParameters.version) else {
            throw DecodingError(.unsupported, at: 0, "version of the parameter block")
        }
        type = try reader.octet("meter type")
        currentRatio = try reader.double("current ratio")
        voltageRatio = try reader.double("voltage ratio")
        multiplier = try reader.double("multiplier")
        interval = try reader.octet("interval")
        objectType = Int32(bitPattern: try reader.little(UInt32.self, "object type"))
        objectNumber = Int32(bitPattern: try reader.little(UInt32.self, "object number"))
        feederNumber = Int32(bitPattern: try reader.little(UInt32.self, "feeder number"))
        try reader.finish("parameter block")
    }

    /// The block on the wire.
    package var data: [UInt8] {
        var writer = OctetWriter(capacity: 40)
        writer.little(MeterParameters.version)
        writer.octet(type)
        for number in [currentRatio, voltageRatio, multiplier] { writer.double(number) }
        writer.octet(interval)
        for number in [objectType, objectNumber, feederNumber] { writer.little(number) }
        return writer.octets
    }
}

/// GETLP: a stretch of the load profile, ascending, without gaps: only the end of its last interval is told.
package struct ProfileStretch: Sendable, Hashable {
    /// One interval.
    package struct Interval: Sendable, Hashable {
        /// kWh or kvarh on the interval, one for each channel asked for; -1 for none.
        package var values: [Double]
        /// Bits whose meaning is not known; devices send 0.
        package var state: UInt8

        /// An interval.
        package init(values: [Double], state: UInt8 = 0) {
            self.values = values
            self.state = state
        }
    }

    /// Most intervals of a stretch of so many channels: what a packet carries.
    package static func longest(channels: Int) -> Int { (Packet.longestData - 7) / (8 * channels + 1) }

    /// Bit 0: the meter's readings are absent; bit 1: they went over zero.
    package var state: UInt8
    /// End of the last interval, seconds of Unix time.
    package var end: UInt32
    /// Oldest first.
    package var intervals: [Interval]

    /// A stretch.
    package init(state: UInt8 = 0, end: UInt32, intervals: [Interval]) {
        self.state = state
        self.end = end
        self.intervals = intervals
    }

    /// Reads a stretch of the channels asked for. Throws `truncated`, `trailing`.
    package init(from data: [UInt8], _ mask: ChannelMask) throws(DecodingError) {
        var reader = OctetReader(data)
        // Bit 15 is always set by devices and means nothing that is known.
        let count = Int(try reader.little(UInt16.self, "count") & 0x7FFF)
        state = try reader.octet("state")
        end = try reader.little(UInt32.self, "end of the last interval")
        let channels = mask.channels.count
        guard reader.remaining == count * (8 * channels + 1) else {
            throw DecodingError(
                reader.remaining < count * (8 * channels + 1) ? .truncated : .trailing, at: reader.position,
                "intervals")
        }
        intervals = []
        intervals.reserveCapacity(count)
        for _ in 0..<count {
            var values: [Double] = []
            for _ in 0..<channels { values.append(try reader.double("value")) }
            intervals.append(Interval(values: values, state: try reader.octet("state")))
        }
    }

    /// The stretch on the wire.
    package var data: [UInt8] {
        var writer = OctetWriter(capacity: 7 + intervals.count * 33)
        writer.little(UInt16(intervals.count) | 0x8000)
        writer.octet(state)
        writer.little(end)
        for interval in intervals {
            for value in interval.values { writer.double(value) }
            writer.octet(interval.state)
        }
        return writer.octets
    }
}

/// GETAUTOREAD: one stored reading of one channel by tariffs, 198 octets.
package struct TariffReading: Sendable, Hashable {
    /// Octets of a reading.
    package static let length = 198
    /// Tariffs of the protocol.
    package static let tariffs = 4

    /// Ten digits of the meter's number, as sent.
    package var number: String
    /// When the reading was taken, seconds of Unix time.
    package var time: UInt32
    /// Registers of the four tariffs, kWh or kvarh; -1 for none.
    package var registers: [Double]
    /// Their sum; -1 for none.
    package var total: Double

    /// A reading. Another number of tariffs than four is a programmer's error.
    package init(number: String, time: UInt32, registers: [Double], total: Double) {
        precondition(registers.count == TariffReading.tariffs, "the layout has four tariffs")
        precondition(number.utf8.count == 10, "the layout has ten digits")
        self.number = number
        self.time = time
        self.registers = registers
        self.total = total
    }

    /// Reads one reading. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        number = String(decoding: try reader.take(10, "meter number"), as: UTF8.self)
        time = try reader.little(UInt32.self, "time")
        registers = []
        for _ in 0..<TariffReading.tariffs {
            registers.append(try reader.double("register"))
            // Demand, its time, cumulative and coincident demand: nobody fills them.
            _ = try reader.take(28, "demand")
        }
        total = try reader.double("total")
        _ = try reader.take(32, "quadrants")
    }

    /// Writes 198 octets.
    package func encode(into writer: inout OctetWriter) {
        writer.append(number.utf8)
        writer.little(time)
        for register in registers {
            writer.double(register)
            writer.double(absentValue)
            writer.little(UInt32(0))
            writer.double(absentValue)
            writer.double(absentValue)
        }
        writer.double(total)
        for _ in 0..<4 { writer.double(absentValue) }
    }
}

/// GETMTRLOG: one event of a meter.
package struct MeterEvent: Sendable, Hashable {
    /// Seconds of Unix time.
    package var time: UInt32
    /// The protocol's number of what happened.
    package var type: UInt16

    /// An event.
    package init(time: UInt32, type: UInt16) {
        self.time = time
        self.type = type
    }

    /// Reads events to the end. Throws `truncated`.
    package static func list(from data: [UInt8]) throws(DecodingError) -> [MeterEvent] {
        var reader = OctetReader(data)
        var events: [MeterEvent] = []
        while !reader.isAtEnd {
            let time = try reader.little(UInt32.self, "time")
            events.append(MeterEvent(time: time, type: try reader.little(UInt16.self, "type")))
        }
        return events
    }

    /// Writes six octets.
    package func encode(into writer: inout OctetWriter) {
        writer.little(time)
        writer.little(type)
    }
}

/// GETLOG: one record of the device's own journal.
package struct LogRecord: Sendable, Hashable {
    /// Grows with every record.
    package var number: UInt32
    /// What happened; no list of codes is known.
    package var code: UInt16
    /// Kind of the device it happened to.
    package var device: UInt8
    /// Seconds of Unix time.
    package var time: UInt32
    /// Parameters of the event.
    package var parameters: [UInt8]

    /// A record.
    package init(number: UInt32, code: UInt16, device: UInt8, time: UInt32, parameters: [UInt8] = []) {
        self.number = number
        self.code = code
        self.device = device
        self.time = time
        self.parameters = parameters
    }

    /// Reads records to the end. Throws `truncated`.
    package static func list(from data: [UInt8]) throws(DecodingError) -> [LogRecord] {
        var reader = OctetReader(data)
        var records: [LogRecord] = []
        while !reader.isAtEnd {
            let number = try reader.little(UInt32.self, "number")
            let code = try reader.little(UInt16.self, "code")
            let device = try reader.octet("device")
            let time = try reader.little(UInt32.self, "time")
            let length = Int(try reader.little(UInt16.self, "length"))
            let parameters = Array(try reader.take(length, "parameters"))
            records.append(
                LogRecord(number: number, code: code, device: device, time: time, parameters: parameters))
        }
        return records
    }

    /// Writes 13 octets and the parameters.
    package func encode(into writer: inout OctetWriter) {
        writer.little(number)
        writer.little(code)
        writer.octet(device)
        writer.little(time)
        writer.little(UInt16(parameters.count))
        writer.append(parameters)
    }
}

extension OctetReader {
    /// An IEEE 754 double, low octet first. Throws `truncated`.
    mutating func double(_ what: @autoclosure () -> String = "double") throws(DecodingError) -> Double {
        Double(bitPattern: try little(UInt64.self, what()))
    }
}

extension OctetWriter {
    /// An IEEE 754 double, low octet first.
    mutating func double(_ value: Double) { little(value.bitPattern) }
}

// What a head-end can ask for, with the layouts of the parameters; integers have the low octet first, times
// are seconds of Unix time in UTC.

package import Octets

/// A request: command and parameters.
package enum Request: Sendable, Hashable {
    /// GETVERSION.
    case version
    /// GETTIME.
    case time
    /// SETTIME: seconds to add to the device's clock.
    case shiftTime(seconds: Int32)
    /// GETSHPRM.
    case parameters(MeterNumber)
    /// GETPOK: registers as they were at a moment.
    case registers(MeterNumber, ChannelMask, at: UInt32)
    /// GETLP: at most `count` intervals of the load profile.
    case profile(MeterNumber, ChannelMask, from: UInt32, count: UInt16)
    /// GETTESTS: at most `count` samples of the network's parameters.
    case network(MeterNumber, from: UInt32, count: UInt8)
    /// GETAUTOREAD: at most `count` stored readings of one channel by tariffs.
    case readings(MeterNumber, from: UInt32, channel: EnergyChannel, count: UInt8)
    /// GETMTRLOG: at most `count` events of a meter.
    case meterLog(MeterNumber, from: UInt32, count: UInt16)
    /// GETMAXLOGID: the newest number of the device's own journal; the section is 1.
    case lastLogNumber(section: UInt8)
    /// GETLOG: at most `count` records of the device's own journal after a number.
    case log(section: UInt32, after: UInt32, count: UInt32)
}

/// Commands by their octet.
package enum Command: UInt8, Sendable, Hashable, CaseIterable {
    case version = 3
    case lastLogNumber = 101
    case network = 107
    case readings = 109
    case profile = 111
    case parameters = 112
    case registers = 113
    case time = 114
    case shiftTime = 115
    case meterLog = 116
    case log = 117

    /// The name in the field: `GETLP`.
    package var name: String {
        switch self {
        case .version: "GETVERSION"
        case .lastLogNumber: "GETMAXLOGID"
        case .network: "GETTESTS"
        case .readings: "GETAUTOREAD"
        case .profile: "GETLP"
        case .parameters: "GETSHPRM"
        case .registers: "GETPOK"
        case .time: "GETTIME"
        case .shiftTime: "SETTIME"
        case .meterLog: "GETMTRLOG"
        case .log: "GETLOG"
        }
    }

    /// Whether it is about the device's own journal: layouts of these are the least certain.
    package var isAboutOwnJournal: Bool { self == .lastLogNumber || self == .log }
}

extension Request {
    /// Its command.
    package var command: Command {
        switch self {
        case .version: .version
        case .time: .time
        case .shiftTime: .shiftTime
        case .parameters: .parameters
        case .registers: .registers
        case .profile: .profile
        case .network: .network
        case .readings: .readings
        case .meterLog: .meterLog
        case .lastLogNumber: .lastLogNumber
        case .log: .log
        }
    }

    /// The meter it is about, when it is about one.
    package var meter: MeterNumber? {
        switch self {
        case .parameters(let meter), .registers(let meter, _, _), .profile(let meter, _, _, _),
            .network(let meter, _, _), .readings(let meter, _, _, _), .meterLog(let meter, _, _):
            meter
        case .version, .time, .shiftTime, .lastLogNumber, .log: nil
        }
    }

    /// Reads the parameters of a command. Throws `truncated`, `trailing` or `invalid`, all of which a server
    /// answers with `badParameters`.
    package init(_ command: Command, from data: [UInt8]) throws(DecodingError) {
        var reader = OctetReader(data)
        switch command {
        case .version: self = .version
        case .time: self = .time
        case .shiftTime:
            self = .shiftTime(seconds: Int32(bitPattern: try reader.little(UInt32.self, "shift")))
        case .parameters: self = .parameters(try MeterNumber(from: &reader))
        case .registers, .profile: self = try Request.ofChannels(command, from: &reader)
        case .network:
            let meter = try MeterNumber(from: &reader)
            self = .network(
                meter, from: try reader.little(UInt32.self, "beginning"), count: try reader.octet("count"))
        case .readings: self = try Request.readings(from: &reader)
        case .meterLog:
            let meter = try MeterNumber(from: &reader)
            self = .meterLog(
                meter, from: try reader.little(UInt32.self, "beginning"),
                count: try reader.little(UInt16.self, "count"))
        case .lastLogNumber: self = .lastLogNumber(section: try reader.octet("section"))
        case .log: self = try Request.log(from: &reader)
        }
        try reader.finish("parameters of \(command.name)")
    }

    private static func ofChannels(
        _ command: Command, from reader: inout OctetReader
    ) throws(DecodingError) -> Request {
        let meter = try MeterNumber(from: &reader)
        let place = reader.position
        let mask = ChannelMask(rawValue: try reader.octet("mask of channels"))
        guard mask.isSound else { throw DecodingError(.invalid, at: place, "mask of channels") }
        let time = try reader.little(UInt32.self, "time")
        guard command == .profile else { return .registers(meter, mask, at: time) }
        return .profile(meter, mask, from: time, count: try reader.little(UInt16.self, "count"))
    }

    private static func readings(from reader: inout OctetReader) throws(DecodingError) -> Request {
        let meter = try MeterNumber(from: &reader)
        let time = try reader.little(UInt32.self, "day")
        let place = reader.position
        guard let channel = EnergyChannel(rawValue: try reader.octet("channel")) else {
            throw DecodingError(.invalid, at: place, "channel")
        }
        return .readings(meter, from: time, channel: channel, count: try reader.octet("count"))
    }

    /// The width of the count differs between sources: one, two or four octets are taken.
    private static func log(from reader: inout OctetReader) throws(DecodingError) -> Request {
        let section = try reader.little(UInt32.self, "section")
        let after = try reader.little(UInt32.self, "number")
        let width = reader.remaining
        let count: UInt32 =
            switch width {
            case 1: UInt32(try reader.octet("count"))
            case 2: UInt32(try reader.little(UInt16.self, "count"))
            default: try reader.little(UInt32.self, "count")
            }
        return .log(section: section, after: after, count: count)
    }

    /// The parameters on the wire.
    package var data: [UInt8] {
        var writer = OctetWriter(capacity: 12)
        meter?.encode(into: &writer)
        switch self {
        case .version, .time, .parameters: break
        case .shiftTime(let seconds): writer.little(seconds)
        case .registers(_, let mask, let time):
            writer.octet(mask.rawValue)
            writer.little(time)
        case .profile(_, let mask, let start, let count):
            writer.octet(mask.rawValue)
            writer.little(start)
            writer.little(count)
        case .network(_, let start, let count):
            writer.little(start)
            writer.octet(count)
        case .readings(_, let start, let channel, let count):
            writer.little(start)
            writer.octet(channel.rawValue)
            writer.octet(count)
        case .meterLog(_, let start, let count):
            writer.little(start)
            writer.little(count)
        case .lastLogNumber(let section): writer.octet(section)
        case .log(let section, let after, let count):
            writer.little(section)
            writer.little(after)
            writer.little(UInt16(clamping: count))
        }
        return writer.octets
    }

    /// The whole request.
    package func packet(number: UInt16, password: [UInt8] = [0, 0, 0, 0]) -> Packet {
        Packet(number: number, password: password, code: command.rawValue, data: data)
    }
}

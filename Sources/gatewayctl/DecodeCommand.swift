// `gatewayctl decode`: the protocol analyser. One JSON object a frame (etc/schemas/decode.schema.json); never
// a crash, whatever the octets.

import DLMS
import Drivers
import EventLoop
import JSONText
import Octets
import Security

/// What `gatewayctl decode` is asked for.
struct DecodeOptions {
    /// Protocols this version takes apart.
    enum ProtocolName: String, CaseIterable {
        case hdlc = "dlms-hdlc"
        case wrapper = "dlms-wrapper"
        case apdu = "dlms-apdu"
        case rtu327 = "rtu327"
    }

    /// Protocols of the contract that later versions take apart.
    private static let later: Set<String> = [
        "pulsar-m", "mbus", "milur", "smp", "energomera-ce", "iec61107", "mercury230", "mercury200",
        "modbus-rtu",
    ]

    /// The protocol.
    let name: ProtocolName
    /// Which way the octets went, when told.
    let direction: TrafficDirection?
    /// Keys of ciphered APDUs; nil for none.
    let keys: AnalyserKeys?
    /// The octets: one stream, or one APDU an argument.
    let pieces: [[UInt8]]

    /// Reads the arguments after `decode`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments, valued: KeyOptions.valued.union(["protocol", "from"]), flags: [])
        let text = try list.required("protocol")
        guard let name = ProtocolName(rawValue: text) else {
            if Self.later.contains(text) {
                throw UsageError("\(text) is not in this version", isAbsent: true)
            }
            throw UsageError("unknown protocol \(text)")
        }
        self.name = name
        keys = try Self.keys(list)
        switch list["from"] {
        case nil: direction = nil
        case let way?:
            guard let known = TrafficDirection(rawValue: way) else {
                throw UsageError("--from must be request or response, not \(way)")
            }
            direction = known
        }
        var texts = list.rest
        if texts.isEmpty || texts == ["-"] {
            guard let input = Terminal.readAll(from: 0, bound: 16 << 20) else {
                throw UsageError("standard input cannot be read or is longer than 16 MiB")
            }
            texts = String(decoding: input, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        }
        var pieces: [[UInt8]] = []
        for text in texts {
            guard let octets = [UInt8](hex: text) else {
                throw UsageError("\(text.prefix(32)) is no hexadecimal text")
            }
            pieces.append(octets)
        }
        self.pieces = pieces
    }
}

extension DecodeOptions {
    private static func keys(_ list: ArgumentList) throws(UsageError) -> AnalyserKeys? {
        let given = try KeyOptions(list, needsTitle: false).keys
        return SecurityKeys(encryption: given.encryptionKey, authentication: given.authenticationKey).map {
            let cryptography = MeterCryptography(entropy: SystemEntropy())
            return AnalyserKeys($0, systemTitle: given.systemTitle, cryptography)
        }
    }
}

/// Takes octets apart and prints them.
struct DecodeCommand {
    private let options: DecodeOptions

    init(_ options: DecodeOptions) { self.options = options }

    /// Prints one object a frame; the exit code.
    func run() -> Int32 {
        var isDamaged = false
        var isIncomplete = false
        for unit in units {
            Terminal.write(object(of: unit), to: 1)
            if let error = unit.error {
                if error.code == .truncated { isIncomplete = true } else { isDamaged = true }
            }
        }
        return isDamaged ? Exit.damaged : isIncomplete ? Exit.incomplete : Exit.good
    }

    private var stream: [UInt8] { options.pieces.flatMap { $0 } }

    private var units: [AnalysedUnit] {
        switch options.name {
        case .hdlc: return FrameAnalyser.hdlc(stream, from: options.direction, keys: options.keys)
        case .wrapper: return FrameAnalyser.wrapper(stream, from: options.direction, keys: options.keys)
        case .rtu327: return RTU327Units.units(stream, from: options.direction)
        case .apdu:
            var offset = 0
            var memory = AnalyserMemory(keys: options.keys)
            return options.pieces.map { piece in
                var unit = FrameAnalyser.apdu(piece, from: options.direction, &memory)
                unit.offset = offset
                offset += piece.count
                return unit
            }
        }
    }

    private func object(of unit: AnalysedUnit) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.key("protocol")
        writer.string(options.name.rawValue)
        writer.key("direction")
        if let direction = unit.direction { writer.string(direction.rawValue) } else { writer.null() }
        writer.key("offset")
        writer.integer(unit.offset)
        writer.key("length")
        writer.integer(unit.octets.count)
        writer.key("hex")
        writer.string(unit.hex)
        writer.key("link")
        (unit.link ?? .none).write(into: &writer)
        writer.key("apdu")
        (unit.apdu ?? .none).write(into: &writer)
        writer.key("error")
        if let error = unit.error {
            writer.beginObject()
            writer.key("code")
            writer.string(error.code.rawValue)
            writer.key("offset")
            writer.integer(error.offset)
            writer.key("text")
            writer.string(error.text)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.endObject()
        return writer.octets + [10]
    }
}

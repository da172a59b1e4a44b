// RTU327 for `gatewayctl decode`: packets of a stream as the units every protocol is shown by.

import DLMS
import Octets
import RTU327

/// Takes a stream of RTU327 packets apart. An answer does not say what it answers, so its data are told by
/// the request before it in the stream, and as octets when there is none.
enum RTU327Units {
    /// Where the password stands in clear in a packet.
    private static let password = 5..<9

    /// The units of a stream; `direction` decides where neither end is known.
    static func units(_ stream: [UInt8], from direction: TrafficDirection?) -> [AnalysedUnit] {
        var decoder = PacketDecoder()
        decoder.append(stream)
        var asked: [UInt16: Request] = [:]
        var units: [AnalysedUnit] = []
        while let item = decoder.nextAtSilence() {
            switch item.content {
            case .failure(let error):
                var unit = AnalysedUnit(
                    direction: direction, offset: item.offset, octets: item.octets, error: error)
                if item.octets.count >= password.upperBound { unit.secrets = [password] }
                units.append(unit)
            case .success(let packet):
                units.append(unit(item, packet, direction ?? guess(packet, asked), &asked))
            }
        }
        return units
    }

    /// Commands and results share only the number 3; what was asked for before is an answer.
    private static func guess(_ packet: Packet, _ asked: [UInt16: Request]) -> TrafficDirection {
        if asked[packet.number] != nil { return .response }
        guard let command = Command(rawValue: packet.code) else { return .response }
        return (try? Request(command, from: packet.data)) == nil ? .response : .request
    }

    private static func unit(
        _ item: PacketStreamItem, _ packet: Packet, _ direction: TrafficDirection,
        _ asked: inout [UInt16: Request]
    ) -> AnalysedUnit {
        var unit = AnalysedUnit(direction: direction, offset: item.offset, octets: item.octets, error: nil)
        let isOpen = packet.password == [0, 0, 0, 0]
        unit.secrets = isOpen ? [] : [password]
        unit.link = .fields([
            .init("number", .integer(Int64(packet.number))),
            .init("password", .text(isOpen ? "00000000" : "••")),
        ])
        do throws(DecodingError) {
            if direction == .request {
                guard let command = Command(rawValue: packet.code) else {
                    throw DecodingError(.unsupported, at: 11, "command \(packet.code)")
                }
                let request = try Request(command, from: packet.data)
                asked[packet.number] = request
                unit.apdu = fields(of: request)
            } else {
                unit.apdu = try answer(packet, to: asked.removeValue(forKey: packet.number))
            }
        } catch {
            unit.error = DecodingError(error.code, at: error.offset + 12, error.text)
        }
        return unit
    }

    private static func fields(of request: Request) -> FieldTree {
        var fields: [FieldTree.Field] = [.init("command", .text(request.command.name))]
        if let meter = request.meter { fields.append(.init("meter", .text(meter.description))) }
        func add(_ name: String, _ number: some BinaryInteger) {
            fields.append(.init(name, .integer(Int64(number))))
        }
        switch request {
        case .version, .time, .parameters: break
        case .shiftTime(let seconds): add("seconds", seconds)
        case .registers(_, let mask, let time):
            fields.append(.init("channels", names(of: mask)))
            add("time", time)
        case .profile(_, let mask, let start, let count):
            fields.append(.init("channels", names(of: mask)))
            add("from", start)
            add("count", count)
        case .network(_, let start, let count):
            add("from", start)
            add("count", count)
        case .readings(_, let start, let channel, let count):
            fields.append(.init("channel", .text(channel.name)))
            add("from", start)
            add("count", count)
        case .meterLog(_, let start, let count):
            add("from", start)
            add("count", count)
        case .lastLogNumber(let section): add("section", section)
        case .log(let section, let after, let count):
            add("section", section)
            add("after", after)
            add("count", count)
        }
        return .fields(fields)
    }

    private static func names(of mask: ChannelMask) -> FieldTree {
        .list(mask.channels.map { .text($0.name) })
    }

    private static func answer(
        _ packet: Packet, to request: Request?
    ) throws(DecodingError) -> FieldTree {
        let result = ResultCode(rawValue: packet.code).map { "\($0)" } ?? "unknown"
        let head: [FieldTree.Field] = [
            .init("result", .integer(Int64(packet.code))), .init("text", .text(result)),
        ]
        guard packet.code == 0, !packet.data.isEmpty else { return .fields(head) }
        guard let request else {
            return .fields(head + [.init("data", .text(packet.data.hex))])
        }
        return .fields(head + [.init("answer", try RTU327Answer(packet.data, to: request).tree)])
    }
}

extension EnergyChannel {
    /// `A+`, `A-`, `R+`, `R-`.
    var name: String {
        switch self {
        case .activeImport: "A+"
        case .activeExport: "A-"
        case .reactiveImport: "R+"
        case .reactiveExport: "R-"
        }
    }
}

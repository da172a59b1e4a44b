// HDLC streams for the analyser: frames, noise between them, and APDUs joined over segments of either
// direction.

import Octets

extension FrameAnalyser {
    /// A stream of HDLC frames. `direction` is what is known from outside; else every frame tells by itself.
    package static func hdlc(
        _ octets: [UInt8], from direction: TrafficDirection?, keys: AnalyserKeys? = nil
    ) -> [AnalysedUnit] {
        var assembly = HDLCAssembly(direction: direction, keys: keys)
        for item in items(of: octets) { assembly.take(item) }
        return assembly.units
    }

    /// Every octet once: frames, what began like frames, and noise as damage.
    private static func items(of octets: [UInt8]) -> [HDLCStreamItem] {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        var all: [HDLCStreamItem] = []
        while let item = decoder.nextAtSilence() { all.append(item) }
        let starts = all.filter { (try? $0.content.get()) != nil }.map(\.offset)
        var result: [HDLCStreamItem] = []
        var covered = 0
        for item in all.sorted(by: { $0.offset < $1.offset }) {
            // A flag may belong to two frames; anything else seen twice is a false beginning inside damage.
            let isFrame = (try? item.content.get()) != nil
            guard isFrame || item.offset >= covered else { continue }
            if item.offset > covered { noise(octets, covered..<item.offset, &result) }
            var kept = item
            if !isFrame, let next = starts.first(where: { $0 > item.offset }) {
                kept.octets = Array(item.octets.prefix(next - item.offset))
            }
            result.append(kept)
            covered = max(covered, item.offset + kept.octets.count)
        }
        noise(octets, covered..<octets.count, &result)
        return result
    }

    private static func noise(_ octets: [UInt8], _ range: Range<Int>, _ result: inout [HDLCStreamItem]) {
        guard !range.isEmpty, octets[range].contains(where: { $0 != HDLCFrame.flag }) else { return }
        let error = DecodingError(.invalid, at: 0, "octets outside frames")
        result.append(
            HDLCStreamItem(offset: range.lowerBound, octets: Array(octets[range]), content: .failure(error)))
    }
}

/// Frames become units, segments one APDU.
private struct HDLCAssembly {
    let direction: TrafficDirection?
    private var memory: AnalyserMemory
    var units: [AnalysedUnit] = []
    private var parts: [TrafficDirection?: [Part]] = [:]

    /// A segment of an APDU: which unit it is in and where its octets begin there.
    private struct Part {
        var unit: Int
        var position: Int
        var octets: ArraySlice<UInt8>
    }

    init(direction: TrafficDirection?, keys: AnalyserKeys?) {
        self.direction = direction
        memory = AnalyserMemory(keys: keys)
    }

    mutating func take(_ item: HDLCStreamItem) {
        switch item.content {
        case .failure(let error):
            units.append(
                AnalysedUnit(direction: direction, offset: item.offset, octets: item.octets, error: error))
        case .success(let frame):
            var unit = AnalysedUnit(
                direction: direction ?? frame.likelyDirection, offset: item.offset, octets: item.octets)
            unit.link = frame.fields
            units.append(unit)
            switch frame.control {
            case .information, .unnumberedInformation: join(frame)
            default: break
            }
        }
    }

    private mutating func join(_ frame: HDLCFrame) {
        let index = units.count - 1
        let way = units[index].direction
        var information = frame.information
        if let apdu = LogicalLinkControl.apdu(in: information) {
            information = apdu
            parts[way] = []
        }
        // The slice's indices are those of the unit's octets.
        parts[way, default: []].append(
            Part(unit: index, position: information.startIndex, octets: information))
        if !frame.isSegmented { finish(way) }
    }

    private mutating func finish(_ way: TrafficDirection?) {
        guard let parts = parts.removeValue(forKey: way), let last = parts.last else { return }
        guard parts.count > 1 else {
            units[last.unit].decode(apdu: Array(last.octets), at: last.position, &memory)
            return
        }
        let joined = parts.flatMap { $0.octets }
        var start = 0
        let secrets = APDU.secretRanges(in: joined)
        for part in parts {
            let here = start..<start + part.octets.count
            units[part.unit].secrets += secrets.map { $0.clamped(to: here) }.filter { !$0.isEmpty }.map {
                $0.lowerBound - start + part.position..<$0.upperBound - start + part.position
            }
            start = here.upperBound
        }
        do throws(DecodingError) {
            units[last.unit].show(try APDU(octets: joined), at: last.position, &memory)
        } catch {
            units[last.unit].error = DecodingError(
                error.code, at: last.position, "joined APDU: \(error.text)")
        }
    }
}

extension HDLCFrame {
    /// Which way the frame goes, by its LLC octets, its kind or the widths of its addresses.
    fileprivate var likelyDirection: TrafficDirection? {
        if information.starts(with: LogicalLinkControl.request) { return .request }
        if information.starts(with: LogicalLinkControl.response) { return .response }
        switch control {
        case .setNormalResponseMode, .disconnect: return .request
        case .unnumberedAcknowledge, .disconnectedMode, .frameReject: return .response
        default:
            if destination.width != source.width { return destination.width == .one ? .response : .request }
            return nil
        }
    }

    /// The link fields for the analyser.
    var fields: FieldTree {
        var fields = [
            Field("segmented", .flag(isSegmented)), Field("destination", destination.fields),
            Field("source", source.fields), Field("frame", .text(control.name)),
            Field("control", .text([control.octet].hex)), Field("final", .flag(control.isFinal)),
        ]
        if let sent = control.sentNumber { fields.append(Field("sent", .number(sent))) }
        if let received = control.receivedNumber { fields.append(Field("received", .number(received))) }
        switch control {
        case .setNormalResponseMode, .unnumberedAcknowledge:
            guard !information.isEmpty, let limits = try? HDLCParameters(information: information) else {
                break
            }
            fields.append(Field("parameters", limits.fields))
        case .frameReject: fields.append(Field("reason", .text(information.hex)))
        default: break
        }
        return .fields(fields)
    }
}

extension HDLCAddress {
    fileprivate var fields: FieldTree {
        var fields = [Field("octets", .number(width.rawValue)), Field("upper", .number(upper))]
        if width != .one { fields.append(Field("lower", .number(lower))) }
        return .fields(fields)
    }
}

extension HDLCParameters {
    fileprivate var fields: FieldTree {
        .fields([
            Field("maximumTransmit", .number(maximumTransmit)),
            Field("maximumReceive", .number(maximumReceive)),
            Field("windowTransmit", .number(windowTransmit)), Field("windowReceive", .number(windowReceive)),
        ])
    }
}

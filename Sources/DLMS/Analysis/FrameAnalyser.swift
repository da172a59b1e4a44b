// Octets of a line, a connection or a file taken apart for people: frames with their links, the APDUs inside
// (joined over segments), and what was wrong with the rest. `gatewayctl decode` prints it; it never fails,
// whatever it gets.

package import Octets

/// Which way octets went.
package enum TrafficDirection: String, Sendable, Hashable {
    /// From the client to the meter.
    case request
    /// From the meter to the client.
    case response
}

/// One stretch of the octets: a frame, or what stood in its place.
package struct AnalysedUnit: Sendable, Hashable {
    /// Which way it went; nil when nothing tells.
    package var direction: TrafficDirection?
    /// Octets before it.
    package var offset: Int
    /// Its octets.
    package var octets: [UInt8]
    /// Places in `octets` that hold passwords, challenges or keys (D12).
    package var secrets: [Range<Int>]
    /// Its link fields; nil when they could not be read.
    package var link: FieldTree?
    /// The APDU that is complete with this frame; nil for frames without one and for all segments but the
    /// last.
    package var apdu: FieldTree?
    /// What is wrong, its offset counted from the unit's first octet.
    package var error: DecodingError?

    /// A unit with nothing known but its octets.
    package init(
        direction: TrafficDirection? = nil, offset: Int, octets: [UInt8], error: DecodingError? = nil
    ) {
        self.direction = direction
        self.offset = offset
        self.octets = octets
        self.error = error
        secrets = error == nil ? [] : AnalysedUnit.likelySecrets(in: octets)
    }

    /// Hexadecimal text, `••` for every secret octet.
    package var hex: String {
        octets.indices.map { index in
            secrets.contains { $0.contains(index) } ? "••" : [octets[index]].hex
        }.joined()
    }

    /// Authentication values by their tags alone (AC or AA, length, 80, length), for octets that cannot be
    /// read.
    package static func likelySecrets(in octets: [UInt8]) -> [Range<Int>] {
        octets.indices.dropLast(3).compactMap { index in
            guard octets[index] == 0xAC || octets[index] == 0xAA, octets[index + 2] == 0x80,
                octets[index + 1] == octets[index + 3] &+ 2
            else { return nil }
            return index + 4..<min(index + 4 + Int(octets[index + 3]), octets.count)
        }
    }

    /// Reads an APDU that stands at `position` of the octets.
    mutating func decode(apdu octets: [UInt8], at position: Int, _ memory: inout AnalyserMemory) {
        secrets += APDU.secretRanges(in: octets).map { $0.lowerBound + position..<$0.upperBound + position }
        do throws(DecodingError) {
            show(try APDU(octets: octets), at: position, &memory)
        } catch {
            secrets += AnalysedUnit.likelySecrets(in: self.octets)
            self.error = DecodingError(error.code, at: error.offset + position, error.text)
        }
    }
}

/// Takes octets apart.
package enum FrameAnalyser {
    /// One APDU without a link.
    package static func apdu(_ octets: [UInt8], from direction: TrafficDirection?) -> AnalysedUnit {
        var keys: AnalyserKeys?
        return apdu(octets, from: direction, &keys)
    }

    /// One APDU without a link, opened by keys that learn from it.
    package static func apdu(
        _ octets: [UInt8], from direction: TrafficDirection?, _ keys: inout AnalyserKeys?
    ) -> AnalysedUnit {
        var memory = AnalyserMemory(keys: keys)
        defer { keys = memory.keys }
        return apdu(octets, from: direction, &memory)
    }

    /// One APDU of several without links; blocks among them are joined.
    package static func apdu(
        _ octets: [UInt8], from direction: TrafficDirection?, _ memory: inout AnalyserMemory
    ) -> AnalysedUnit {
        var unit = AnalysedUnit(
            direction: direction ?? self.direction(ofAPDU: octets), offset: 0, octets: octets)
        unit.decode(apdu: octets, at: 0, &memory)
        return unit
    }

    /// A stream of wrapper units.
    package static func wrapper(
        _ octets: [UInt8], from direction: TrafficDirection?, keys: AnalyserKeys? = nil
    ) -> [AnalysedUnit] {
        var memory = AnalyserMemory(keys: keys)
        var decoder = WrapperDecoder()
        decoder.append(octets)
        var units: [AnalysedUnit] = []
        while let item = decoder.nextAtSilence() {
            // After a truncated unit the decoder looks for units hidden behind a false beginning.
            if let last = units.last, item.offset < last.offset + last.octets.count { continue }
            switch item.content {
            case .failure(let error):
                units.append(
                    AnalysedUnit(direction: direction, offset: item.offset, octets: item.octets, error: error)
                )
            case .success(let unit):
                var analysed = AnalysedUnit(
                    direction: direction ?? self.direction(ofAPDU: unit.apdu), offset: item.offset,
                    octets: item.octets)
                analysed.link = unit.fields
                analysed.decode(apdu: unit.apdu, at: WrapperUnit.headerLength, &memory)
                units.append(analysed)
            }
        }
        return units
    }

    /// Which way an APDU goes by its tag; nil for tags that go both ways.
    static func direction(ofAPDU octets: [UInt8]) -> TrafficDirection? {
        switch octets.first {
        case 0x60, 0x62, 0xC0, 0xC1, 0xC3, 0xC8, 0xC9, 0xCB, 0xD0, 0xD1, 0xD3, 0x01: .request
        case 0x61, 0x63, 0xC4, 0xC5, 0xC7, 0xCC, 0xCD, 0xCF, 0xD4, 0xD5, 0xD7, 0x08, 0x0E, 0x0F, 0xC2, 0xD8:
            .response
        default: nil
        }
    }
}

extension WrapperUnit {
    /// The header for the analyser.
    var fields: FieldTree {
        .fields([
            Field("version", .number(WrapperUnit.version)), Field("sourcePort", .number(sourcePort)),
            Field("destinationPort", .number(destinationPort)), Field("length", .number(apdu.count)),
        ])
    }
}

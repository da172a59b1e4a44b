// The street file: which lines there are, what they are connected to and which meters hang on them. JSON;
// described for people by `metersim --help-street`, read by `metersim` and by the simulation of the whole
// gateway.

import FoundationEssentials
package import SPODES

/// Why a street could not be built.
package struct StreetFileFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the file, such as `lines[0].meters[1]`; empty for the whole.
    package let path: String
    /// What is wrong there.
    package let text: String

    /// A fault at a place.
    package init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
    }

    /// `lines[0].settings: not a format such as 9600,8n1`
    package var description: String { path.isEmpty ? text : "\(path): \(text)" }
}

/// The file as written.
package struct StreetFile: Sendable, Hashable, Codable {
    /// How a TCP meter is spoken to.
    package enum Transport: String, Sendable, Hashable, Codable { case hdlc, wrapper }

    /// One line.
    package struct Line: Sendable, Hashable, Codable {
        /// Name for the control socket.
        package var name: String
        /// Symbolic link to the pty, for serial lines.
        package var pty: String?
        /// `host:port` to listen at, for TCP lines.
        package var tcp: String?
        /// Interface of the gateway the line stands for, `Iface1`…; serial lines only.
        package var iface: String?
        /// `9600,8n1`; serial lines only.
        package var settings: String?
        /// File whose `1` feeds the interfaces of the meters; they need no feeding when absent.
        package var supply: String?
        /// TCP lines only; HDLC when absent.
        package var transport: Transport?
        /// TCP lines only: whether the port is a virtual hub's with the meters behind it; false when absent.
        package var hub: Bool?
        /// The meters.
        package var meters: [MeterGroup]
    }

    /// One meter, or a row of meters with consecutive addresses.
    package struct MeterGroup: Sendable, Hashable, Codable {
        /// Physical HDLC address of the first meter, 16…16381.
        package var address: Int
        /// Meters in the row; 1 when absent.
        package var count: Int?
        /// Models in turn, names of files in the personalities folder.
        package var personalities: [String]
        /// Subscribers in turn.
        package var subscribers: [LoadCurve.Kind]
        /// Name of a line whose meters are all behind this one, a head meter; subscribers do not matter then.
        package var behind: String?
        /// Serial number of the first meter, up to 12 digits; the next ones count on.
        package var serial: Int
        /// Drift of the clocks in seconds a day, positive runs fast; when absent each meter has its own, half
        /// a second as a rule (R31).
        package var drift: Double?
        /// Standing difference of the clocks in seconds, as of a wrong zone; 0 when absent.
        package var clockOffset: Int64?
        /// Ciphering keys; none when absent.
        package var security: Security?
        /// What it tells unasked; nothing when absent.
        package var push: Push?
    }

    /// One dated event.
    package struct Event: Sendable, Hashable, Codable {
        /// When, in the street's civil time: whole days after the installation and seconds of that day.
        package var day: Int
        /// Second of the day, 0…86399; 43200 (noon) when absent.
        package var second: Int?
        /// Name of the line.
        package var line: String
        /// Address of the meter.
        package var meter: Int
        /// What happens.
        package var happen: MeterHappening
    }

    /// Chance of everything.
    package var seed: UInt64
    /// Minutes east of UTC of the street's civil time.
    package var zoneMinutes: Int
    /// Day the meters were installed, `2025-10-01`; their archives begin there.
    package var installed: String
    /// The lines.
    package var lines: [Line]
    /// What happens to the meters, in any order; nothing when absent.
    package var script: [Event]?

    /// Reads JSON text. Throws with the place of the first fault.
    package init(json: [UInt8]) throws(StreetFileFault) {
        do { self = try JSONDecoder().decode(StreetFile.self, from: Data(json)) } catch {
            throw StreetFileFault.decoding(error)
        }
    }
}

extension StreetFileFault {
    /// The fault behind an error of the JSON decoder.
    static func decoding(_ error: any Error) -> StreetFileFault {
        guard let error = error as? Swift.DecodingError else { return StreetFileFault("", "not JSON") }
        switch error {
        case .keyNotFound(let key, let context):
            return StreetFileFault(place(context.codingPath), "\(key.stringValue) is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return StreetFileFault(place(context.codingPath), context.debugDescription)
        @unknown default:
            return StreetFileFault("", "not readable")
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}

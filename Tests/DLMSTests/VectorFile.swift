// Golden dialogues as text (Tests/Vectors/<protocol>/<case>.hex): a header of `# key: value` lines, then
// octets in hexadecimal, `>> ` towards the meter and `<< ` from it, each followed by `== ` lines saying what
// they mean.

import Foundation
import Octets
import Testing

/// One golden dialogue.
struct VectorFile: Sendable, CustomTestStringConvertible {
    /// Which way octets went.
    enum Direction: Sendable { case request, response }

    /// Octets that went one way, and the `== ` lines below them without the mark.
    struct Step: Sendable {
        var direction: Direction
        var octets: [UInt8]
        var meanings: [String]

        /// The text of the first `== <kind> …` line, such as `link` or `apdu`.
        func meaning(_ kind: String) -> String? {
            meanings.first { $0.hasPrefix(kind + " ") }.map { String($0.dropFirst(kind.count + 1)) }
        }
    }

    var name: String
    var header: [String: String]
    var steps: [Step]

    var testDescription: String { "\(name): \(header["title"] ?? "")" }
    /// `hdlc`, `apdu` or `crypto`.
    var kind: String { header["kind"] ?? "" }
    /// Whether the octets must be refused.
    var isNegative: Bool { header["negative"] != nil }

    init(name: String, text: String) throws {
        self.name = name
        header = [:]
        steps = []
        for line in text.split(separator: "\n") {
            let body = line.dropFirst(3)
            if line.hasPrefix("# "), let colon = line.firstIndex(of: ":"), !line.hasPrefix("#  ") {
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                header[String(line[line.index(line.startIndex, offsetBy: 2)..<colon])] = String(value)
            } else if line.hasPrefix(">> ") || line.hasPrefix("<< ") {
                let octets = try #require([UInt8](hex: String(body)), "\(name): \(line.prefix(40))")
                let direction: Direction = line.hasPrefix(">>") ? .request : .response
                steps.append(Step(direction: direction, octets: octets, meanings: []))
            } else if line.hasPrefix("== "), !steps.isEmpty {
                steps[steps.count - 1].meanings.append(String(body))
            }
        }
    }

    /// Every dialogue of a protocol's folder, by name.
    static func all(_ protocolName: String = "dlms") -> [VectorFile] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/\(protocolName)")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".hex") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else {
                return nil
            }
            return try? VectorFile(name: String(name.dropLast(4)), text: text)
        }
    }
}

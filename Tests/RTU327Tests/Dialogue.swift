// Golden dialogues of RTU327, from Tests/Vectors/rtu327.

import Foundation
import Octets
import Testing

/// One golden dialogue.
struct Dialogue: Sendable, CustomTestStringConvertible {
    /// Octets that went one way.
    struct Step: Sendable {
        var isRequest: Bool
        var octets: [UInt8]
    }

    var name: String
    var steps: [Step]
    var testDescription: String { name }

    /// Every dialogue, by name.
    static let all: [Dialogue] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/rtu327")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".hex") }.sorted().compactMap { name in
            guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else {
                return nil
            }
            let steps = text.split(separator: "\n").compactMap { line -> Step? in
                guard line.hasPrefix(">> ") || line.hasPrefix("<< ") else { return nil }
                return [UInt8](hex: String(line.dropFirst(3))).map {
                    Step(isRequest: line.hasPrefix(">"), octets: $0)
                }
            }
            return Dialogue(name: String(name.dropLast(4)), steps: steps)
        }
    }()

    /// The dialogue of a name.
    static func named(_ name: String) throws -> Dialogue { try #require(all.first { $0.name == name }) }

    /// The data of the answer.
    func answer() throws -> [UInt8] {
        let octets = try #require(steps.first { !$0.isRequest }).octets
        return Array(octets[12..<octets.count - 2])
    }
}

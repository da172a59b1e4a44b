import Foundation
import Testing

@Suite struct DocumentationTests {
    @Test func everyFileOpensWithWhatItIs() {
        let silent = SourceTree.sources.filter { file in
            !(file.lines.first?.hasPrefix("//") ?? false) && !file.path.hasSuffix("Package.swift")
        }
        let names = silent.map(\.path)
        #expect(names.isEmpty, "\(names.joined(separator: "\n"))")
    }

    @Test func packageAndPublicItemsAreDocumented() throws {
        let declaration = try NSRegularExpression(
            pattern: #"^\s*(@\w+(\([^)]*\))?\s+)*(public|package)(\(set\))?\s+(?!extension|import)"#
                + #"(static |final |mutating |nonisolated |convenience |override |indirect |class )*"#
                + #"(func|var|let|init|struct|enum|class|actor|protocol|typealias|subscript|associatedtype)\b"#
        )
        var total = 0
        var silent: [String] = []
        for file in SourceTree.sources {
            for (index, line) in file.lines.enumerated() {
                let range = NSRange(line.startIndex..., in: line)
                guard declaration.firstMatch(in: line, range: range) != nil else { continue }
                total += 1
                var above = index - 1
                while above >= 0,
                    ["@", "#"].contains(file.lines[above].trimmingCharacters(in: .whitespaces).prefix(1))
                {
                    above -= 1
                }
                let text = above >= 0 ? file.lines[above].trimmingCharacters(in: .whitespaces) : ""
                if !text.hasPrefix("///") && !text.hasSuffix("*/") {
                    silent.append("\(file.path):\(index + 1)")
                }
            }
        }
        let share = 1 - Double(silent.count) / Double(max(1, total))
        #expect(share >= 0.97, "\(silent.count) of \(total) undocumented:\n\(silent.joined(separator: "\n"))")
    }

    @Test func theReadmeStaysShort() throws {
        let text = try String(
            contentsOf: SourceTree.root.appendingPathComponent("README.md"), encoding: .utf8)
        #expect(text.components(separatedBy: "\n").count <= 121)
    }
}

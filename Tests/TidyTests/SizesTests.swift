import Foundation
import Testing

@Suite struct SizesTests {
    static let fileLimit = 600
    static let functionLimit = 60
    static let lineLimit = 110

    @Test func noFileIsLongerThanSixHundredLines() {
        let long = SourceTree.everything.filter { $0.lines.count > SizesTests.fileLimit }
            .filter {
                !$0.path.hasPrefix("Tests/Vectors/") && !$0.path.hasPrefix("etc/street/personalities/")
            }
        #expect(long.isEmpty, "\(long.map { "\($0.path): \($0.lines.count)" }.joined(separator: "\n"))")
    }

    @Test func noFunctionIsLongerThanSixtyLines() {
        var offences: [String] = []
        for file in SourceTree.sources + SourceTree.tests {
            for function in functions(of: file) where function.length > SizesTests.functionLimit {
                offences.append("\(file.path):\(function.line): \(function.length) lines")
            }
        }
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    @Test func noLineOfSwiftIsWiderThanOneHundredAndTenColumns() {
        var offences: [String] = []
        for file in SourceTree.sources + SourceTree.tests {
            for (number, line) in file.lines.enumerated() where line.count > SizesTests.lineLimit {
                // A literal that cannot be broken (a frame in hexadecimal, a URL) may stick out.
                if line.contains("\"") && !line.trimmingCharacters(in: .whitespaces).contains(", ") {
                    continue
                }
                offences.append("\(file.path):\(number + 1): \(line.count) columns")
            }
        }
        #expect(offences.isEmpty, "\(offences.joined(separator: "\n"))")
    }

    private struct Function {
        let line: Int
        let length: Int
    }

    /// Functions and initializers with bodies: from the declaration's line to its closing brace.
    private func functions(of file: SourceFile) -> [Function] {
        let code = file.code
        var found: [Function] = []
        for (index, line) in code.enumerated() where declaresFunction(line) {
            var depth = 0
            var parentheses = 0
            var opened = false
            scan: for later in index..<code.count {
                for character in code[later] {
                    switch character {
                    case "(": parentheses += 1
                    case ")": parentheses -= 1
                    case "{": depth += 1; opened = opened || parentheses == 0
                    case "}": depth -= 1
                    default: break
                    }
                }
                if opened && depth <= 0 {
                    found.append(Function(line: index + 1, length: later - index + 1))
                    break scan
                }
                if !opened && parentheses <= 0 && later > index + 25 { break scan }
                if depth < 0 { break scan }
            }
        }
        return found
    }

    private func declaresFunction(_ line: String) -> Bool {
        let words = line.split { " \t(<".contains($0) }
        let modifiers: Set<Substring> = [
            "package", "public", "internal", "private", "fileprivate", "static", "final", "mutating",
            "nonisolated", "override", "convenience", "class", "required", "consuming", "borrowing", "open",
            "@discardableResult", "@Sendable", "@Test", "@inline", "__always)", "nonmutating", "isolated",
        ]
        guard let first = words.first(where: { !modifiers.contains($0) }) else { return false }
        return first == "func" || first == "init" || first == "init?"
    }
}

// The repository as the tidy tests see it: files, lines, and Swift text with comments and strings blanked.

import Foundation

/// One file of the repository.
struct SourceFile: Sendable {
    /// Path from the repository's root.
    let path: String
    /// Lines without their ends.
    let lines: [String]

    /// The module a file under `Sources/` belongs to.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// Lines with comments and the insides of string literals replaced by blanks.
    var code: [String] { SourceTree.blanked(lines) }
}

/// Reading the tree.
enum SourceTree {
    /// The repository's root, found from this file.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every file below `folders` with one of `suffixes`.
    static func files(in folders: [String], suffixes: [String]) -> [SourceFile] {
        folders.flatMap { folder -> [SourceFile] in
            let base = root.appendingPathComponent(folder)
            guard let walker = FileManager.default.enumerator(atPath: base.path) else { return [] }
            return walker.compactMap { $0 as? String }.sorted()
                .filter { name in suffixes.contains { name.hasSuffix($0) } && !name.contains("/.") }
                .filter { !$0.contains("__pycache__") && !$0.contains("node_modules") }
                .compactMap { name in
                    guard
                        let text = try? String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
                    else { return nil }
                    var lines = text.components(separatedBy: "\n")
                    if lines.last == "" { lines.removeLast() }
                    return SourceFile(path: folder + "/" + name, lines: lines)
                }
        }
    }

    /// Swift sources of the product.
    static let sources = files(in: ["Sources"], suffixes: [".swift"])
    /// Swift sources of the tests.
    static let tests = files(in: ["Tests"], suffixes: [".swift"])
    /// Everything a person wrote.
    static let everything =
        sources + tests
        + files(in: ["www"], suffixes: [".js", ".css", ".html", ".json", ".yaml"])
        + files(in: ["Tests"], suffixes: [".py"])
        + files(in: ["Sources"], suffixes: [".md", ".c", ".h"])
        + files(in: ["tools", "etc"], suffixes: [""])

    /// Blanks comments and string contents, keeping columns, so that braces and words can be counted.
    static func blanked(_ lines: [String]) -> [String] {
        var inBlock = false
        var inText = false
        return lines.map { line in
            var result = ""
            var characters = Substring(line)
            var inString = false
            while let first = characters.first {
                if inText {
                    if characters.hasPrefix("\"\"\"") { inText = false; characters = characters.dropFirst(2) }
                } else if inBlock {
                    if characters.hasPrefix("*/") { inBlock = false; characters = characters.dropFirst() }
                } else if inString {
                    if first == "\\" { characters = characters.dropFirst(); result += " " }
                    if first == "\"" { inString = false }
                } else if characters.hasPrefix("\"\"\"") {
                    inText = true
                    characters = characters.dropFirst(2)
                } else if first == "\"" {
                    inString = true
                } else if characters.hasPrefix("//") {
                    return result
                } else if characters.hasPrefix("/*") {
                    inBlock = true
                } else {
                    result.append(first)
                    characters = characters.dropFirst()
                    continue
                }
                result += " "
                characters = characters.dropFirst()
            }
            return result
        }
    }
}

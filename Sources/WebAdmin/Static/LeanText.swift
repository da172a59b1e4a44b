// What is sent of a script, a style sheet or a list of words: its lines without indentation and without
// comments. A quarter of the admin's weight on a GSM link are the comments and types that its readers need
// and browsers do not. Lines are looked at one by one, so no text may go over several lines
// (`Tests/Browser/check_static.py`).

/// Makes files of the admin lean.
enum LeanText {
    /// The octets to send of a file by its name; other kinds of files stay as they are.
    static func of(_ octets: [UInt8], name: String) -> [UInt8] {
        guard [".js", ".css", ".json"].contains(where: { name.hasSuffix($0) }) else { return octets }
        var lean: [UInt8] = []
        lean.reserveCapacity(octets.count)
        var isComment = false
        for line in octets.split(separator: newline) {
            let code = withoutComments(line, &isComment)
            guard !code.isEmpty else { continue }
            lean += code
            lean.append(newline)
        }
        return lean
    }

    private static let newline = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")

    /// What a line has besides comments: those that begin it, and types of the checker (`/** @type`)
    /// anywhere. `isComment` tells whether the line began, and ends, inside one.
    private static func withoutComments(_ line: ArraySlice<UInt8>, _ isComment: inout Bool) -> [UInt8] {
        var rest = line.drop { $0 == space }
        var code: [UInt8] = []
        while true {
            if isComment {
                guard let end = rest.firstIndex(of: "*/") else { return code }
                rest = rest[(end + 2)...].drop { $0 == space }
                isComment = false
            }
            if code.isEmpty, rest.starts(with: "//".utf8) { return code }
            if code.isEmpty, rest.starts(with: "/*".utf8) {
                isComment = true
                rest = rest.dropFirst(2)
                continue
            }
            guard let type = rest.firstIndex(of: "/** @") else { return code + rest }
            code += rest[..<type]
            rest = rest[(type + 2)...]
            isComment = true
        }
    }
}

extension ArraySlice<UInt8> {
    /// Where a text begins for the first time.
    fileprivate func firstIndex(of text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard count >= wanted.count else { return nil }
        return (startIndex...(endIndex - wanted.count)).first { self[$0...].starts(with: wanted) }
    }
}

// Ciphering keys on a command line: --ek, --ak and --system-title, or --keys-file with the same names, which
// no list of processes shows.

import Drivers
import FoundationEssentials
import Octets

/// The keys of suite 0 as given; empty when none are.
struct KeyOptions: Sendable {
    /// The keys.
    let keys: MeterPoint.Keys

    /// Names with a value of keys.
    static let valued: Set<String> = ["ek", "ak", "system-title", "keys-file"]

    /// Reads the arguments; octets that are only looked at may tell the title themselves. Throws for wrong
    /// lengths and for one key without the other.
    init(_ list: ArgumentList, needsTitle: Bool = true) throws(UsageError) {
        let file = try Self.file(list)
        let ek = try Self.octets(list["ek"] ?? file["ek"], "ek", count: 16)
        let ak = try Self.octets(list["ak"] ?? file["ak"], "ak", count: 16)
        let title = try Self.octets(
            list["system-title"] ?? file["system-title"], "system-title", count: 8)
        guard ek.isEmpty == ak.isEmpty, ek.isEmpty || !title.isEmpty || !needsTitle else {
            throw UsageError("ciphering needs --ek, --ak\(needsTitle ? " and --system-title" : "")")
        }
        keys = MeterPoint.Keys(systemTitle: title, encryptionKey: ek, authenticationKey: ak)
    }

    private static func octets(
        _ text: String?, _ name: String, count: Int
    ) throws(UsageError) -> [UInt8] {
        guard let text else { return [] }
        guard let octets = [UInt8](hex: text), octets.count == count else {
            // The text is not repeated: it may be a key but for one digit.
            throw UsageError("--\(name) must be \(count * 2) hexadecimal digits")
        }
        return octets
    }

    /// Lines such as `ek 000102…`; anything else is refused.
    private static func file(_ list: ArgumentList) throws(UsageError) -> [String: String] {
        guard let path = list["keys-file"] else { return [:] }
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count <= 4_096 else {
            throw UsageError("--keys-file \(path) cannot be read")
        }
        var found: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "=" || $0 == "\t" })
            guard words.count == 2, ["ek", "ak", "system-title"].contains(words[0]) else {
                throw UsageError("--keys-file \(path): lines must be like `ek 00112233…`")
            }
            found[String(words[0])] = String(words[1])
        }
        return found
    }
}

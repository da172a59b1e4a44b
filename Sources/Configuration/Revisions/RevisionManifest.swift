// What a revision says of itself, beside its tables: number, schema, who, when and what, and the sums by
// which a damaged file is known.

import JSONText
package import Timekeeping

/// The record of one saved revision.
package struct RevisionManifest: Sendable, Hashable {
    /// Number, from 1, ever growing.
    package var number: Int
    /// Schema of its tables.
    package var schema: Int
    /// Login of who saved it, or `factory`.
    package var user: String
    /// When, by the gateway's clock.
    package var time: WallTime
    /// The tables that the change wrote.
    package var tables: [ConfigurationTable]
    /// Size and sum of every file.
    var files: [String: FileSum]

    /// Size and FNV-1a sum of a file: enough to know damage, not meant against forgery.
    struct FileSum: Sendable, Hashable {
        var size: Int
        var sum: UInt64

        init(of octets: [UInt8]) {
            size = octets.count
            sum = octets.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }

        init?(_ json: JSONValue) {
            guard let size = json["size"]?.wholeNumber, let text = json["sum"]?.text,
                let sum = UInt64(text, radix: 16)
            else { return nil }
            (self.size, self.sum) = (size, sum)
        }
    }

    init(number: Int, user: String, time: WallTime, tables: [ConfigurationTable], files: [String: FileSum]) {
        self.number = number
        self.schema = ConfigurationSchema.current
        self.user = user
        self.time = time
        self.tables = tables
        self.files = files
    }

    /// Reads a manifest; nil when a member is missing.
    init?(_ json: JSONValue) {
        guard let number = json["revision"]?.wholeNumber, let schema = json["schema"]?.wholeNumber,
            let user = json["user"]?.text, let seconds = json["time"]?.wholeNumber,
            let names = json["tables"]?.elements, let sums = json["files"]?.members
        else { return nil }
        self.number = number
        self.schema = schema
        self.user = user
        time = WallTime(unixSeconds: Int64(seconds))
        tables = names.compactMap { $0.text.flatMap(ConfigurationTable.init(rawValue:)) }
        files = [:]
        for member in sums {
            guard let sum = FileSum(member.value) else { return nil }
            files[member.name] = sum
        }
    }

    var json: JSONValue {
        let sums = files.sorted { $0.key < $1.key }.map { name, sum in
            let members = [JSONMember("size", sum.size), JSONMember("sum", String(sum.sum, radix: 16))]
            return JSONMember(name, .object(members))
        }
        return .object([
            JSONMember("schema", schema), JSONMember("revision", number), JSONMember("user", user),
            JSONMember("time", Int(time.unixSeconds)), JSONMember("tables", tables.map(\.rawValue)),
            JSONMember("files", .object(sums)),
        ])
    }
}

/// The schema of stored tables and the way to it from older ones.
enum ConfigurationSchema {
    /// The schema this version writes.
    static let current = 1

    /// One step from the schema before: documents in, documents out.
    typealias Migration =
        @Sendable ([ConfigurationTable: JSONValue]) -> [ConfigurationTable: JSONValue]

    /// Steps by the schema they start from; the first released schema has none before it.
    static let migrations: [Int: Migration] = [:]

    /// Brings documents of an older schema to the current one; nil when a step is missing.
    static func migrate(
        _ documents: [ConfigurationTable: JSONValue], from schema: Int
    ) -> [ConfigurationTable: JSONValue]? {
        var result = documents
        for step in schema..<max(schema, current) {
            guard let migration = migrations[step] else { return nil }
            result = migration(result)
        }
        return result
    }
}

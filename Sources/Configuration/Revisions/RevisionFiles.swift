// Revisions as directories (decision D7): `revisions/<n>/<table>.json` and `manifest.json`, unchanged tables
// hard-linked to the revision before, the link `current` swapped last. Called by the store only.

import Faults
import JSONText
import Seams
import Timekeeping

/// A revision read back from its directory.
struct StoredRevision: Sendable {
    var manifest: RevisionManifest
    var configuration: GatewayConfiguration
}

/// Why a revision cannot be used.
enum RevisionDamage: Error, Sendable {
    /// Made by a newer version, whose schema this one does not know.
    case newer(schema: Int)
    /// The text says what is wrong, for the log.
    case damaged(String)
}

/// Reading, writing and tidying of revision directories.
struct RevisionFiles: Sendable {
    let files: any FileTree

    /// How many revisions stay.
    static let kept = 50

    /// Numbers of the revisions that are there, ascending.
    func numbers() throws(FileTreeError) -> [Int] {
        try files.names(in: "revisions").compactMap(Int.init).sorted()
    }

    /// The number that `current` leads to.
    func currentNumber() throws(FileTreeError) -> Int? {
        guard let target = try files.pointer("current"), target.hasPrefix("revisions/") else { return nil }
        return Int(target.dropFirst("revisions/".count))
    }

    /// The manifest of a revision; nil when it cannot be read.
    func manifest(of number: Int) -> RevisionManifest? {
        guard let octets = try? files.read("revisions/\(number)/manifest.json"),
            let json = try? JSONValue(parsing: octets)
        else { return nil }
        return RevisionManifest(json)
    }

    /// Reads a revision and checks every sum and every rule.
    func load(_ number: Int) throws(RevisionDamage) -> StoredRevision {
        guard let manifest = manifest(of: number) else { throw .damaged("manifest") }
        guard manifest.schema <= ConfigurationSchema.current else { throw .newer(schema: manifest.schema) }
        var documents: [ConfigurationTable: JSONValue] = [:]
        for table in ConfigurationTable.allCases {
            let name = table.rawValue + ".json"
            guard let sum = manifest.files[name] else { continue }
            guard let octets = try? files.read("revisions/\(number)/\(name)"),
                RevisionManifest.FileSum(of: octets) == sum, let json = try? JSONValue(parsing: octets)
            else { throw .damaged(name) }
            documents[table] = json
        }
        guard let migrated = ConfigurationSchema.migrate(documents, from: manifest.schema) else {
            throw .damaged("schema \(manifest.schema)")
        }
        do throws(Faults) {
            return StoredRevision(
                manifest: manifest, configuration: try GatewayConfiguration(stored: migrated))
        } catch {
            throw .damaged(
                error.all.map { "\($0.parameters["table"] ?? "")\($0.path) \($0.code.rawValue)" }
                    .joined(separator: "; "))
        }
    }

    /// Writes a whole revision, then lets `current` lead to it. A crash at any step leaves the old one in
    /// force.
    func save(
        _ configuration: GatewayConfiguration, number: Int, previous: Int?, user: String, time: WallTime,
        tables: [ConfigurationTable]
    ) throws(FileTreeError) -> RevisionManifest {
        let (fresh, final) = ("revisions/\(number).new", "revisions/\(number)")
        try files.remove(fresh)
        try files.makeDirectory(fresh)
        let old = previous.flatMap { self.manifest(of: $0) }
        var sums: [String: RevisionManifest.FileSum] = [:]
        for table in ConfigurationTable.allCases {
            let name = table.rawValue + ".json"
            let octets = configuration.document(of: table, for: .stored).octets
            let sum = RevisionManifest.FileSum(of: octets)
            sums[name] = sum
            if let previous, old?.files[name] == sum {
                try files.link("revisions/\(previous)/\(name)", to: "\(fresh)/\(name)")
            } else {
                try files.write(octets, to: "\(fresh)/\(name)")
            }
        }
        let manifest = RevisionManifest(number: number, user: user, time: time, tables: tables, files: sums)
        try files.write(manifest.json.octets, to: "\(fresh)/manifest.json")
        try files.synchronize(directory: fresh)
        try files.rename(fresh, to: final)
        try files.synchronize(directory: "revisions")
        try files.point("current", to: final)
        return manifest
    }

    /// Removes what is older than the last revisions and what a crash left half-made.
    func tidy(current: Int) throws(FileTreeError) {
        for name in try files.names(in: "revisions") where name.hasSuffix(".new") {
            try files.remove("revisions/\(name)")
        }
        let good = try numbers()
        for number in good where number > current { try files.remove("revisions/\(number)") }
        for number in good.filter({ $0 <= current }).dropLast(RevisionFiles.kept) {
            try files.remove("revisions/\(number)")
        }
    }

    /// Keeps a damaged revision under a name that is never read again.
    func putAside(_ number: Int) throws(FileTreeError) {
        try files.remove("revisions/damaged-\(number)")
        try files.rename("revisions/\(number)", to: "revisions/damaged-\(number)")
    }
}

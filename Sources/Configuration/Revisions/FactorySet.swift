// The factory set (`etc/factory/<table>.json`): what a new device starts with. Its accounts carry the
// passwords that the manual prints; they are hashed on the way in and must be changed before anything else
// can be done (D10).

import Faults
import JSONText
import Seams

/// Reads the factory set.
struct FactorySet {
    let files: any FileTree
    let hasher: any PasswordHasher

    /// The configuration of a new device. Absent files are empty tables.
    func configuration() async throws -> GatewayConfiguration {
        var documents: [ConfigurationTable: JSONValue] = [:]
        for table in ConfigurationTable.allCases {
            let name = table.rawValue + ".json"
            do throws(FileTreeError) {
                let octets = try files.read(name)
                documents[table] = try parse(octets, name: name)
            } catch {
                if case .missing = error { continue }
                throw error
            }
        }
        if let accounts = documents[.accounts]?["Settings"]?.elements {
            let edit = TableEdit(.accounts, .replace, rows: accounts)
            let rows = try await PasswordPreparation(hasher: hasher).prepare([edit]).flatMap(\.rows)
            documents[.accounts] = .object([JSONMember("Settings", .array(rows))])
        }
        return try GatewayConfiguration(stored: documents)
    }

    private func parse(_ octets: [UInt8], name: String) throws(FileTreeError) -> JSONValue {
        do throws(JSONTextError) {
            return try JSONValue(parsing: octets)
        } catch {
            throw .failed(operation: "parse", path: name, reason: "octet \(error.offset): \(error.reason)")
        }
    }
}

/// Turns a client's `password` members into scrypt hashes before rows are read.
struct PasswordPreparation {
    let hasher: any PasswordHasher

    /// The same edits; rows of accounts have `hash` instead of a password that was given, and none from
    /// outside.
    func prepare(_ edits: [TableEdit]) async throws(Faults) -> [TableEdit] {
        var result = edits
        for index in edits.indices where edits[index].table == .accounts {
            for row in edits[index].rows.indices {
                let json = edits[index].rows[row].setting("hash", to: nil)
                let password = json["password"]?.text ?? ""
                let clean = json.setting("password", to: nil)
                result[index].rows[row] =
                    password.isEmpty ? clean : clean.setting("hash", to: .string(try await hash(password)))
            }
        }
        return result
    }

    /// A hash of a password.
    func hash(_ password: String) async throws(Faults) -> String {
        do { return try await hasher.hash(password) } catch {
            throw Faults([Fault(.internalError, ["reason": "hash"])])
        }
    }
}

// Reading the makers' profiles (`etc/meters/spodes/*.json`), strictly: an unknown word or a value out of
// range is a fault that names the file and the place, and the file's meters keep the standard profile. Called
// by the assemblies, once at start.

package import Faults
import JSONText
import Metering
package import Seams

extension MeterProfiles {
    /// Largest file read, octets.
    private static let largestFile = 65_536

    /// All profiles of a folder; of files that cannot be used the faults instead. A folder that is not there
    /// holds none.
    package static func read(from files: any FileTree) -> (profiles: MeterProfiles, faults: [Fault]) {
        let names: [String]
        do throws(FileTreeError) { names = try files.names(in: "") } catch { return (.none, []) }
        var (profiles, faults): ([MeterProfile], [Fault]) = ([], [])
        for name in names where name.hasSuffix(".json") {
            do throws(Faults) {
                let octets: [UInt8]
                do throws(FileTreeError) { octets = try files.read(name) } catch {
                    throw Faults([Fault(.inputMissing, ["reason": "\(error)"], path: name)])
                }
                profiles.append(try profile(name, octets))
            } catch {
                faults += error.all
            }
        }
        return (MeterProfiles(profiles), faults)
    }

    /// One profile. Throws every fault of its file, each with file and place.
    package static func profile(_ file: String, _ octets: [UInt8]) throws(Faults) -> MeterProfile {
        guard octets.count <= largestFile else {
            throw Faults([Fault(.inputTooLarge, ["allowed": "\(largestFile)"], path: file)])
        }
        let json: JSONValue
        do throws(JSONTextError) { json = try JSONValue(parsing: octets) } catch {
            let facts = ["offset": "\(error.offset)", "reason": error.reason]
            throw Faults([Fault(.inputNotJSON, facts, path: file)])
        }
        var reader = MeterProfileReader()
        var profile = reader.profile(json, at: file)
        guard reader.faults.isEmpty else { throw Faults(reader.faults) }
        profile.name = file.hasSuffix(".json") ? String(file.dropLast(5)) : file
        return profile
    }
}

/// Reads one profile and gathers what is wrong with it.
private struct MeterProfileReader {
    private(set) var faults: [Fault] = []

    mutating func profile(_ json: JSONValue, at file: String) -> MeterProfile {
        var profile = MeterProfile()
        for (name, value, path) in members(json, file) {
            switch name {
            case "comment": _ = text(value, path)
            case "models": profile.models = texts(value, path)
            case "makers": profile.makers = texts(value, path)
            case "registers": profile.registers = registers(value, path)
            case "scalers":
                for (tag, value, path) in tagged(value, path) {
                    profile.scalers[tag] = number(value, -9...9, path).map { Int8($0) }
                }
            case "codes": profile.codes = codes(value, path)
            case "lists": profile.listLimit = number(value, 1...64, path)
            case "proposal": profile.proposal = proposal(value, path)
            case "disconnectSilence": profile.disconnectSilence = number(value, 0...60, path) ?? 0
            default: unknown(name, path)
            }
        }
        if profile.models.isEmpty, profile.makers.isEmpty {
            faults.append(Fault(.inputMissing, path: "\(file)/models"))
        }
        return profile
    }

    private mutating func registers(_ json: JSONValue, _ path: String) -> [Tag: [OBISCode]] {
        var registers: [Tag: [OBISCode]] = [:]
        for (tag, value, path) in tagged(json, path) {
            registers[tag] = elements(value, path).compactMap { value, path in
                guard let text = text(value, path) else { return nil }
                guard let code = OBISCode(text) else {
                    faults.append(Fault(.inputFormat, ["value": text, "allowed": "1.0.81.7.10"], path: path))
                    return nil
                }
                return code
            }
        }
        return registers
    }

    private mutating func codes(_ json: JSONValue, _ path: String) -> [UInt8: [Int: Int]] {
        var codes: [UInt8: [Int: Int]] = [:]
        for (name, value, path) in members(json, path) {
            guard let journal = UInt8(name), journal <= 28 else {
                unknown(name, path)
                continue
            }
            for (name, value, path) in members(value, path) {
                guard let own = Int(name), (0...65_535).contains(own) else {
                    unknown(name, path)
                    continue
                }
                codes[journal, default: [:]][own] = number(value, 0...255, path)
            }
        }
        return codes
    }

    private mutating func proposal(_ json: JSONValue, _ path: String) -> MeterProfile.Proposal {
        var proposal = MeterProfile.Proposal()
        for (name, value, path) in members(json, path) {
            switch name {
            case "information": proposal.information = number(value, 32...2_030, path) ?? 128
            case "window": proposal.window = number(value, 1...7, path) ?? 1
            default: unknown(name, path)
            }
        }
        return proposal
    }

    // MARK: Parts

    private mutating func members(
        _ json: JSONValue, _ path: String
    ) -> [(name: String, value: JSONValue, path: String)] {
        guard let members = json.members else {
            faults.append(Fault(.inputType, ["allowed": "object"], path: path))
            return []
        }
        return members.map { ($0.name, $0.value, "\(path)/\($0.name)") }
    }

    private mutating func elements(_ json: JSONValue, _ path: String) -> [(value: JSONValue, path: String)] {
        guard let elements = json.elements else {
            faults.append(Fault(.inputType, ["allowed": "array"], path: path))
            return []
        }
        return elements.enumerated().map { ($1, "\(path)/\($0)") }
    }

    private mutating func tagged(
        _ json: JSONValue, _ path: String
    ) -> [(tag: Tag, value: JSONValue, path: String)] {
        members(json, path).compactMap { name, value, path in
            guard let tag = Tag(rawValue: name) else {
                unknown(name, path)
                return nil
            }
            return (tag, value, path)
        }
    }

    private mutating func texts(_ json: JSONValue, _ path: String) -> [String] {
        elements(json, path).compactMap { text($0.value, $0.path)?.lowercased() }.filter { !$0.isEmpty }
    }

    private mutating func text(_ json: JSONValue, _ path: String) -> String? {
        if case .string(let text) = json { return text }
        faults.append(Fault(.inputType, ["allowed": "string"], path: path))
        return nil
    }

    private mutating func number(_ json: JSONValue, _ range: ClosedRange<Int>, _ path: String) -> Int? {
        guard case .integer(let value) = json else {
            faults.append(Fault(.inputType, ["allowed": "integer"], path: path))
            return nil
        }
        guard let number = Int(exactly: value), range.contains(number) else {
            let allowed = "\(range.lowerBound)…\(range.upperBound)"
            faults.append(Fault(.inputRange, ["value": "\(value)", "allowed": allowed], path: path))
            return nil
        }
        return number
    }

    private mutating func unknown(_ name: String, _ path: String) {
        faults.append(Fault(.inputUnknownReference, ["value": name], path: path))
    }
}

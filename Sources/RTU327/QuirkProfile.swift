// What the reconstruction of RTU327 leaves open, one key a question. A head-end that expects the other answer
// is served by turning its key, not by another server; diagnostics show every key with what is in force.

/// One question the reconstruction leaves open.
package struct Quirk: Sendable, Hashable {
    /// The key in the profile.
    package let key: String
    /// What may be written, the usual first; a range of numbers as `1…1440`.
    package let choices: [String]
    /// The question, in English, for diagnostics and documentation.
    package let question: String
}

/// How the server answers where sources are silent or disagree. The usual answers are those of the УМ-40
/// SMART of 2021.
package struct QuirkProfile: Sendable, Hashable {
    /// Version of the set of keys.
    package static let version = 1

    /// Every key with its choices.
    package static let quirks: [Quirk] = [
        Quirk(
            key: "lp_tstart", choices: ["inclusive_end", "interval_start"],
            question: "GETLP: whether the time asked for is the end or the beginning of the first interval"),
        Quirk(
            key: "lp_gap", choices: ["stop", "fill"],
            question: "GETLP: whether an answer ends before a missing interval or has -1 in its place"),
        Quirk(
            key: "lp_stat", choices: ["zero", "flags"],
            question: "GETLP: whether the state of an interval is always 0 or tells of partial ones (bit 0)"),
        Quirk(
            key: "pok_lookup", choices: ["floor", "exact"],
            question: "GETPOK: whether the newest reading before the time asked for will do"),
        Quirk(
            key: "pok_window_s", choices: ["1800", "0…2678400"],
            question: "GETPOK: how many seconds older than the time asked for that reading may be"),
        Quirk(
            key: "apply_ratios", choices: ["false", "true"],
            question: "Whether energies are multiplied by the ratios of the transformers"),
        Quirk(
            key: "autoread_tday", choices: ["inclusive", "exclusive"],
            question: "GETAUTOREAD: whether a reading at the very time asked for is an answer"),
        Quirk(
            key: "autoread_total", choices: ["real", "minus1"],
            question: "GETAUTOREAD: whether the total of tariffs is told or left at -1"),
        Quirk(
            key: "autoread_nsh_reversed", choices: ["false", "true"],
            question: "GETAUTOREAD: whether the ten digits of the meter's number run backwards"),
        Quirk(
            key: "log_tstart_exclusive", choices: ["false", "true"],
            question: "GETMTRLOG: whether an event at the very time asked for is left out"),
        Quirk(
            key: "log_order", choices: ["time", "journal"],
            question: "GETMTRLOG: whether events are sorted by time or grouped by journal"),
        Quirk(
            key: "elm", choices: ["2", "3"],
            question: "GETTESTS: the number of measuring elements, by a table that is not known"),
        Quirk(
            key: "typ_sh", choices: ["mapped", "100"],
            question: "GETSHPRM: whether the type is told where the protocol has a number, or always 100"),
        Quirk(
            key: "nsh_rule", choices: ["last10"],
            question: "How a serial number longer than ten digits is asked for"),
        Quirk(
            key: "unknown_meter_rr", choices: ["4", "6", "8"],
            question: "The result for a meter that is not in the table"),
        Quirk(
            key: "empty_rr", choices: ["8", "2", "0"],
            question: "The result when nothing is stored for what was asked"),
        Quirk(
            key: "settime_limit_s", choices: ["600", "0…86400"],
            question: "SETTIME: the largest shift in seconds; 0 takes any"),
        Quirk(
            key: "bad_length", choices: ["skip", "close"],
            question: "Whether a packet with an impossible length is skipped or ends the connection"),
        Quirk(
            key: "journal_commands", choices: ["off", "on"],
            question: "GETMAXLOGID and GETLOG, whose codes of events are not known"),
    ]

    /// What differs from the usual, by key; sound by construction.
    package let overrides: [String: String]

    /// The usual answers to all questions.
    package static let usual = QuirkProfile(sound: [:])

    private init(sound overrides: [String: String]) { self.overrides = overrides }

    /// A profile of overrides; nil, with the key, when one is unknown or has a value that is no choice.
    package static func make(_ overrides: [String: String]) -> Result<QuirkProfile, WrongQuirk> {
        for (key, value) in overrides.sorted(by: { $0.key < $1.key }) {
            guard let quirk = quirks.first(where: { $0.key == key }) else {
                return .failure(WrongQuirk(key: key, allowed: quirks.map(\.key)))
            }
            guard quirk.allows(value) else {
                return .failure(WrongQuirk(key: key, allowed: quirk.choices))
            }
        }
        return .success(QuirkProfile(sound: overrides))
    }

    /// What is in force for a key.
    package func value(of key: String) -> String {
        overrides[key] ?? QuirkProfile.quirks.first { $0.key == key }?.choices.first ?? ""
    }

    /// Whether a key stands as written here.
    package func says(_ key: String, _ value: String) -> Bool { self.value(of: key) == value }

    /// The number of a key that is one.
    package func number(of key: String) -> Int { Int(value(of: key)) ?? 0 }
}

/// A key or a value a profile cannot have.
package struct WrongQuirk: Error, Sendable, Hashable {
    /// The key.
    package var key: String
    /// What it could be, or which keys there are.
    package var allowed: [String]
}

extension Quirk {
    /// Whether a value may be written for it.
    package func allows(_ value: String) -> Bool {
        choices.contains { choice in
            let ends = choice.split(separator: "…").compactMap { Int($0) }
            guard ends.count == 2 else { return choice == value }
            return Int(value).map { $0 >= ends[0] && $0 <= ends[1] } ?? false
        }
    }
}

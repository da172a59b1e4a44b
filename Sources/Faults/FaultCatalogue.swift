// The one catalogue of texts for people (decision D15): a Russian and an English sentence for every code.
// `{name}` is a fact of the fault; a part in square brackets is left out when one of its facts is missing.
// First what happened, then why or what to do.

/// Languages of the admin.
package enum FaultLanguage: String, Sendable, Hashable, CaseIterable {
    case russian = "ru"
    case english = "en"
}

/// Makes texts of faults.
package enum FaultCatalogue {
    /// The sentence for a fault.
    package static func text(of fault: Fault, in language: FaultLanguage) -> String {
        let texts = texts(of: fault.code)
        return fill(language == .russian ? texts.russian : texts.english, with: fault.parameters)
    }

    /// Puts facts into their places and drops optional parts that lack one.
    static func fill(_ template: String, with facts: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "[") {
            result += substitute(rest[..<open], facts) ?? ""
            let close = rest[open...].firstIndex(of: "]") ?? rest.index(before: rest.endIndex)
            result += substitute(rest[rest.index(after: open)..<close], facts, isOptional: true) ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return result + (substitute(rest, facts) ?? "")
    }

    private static func substitute(
        _ text: Substring, _ facts: [String: String], isOptional: Bool = false
    ) -> String? {
        var result = ""
        var rest = text
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            let fact = facts[String(rest[rest.index(after: open)..<close])] ?? ""
            if fact.isEmpty, isOptional { return nil }
            result += rest[..<open] + fact
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

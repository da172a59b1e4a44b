// Reading command lines: `--name value` and `--name`, in any order, each at most once.

/// A command line that cannot be understood, or asks for what this version lacks.
struct UsageError: Error {
    let reason: String
    /// Whether the command line is right but this version cannot do it.
    var isAbsent = false

    init(_ reason: String, isAbsent: Bool = false) {
        self.reason = reason
        self.isAbsent = isAbsent
    }
}

/// The arguments of one command, taken apart.
struct ArgumentList {
    private var values: [String: String] = [:]
    private var flags: Set<String> = []
    /// Arguments without a name, in order.
    private(set) var rest: [String] = []

    /// Takes arguments apart; `valued` and `flags` are the names that exist, without dashes.
    init(_ arguments: [String], valued: Set<String>, flags known: Set<String>) throws(UsageError) {
        var waiting = arguments[...]
        while let argument = waiting.popFirst() {
            guard argument.hasPrefix("--") else {
                rest.append(argument)
                continue
            }
            let name = String(argument.dropFirst(2))
            if known.contains(name) {
                flags.insert(name)
            } else if valued.contains(name) {
                guard let value = waiting.popFirst() else { throw UsageError("\(argument) needs a value") }
                guard values.updateValue(value, forKey: name) == nil else {
                    throw UsageError("\(argument) is given twice")
                }
            } else {
                throw UsageError("unknown argument \(argument)")
            }
        }
    }

    /// The value of a name; nil when it is not given.
    subscript(name: String) -> String? { values[name] }

    /// Whether a flag is given.
    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// The value of a name that must be given.
    func required(_ name: String) throws(UsageError) -> String {
        guard let value = values[name] else { throw UsageError("--\(name) is needed") }
        return value
    }

    /// A whole number in a range; nil when the name is not given.
    func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("--\(name) must be \(range.lowerBound)…\(range.upperBound), not \(text)")
        }
        return number
    }
}

// Reading attributes of a SPODES meter with the faults a person is told: the words "reading 1.0.1.8.0.255"
// are put to what went wrong, and an object the meter does not have is an answer, not a fault.

import DLMS
import Faults
import Metering
import SPODES

/// One attribute of one object.
struct AttributeName: Sendable, Hashable {
    let code: OBISCode
    let classID: UInt16
    let attribute: Int8

    init(_ code: OBISCode, _ classID: UInt16, _ attribute: Int8) {
        self.code = code
        self.classID = classID
        self.attribute = attribute
    }

    var descriptor: AttributeDescriptor {
        AttributeDescriptor(classID: classID, logicalName: LogicalName(code), attribute: attribute)
    }
}

/// Reads attributes through a dialogue.
struct AttributeReader: Sendable {
    /// The conversation.
    let dialogue: DLMSDialogue
    /// ID of the meter's row.
    let meter: Int

    /// The value of an attribute; nil when the meter does not have it or does not show it to this client.
    /// Throws `Fault`, or `CancellationError`.
    func value(
        _ code: OBISCode, class classID: UInt16, attribute: Int8 = 2, selection: AccessSelection? = nil,
        _ request: RequestClass = .simple
    ) async throws -> DataValue? {
        let attribute = AttributeDescriptor(
            classID: classID, logicalName: LogicalName(code), attribute: attribute)
        let result = try await told("reading \(code)") { () async throws(DialogueFailure) in
            try await dialogue.get(attribute, selection: selection, request)
        }
        return try value(of: result, code)
    }

    /// The values of several attributes. A refusal of one is its own answer and spoils no other.
    func values(_ attributes: [AttributeName]) async throws -> [AttributeAnswer] {
        guard let first = attributes.first else { return [] }
        let results = try await told("reading \(first.code) and \(attributes.count - 1) more") {
            () async throws(DialogueFailure) in try await dialogue.get(attributes.map(\.descriptor))
        }
        var answers = results.map(AttributeAnswer.init)
        // What a list would not tell just then may be told alone.
        guard await dialogue.listLength > 1 else { return answers }
        for index in answers.indices where answers[index] == .refused {
            let name = attributes[index]
            answers[index] = try await told("reading \(name.code)") { () async throws(DialogueFailure) in
                AttributeAnswer(try await dialogue.get(name.descriptor))
            }
        }
        return answers
    }

    /// The values of as many of the first attributes as one list may name, in one exchange; empty when the
    /// meter takes no list of several.
    func list(_ attributes: [AttributeName]) async throws -> [AttributeAnswer] {
        let named = attributes.prefix(await dialogue.listLength)
        guard named.count > 1 else { return [] }
        let results = try await told("reading \(attributes[0].code) and \(named.count - 1) more") {
            () async throws(DialogueFailure) in try await dialogue.getList(named.map(\.descriptor))
        }
        return results?.map(AttributeAnswer.init) ?? []
    }

    /// Writes one attribute, once (R23). Throws `meter.access` when the meter refuses.
    func set(_ code: OBISCode, class classID: UInt16, to value: DataValue) async throws {
        let attribute = AttributeDescriptor(classID: classID, logicalName: LogicalName(code), attribute: 2)
        let what = "writing \(code)"
        let result = try await told(what) { () async throws(DialogueFailure) in
            try await dialogue.set(attribute, to: value)
        }
        guard result == .success else { throw refused(what, result.name) }
    }

    /// Runs one method, once (R23). Throws `meter.access` when the meter refuses.
    func act(_ code: OBISCode, class classID: UInt16, method: Int8, with value: DataValue) async throws {
        let method = MethodDescriptor(classID: classID, logicalName: LogicalName(code), method: method)
        let what = "method \(method.method) of \(code)"
        let outcome = try await told(what) { () async throws(DialogueFailure) in
            try await dialogue.act(method, with: value)
        }
        guard outcome.result == .success else { throw refused(what, "\(outcome.result)") }
        // Some meters say success and put the refusal into the returned value.
        if case .accessError(let error)? = outcome.returned, error != .success {
            throw refused(what, error.name)
        }
    }

    /// Has a profile capture a row now; false when the meter will not.
    func capture(_ code: OBISCode) async throws -> Bool {
        let method = MethodDescriptor(classID: 7, logicalName: LogicalName(code), method: 2)
        do throws(DialogueFailure) {
            return try await dialogue.actRepeatably(method, with: .integer(0)).result == .success
        } catch {
            if case .application = error { return false }
            throw error.told(meter: meter, attempting: "capturing \(code)")
        }
    }

    private func refused(_ what: String, _ detail: String) -> Fault {
        Fault(.meterDataAccess, ["meter": String(meter), "attempt": what, "detail": detail])
    }

    /// Whether the meter answers several attributes at once.
    var takesLists: Bool { get async { await dialogue.listLength > 1 } }

    /// Whether the meter lets rows be selected.
    var selects: Bool { get async { await dialogue.selects } }

    /// A value, nil for what is absent. Throws `meterDataAccess` for every other refusal.
    private func value(of result: GetDataResult, _ code: OBISCode) throws(Fault) -> DataValue? {
        switch result {
        case .data(let value): return value
        case .accessError(let error) where error.isAbsence: return nil
        case .accessError(let error):
            throw Fault(
                .meterDataAccess,
                ["meter": String(meter), "attempt": "reading \(code)", "detail": error.name])
        }
    }

    private func told<Value>(
        _ what: @autoclosure () -> String, _ body: () async throws(DialogueFailure) -> Value
    ) async throws -> Value {
        do throws(DialogueFailure) {
            return try await body()
        } catch {
            throw error.told(meter: meter, attempting: what())
        }
    }
}

/// What a meter said about one attribute of several.
enum AttributeAnswer: Sendable, Hashable {
    /// Its value.
    case value(DataValue)
    /// The meter does not have it, or not for this client.
    case absent
    /// Not now.
    case refused

    init(_ result: GetDataResult) {
        switch result {
        case .data(let value): self = .value(value)
        case .accessError(let error): self = error.isAbsence ? .absent : .refused
        }
    }

    /// The value, when there is one.
    var value: DataValue? { if case .value(let value) = self { value } else { nil } }
}

extension DataAccessResult {
    /// Whether the refusal means that asking again is of no use.
    fileprivate var isAbsence: Bool {
        switch self {
        case .objectUndefined, .objectClassInconsistent, .objectUnavailable, .readWriteDenied: true
        default: false
        }
    }
}

// Services that change the meter and must not happen twice (R23): no repetition in another association. The
// link layer may repeat a frame with its own number; the meter takes that for one.

package import DLMS

extension DLMSDialogue {
    /// Writes one attribute, once. Throws when the association was lost, without opening another.
    package func set(
        _ attribute: AttributeDescriptor, to value: DataValue
    ) async throws(DialogueFailure) -> DataAccessResult {
        let outcome = try await once { application throws(ApplicationError) in
            try application.set(attribute, to: value)
        }
        guard case .set(let result) = outcome else { throw .application(.unexpected("answer to SET")) }
        return result
    }

    /// Runs one method that may run twice without harm.
    package func actRepeatably(
        _ method: MethodDescriptor, with parameters: DataValue
    ) async throws(DialogueFailure) -> ActionOutcome {
        let outcome = try await repeatable(.simple) { application throws(ApplicationError) in
            try application.action(method, with: parameters)
        }
        guard case .action(let result) = outcome else { throw .application(.unexpected("answer to ACTION")) }
        return result
    }

    /// Runs one method, once. Throws when the association was lost, without opening another.
    package func act(
        _ method: MethodDescriptor, with parameters: DataValue
    ) async throws(DialogueFailure) -> ActionOutcome {
        let outcome = try await once { application throws(ApplicationError) in
            try application.action(method, with: parameters)
        }
        guard case .action(let result) = outcome else { throw .application(.unexpected("answer to ACTION")) }
        return result
    }
}

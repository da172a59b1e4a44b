// Several attributes at once (GET-Request-With-List), where the meter agreed to it: each exchange saved is a
// turnaround of the meter saved. Bounded so that the request is one frame, and given up step by step where
// the meter does not keep what it offers.

package import DLMS

extension DLMSDialogue {
    /// Reads several attributes, by lists where the meter agreed to them, else one by one.
    package func get(_ attributes: [AttributeDescriptor]) async throws(DialogueFailure) -> [GetDataResult] {
        var results: [GetDataResult] = []
        while results.count < attributes.count {
            let rest = attributes[results.count...]
            let count = min(listLength, rest.count)
            if count > 1 {
                // Refused, it is tried again as the shorter lists that may still be asked for.
                guard let list = try await getList(Array(rest.prefix(count))) else { continue }
                results += list
            } else if let next = rest.first {
                results.append(try await get(next))
            }
        }
        return results
    }

    /// Attributes that one GET may name, at least 1: ten octets each behind four in a request of one frame,
    /// for not every meter joins segments of a request.
    package var listLength: Int {
        guard let agreed = application.negotiated, agreed.conformance.contains(.multipleReferences) else {
            return 1
        }
        let serverLimit = application.limit
        let overhead = application.security?.protection.overhead ?? 0
        var request = min(serverLimit, Int(application.settings.maximumPDU) - overhead)
        if transport == .hdlc {
            request = min(
                request, hdlc.parameters.maximumTransmit - LogicalLinkControl.request.count - overhead)
        }
        var count = min((request - 4) / 10, DLMSLimit.listCount)
        if !agreed.conformance.contains(.blockTransferGet) {
            // The answer must be whole: a date-time, the longest value of present interest, takes fifteen.
            count = min(count, (min(serverLimit, Int(application.settings.maximumPDU)) - 4) / 15)
        }
        return max(1, min(count, lists.longest))
    }

    /// The values of one list of at most `listLength` attributes in one exchange; nil when the meter refused
    /// the list, which then is not asked for as long again.
    package func getList(
        _ attributes: [AttributeDescriptor]
    ) async throws(DialogueFailure) -> [GetDataResult]? {
        do throws(DialogueFailure) {
            let outcome = try await repeatable(.simple) { application throws(ApplicationError) in
                try application.getList(attributes.map { AttributeRequest($0) })
            }
            guard case .list(let results) = outcome, results.count == attributes.count else {
                lists.refused(attributes.count)
                return nil
            }
            lists.answered()
            return results
        } catch {
            switch error {
            case .application(.exception), .application(.notOffered): lists.unsupported()
            case .application: lists.refused(attributes.count)
            case .silent, .link(.silent):
                lists.silent()
                throw error
            default: throw error
            }
            return nil
        }
    }
}

// The newest counter a meter accepted, asked by the public client: who starts with an archive older than the
// meter's memory would be refused as a replay, and would say old counters again.

import DLMS

extension DLMSDialogue {
    /// Asks on the transports of the link, without repetitions. Nil when the meter has no public client or
    /// does not tell; that is no fault. Throws what ends the whole session.
    func acceptedCounter() async throws(DialogueFailure) -> UInt32? {
        for candidate in link.transports {
            do throws(DialogueFailure) {
                try await open(briefly: candidate)
                let attribute = AttributeDescriptor(
                    classID: DataObject.classID, logicalName: .invocationCounter, attribute: 2)
                let result = try await get(attribute)
                await close()
                guard case .data(let value) = result else { return nil }
                return value.wholeNumber.flatMap(UInt32.init(exactly:))
            } catch {
                await close()
                switch error {
                case .silent, .garbage: continue
                case .link, .application: return nil
                default: throw error
                }
            }
        }
        return nil
    }

    private func open(briefly candidate: DLMSLink.Transport) async throws(DialogueFailure) {
        begin(candidate, retries: 0)
        if candidate == .hdlc { _ = try await perform(hdlc.connect(), .link) }
        try await associate()
    }
}

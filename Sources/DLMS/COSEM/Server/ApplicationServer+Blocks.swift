// General block transfer on the server's side: long requests joined before they are served, long answers
// sent a block for each acknowledgement. Only where it was agreed; answers go by it when data blocks of GET
// were not.

extension ApplicationServer {
    /// A block of a request came in, or the acknowledgement of a block of ours.
    mutating func took(
        _ block: GeneralBlockTransfer, from client: ClientSAP, directory: inout some ObjectDirectory
    ) -> [UInt8]? {
        guard let step = withBlocks(client, { blocks, _ in blocks.take(block) }) else {
            return APDU.exceptionResponse(.serviceNotSupported).encoded
        }
        switch step {
        case .wait: return nil
        case .send(let block): return APDU.generalBlockTransfer(block).encoded
        case .tooLong:
            forgetBlocks(client)
            return APDU.exceptionResponse(.otherReason).encoded
        case .whole(let octets):
            // Blocks within blocks carry nothing a meter serves.
            guard case .success(let request) = APDU.read(octets) else {
                forgetBlocks(client)
                return APDU.exceptionResponse(.otherReason).encoded
            }
            let answer = answered(request, client, &directory).map { carried($0, client) }
            // What went whole leaves nothing to acknowledge: the next block begins a new exchange.
            if answer?.first != GeneralBlockTransfer.tag { forgetBlocks(client) }
            return answer
        }
    }

    /// An answer as it goes out: in blocks when it is longer than the client takes and they were agreed,
    /// which an AARE is only about to tell.
    mutating func carried(_ answer: [UInt8], _ client: ClientSAP) -> [UInt8] {
        guard answer.first != AARE.tag else { return answer }
        let first = withBlocks(client) { blocks, limit in
            answer.count > limit ? blocks.begin(answer, limit: limit) : nil
        }
        return (first ?? nil).map { APDU.generalBlockTransfer($0).encoded } ?? answer
    }

    /// Gives up what was being carried in blocks, in either direction.
    mutating func forgetBlocks(_ client: ClientSAP) {
        _ = withBlocks(client) { blocks, _ in blocks = BlockExchange() }
    }
}

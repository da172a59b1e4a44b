// General block transfer on the client's side: answers joined, requests that are too long for the server
// carried in blocks. Only where the association agreed on it.

import Octets

extension ApplicationClient {
    /// Whether the association agreed on blocks beneath any service.
    var hasGeneralBlocks: Bool { negotiated?.conformance.contains(.generalBlockTransfer) == true }

    /// A block of an answer came in, or the acknowledgement of a block of ours.
    mutating func took(_ block: GeneralBlockTransfer) -> Action {
        switch state {
        case .getting, .setting, .acting: break
        case .closed, .associating, .authenticating, .open, .releasing:
            return .ignored(.generalBlockTransfer(block))
        }
        guard hasGeneralBlocks else { return fail(.unexpected("a general block that was not agreed")) }
        switch blocks.take(block) {
        case .wait: return .ignored(.generalBlockTransfer(block))
        case .send(let next): return .sendAPDU(APDU.generalBlockTransfer(next).encoded)
        case .tooLong: return fail(.tooLong)
        case .whole(let octets):
            guard octets.first != GeneralBlockTransfer.tag else {
                return fail(.unexpected("general blocks within general blocks"))
            }
            blocks = BlockExchange()
            return received(octets)
        }
    }

    /// The first block of a request that is too long to go whole, sealed already. Throws `requestTooLong`
    /// when blocks were not agreed or cannot carry it.
    mutating func carried(_ octets: [UInt8]) throws(ApplicationError) -> [UInt8] {
        let limit = Int(negotiated?.serverMaximumPDU ?? 0)
        guard hasGeneralBlocks, let first = blocks.begin(octets, limit: limit) else {
            throw .requestTooLong(octets: octets.count, limit: limit)
        }
        return APDU.generalBlockTransfer(first).encoded
    }
}

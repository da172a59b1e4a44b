// General block transfer beneath a service (IEC 62056-5-3, general-block-transfer): one APDU of any kind,
// sealed or not, carried in numbered blocks. Each side acknowledges the newest block it has in order; what
// came after a gap is sent again from there. Used by both halves where the association agreed on it.

import Octets

/// An APDU that goes out in blocks, the peer asking for each with its acknowledgement.
struct BlockSender: Sendable {
    private let octets: [UInt8]
    /// Octets of data in a block.
    private let size: Int
    /// Number of our block before the first of these: a side counts acknowledgements among its blocks.
    private let base: UInt16

    /// Octets around the data: tag, control, two numbers, and a length of up to three octets.
    private static let overhead = 9

    /// An APDU in blocks of at most `limit` octets each; nil when there would be more than can be numbered.
    init?(_ octets: [UInt8], limit: Int, after base: UInt16) {
        size = max(1, limit - BlockSender.overhead)
        self.base = base
        guard !octets.isEmpty, (octets.count - 1) / size + Int(base) < Int(UInt16.max) else { return nil }
        self.octets = octets
    }

    /// The block behind the one the peer has, telling which of its own we have; nil when it has all of ours,
    /// or more than there are.
    func block(after newest: UInt16, acknowledging acknowledged: UInt16) -> GeneralBlockTransfer? {
        guard newest >= base else { return nil }
        let begin = Int(newest - base) * size
        guard begin < octets.count else { return nil }
        let end = min(begin + size, octets.count)
        return GeneralBlockTransfer(
            control: end == octets.count ? 0x81 : 0x01, number: newest + 1, acknowledged: acknowledged,
            data: Array(octets[begin..<end]))
    }
}

/// Both directions of one service's blocks.
struct BlockExchange: Sendable {
    /// What is being sent; nil when nothing is, or it went whole.
    private var sender: BlockSender?
    /// Octets received in order.
    private var joined: [UInt8] = []
    /// Number of the peer's newest block received in order, acknowledgements among them; 0 before the first.
    private var newest: UInt16 = 0
    /// Blocks of our own so far, acknowledgements among them.
    private var own: UInt16 = 0

    /// What a block received asks for.
    enum Step: Sendable {
        /// More blocks of the window come by themselves.
        case wait
        /// The peer waits for this block: the next of ours, or an acknowledgement.
        case send(GeneralBlockTransfer)
        /// The APDU is whole.
        case whole([UInt8])
        /// Longer than anything that may come.
        case tooLong
    }

    /// Begins to send an APDU in blocks of at most `limit` octets: the first of them. Nil when there would be
    /// more than can be numbered.
    mutating func begin(_ octets: [UInt8], limit: Int) -> GeneralBlockTransfer? {
        sender = BlockSender(octets, limit: limit, after: own)
        joined = []
        return sender?.block(after: own, acknowledging: newest)
    }

    /// A block was received.
    mutating func take(_ block: GeneralBlockTransfer) -> Step {
        if let sender, block.data.isEmpty {
            if block.number == newest &+ 1 { newest = block.number }
            let next = sender.block(after: block.acknowledged, acknowledging: newest)
            return next.map(Step.send) ?? .wait
        }
        // Some count their blocks of data anew behind their acknowledgements.
        let isFirst = block.number == 1 && joined.isEmpty
        if isFirst || (block.number == newest &+ 1 && block.number != 0) {
            guard joined.count + block.data.count <= DLMSLimit.apdu else { return .tooLong }
            joined += block.data
            newest = block.number
            if block.isLast { return .whole(joined) }
        }
        guard !block.isStreaming else { return .wait }
        own &+= 1
        return .send(GeneralBlockTransfer(control: 0x80 | 1, number: own, acknowledged: newest, data: []))
    }
}

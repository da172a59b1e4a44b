// Invocation counters of one meter (IEC 62056-5-3): taken from the store in blocks that are on disk before
// any of a block is used, and never below what the meter has heard already. A power cut loses the rest of a
// block and repeats nothing.

import DLMS
import Faults
import Octets
import Seams

/// What is kept of a meter's ciphering between two sessions.
package struct CipheringMemory: Sendable {
    /// Counters reserved and not used.
    var counters = InvocationCounters()
    /// The newest counter heard of each system title the meter told.
    var heard: [[UInt8]: UInt32] = [:]

    init(heard: [[UInt8]: UInt32] = [:]) { self.heard = heard }

    /// Takes over what a context has heard. A meter has one title in its life; a few make room for another.
    mutating func note(_ context: SecurityContext?) {
        guard let context, let title = context.peerTitle, let newest = context.heard else { return }
        if heard.count > 3, heard[title] == nil { heard.removeAll() }
        heard[title] = max(newest, heard[title] ?? 0)
    }
}

/// Where the counters of one dialogue come from.
package struct CounterSupply: Sendable {
    /// Counters reserved at once.
    static let block: UInt32 = 256
    /// Fewer than these are left unused: no step of a conversation may run out in its middle.
    static let reserve = 4

    private let store: any CounterStore
    /// Name of the series: a digest of title and key, for both together must not meet a counter twice.
    let series: String

    /// The supply of a context.
    init(_ store: any CounterStore, _ context: SecurityContext) {
        self.store = store
        let digest = context.digest(context.title + context.keys.encryption)
        series = digest.prefix(16).hex
    }

    /// A fresh block. Throws `counters` with what the store said.
    func next(notBelow least: UInt32 = 0) async throws(DialogueFailure) -> InvocationCounters {
        do {
            return InvocationCounters(
                try await store.reserve(CounterSupply.block, of: series, notBelow: least))
        } catch let fault as Fault {
            throw .counters(fault)
        } catch {
            throw .counters(Fault(.archiveWrite, ["attempted": "reserving counters", "reason": "\(error)"]))
        }
    }

    /// The least counter to go on with when the meter's newest is `accepted`: a block further, for what was
    /// sent and never arrived is used up too. Nil for a word too strange: nobody vouches for it, and it may
    /// not use up the counters of a key.
    static func least(after accepted: UInt32, above upcoming: UInt32?) -> UInt32? {
        guard accepted < UInt32.max - 4 * block else { return nil }
        if let upcoming, upcoming > 1_024, accepted > upcoming, accepted - upcoming > 1 << 24 { return nil }
        return accepted + 1 + block
    }
}

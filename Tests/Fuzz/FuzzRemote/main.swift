// Remote connection as anybody who found the port may send it, and an errand as an account may.

import Errands
import Octets
import Remote

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var decoder = RemoteDecoder(limit: RemoteMessage.limit)
    for piece in stride(from: 0, to: input.count, by: 11) {
        decoder.append(Array(input[piece..<min(piece + 11, input.count)]))
        while let message = (try? decoder.next()) ?? nil {
            precondition((try? RemoteMessage(from: message.octets[4...])) == message, "read again")
        }
    }
    if let errand = try? Errand(json: input) {
        precondition((try? Errand(json: errand.json))?.json == errand.json, "read again")
    }
    var (inbox, outbox) = (Inbox(), Outbox())
    for octet in input {
        _ = inbox.received([octet], number: UInt64(octet & 0x0F))
        if outbox.hasRoom { outbox.add([octet]) }
        _ = outbox.next()
        _ = outbox.taken(below: UInt64(octet >> 2))
        _ = outbox.resume(at: UInt64(octet >> 3))
    }
    return 0
}

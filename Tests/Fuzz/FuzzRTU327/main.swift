// RTU327 as a head-end, or anybody who found the port, may send it; and answers as a server may.

import Octets
import RTU327

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var server = ServerExchange(passwords: [])
    for piece in stride(from: 0, to: input.count, by: 7) {
        server.received(Array(input[piece..<min(piece + 7, input.count)]))
        while let action = server.next() {
            guard case .find(let request, let number) = action else { continue }
            let again = request.packet(number: number)
            precondition((try? Request(request.command, from: again.data)) != nil, "a request is read again")
        }
    }
    _ = try? MeterParameters(from: input)
    _ = try? ProfileStretch(from: input, ChannelMask(rawValue: input.first ?? 0))
    _ = try? NetworkSamples(from: input)
    _ = try? MeterEvent.list(from: input)
    _ = try? LogRecord.list(from: input)
    var decoder = PacketDecoder()
    decoder.append(input)
    while decoder.nextAtSilence() != nil {}
    return 0
}

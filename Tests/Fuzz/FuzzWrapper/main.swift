// The IP wrapper as a connection may bring it: any octets, in any pieces.

import DLMS

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var decoder = WrapperDecoder(bound: 4_096)
    for piece in stride(from: 0, to: input.count, by: 5) {
        decoder.append(input[piece..<min(piece + 5, input.count)])
        while let item = decoder.next() {
            guard case .success(let unit) = item.content else { continue }
            precondition(unit.encoded == item.octets, "a unit that was read is written the same")
        }
    }
    while decoder.nextAtSilence() != nil {}
    return 0
}

// Heads of requests as anybody on the network may send them: any octets, in any pieces.

import HTTPServer

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    var whole = RequestHeadGuard(maximumOctets: 512)
    whole.take(input)
    var pieces = RequestHeadGuard(maximumOctets: 512)
    let middle = count / 2
    pieces.take(input[..<middle])
    pieces.take(input[middle...])
    precondition(whole.state == pieces.state, "a division changes the verdict")
    return 0
}

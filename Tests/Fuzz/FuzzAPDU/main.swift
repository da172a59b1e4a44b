// Application units as a meter or a stranger may send them: any octets.

import DLMS

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let apdu = try? APDU(octets: input) else { return 0 }
    // Octets are compared: a NaN is not equal to itself.
    precondition((try? APDU(octets: apdu.encoded))?.encoded == apdu.encoded, "written and read again")
    return 0
}

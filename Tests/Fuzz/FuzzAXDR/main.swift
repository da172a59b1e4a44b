// A-XDR data as a meter may send it: any octets.

import DLMS

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? DataValue(octets: input) else { return 0 }
    // Octets are compared: a NaN is not equal to itself.
    precondition((try? DataValue(octets: value.encoded))?.encoded == value.encoded, "written and read again")
    return 0
}

// Bodies of requests as any client may send them: any octets.

import JSONText

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? JSONValue(parsing: input) else { return 0 }
    // Texts are compared: a number may have many.
    let written = value.octets
    precondition((try? JSONValue(parsing: written))?.octets == written, "written and read again")
    return 0
}

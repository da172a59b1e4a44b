// Recordings of lines as anybody may hand them to the simulator: any octets.

import Diagnosis

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let recording = try? LineRecording(text: input) else { return 0 }
    let again = try? LineRecording(text: recording.text)
    precondition(again?.bursts == recording.bursts, "written and read again")
    return 0
}

// HDLC as a meter's line may bring it: any octets, in any pieces, into the decoder and both halves of a link.

import DLMS

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard let own = HDLCAddress.client(32), let meter = HDLCAddress(upper: 1, lower: 16, width: .two) else {
        return 0
    }
    var decoder = HDLCFrameDecoder()
    var client = HDLCClient(HDLCClient.Settings(client: own, server: meter))
    var server = HDLCServer(HDLCServer.Settings(physical: 16))
    _ = client.connect()
    for piece in stride(from: 0, to: input.count, by: 7) {
        decoder.append(input[piece..<min(piece + 7, input.count)])
        while let item = decoder.next() {
            guard case .success(let frame) = item.content else { continue }
            precondition(frame.encoded == item.octets, "a frame that was read is written the same")
            if case .received = client.frameReceived(frame).last { _ = client.send([0xC0, 1]) }
            for case .received(let apdu, _, _) in server.frameReceived(frame) { _ = server.answer(apdu) }
            _ = try? HDLCParameters(information: frame.information)
        }
    }
    while decoder.nextAtSilence() != nil {}
    precondition(
        FrameAnalyser.hdlc(input, from: nil).allSatisfy { !$0.octets.isEmpty }, "every unit has octets")
    return 0
}

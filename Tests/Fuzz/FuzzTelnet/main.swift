// The COM port option as anybody who found the port may send it: pieces give the same as the whole, data
// come out as they were, and what is answered is bounded by what was asked.

import Telnet

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let format = ComPortFormat(speedBaud: 9_600, dataBits: 8, parity: .none, stopBits: 1)
    func actions(_ step: Int) -> (line: [UInt8], client: [UInt8]) {
        var server = ComPortServer(format)
        _ = server.opening()
        var (line, client): ([UInt8], [UInt8]) = ([], [])
        for piece in stride(from: 0, to: input.count, by: step) {
            for action in server.received(Array(input[piece..<min(piece + step, input.count)])) {
                switch action {
                case .toLine(let octets): line += octets
                case .toClient(let octets): client += octets
                case .purge: continue
                case .set(let setting, let number):
                    if let wanted = server.format(with: setting, as: number) { server.format = wanted }
                    client += server.answer(setting)
                }
            }
        }
        return (line, client)
    }
    let (whole, pieces) = (actions(max(1, input.count)), actions(3))
    precondition(whole.line == pieces.line && whole.client == pieces.client, "pieces differ from the whole")
    // The longest answer for what was asked is the signature; once there are the wires of a modem besides.
    precondition(whole.line.count <= count && whole.client.count <= 4 * count + 7, "more than was asked for")
    var stream = TelnetStream()
    let words = stream.received(Telnet.escaped(input))
    precondition(words == (input.isEmpty ? [] : [.data(input)]), "escaped data come back as they were")
    return 0
}

// Telnet taken apart: data with 255 doubled, commands, and streams cut and broken anywhere.

import Telnet
import Testing

@Suite struct TelnetStreamTests {
    private static let every = (0...255).map { UInt8($0) }

    @Test func `data come back as they were, whatever they are and however they are cut`() {
        let escaped = Telnet.escaped(Self.every + Self.every.reversed())
        #expect(escaped.count == 514)
        for step in 1...escaped.count {
            var stream = TelnetStream()
            var data: [UInt8] = []
            for start in stride(from: 0, to: escaped.count, by: step) {
                for word in stream.received(Array(escaped[start..<min(start + step, escaped.count)])) {
                    guard case .data(let octets) = word else {
                        Issue.record("\(word)")
                        continue
                    }
                    data += octets
                }
            }
            #expect(data == Self.every + Self.every.reversed())
        }
    }

    @Test func `commands are told apart from the data around them`() {
        var stream = TelnetStream()
        let octets: [UInt8] = [
            1, 2, 255, 253, 44, 3, 255, 250, 44, 1, 0, 0, 255, 255, 128, 255, 240, 4, 255, 241, 5,
        ]
        #expect(
            stream.received(octets) == [
                .data([1, 2]), .negotiation(.do, option: 44), .data([3]),
                .parameters(option: 44, [1, 0, 0, 255, 128]), .data([4, 5]),
            ])
    }

    @Test func `parameters longer than any are left out whole, and what follows them is read`() {
        var stream = TelnetStream()
        let long = [UInt8](repeating: 7, count: TelnetStream.longestParameters + 1)
        #expect(stream.received([255, 250, 44] + long + [255, 240, 9]) == [.data([9])])
        #expect(
            stream.received([255, 250, 44] + long.dropLast() + [255, 240])
                == [.parameters(option: 44, Array(long.dropLast()))])
    }

    @Test func `parameters whose end was forgotten give way to the next command`() {
        var stream = TelnetStream()
        #expect(
            stream.received([255, 250, 44, 1, 255, 251, 0, 8])
                == [.negotiation(.will, option: 0), .data([8])])
    }
}

// The COM port option from the server's side (RFC 2217).

import Telnet
import Testing

@Suite struct ComPortServerTests {
    private static let format = ComPortFormat(speedBaud: 9_600, dataBits: 8, parity: .none, stopBits: 1)

    /// A port whose client has taken the option.
    private func server() -> ComPortServer {
        var server = ComPortServer(Self.format)
        _ = server.opening()
        _ = server.received([255, 251, 44])
        return server
    }

    private func option(_ octets: UInt8...) -> [UInt8] { [255, 250, 44] + octets + [255, 240] }

    @Test func `an option is agreed to once, and what is unknown is refused each time`() {
        var server = server()
        // The server has asked for these itself: the client's yes ends it.
        #expect(server.received([255, 253, 0, 255, 251, 0, 255, 253, 3]).isEmpty)
        #expect(server.received([255, 251, 3]) == [.toClient([255, 253, 3])])
        #expect(server.received([255, 251, 3]).isEmpty)
        #expect(server.received([255, 253, 1]) == [.toClient([255, 252, 1])])
        #expect(server.received([255, 251, 24]) == [.toClient([255, 254, 24])])
        #expect(server.received([255, 252, 3]) == [.toClient([255, 254, 3])])
        #expect(server.received([255, 252, 3]).isEmpty)
    }

    @Test func `a client that takes the option is told of wires that are always ready`() {
        let wires = ComPortAction.toClient(option(107, 0xB0))
        for (said, answer) in [
            ([255, 251, 44], [wires]), ([255, 253, 44], [.toClient([255, 251, 44]), wires]),
            (option(2, 0), [wires, .set(.dataBits, 0)]),
        ] as [([UInt8], [ComPortAction])] {
            var server = ComPortServer(Self.format)
            _ = server.opening()
            #expect(server.received(said) == answer)
            #expect(server.received([255, 251, 44]).isEmpty)
        }
    }

    @Test func `settings are wishes in the order of the data around them`() {
        var server = server()
        let octets = [0x7E] + option(1, 0, 0, 0x4B, 0) + option(2, 7) + option(3, 3) + option(4, 2) + [0x7E]
        #expect(
            server.received(octets) == [
                .toLine([0x7E]), .set(.speed, 19_200), .set(.dataBits, 7), .set(.parity, 3),
                .set(.stopBits, 2), .toLine([0x7E]),
            ])
        #expect(server.format(with: .speed, as: 19_200)?.speedBaud == 19_200)
        #expect(server.format(with: .parity, as: 3)?.parity == .even)
        #expect(server.format(with: .parity, as: 9) == nil && server.format(with: .speed, as: 0) == nil)
    }

    @Test func `the client is told what is in force, an octet 255 doubled`() {
        var server = server()
        #expect(server.answer(.speed) == option(101, 0, 0, 0x25, 0x80))
        #expect(server.answer(.dataBits) == option(102, 8))
        #expect(server.answer(.parity) == option(103, 1))
        #expect(server.answer(.stopBits) == option(104, 1))
        server.format.speedBaud = 0xFF00
        #expect(server.answer(.speed) == [255, 250, 44, 101, 0, 0, 255, 255, 0, 255, 240])
    }

    @Test func `flow control is none, DTR and RTS are as the client likes, no break is sent`() {
        var server = server()
        let answers: [UInt8: UInt8] = [
            0: 1, 1: 1, 2: 1, 3: 1, 5: 6, 7: 8, 8: 8, 9: 9, 11: 11, 12: 12, 13: 14,
        ]
        for (asked, told) in answers {
            #expect(server.received(option(5, asked)) == [.toClient(option(105, told))])
        }
    }

    @Test func `purging is done for what was received and acknowledged`() {
        var server = server()
        #expect(server.received(option(12, 1)) == [.purge, .toClient(option(112, 1))])
        #expect(server.received(option(12, 2)) == [.toClient(option(112, 2))])
        #expect(server.received(option(12, 3)) == [.purge, .toClient(option(112, 3))])
        #expect(server.received(option(12, 4)).isEmpty)
    }

    @Test func `the signature is told to those who ask and taken from those who tell theirs`() {
        var server = server()
        #expect(
            server.received(option(0)) == [
                .toClient([255, 250, 44, 100] + Array("meter gateway".utf8) + [255, 240])
            ])
        #expect(server.received(option(0, 65, 66)).isEmpty)
    }

    @Test func `parameters of a wrong length, and of other options, mean nothing`() {
        var server = server()
        for octets in [
            option(1, 0, 0), option(2), option(3, 1, 2), option(5), option(12), [255, 250, 44, 255, 240],
            [255, 250, 1, 1, 255, 240], option(99, 1), option(8), option(9),
        ] {
            #expect(server.received(octets).isEmpty)
        }
    }
}

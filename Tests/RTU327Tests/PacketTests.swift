// Packets against what was captured of a head-end and of devices, and against an independent encoder.

import Octets
import RTU327
import Testing

@Suite struct PacketTests {
    @Test(
        arguments: [
            ("", 0xFFFF), ("00", 0xE1F0), ("80", 0x1E70), ("ff", 0x1E0F), ("7f80", 0x9D8F),
            ("313233343536373839", 0xA69D), ("000102030405060708090a0b0c0d0e0f", 0xB5A4),
            ("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", 0xAED6),
        ] as [(String, UInt16)])
    func `the check is the long division with sign-extended octets`(hex: String, check: UInt16) throws {
        #expect(PacketCheck.value(of: try #require([UInt8](hex: hex))) == check)
    }

    @Test func `every octet once`() { #expect(PacketCheck.value(of: Array(0...255)) == 0xF378) }

    @Test(arguments: Dialogue.all)
    func `known packets are read and written octet for octet`(dialogue: Dialogue) throws {
        #expect(!dialogue.steps.isEmpty)
        for step in dialogue.steps {
            var reader = OctetReader(step.octets)
            let packet = try Packet(from: &reader)
            try reader.finish()
            #expect(packet.encoded == step.octets)
            guard step.isRequest else { continue }
            let command = try #require(Command(rawValue: packet.code))
            let request = try Request(command, from: packet.data)
            #expect(request.packet(number: packet.number).encoded == step.octets)
        }
    }

    @Test func `a stream gives the same packets however it is cut`() throws {
        let requests = Dialogue.all.flatMap { $0.steps.map(\.octets) }
        let packets = try requests.map { octets in
            var reader = OctetReader(octets)
            return try Packet(from: &reader)
        }
        let decode = { (pieces: [[UInt8]]) -> [Packet] in
            var decoder = PacketDecoder()
            return pieces.flatMap { piece in
                decoder.append(piece)
                var found: [Packet] = []
                while let item = decoder.next() {
                    if case .success(let packet) = item.content { found.append(packet) }
                }
                return found
            }
        }
        for (octets, packet) in zip(requests, packets) {
            #expect(decode([octets]) == [packet])
            #expect(decode([[0x55, 0x02, 0x00, 0x00, 0xFF] + octets]) == [packet], "behind noise")
            for cut in 1..<octets.count {
                #expect(decode([Array(octets[..<cut])]).isEmpty)
                #expect(decode([Array(octets[..<cut]), Array(octets[cut...])]) == [packet])
            }
        }
        let glued = requests.flatMap { $0 }
        #expect(decode([glued]) == packets)
        #expect(decode(glued.map { [$0] }) == packets)
    }

    @Test func `a sound packet behind a false beginning is not lost`() throws {
        let sound = Request.time.packet(number: 7).encoded
        var decoder = PacketDecoder(bound: Packet.longestRequest)
        decoder.append([0x02, 0x00, 0x09] + sound)
        var packets: [Packet] = []
        while let item = decoder.next() {
            if case .success(let packet) = item.content { packets.append(packet) }
        }
        #expect(packets.map(\.number) == [7])
    }

    @Test func `a flipped bit is refused or leaves a packet that says what it says`() throws {
        let octets = Request.registers(try #require(MeterNumber(serial: "12345678")), .all, at: 1_714_510_800)
            .packet(number: 1).encoded
        for place in 0..<octets.count * 8 {
            var damaged = octets
            damaged[place / 8] ^= 1 << UInt8(place % 8)
            var reader = OctetReader(damaged)
            if let packet = try? Packet(from: &reader) {
                // The two spare octets count in the check, so nothing but the start could be left alone.
                Issue.record("bit \(place) of \(packet) changed nothing")
            }
        }
    }

    @Test(arguments: [0, 8, 1_025, 65_535])
    func `a length no request can have begins no packet`(length: Int) {
        var decoder = PacketDecoder(bound: Packet.longestRequest)
        decoder.append([0x02, UInt8(length >> 8), UInt8(length & 255), 1, 3, 4])
        let item = decoder.next()
        #expect(item?.content == .failure(DecodingError(.invalid, at: 0, "start of packet")))
        #expect(item?.octets.count == 6 && !decoder.isInsidePacket)
    }
}

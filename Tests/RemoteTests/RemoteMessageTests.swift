// The messages of remote connection: both directions, whatever the pieces, and nothing but them.

import Faults
import Octets
import Remote
import Seams
import Testing
import VirtualTime

@Suite struct RemoteMessageTests {
    private static let all: [RemoteMessage] = [
        .hello(lowest: 1, highest: 3), .login(name: "админ", password: RemotePassword("пароль 1")),
        .errand(patience: 10_000, order: [1, 2, 3]), .borrow(interface: 4, settings: nil, patience: 0),
        .borrow(
            interface: 1, settings: SerialSettings(speedBaud: 300, dataBits: 7, parity: .even), patience: 7),
        .resume(token: Array(0..<16), next: .max), .data(number: 1 << 40, octets: [0x7E]), .taken(number: 0),
        .alive, .goodbye, .welcome(version: 1), .admitted, .waiting,
        .lent(token: Array(16..<32), graceSeconds: 20), .resumed(next: 5),
        .output([UInt8](repeating: 7, count: 32_768)),
        .remark(Fault(.relayCurrent, ["current": "0.3"])), .done,
        .refused(Fault(.lineBusy, ["line": "Iface1", "owner": "poll meter 7"], path: "/line")),
    ]

    @Test func `every message is read as it was written, and no octet may be missing or left over`() throws {
        for message in Self.all {
            let octets = message.octets
            #expect(try RemoteMessage(from: octets[4...]) == message)
            var decoder = RemoteDecoder(limit: RemoteMessage.limit)
            decoder.append(octets)
            #expect(try decoder.next() == message)
            #expect(try decoder.next() == nil && decoder.held == 0)
        }
    }

    @Test func `any split of a stream gives the same messages`() throws {
        let chance = SeededEntropy(seed: 19_524)
        let stream = Self.all.flatMap(\.octets)
        for _ in 0..<50 {
            var decoder = RemoteDecoder(limit: RemoteMessage.limit)
            var found: [RemoteMessage] = []
            var place = 0
            while place < stream.count {
                let end = min(stream.count, place + 1 + Int(chance.number(below: 700)))
                decoder.append(Array(stream[place..<end]))
                while let message = try decoder.next() { found.append(message) }
                place = end
            }
            #expect(found == Self.all)
        }
    }

    @Test func `a stranger may send nothing large, and what is no message ends the stream`() throws {
        var decoder = RemoteDecoder()
        decoder.append(RemoteMessage.output([UInt8](repeating: 0, count: 4_000)).octets)
        #expect(throws: DecodingError.self) { try decoder.next() }
        for garbage in [
            "GET / HTTP/1.1", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "\0\0\0\0\0", "\0\0\0\u{1}\u{7F}",
        ] {
            var other = RemoteDecoder(limit: RemoteMessage.limit)
            other.append(Array(garbage.utf8))
            #expect(throws: DecodingError.self, "\(garbage)") { try other.next() }
        }
    }

    @Test func `what is read of damaged octets is a message that is written and read the same`() {
        var (unstable, whole) = (0, 0)
        for message in Self.all where message.octets.count < 200 {
            let octets = message.octets
            for bit in 32..<octets.count * 8 {
                var damaged = octets
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                guard let other = try? RemoteMessage(from: damaged[4...]) else { continue }
                if (try? RemoteMessage(from: other.octets[4...])) != other { unstable += 1 }
            }
            for count in 4..<octets.count where (try? RemoteMessage(from: octets[4..<count])) == message {
                whole += 1
            }
        }
        #expect(unstable == 0 && whole == 0)
    }

    @Test func `a password is not in what is printed of a login`() {
        let login = RemoteMessage.login(name: "admin", password: RemotePassword("Street-2026"))
        var dumped = ""
        dump(login, to: &dumped)
        #expect(!dumped.contains("Street") && !"\(login)".contains("Street"))
    }
}

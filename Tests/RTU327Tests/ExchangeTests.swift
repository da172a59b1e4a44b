// The two halves of a conversation, and what a server refuses by itself.

import Octets
import RTU327
import Testing

@Suite struct ExchangeTests {
    private static func actions(_ server: inout ServerExchange, _ octets: [UInt8]) -> [ServerAction] {
        server.received(octets)
        var actions: [ServerAction] = []
        while let action = server.next() { actions.append(action) }
        return actions
    }

    @Test func `a request is handed on with its number, and its answer is taken by the client`() throws {
        var client = ClientExchange(number: 0x0100)
        var server = ServerExchange(passwords: [])
        #expect(Self.actions(&server, client.ask(.time)) == [.find(.time, number: 0x0101)])
        let answer = ServerExchange.answer(to: 0x0101, .good, [1, 2, 3, 4])
        #expect(try client.received(Array(answer.prefix(5))) == nil)
        #expect(try client.received(Array(answer.dropFirst(5))) == [1, 2, 3, 4])
    }

    @Test func `the answer to an earlier request is not taken for the present one's`() throws {
        var client = ClientExchange()
        _ = client.ask(.time)
        _ = client.ask(.version)
        #expect(try client.received(ServerExchange.answer(to: 2, .good, [9])) == nil)
        #expect(try client.received(ServerExchange.answer(to: 3, .good, [7])) == [7])
    }

    @Test func `a refusal reaches the client as its code`() {
        var client = ClientExchange()
        _ = client.ask(.version)
        #expect(throws: ExchangeError.refused(8)) {
            try client.received(ServerExchange.answer(to: 2, .noDataForInterval))
        }
    }

    @Test func `a wrong check is answered with 60 and the number echoed`() {
        var octets = Request.time.packet(number: 0xE655).encoded
        octets[octets.count - 1] ^= 1
        var server = ServerExchange(passwords: [])
        let answer = Packet(number: 0xE655, code: 60).encoded
        #expect(Self.actions(&server, octets) == [.send(answer, .damagedRequest)])
        #expect(Self.actions(&server, Request.time.packet(number: 1).encoded) == [.find(.time, number: 1)])
    }

    @Test(arguments: [[0, 0, 0, 0], [0x31, 0x32, 0x33, 0x35]] as [[UInt8]])
    func `a wrong password is told before the command is looked at`(password: [UInt8]) {
        var server = ServerExchange(passwords: [[0x31, 0x32, 0x33, 0x34], [1, 2, 3, 4]])
        let request = Packet(number: 1, password: password, code: 250).encoded
        #expect(
            Self.actions(&server, request) == [.send(Packet(number: 1, code: 10).encoded, .wrongPassword)])
        let right = Packet(number: 2, password: [1, 2, 3, 4], code: 3).encoded
        #expect(Self.actions(&server, right) == [.find(.version, number: 2)])
    }

    @Test(arguments: [105, 118, 119, 122, 123, 0, 255, 101, 117] as [UInt8])
    func `commands whose layout is not known, and the device's journal, are unknown`(code: UInt8) {
        var server = ServerExchange(passwords: [])
        let request = Packet(number: 1, code: code, data: [1]).encoded
        #expect(
            Self.actions(&server, request) == [.send(Packet(number: 1, code: 5).encoded, .unknownCommand)])
    }

    @Test func `the device's journal is served when the profile says so`() throws {
        let profile = try QuirkProfile.make(["journal_commands": "on"]).get()
        var server = ServerExchange(passwords: [], profile: profile)
        #expect(
            Self.actions(&server, Request.lastLogNumber(section: 1).packet(number: 1).encoded)
                == [.find(.lastLogNumber(section: 1), number: 1)])
        for width in [1, 2, 4] {
            let count = [5] + [UInt8](repeating: 0, count: width - 1)
            let data: [UInt8] = [1, 0, 0, 0, 9, 0, 0, 0] + count
            #expect(
                Self.actions(&server, Packet(number: 2, code: 117, data: data).encoded)
                    == [.find(.log(section: 1, after: 9, count: 5), number: 2)])
        }
    }

    @Test(
        arguments: [
            (114, "00"), (112, "0012345678ff"), (112, "001234567a"), (113, "001234567800d05b3166"),
            (113, "001234567810d05b3166"), (111, "00123456780fd05b316602"), (109, "0012345678cf5b31660501"),
            (115, "e2ffff"), (3, "00"),
        ] as [(UInt8, String)])
    func `parameters of another length or with impossible values are refused`(
        code: UInt8, data: String
    ) throws {
        var server = ServerExchange(passwords: [])
        let request = Packet(number: 1, code: code, data: try #require([UInt8](hex: data))).encoded
        #expect(Self.actions(&server, request) == [.send(Packet(number: 1, code: 6).encoded, .badParameters)])
    }

    @Test func `an impossible length is skipped or ends the connection, as the profile has it`() throws {
        let octets: [UInt8] = [0x02, 0xFF, 0xFF] + Request.time.packet(number: 4).encoded
        var server = ServerExchange(passwords: [])
        #expect(Self.actions(&server, octets) == [.find(.time, number: 4)])
        let strict = try QuirkProfile.make(["bad_length": "close"]).get()
        var other = ServerExchange(passwords: [], profile: strict)
        other.received(octets)
        #expect(other.next() == .close)
    }

    @Test func `the rest of a packet that does not come is forgotten`() {
        var server = ServerExchange(passwords: [])
        #expect(Self.actions(&server, Array(Request.time.packet(number: 1).encoded.prefix(7))).isEmpty)
        #expect(server.isInsidePacket)
        server.timeRanOut()
        #expect(Self.actions(&server, Request.time.packet(number: 2).encoded) == [.find(.time, number: 2)])
    }

    @Test func `a profile takes its keys and choices only`() throws {
        #expect(QuirkProfile.usual.value(of: "lp_gap") == "stop")
        #expect(QuirkProfile.usual.number(of: "settime_limit_s") == 600)
        let other = try QuirkProfile.make(["lp_gap": "fill", "settime_limit_s": "0"]).get()
        #expect(other.says("lp_gap", "fill") && other.number(of: "settime_limit_s") == 0)
        #expect(throws: WrongQuirk.self) { try QuirkProfile.make(["lp_gap": "guess"]).get() }
        #expect(throws: WrongQuirk.self) { try QuirkProfile.make(["settime_limit_s": "-1"]).get() }
        #expect(throws: WrongQuirk.self) { try QuirkProfile.make(["settime": "0"]).get() }
        #expect(Set(QuirkProfile.quirks.map(\.key)).count == QuirkProfile.quirks.count)
    }

    @Test func `whatever octets come, a server answers in packets and never stops`() {
        var state: UInt32 = 327
        func number(below limit: Int) -> Int {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int(state >> 8) % limit
        }
        var server = ServerExchange(passwords: [])
        for _ in 0..<2_000 {
            var octets = Request.time.packet(number: 1).encoded
            octets[number(below: octets.count)] = UInt8(number(below: 256))
            _ = Self.actions(&server, octets)
        }
        server.timeRanOut()
        #expect(Self.actions(&server, Request.time.packet(number: 9).encoded) == [.find(.time, number: 9)])
    }
}

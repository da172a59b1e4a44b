// Search of lines of the demo street: who is found where, in which order, and what is never sent.

import Drivers
import Faults
import Metering
import SPODES
import Seams
import Street
import Synchronization
import Testing
import Timekeeping
import VirtualTime

/// Keeps every octet that is sent.
private final class SpyingChannel: Channel {
    private let channel: any Channel
    private let kept = Mutex<[UInt8]>([])
    init(_ channel: any Channel) { self.channel = channel }
    var sent: [UInt8] { kept.withLock { $0 } }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        kept.withLock { $0 += octets }
        try await channel.write(octets)
    }
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        try await channel.read(until: deadline)
    }
    func discardInput() async { await channel.discardInput() }
    func close() async { await channel.close() }
}

@Suite struct LineSearchTests {
    /// What a search of a street's line came to.
    private struct Outcome {
        var found: [FoundMeter] = []
        var last: SearchProgress?
        var looks = 0
        var waits: [Bool] = []
        var sent: [UInt8] = []
    }

    private static func search(
        _ order: SearchOrder, _ street: StreetFixture, isTaken: Bool = false
    ) async throws -> Outcome {
        var outcome = Outcome()
        let channel = SpyingChannel(try await street.wire.open())
        let driver = try street.catalogue.driver(for: "SPODES")
        try await LineSearch(order, driver: driver).run(
            borrow: { _, look in
                outcome.looks += 1
                return try await look(channel)
            },
            isTaken: { isTaken },
            progress: { now in
                outcome.last = now
                outcome.waits.append(now.waits)
                if let found = now.found { outcome.found.append(found) }
            })
        outcome.sent = channel.sent
        return outcome
    }

    @Test func `a search that stands still for others says so, and no longer once it has looked`() throws {
        try StreetFixture.run(line: 1) { street in
            let order = SearchOrder(.serial, range: 40...41)
            let waiting = try await Self.search(order, street, isTaken: true)
            #expect(waiting.waits.contains(true) && waiting.waits.last == false)
            #expect(try await Self.search(order, street).waits.allSatisfy { !$0 })
        }
    }

    @Test func `meters are found by their serial numbers without walking the addresses`() throws {
        try StreetFixture.run(line: 1) { street in
            let order = SearchOrder(.serial, serials: ["4200103", "4200101", "777"])
            let outcome = try await Self.search(order, street)
            #expect(outcome.found.map(\.serial) == ["4200103", "4200101"])
            #expect(outcome.found.map(\.place.address) == [103, 101])
            #expect(outcome.found.allSatisfy { $0.maker.count == 3 && $0.roundTrip > .zero })
            #expect(outcome.found.allSatisfy { ($0.clockDifferenceSeconds?.magnitude ?? 999) < 600 })
            #expect(outcome.last?.done == outcome.last?.total)
        }
    }

    @Test func `a walk over addresses finds everybody once and knows when it ends`() throws {
        try StreetFixture.run(line: 1) { street in
            let began = street.world.clock.now
            let outcome = try await Self.search(SearchOrder(.serial, range: 90...110), street)
            #expect(outcome.found.map(\.place.address) == [101, 102, 103, 104])
            #expect(outcome.last?.total == 2 + 21 + 23 + 1)
            // Four octets at a place where two were answered are not tried again.
            #expect(outcome.looks == 47 - 4)
            #expect(street.world.clock.now - began < .seconds(60))
        }
    }

    @Test func `no password and no other client than the public one is ever tried`() throws {
        try StreetFixture.run(line: 1) { street in
            let outcome = try await Self.search(SearchOrder(.serial, range: 100...102), street)
            #expect(outcome.found.count == 2)
            for meter in street.line.meters {
                let password = Array(meter.personality.passwords.reader.utf8)
                #expect(!outcome.sent.contains(password))
            }
            // The client's octet of every frame: 21 is the public one, 41 and 61 are not.
            let frames = outcome.sent.split(separator: 0x7E).filter { $0.count > 6 }.map(Array.init)
            let clients = frames.map { frame in frame[2...].drop { $0 & 1 == 0 }.dropFirst().first }
            #expect(Set(clients) == [0x21])
        }
    }

    @Test func `a meter behind the wrapper is found, and a lone one at any address`() throws {
        try StreetFixture.run(line: 3) { street in
            let outcome = try await Self.search(SearchOrder(.network), street)
            #expect(outcome.found.map(\.place.transport) == [.wrapper])
            #expect(outcome.found.first?.serial == "4300017")
        }
        try StreetFixture.run(line: 2) { line in
            line.readdress(9_001, ofStation: 0)
        } _: { street in
            let outcome = try await Self.search(SearchOrder(.network), street)
            #expect(outcome.found.map(\.place.octets) == [1])
        }
    }

    @Test func `an order lists each place once, the likeliest first, within what addresses there are`() {
        let settings = [SerialSettings.standard, SerialSettings(speedBaud: 19_200)]
        let order = SearchOrder(.serial, serials: ["5022173"], settings: settings, range: 0...20_000)
        let steps = order.steps
        #expect(steps.prefix(5).map(\.address) == [2_189, 3_173, 2_173, 173, 73])
        #expect(steps[5...6].map(\.address) == AddressRules.usual)
        #expect(steps[7].settings == settings[1] && steps[7].address == 2_189)
        #expect(order.range == 1...16_381)
        let places = steps.map { "\($0.settings.text) \($0.address) \($0.octets) \($0.transport)" }
        #expect(Set(places).count == places.count)
    }

    @Test func `a line that fails ends the search with its fault`() throws {
        try StreetFixture.run(line: 1) { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            let code = await faultCode {
                try await LineSearch(SearchOrder(.serial), driver: driver).run(
                    borrow: { _, _ in throw Fault(.lineOpenFailed) }, progress: { _ in })
            }
            #expect(code == .lineOpenFailed)
        }
    }
}

// The layouts of answers, each against octets of an independent encoder.

import Octets
import RTU327
import Testing

@Suite struct AnswersTests {
    @Test func `parameters of a meter`() throws {
        let data = try Dialogue.named("parameters").answer()
        let parameters = MeterParameters(
            type: 15, currentRatio: 40, voltageRatio: 1, interval: 30, objectType: 1, objectNumber: 1,
            feederNumber: 1)
        #expect(try MeterParameters(from: data) == parameters)
        #expect(parameters.data == data)
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try MeterParameters(from: data.dropLast()) }
        #expect(throws: DecodingError(.trailing, at: 0, "")) { try MeterParameters(from: data + [0]) }
    }

    @Test func `a stretch of the profile`() throws {
        let data = try Dialogue.named("profile").answer()
        let mask = ChannelMask(rawValue: 0x05)
        let stretch = ProfileStretch(
            end: 1_714_512_600,
            intervals: [.init(values: [0.5, 0.125]), .init(values: [0.75, 0.25])])
        #expect(try ProfileStretch(from: data, mask) == stretch)
        #expect(stretch.data == data)
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try ProfileStretch(from: data, .all) }
    }

    @Test func `a whole packet carries the longest stretch and no longer one`() {
        for channels in 1...4 {
            let longest = ProfileStretch.longest(channels: channels)
            #expect(7 + longest * (8 * channels + 1) <= Packet.longestData)
            #expect(7 + (longest + 1) * (8 * channels + 1) > Packet.longestData)
        }
    }

    @Test func `samples of the network`() throws {
        let data = try Dialogue.named("network").answer()
        let samples = try NetworkSamples(from: data)
        #expect(samples.mask.quantities == [.frequency, .currentA, .voltageA] && samples.elements == 2)
        #expect(samples.samples == [.init(time: 1_714_510_800, values: [50, 1.5, 230])])
        #expect(samples.data == data)
        #expect(NetworkMask.usual.quantities.count == 15)
        #expect(NetworkMask(rawValue: 1) == nil && NetworkMask(rawValue: 1 << 19) == nil)
    }

    @Test func `a reading by tariffs has 198 octets and the check that was seen`() throws {
        var writer = OctetWriter()
        let reading = TariffReading(
            number: "0012345678", time: 1_714_510_800, registers: [1_000, 234.5, 0, 0], total: 1_234.5)
        reading.encode(into: &writer)
        #expect(writer.count == TariffReading.length)
        let packet = ServerExchange.answer(to: 1, .good, writer.octets)
        #expect(packet.count == 212 && Array(packet.suffix(2)) == [0x99, 0xC9])
        var reader = OctetReader(writer.octets)
        let back = try TariffReading(from: &reader)
        #expect(back == reading && reader.isAtEnd)
    }

    @Test func `events of a meter`() throws {
        let data = try Dialogue.named("meter-log").answer()
        let events = [
            MeterEvent(time: 1_714_510_860, type: 0), MeterEvent(time: 1_714_510_920, type: 1),
        ]
        #expect(try MeterEvent.list(from: data) == events)
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try MeterEvent.list(from: data.dropLast()) }
    }

    @Test func `records of the device's own journal come back as they were written`() throws {
        let records = [
            LogRecord(number: 7, code: 3, device: 1, time: 9, parameters: [1, 2]),
            LogRecord(number: 8, code: 4, device: 0, time: 10),
        ]
        var writer = OctetWriter()
        for record in records { record.encode(into: &writer) }
        #expect(writer.count == 13 * 2 + 2)
        #expect(try LogRecord.list(from: writer.octets) == records)
    }

    @Test(arguments: [
        ("12345678", "0012345678"), ("211500050411372", "0050411372"), ("0", "0000000000"),
        ("9999999999", "9999999999"),
    ])
    func `a meter is named by the last ten digits of its serial`(serial: String, number: String) throws {
        let meter = try #require(MeterNumber(serial: serial))
        #expect(meter.description == number)
        var writer = OctetWriter()
        meter.encode(into: &writer)
        #expect(writer.octets == [UInt8](hex: number))
        var reader = OctetReader(writer.octets)
        #expect(try MeterNumber(from: &reader) == meter)
    }

    @Test(arguments: ["", "12A4", "٣٤", "-1"])
    func `a serial with anything but digits has no number`(serial: String) {
        #expect(MeterNumber(serial: serial) == nil)
    }

    @Test(
        arguments: [
            ("1234", [0x31, 0x32, 0x33, 0x34]), ("", [0, 0, 0, 0]), ("ab", [0x61, 0x62, 0, 0]),
            ("00000001", [0, 0, 0, 1]), ("FFFFFFFF", [255, 255, 255, 255]),
        ] as [(String, [UInt8])])
    func `a password is text or eight digits`(text: String, octets: [UInt8]) {
        #expect(PasswordText.octets(of: text) == octets)
    }

    @Test(arguments: ["12345", "1234567G", "пар", "123456789"])
    func `what is neither is no password`(text: String) { #expect(PasswordText.octets(of: text) == nil) }
}

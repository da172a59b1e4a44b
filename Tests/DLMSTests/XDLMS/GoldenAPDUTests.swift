import Octets
import Testing

@testable import DLMS

@Suite struct GoldenAPDUTests {
    static let whole = GoldenAPDU.all

    @Test func `the golden dialogues hold the APDUs counted by hand`() {
        #expect(GoldenAPDUTests.whole.count >= 70)
    }

    @Test(arguments: GoldenAPDUTests.whole)
    func `every golden APDU reads to its last octet and writes itself again`(golden: GoldenAPDU) throws {
        let apdu = try APDU(octets: golden.octets)
        #expect(apdu.encoded.hex == golden.octets.hex)
    }

    @Test(arguments: GoldenAPDUTests.whole)
    func `no golden APDU can be cut short`(golden: GoldenAPDU) throws {
        for count in 0..<golden.octets.count {
            let cut = Array(golden.octets.prefix(count))
            guard let apdu = try? APDU(octets: cut) else { continue }
            // The presence octet of return parameters may be missing: some meters leave it out.
            let isShortAction = cut.count == 4 && cut[0] == ActionResponse.tag
            #expect(isShortAction, "\(apdu) from \(cut.hex)")
        }
    }

    @Test(arguments: GoldenAPDUTests.whole)
    func `a flipped bit is refused or read as something that writes itself again`(golden: GoldenAPDU) throws {
        for bit in 0..<min(golden.octets.count, 160) * 8 {
            var damaged = golden.octets
            damaged[bit / 8] ^= 1 << (bit % 8)
            guard let apdu = try? APDU(octets: damaged) else { continue }
            #expect(try APDU(octets: apdu.encoded).encoded == apdu.encoded)
        }
    }

    @Test func `a monthly row of device 40 has its stamp and registers`() throws {
        let dialogue = GoldenAPDU.dialogue("v033")
        guard case .getRequest(.normal(let invoke, let request)) = try APDU(octets: dialogue[0].octets),
            case .getResponse(.normal(_, .data(let value))) = try APDU(octets: dialogue[1].octets)
        else {
            Issue.record("not a GET")
            return
        }
        #expect(invoke.number == 1)
        #expect(request.attribute.object.logicalName.description == "1.0.98.1.0.255")
        let range = try #require(request.selection.flatMap(RangeDescriptor.init))
        #expect(range.restricting == .clock)
        #expect(range.from.dateTimeValue?.date == DateValue(year: 2022, month: 8, day: 1, dayOfWeek: 1))
        #expect(range.to.dateTimeValue?.time.second == 1)
        #expect(range.columns.isEmpty)
        #expect(range.selection == request.selection)
        let row = try #require(value.elements?.first?.elements)
        #expect(row.count == 9)
        #expect(row[1].wholeNumber == 4_609_470)
        #expect(row[8].wholeNumber == 8_481)
    }

    @Test func `entries 3 to 5 of a profile read as numbers`() throws {
        let request = try #require(GoldenAPDU.dialogue("v044").first)
        guard case .getRequest(.normal(_, let attribute)) = try APDU(octets: request.octets) else {
            Issue.record("not a GET")
            return
        }
        let entry = try #require(attribute.selection.flatMap(EntryDescriptor.init))
        #expect(entry == EntryDescriptor(fromEntry: 3, toEntry: 5))
        #expect(entry.selection == attribute.selection)
    }

    @Test func `a wrong password shows as result 1, diagnostic 13, with the initiate response`() throws {
        guard case .aare(let answer) = try APDU(octets: GoldenAPDU.dialogue("v030")[1].octets) else {
            Issue.record("not an AARE")
            return
        }
        #expect(answer.result == .rejectedPermanent)
        #expect(answer.diagnostic == .authenticationFailure)
        guard case .response(let initiate)? = answer.userInformation else {
            Issue.record("no InitiateResponse")
            return
        }
        #expect(initiate.conformance == Conformance(rawValue: 0x00_181D))
        #expect(initiate.maximumPDU == 384)
    }

    @Test func `a Kaifa date-time under a tag is read and kept`() throws {
        let golden = try #require(GoldenAPDU.dialogue("v109").first)
        guard case .dataNotification(let push) = try APDU(octets: golden.octets) else {
            Issue.record("not a DataNotification")
            return
        }
        #expect(push.hasTaggedDateTime)
        #expect(push.dateTime?.time == TimeValue(hour: 5, minute: 33, second: 40, hundredths: 0xFF))
        #expect(push.body.elements?.count == 13)
    }

    @Test func `ciphered APDUs are named with suite and counter, not opened`() throws {
        guard case .ciphered(let apdu) = try APDU(octets: GoldenAPDU.dialogue("v099")[0].octets) else {
            Issue.record("not ciphered")
            return
        }
        #expect(apdu.name == "glo-get-request")
        #expect(apdu.securityControl == 0x20)
        #expect(apdu.invocationCounter == 0x0123_4567)
        guard case .ciphered(let push) = try APDU(octets: GoldenAPDU.dialogue("v106")[0].octets) else {
            Issue.record("not ciphered")
            return
        }
        #expect(push.name == "general-glo-ciphering")
        #expect(push.systemTitle?.hex == "2f19229199164103")
    }

    @Test func `unknown tags are refused`() {
        #expect(throws: DecodingError(.unsupported, at: 0, "")) { try APDU(octets: [0x77, 0, 0]) }
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try APDU(octets: []) }
        #expect(throws: DecodingError(.unsupported, at: 0, "")) { try APDU(octets: [0xC0, 9, 0xC1]) }
    }

    @Test(arguments: [21, 22, 23] as [UInt64])
    func `noise behind a known tag never traps`(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        let tags: [UInt8] = [
            0x01, 0x08, 0x0E, 0x0F, 0x60, 0x61, 0x62, 0x63, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7, 0xD8,
            0xDB, 0xE0,
        ]
        for _ in 0..<10_000 {
            let octets = [
                tags.randomElement(using: &generator) ?? 0, UInt8.random(in: 0...6, using: &generator),
            ]
            guard let apdu = try? APDU(octets: octets + generator.octets(0...40)) else { continue }
            #expect(try APDU(octets: apdu.encoded).encoded == apdu.encoded, "seed \(seed)")
        }
    }
}

import Octets
import Testing

@testable import DLMS

@Suite struct APDUFieldsTests {
    @Test(arguments: GoldenAPDU.all)
    func `every golden APDU has a name and at least one field more`(golden: GoldenAPDU) throws {
        guard case .fields(let fields) = try APDU(octets: golden.octets).fields else {
            Issue.record("no fields")
            return
        }
        #expect(fields.first?.name == "name")
        #expect(fields.count > 1)
        #expect(Set(fields.map(\.name)).count == fields.count)
    }

    @Test func `a request shows class, dotted OBIS and attribute`() throws {
        let tree = try APDU(octets: GoldenAPDU.dialogue("v033")[0].octets).fields
        #expect(tree["name"] == .text("get-request"))
        #expect(tree["classId"] == .integer(7))
        #expect(tree["obis"] == .text("1.0.98.1.0.255"))
        #expect(tree["selection"]?["selector"] == .integer(1))
        #expect(tree["selection"]?["parameters"]?["type"] == .text("structure"))
    }

    @Test func `octet-strings are lower-case hex with what they mean beside`() {
        let stamp = DataValue.octetString(TestMeter.noon).fields
        #expect(stamp["value"] == .text("07e80301050c000000800000"))
        #expect(stamp["dateTime"] == .text("2024-03-01 12:00:00"))
        #expect(DataValue.octetString(TestMeter.energy).fields["obis"] == .text("1.0.1.8.0.255"))
        #expect(DataValue.visibleString(Array("A1".utf8)).fields["text"] == .text("A1"))
    }

    @Test func `integers beyond 2 to the 53 are text, numbers that are not finite are absent`() {
        #expect(DataValue.long64Unsigned(1 << 53).fields["value"] == .integer(1 << 53))
        #expect(DataValue.long64Unsigned((1 << 53) + 1).fields["value"] == .text("9007199254740993"))
        #expect(DataValue.long64(.min).fields["value"] == .text("-9223372036854775808"))
        #expect(DataValue.float32(.nan).fields["value"] == FieldTree.none)
    }

    @Test(arguments: ["v002", "v024", "v030", "v038", "v086", "v087", "v117"])
    func `passwords and challenges are masked in fields and octets`(file: String) throws {
        for golden in GoldenAPDU.dialogue(file) where golden.octets[0] == AARQ.tag {
            guard case .aarq(let request) = try APDU(octets: golden.octets) else { continue }
            let secret = try #require(request.authenticationValue)
            #expect(APDU.aarq(request).fields["authenticationValue"] == .masked)
            let ranges = APDU.secretRanges(in: golden.octets)
            #expect(ranges.map { Array(golden.octets[$0]) } == [secret])
        }
    }

    @Test func `passwords print as dots`() {
        let settings = ApplicationClient.Settings(authentication: .lowLevel(Array("111111".utf8)))
        var client = ApplicationClient(settings: settings)
        let request = AARQ(mechanism: .lowLevel, authenticationValue: Array("111111".utf8))
        _ = try? client.associate()
        let secret = "49, 49, 49"
        #expect(!"\(settings)\(client)\(APDU.aarq(request))".contains(secret))
        #expect("\(settings)".contains("••"))
    }

    @Test func `a new secret and a reply to a challenge are masked`() throws {
        let secret = TestMeter.attribute(15, .currentAssociation, 7)
        let set = APDU.setRequest(
            .normal(InvokeID(confirmed: 1), AttributeRequest(secret), .octetString([1, 2, 3])))
        #expect(set.fields["data"] == .masked)
        #expect(APDU.secretRanges(in: set.encoded).map { Array(set.encoded[$0]) } == [[9, 3, 1, 2, 3]])
        let reply = MethodDescriptor(classID: 15, logicalName: .currentAssociation, method: 1)
        let action = APDU.actionRequest(.normal(InvokeID(confirmed: 1), reply, .octetString([4, 5])))
        #expect(action.fields["parameters"] == .masked)
        #expect(APDU.secretRanges(in: action.encoded).map { Array(action.encoded[$0]) } == [[9, 2, 4, 5]])
        #expect(APDU.secretRanges(in: GoldenAPDU.dialogue("v042")[0].octets).isEmpty)
    }

    @Test func `secrets of damaged octets are looked for without a trap`() {
        var generator = SeededNumbers(seed: 61)
        let tags: [UInt8] = [AARQ.tag, AARE.tag, SetRequest.tag, ActionRequest.tag]
        for _ in 0..<5_000 {
            let octets = [tags.randomElement(using: &generator) ?? 0] + generator.octets(0...30)
            for range in APDU.secretRanges(in: octets) { #expect(range.upperBound <= octets.count) }
        }
    }
}

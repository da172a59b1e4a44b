import Octets
import Testing

@testable import DLMS

@Suite struct SelectiveAccessTests {
    private let energy = CaptureObject(classID: 3, logicalName: LogicalName(1, 0, 1, 29, 0))

    @Test func `a range is written as the field's concentrators write it`() throws {
        // A request of a data concentrator for a load profile, captured as v051.
        let golden = try #require(GoldenAPDU.dialogue("v051").first)
        let from = try #require(DateTimeValue(octets: [UInt8](hex: "07e6011fff15003b00ff4c00") ?? []))
        let to = try #require(DateTimeValue(octets: [UInt8](hex: "07e6051aff081e0f00ff4c00") ?? []))
        let request = GetRequest.normal(
            InvokeID(confirmed: 1),
            AttributeRequest(
                AttributeDescriptor(classID: 7, logicalName: LogicalName(1, 0, 99, 1, 0), attribute: 2),
                selection: RangeDescriptor(from: from, to: to).selection))
        #expect(APDU.getRequest(request).encoded.hex == golden.octets.hex)
    }

    @Test func `a range with columns reads back`() {
        let range = RangeDescriptor(
            restricting: .clock, from: .octetString(TestMeter.noon), to: .octetString(TestMeter.noon),
            columns: [.clock, energy])
        #expect(RangeDescriptor(range.selection) == range)
    }

    @Test func `other selectors and other structures are no range and no entries`() {
        let range = RangeDescriptor(from: TestMeter.noon, to: TestMeter.noon).selection
        let entry = EntryDescriptor(fromEntry: 1, toEntry: 0).selection
        #expect(EntryDescriptor(range) == nil)
        #expect(RangeDescriptor(entry) == nil)
        let renamed = AccessSelection(selector: 1, parameters: entry.parameters)
        #expect(RangeDescriptor(renamed) == nil)
        let column = DataValue.structure([
            CaptureObject.clock.value, .nullData, .nullData, .array([.unsigned(1)]),
        ])
        #expect(RangeDescriptor(AccessSelection(selector: 1, parameters: column)) == nil)
    }

    @Test func `numbers of entries may come in other integer types`() {
        let loose = AccessSelection(
            selector: 2, parameters: .structure([.unsigned(3), .longUnsigned(5), .unsigned(1), .unsigned(0)]))
        #expect(EntryDescriptor(loose) == EntryDescriptor(fromEntry: 3, toEntry: 5))
        let negative = AccessSelection(
            selector: 2, parameters: .structure([.integer(-1), .unsigned(5), .unsigned(1), .unsigned(0)]))
        #expect(EntryDescriptor(negative) == nil)
    }

    @Test(arguments: [
        DataValue.structure([.longUnsigned(3), .octetString([1, 0, 1, 29, 0, 255]), .integer(2)]),
        .structure([.longUnsigned(3), .octetString([1, 0, 1]), .integer(2), .longUnsigned(0)]),
        .structure([.nullData, .octetString([1, 0, 1, 29, 0, 255]), .integer(2), .longUnsigned(0)]),
        .structure([.longUnsigned(3), .octetString([1, 0, 1, 29, 0, 255]), .long(300), .longUnsigned(0)]),
        .nullData,
    ])
    func `a damaged column is none`(value: DataValue) {
        #expect(CaptureObject(value) == nil)
    }

    @Test func `the columns of a real profile are read by name`() throws {
        let golden = try #require(GoldenAPDU.dialogue("v053").first)
        guard case .getResponse(.normal(_, .data(let value))) = try APDU(octets: golden.octets) else {
            Issue.record("not a GET response")
            return
        }
        let columns = try #require(value.elements).compactMap(CaptureObject.init)
        #expect(columns.count == 14)
        #expect(columns.first == .clock)
        #expect(columns[1] == energy)
        #expect(columns.last?.attribute.object.logicalName == LogicalName(0, 0, 96, 8, 0))
    }
}

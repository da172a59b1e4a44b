import DLMS
import Testing

@Suite struct TableObjectTests {
    private static let days = TableObject<SpecialDaysClass>(
        LogicalName(0, 0, 11, 0, 0),
        values: [.array([.structure([.longUnsigned(1), .octetString([1, 2])])])])

    @Test func `reads its values and no others`() {
        let days = Self.days
        guard case .value(let value) = days.attribute(2, selection: nil) else {
            Issue.record("no value")
            return
        }
        #expect(value == days.values[0])
        for index: Int8 in [0, 3, 127, -1] {
            guard case .failure(.objectUndefined) = days.attribute(index, selection: nil) else {
                Issue.record("attribute \(index) is there")
                continue
            }
        }
    }

    @Test func `takes values built like its own`() {
        var days = Self.days
        let two = DataValue.array([
            .structure([.longUnsigned(7), .octetString([])]),
            .structure([.longUnsigned(8), .octetString([3])]),
        ])
        #expect(days.setAttribute(2, to: two) == .success)
        #expect(days.values == [two])
        #expect(days.setAttribute(2, to: .array([])) == .success)
        #expect(days.setAttribute(3, to: two) == .readWriteDenied)
    }

    @Test(arguments: [
        DataValue.nullData, .structure([]), .array([.longUnsigned(1)]),
        .array([.structure([.longUnsigned(1)])]),
        .array([.structure([.unsigned(1), .octetString([])])]),
        .array([.structure([.longUnsigned(1), .octetString(Array(repeating: 0, count: 257))])]),
        .array(Array(repeating: .structure([.longUnsigned(1), .octetString([])]), count: 257)),
    ])
    func `refuses values built otherwise or too long`(value: DataValue) {
        var days = Self.days
        #expect(days.setAttribute(2, to: value) == .typeUnmatched)
        #expect(days.values == Self.days.values)
    }

    @Test func `keeps what a method is given, and knows no method beyond its class`() {
        var days = Self.days
        #expect(days.invoke(1, with: .longUnsigned(4)).result == .success)
        #expect(days.parameters == .longUnsigned(4))
        #expect(days.invoke(3, with: nil).result == .readWriteDenied)
        #expect(days.invoke(0, with: nil).result == .readWriteDenied)
        var limiter = TableObject<LimiterClass>(
            LogicalName(0, 0, 17, 0, 0), values: Array(repeating: .nullData, count: 10))
        #expect(limiter.invoke(1, with: nil).result == .readWriteDenied)
    }
}

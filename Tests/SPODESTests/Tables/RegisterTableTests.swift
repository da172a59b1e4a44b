import DLMS
import Metering
import Testing

@testable import SPODES

@Suite struct RegisterTableTests {
    @Test func `every energy and quality tag has a register and finds back`() {
        for tag in Metering.Tag.energy + Metering.Tag.quality {
            let codes = RegisterTable.codes(for: tag)
            #expect(!codes.isEmpty, "\(tag)")
            #expect(codes.allSatisfy { RegisterTable.tag(of: $0) == tag })
        }
        let all = (Metering.Tag.energy + Metering.Tag.quality).flatMap { RegisterTable.codes(for: $0) }
        #expect(Set(all).count == all.count)
    }

    @Test(arguments: [
        ("1.0.1.8.0", Metering.Tag.aPlus0), ("1.0.2.8.4", .aMinus4), ("1.0.3.8.1", .rPlus1),
        ("1.0.4.8.0", .rMinus0),
        ("1.0.12.7.1", .uAB), ("1.0.12.7.0", .uA), ("1.0.91.7.131", .iDiff), ("1.0.14.7.0", .freq),
    ])
    func `codes are those of the standard's tables`(text: String, tag: Metering.Tag) throws {
        #expect(RegisterTable.tag(of: try #require(OBISCode(text))) == tag)
    }

    @Test func `columns of a load profile tell increments from demands`() throws {
        let increment = try #require(RegisterTable.profileColumn(OBISCode(1, 0, 2, 29, 0)))
        #expect(increment.tag == .pMinus && increment.form == .increment)
        let demand = try #require(RegisterTable.profileColumn(OBISCode(1, 0, 3, 53, 0)))
        #expect(demand.tag == .qPlus && demand.form == .demand)
        #expect(RegisterTable.profileColumn(OBISCode(1, 0, 32, 27, 0)) == nil)
        #expect(RegisterTable.profileCode(.qMinus, .demand) == OBISCode(1, 0, 4, 53, 0))
        #expect(RegisterTable.profileCode(.qMinus, .register) == nil)
    }

    @Test func `names and codes are the same octets`() {
        let code = OBISCode(1, 0, 99, 1, 0)
        #expect(LogicalName(code).octets == code.octets)
        #expect(OBISCode(LogicalName(code)) == code)
    }

    @Test func `units go to the wire and back`() {
        for unit in Metering.Unit.allCases { #expect(UnitCode(unit).unit == unit) }
        #expect(UnitCode(rawValue: 30).unit == .wattHour)
        #expect(UnitCode(rawValue: 56).unit == nil)
    }
}

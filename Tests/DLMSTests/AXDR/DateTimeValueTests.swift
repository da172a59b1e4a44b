import Octets
import Testing

@testable import DLMS

@Suite struct DateTimeValueTests {
    @Test func `a stamp of a real meter reads as its fields`() throws {
        let octets = try #require([UInt8](hex: "07e60801ff0000000000b480"))
        let stamp = try #require(DateTimeValue(octets: octets))
        #expect(stamp.date == DateValue(year: 2022, month: 8, day: 1))
        #expect(stamp.deviationMinutes == 180)
        #expect(stamp.status == .daylightSaving)
        #expect(stamp.isSpecified)
        #expect(stamp.octets == octets)
    }

    @Test func `8000 is a deviation not specified`() throws {
        let stamp = try #require(DateTimeValue(octets: [UInt8](hex: "07e2020c05000000008000 00") ?? []))
        #expect(stamp.deviationMinutes == nil)
        #expect(stamp.octets.hex == "07e2020c0500000000800000")
    }

    @Test(arguments: ["ffffffffffffffffffffffff", "000000000000000000000000", "07e60d01ff00000000800000"])
    func `wildcards, zeros and month 13 are no moment but read back`(hex: String) throws {
        let octets = try #require([UInt8](hex: hex))
        let stamp = try #require(DateTimeValue(octets: octets))
        #expect(!stamp.isSpecified)
        #expect(stamp.octets == octets)
    }

    @Test func `any twelve octets read back, other counts are nothing`() {
        var generator = SeededNumbers(seed: 42)
        for _ in 0..<500 {
            let octets = generator.octets(12...12)
            #expect(DateTimeValue(octets: octets)?.octets == octets)
        }
        #expect(DateTimeValue(octets: [UInt8](repeating: 0, count: 11)) == nil)
    }

    @Test func `moments sort by their local fields`() {
        func stamp(_ day: UInt8, _ hour: UInt8, _ hundredths: UInt8 = 0) -> UInt64 {
            DateTimeValue(
                date: DateValue(year: 2022, month: 1, day: day),
                time: TimeValue(hour: hour, minute: 0, second: 0, hundredths: hundredths)
            ).sortKey
        }
        #expect(stamp(1, 23) < stamp(2, 0))
        #expect(stamp(2, 0) == stamp(2, 0, 0xFF))
        #expect(stamp(2, 0) < stamp(2, 0, 1))
    }
}

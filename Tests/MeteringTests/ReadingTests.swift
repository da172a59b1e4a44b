import Metering
import Testing
import Timekeeping

@Suite struct ReadingTests {
    private func profile(_ value: MeasuredValue, minutes: UInt8) -> Reading {
        Reading(
            .powerProfile, at: MeterStamp(CivilStamp(minutes: 30)), intervalMinutes: minutes, values: [value])
    }

    @Test func `tags and measures know their places in the declaration`() {
        #expect(Tag.allCases.map { Int($0.place) } == Array(Tag.allCases.indices))
        #expect(Measure.allCases.map { Int($0.place) } == Array(Measure.allCases.indices))
    }

    @Test func anIncrementLeavesAsMeanPower() {
        let value = MeasuredValue(.pPlus, mantissa: 1_234, scaler: -1, form: .increment)
        let output = profile(value, minutes: 30).output(value)
        #expect(output.mantissa == 2_468)
        #expect(output.scaler == -1)
    }

    @Test func anIncrementThatDoesNotDivideKeepsThreeMoreDigits() {
        let value = MeasuredValue(.pPlus, mantissa: 1, form: .increment)
        let output = profile(value, minutes: 7).output(value)
        #expect(output.mantissa == 8_571)
        #expect(output.scaler == -3)
    }

    @Test func aDemandIsNotTouched() {
        let value = MeasuredValue(.pPlus, mantissa: 777, scaler: -3, form: .demand)
        let output = profile(value, minutes: 30).output(value)
        #expect(output.mantissa == 777)
        #expect(output.scaler == -3)
    }

    @Test func aHugeIncrementDoesNotTrap() {
        let value = MeasuredValue(.pPlus, mantissa: .max, form: .increment)
        let output = profile(value, minutes: 30).output(value)
        #expect(output.scaler == 2)
        #expect(abs(Double(output.mantissa) * 100 / (Double(Int64.max) * 2) - 1) < 1e-9)
    }

    @Test func theSeasonalPassOfARepeatedHourComesFirst() {
        let civil = CivilStamp(minutes: 90)
        #expect(MeterStamp(civil, isSeason: true) < MeterStamp(civil))
        #expect(MeterStamp(civil) < MeterStamp(CivilStamp(minutes: 91), isSeason: true))
    }
}

@Suite struct OBISCodeTests {
    @Test func textAndOctetsAgree() {
        let code = OBISCode(1, 0, 1, 8, 0)
        #expect(code.description == "1.0.1.8.0.255")
        #expect(OBISCode("1.0.1.8.0") == code)
        #expect(OBISCode(octets: code.octets) == code)
        #expect((code.a, code.c, code.d, code.f) == (1, 1, 8, 255))
    }

    @Test(arguments: ["", "1.0.1.8", "1.0.1.8.0.256", "1..1.8.0.255", "1.0.1.8.0.255.1", "a.0.1.8.0"])
    func otherTextIsRefused(text: String) {
        #expect(OBISCode(text) == nil)
    }
}

@Suite struct MeasureTests {
    @Test func storageCodesAreUniqueAndReadBack() {
        let numbers = Measure.allCases.compactMap(\.archiveNumber)
        #expect(Set(numbers).count == numbers.count)
        for measure in Measure.allCases where measure.archiveNumber != nil {
            #expect(measure.archiveNumber.flatMap(Measure.init(archiveNumber:)) == measure)
        }
    }

    @Test func theSetsHaveTheSizesOfTheWire() {
        #expect(Tag.energy.count == 20)
        #expect(Tag.quality.count == 38)
        #expect(Tag.energy.first?.rawValue == "A+0")
        #expect(Tag.energy.last?.rawValue == "R-4")
    }

    @Test func protocol31NamesLeadToTheSameMeasures() throws {
        let live = try #require(Measure.protocol31("mEng"))
        #expect(live.measure == .momentEnergy && live.live)
        let stored = try #require(Measure.protocol31("aCons"))
        #expect(stored.measure == .powerProfile && !stored.live)
        #expect(Measure.protocol31("ElMomentEnergy") == nil)
    }
}

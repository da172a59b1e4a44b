import DLMS
import Metering
import SPODES
import Testing
import Timekeeping

@testable import Drivers

@Suite struct ProfileShapeTests {
    private static let energy = OBISCode(1, 0, 1, 8, 0)
    private static let wattHours = Scaling(scaler: -3, unit: UnitCode(.wattHour))

    private static func column(_ code: OBISCode, class classID: UInt16 = 3) -> CaptureObject {
        CaptureObject(classID: classID, logicalName: LogicalName(code))
    }

    private static func stamp(_ day: UInt8, hour: UInt8 = 0, status: ClockStatus = []) -> DataValue {
        .octetString(
            DateTimeValue(
                date: DateValue(year: 2_026, month: 3, day: day),
                time: TimeValue(hour: hour, minute: 0, second: 0),
                deviationMinutes: 180, status: status))
    }

    @Test func `columns are found by code wherever they stand`() throws {
        let captured = [Self.column(OBISCode(0, 0, 96, 8, 0)), Self.column(Self.energy), .clock]
        let shape = try #require(
            ProfileShape(.day, captured: captured, scalings: [Self.energy: Self.wattHours]))
        let buffer = DataValue.array([
            .structure([.doubleLongUnsigned(7), .doubleLongUnsigned(123_456), Self.stamp(9)])
        ])
        let rows = try #require(shape.rows(of: buffer, interval: 86_400, usesSeason: false))
        #expect(rows.map(\.values) == [[MeasuredValue(.aPlus0, mantissa: 123_456, scaler: -3)]])
        #expect(rows.first?.stamp.civil == CivilStamp(year: 2_026, month: 3, day: 9))
    }

    @Test func `a profile without a clock or without scalers has no shape or no columns`() throws {
        #expect(
            ProfileShape(.day, captured: [Self.column(Self.energy)], scalings: [Self.energy: Self.wattHours])
                == nil)
        let bare = try #require(
            ProfileShape(.day, captured: [.clock, Self.column(Self.energy)], scalings: [:]))
        #expect(bare.columns.isEmpty)
    }

    @Test func `an increment is preferred to a demand and watts make a demand`() throws {
        let (increment, demand) = (OBISCode(1, 0, 1, 29, 0), OBISCode(1, 0, 1, 53, 0))
        let watts = Scaling(scaler: 0, unit: UnitCode(.watt))
        let both = try #require(
            ProfileShape(
                .load, captured: [.clock, Self.column(demand), Self.column(increment)],
                scalings: [demand: watts, increment: Self.wattHours]))
        #expect(both.columns.map(\.form) == [.increment])
        #expect(both.columns.map(\.index) == [2])
        let misnamed = try #require(
            ProfileShape(.load, captured: [.clock, Self.column(increment)], scalings: [increment: watts]))
        #expect(misnamed.columns.map(\.form) == [.demand])
    }

    @Test func `rows of a date alone, without date or without values are dropped`() throws {
        let shape = try #require(
            ProfileShape(
                .month, captured: [.clock, Self.column(Self.energy)], scalings: [Self.energy: Self.wattHours])
        )
        let none = DataValue.octetString([UInt8](repeating: 0xFF, count: 12))
        let buffer = DataValue.array([
            .structure([Self.stamp(1)]), .structure([none, .doubleLongUnsigned(1)]),
            .structure([Self.stamp(2), .nullData]), .structure([Self.stamp(3), .doubleLongUnsigned(5)]),
        ])
        let rows = try #require(shape.rows(of: buffer, interval: 0, usesSeason: false))
        #expect(rows.map(\.stamp.civil) == [CivilStamp(year: 2_026, month: 3, day: 3)])
    }

    @Test func `a stamp left out follows from the row before`() throws {
        let shape = try #require(
            ProfileShape(
                .day, captured: [.clock, Self.column(Self.energy)], scalings: [Self.energy: Self.wattHours]))
        let buffer = DataValue.array([
            .structure([Self.stamp(1), .doubleLongUnsigned(1)]),
            .structure([.nullData, .doubleLongUnsigned(2)]),
        ])
        let rows = try #require(shape.rows(of: buffer, interval: 86_400, usesSeason: false))
        #expect(rows.map(\.stamp.civil.date.day) == [1, 2])
    }

    @Test func `rows of another width mean that the columns have changed`() throws {
        let shape = try #require(
            ProfileShape(
                .day, captured: [.clock, Self.column(Self.energy)], scalings: [Self.energy: Self.wattHours]))
        let wide = DataValue.array([
            .structure([Self.stamp(1), .doubleLongUnsigned(1), .doubleLongUnsigned(2)])
        ])
        #expect(shape.rows(of: wide, interval: 86_400, usesSeason: false) == nil)
        #expect(shape.rows(of: .nullData, interval: 86_400, usesSeason: false) == nil)
    }

    @Test func `the season bit counts only where the meter keeps seasonal time`() throws {
        let value = try #require(Self.stamp(1, status: .daylightSaving).dateTimeValue)
        #expect(MeterStamp(value, usesSeason: true)?.isSeason == true)
        #expect(MeterStamp(value, usesSeason: false)?.isSeason == false)
        let unknown = try #require(Self.stamp(1, status: .notSpecified).dateTimeValue)
        #expect(MeterStamp(unknown, usesSeason: true)?.isSeason == false)
    }

    @Test func `floating-point values keep three more digits`() throws {
        let value = try #require(MeasuredValue(.uA, .float32(230.125), scaler: 0))
        #expect((value.mantissa, value.scaler) == (230_125, -3))
        #expect(MeasuredValue(.uA, .float64(.nan), scaler: 0) == nil)
        #expect(MeasuredValue(.uA, .octetString([1]), scaler: 0) == nil)
    }
}

@Suite struct ConsumptionTests {
    private static func row(_ day: Int, _ value: Int64, scaler: Int8 = 0) -> ProfileRow {
        ProfileRow(
            stamp: MeterStamp(CivilStamp(minutes: Int64(day) * 1_440)),
            values: [MeasuredValue(.aPlus0, mantissa: value, scaler: scaler)])
    }

    @Test func `is the difference of neighbours, stamped with the first, R2`() {
        let period = ArchiveProfile.day.period(minutes: 0)
        let rows = Consumption.of(
            [Self.row(1, 10), Self.row(2, 17), Self.row(4, 30), Self.row(5, 31)], next: period.next)
        #expect(rows.map(\.stamp.civil.dayNumber) == [1, 4])
        #expect(rows.map { $0.values[0].mantissa } == [7, 1])
        #expect(rows.allSatisfy { $0.values[0].form == .increment })
    }

    @Test func `is not given for a register that went back or changed its scaler`() {
        let period = ArchiveProfile.day.period(minutes: 0)
        #expect(Consumption.of([Self.row(1, 10), Self.row(2, 3)], next: period.next).isEmpty)
        #expect(Consumption.of([Self.row(1, 10), Self.row(2, 30, scaler: 1)], next: period.next).isEmpty)
    }

    @Test func `periods know what is missing`() throws {
        let period = ArchiveProfile.day.period(minutes: 0)
        let (first, last) = (CivilStamp(minutes: 1_440), CivilStamp(minutes: 3 * 1_440))
        #expect(period.isMissing([Self.row(1, 0), Self.row(3, 0)], from: first, through: last))
        #expect(!period.isMissing((1...3).map { Self.row($0, 0) }, from: first, through: last))
        let months = ArchiveProfile.month.period(minutes: 0)
        let january = try #require(CivilStamp(year: 2_026, month: 1, day: 15))
        #expect(!months.isMissing([], from: january, through: january.adding(seconds: 86_400)))
    }
}

@Suite struct ResponseTimesTests {
    @Test func `waits as long as the meter needs, never below the floor, R25`() {
        var times = ResponseTimes()
        #expect(times.timeout(.profile, over: .serial) >= .seconds(5))
        let unknown = times.timeout(.simple, over: .serial)
        #expect(times.timeout(.simple, over: .network) > unknown)
        times.answered(.simple, after: .milliseconds(20))
        #expect(times.timeout(.simple, over: .serial) == .milliseconds(500))
        times.answered(.simple, after: .seconds(3))
        #expect(times.timeout(.simple, over: .serial) >= .seconds(6))
        #expect(times.drain(over: .serial) > .seconds(3))
    }

    @Test func `waits longer after each miss, up to a ceiling, and calms down again`() {
        var times = ResponseTimes()
        let first = times.timeout(.link, over: .serial)
        times.missed(.link)
        #expect(times.timeout(.link, over: .serial) == first * 2)
        for _ in 0..<10 { times.missed(.link) }
        #expect(times.timeout(.link, over: .network) <= ResponseTimes.ceiling)
        times.answered(.link, after: .milliseconds(10))
        #expect(times.timeout(.link, over: .serial) == .milliseconds(500))
    }
}

import Octets
import Testing

@testable import DLMS

@Suite struct DataValueTests {
    static let everyKind: [(value: DataValue, hex: String)] = [
        (.nullData, "00"),
        (.array([.unsigned(1), .unsigned(2)]), "010211011102"),
        (.structure([.boolean(true), .nullData]), "0202030100"),
        (.boolean(true), "0301"),
        (.bitString(BitString(octets: [0xA5])), "0408a5"),
        (.doubleLong(-2), "05fffffffe"),
        (.doubleLongUnsigned(4_609_470), "06004655be"),
        (.octetString([1, 2]), "09020102"),
        (.visibleString([0x30]), "0a0130"),
        (.utf8String([0xD0, 0x90]), "0c02d090"),
        (.bcd(0x42), "0d42"),
        (.integer(-3), "0ffd"),
        (.long(-900), "10fc7c"),
        (.unsigned(200), "11c8"),
        (.longUnsigned(8), "120008"),
        (.compactArray(CompactArray(type: .simple(.unsigned), contents: [1, 2])), "1311020102"),
        (.long64(-1), "14ffffffffffffffff"),
        (.long64Unsigned(1), "150000000000000001"),
        (.enumerated(30), "161e"),
        (.float32(1.5), "173fc00000"),
        (.float64(-2), "18c000000000000000"),
        (.dateTime(sample), "1907e60801010000000000b4ff"),
        (.date(DateValue(year: 2022, month: 8, day: 1, dayOfWeek: 1)), "1a07e6080101"),
        (.time(TimeValue(hour: 1, minute: 2, second: 3, hundredths: 4)), "1b01020304"),
        (.dontCare, "ff"),
    ]

    static let sample = DateTimeValue(
        date: DateValue(year: 2022, month: 8, day: 1, dayOfWeek: 1),
        time: TimeValue(hour: 0, minute: 0, second: 0),
        deviationMinutes: 180, status: .notSpecified)

    @Test func `every tag of the standard is written and read back`() throws {
        #expect(Set(DataValueTests.everyKind.map(\.value.tag)) == Set(DataTag.allCases))
        for (value, hex) in DataValueTests.everyKind {
            #expect(value.encoded.hex == hex)
            #expect(try DataValue(octets: try #require([UInt8](hex: hex))) == value)
        }
    }

    @Test func `each value refuses to be cut short or to be followed`() throws {
        for (value, _) in DataValueTests.everyKind {
            let octets = value.encoded
            for count in 0..<octets.count {
                #expect(throws: DecodingError(.truncated, at: 0, "")) {
                    try DataValue(octets: Array(octets.prefix(count)))
                }
            }
            #expect(throws: DecodingError(.trailing, at: 0, "")) { try DataValue(octets: octets + [0]) }
        }
    }

    @Test func `unknown tags are refused with their place`() throws {
        let error = #expect(throws: DecodingError.self) { try DataValue(octets: [0x02, 0x01, 0x07]) }
        #expect(error?.code == .unsupported)
        #expect(error?.offset == 2)
    }

    @Test func `nesting is bounded`() {
        func nested(_ levels: Int) -> [UInt8] { (0..<levels * 2).map { _ in 1 } + [0] }
        #expect(throws: DecodingError(.tooLong, at: 0, "")) { try DataValue(octets: nested(40)) }
        #expect(throws: Never.self) { try DataValue(octets: nested(DLMSLimit.depth)) }
    }

    @Test func `a count beyond the buffer is refused before anything is kept`() {
        #expect(throws: DecodingError(.truncated, at: 0, "")) {
            try DataValue(octets: [1, 0x83, 0x1F, 0xFF, 0xFF])
        }
        #expect(throws: DecodingError(.tooLong, at: 0, "")) {
            try DataValue(octets: [9, 0x84, 0xFF, 0xFF, 0xFF, 0xFF])
        }
        #expect(throws: DecodingError(.invalid, at: 0, "")) { try DataValue(octets: [9, 0x80]) }
        #expect(throws: DecodingError(.invalid, at: 0, "")) {
            try DataValue(octets: [9, 0x85, 0, 0, 0, 0, 1, 0])
        }
    }

    @Test(arguments: [127, 128, 255, 256, 65_535, 65_536])
    func `lengths around the changes of form read back`(count: Int) throws {
        let value = DataValue.octetString([UInt8](repeating: 0x5A, count: count))
        #expect(try DataValue(octets: value.encoded) == value)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func `random trees read back as themselves`(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        for _ in 0..<200 {
            let value = DataValue.random(using: &generator)
            let octets = value.encoded
            #expect(try DataValue(octets: octets).encoded == octets, "seed \(seed)")
        }
    }

    @Test(arguments: [11, 12, 13, 14] as [UInt64])
    func `noise never traps, and what is read writes itself again`(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        for _ in 0..<5_000 {
            var octets = generator.octets(0...40)
            if !octets.isEmpty {
                octets[0] = DataTag.allCases.randomElement(using: &generator)?.rawValue ?? 0
            }
            guard let value = try? DataValue(octets: octets) else { continue }
            let again = value.encoded
            #expect(try DataValue(octets: again).encoded == again, "seed \(seed): \(octets.hex)")
            _ = value.elements
        }
    }

    @Test func `numbers of any integer type are whole numbers`() {
        #expect(DataValue.enumerated(3).wholeNumber == 3)
        #expect(DataValue.longUnsigned(3).wholeNumber == 3)
        #expect(DataValue.long64Unsigned(.max).wholeNumber == nil)
        #expect(DataValue.octetString([3]).wholeNumber == nil)
        #expect(DataValue.float32(0.5).floatingPoint == 0.5)
    }
}

extension DataValue {
    /// A random tree of at most four levels.
    static func random(using generator: inout SeededNumbers, depth: Int = 0) -> DataValue {
        let number = generator.next()
        switch DataTag.allCases.randomElement(using: &generator) ?? .nullData {
        case .array where depth < 4: return .array(children(using: &generator, depth))
        case .structure where depth < 4: return .structure(children(using: &generator, depth))
        case .boolean: return .boolean(number & 1 == 1)
        case .bitString: return .bitString(BitString(octets: generator.octets(0...20)))
        case .doubleLong: return .doubleLong(Int32(truncatingIfNeeded: number))
        case .doubleLongUnsigned: return .doubleLongUnsigned(UInt32(truncatingIfNeeded: number))
        case .octetString: return .octetString(generator.octets(0...200))
        case .visibleString: return .visibleString(generator.octets(0...20))
        case .utf8String: return .utf8String(generator.octets(0...20))
        case .integer: return .integer(Int8(truncatingIfNeeded: number))
        case .long: return .long(Int16(truncatingIfNeeded: number))
        case .longUnsigned: return .longUnsigned(UInt16(truncatingIfNeeded: number))
        case .compactArray:
            let type = TypeDescription.structure([.simple(.unsigned), .array(count: 2, .simple(.long))])
            return .compactArray(CompactArray(type: type, contents: generator.octets(0...30)))
        case .long64: return .long64(Int64(truncatingIfNeeded: number))
        case .long64Unsigned: return .long64Unsigned(number)
        case .enumerated: return .enumerated(UInt8(truncatingIfNeeded: number))
        case .float32: return .float32(Float(bitPattern: UInt32(truncatingIfNeeded: number)))
        case .float64: return .float64(Double(bitPattern: number))
        case .dateTime:
            return DateTimeValue(octets: generator.octets(12...12)).map(DataValue.dateTime) ?? .nullData
        default: return .unsigned(UInt8(truncatingIfNeeded: number))
        }
    }

    private static func children(using generator: inout SeededNumbers, _ depth: Int) -> [DataValue] {
        (0..<Int.random(in: 0...5, using: &generator)).map { _ in random(using: &generator, depth: depth + 1)
        }
    }
}

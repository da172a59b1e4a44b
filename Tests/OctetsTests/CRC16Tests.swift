import Octets
import Testing

@Suite struct CRC16Tests {
    /// The definition, bit by bit (ISO/IEC 13239, 4.2.5.2).
    private static func definition(_ octets: some Sequence<UInt8>) -> UInt16 {
        var register: UInt16 = 0xFFFF
        for octet in octets {
            register ^= UInt16(octet)
            for _ in 0..<8 {
                register = register & 1 == 1 ? register >> 1 ^ 0x8408 : register >> 1
            }
        }
        return ~register
    }

    @Test func `the check of the digits is the one of the catalogues`() {
        #expect(CRC16.x25(Array("123456789".utf8)) == 0x906E)
        #expect(CRC16.x25([]) == 0)
    }

    @Test func `every length has the check of the definition`() {
        let octets = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 151 ^ $0 >> 3) }
        for length in 0...octets.count {
            let isRight = CRC16.x25(Array(octets[..<length])) == Self.definition(octets[..<length])
            #expect(isRight, "\(length) octets")
        }
    }

    @Test func `a part of an array has the check of the definition wherever it lies in memory`() {
        let octets = (0..<64).map { UInt8(truncatingIfNeeded: $0 * 73 + 11) }
        for start in 0..<16 {
            for end in start...64 {
                let isRight = CRC16.x25(octets[start..<end]) == Self.definition(octets[start..<end])
                #expect(isRight, "\(start)..<\(end)")
            }
        }
    }

    @Test func `every octet at every place of a step counts`() {
        for place in 0..<9 {
            for octet in UInt8.min...UInt8.max {
                var octets = [UInt8](repeating: 0x55, count: 9)
                octets[place] = octet
                let isRight = CRC16.x25(octets) == Self.definition(octets)
                #expect(isRight, "octet \(octet) at \(place)")
            }
        }
    }
}

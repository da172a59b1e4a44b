import DLMS
import Testing

@testable import SPODES

@Suite struct MeterTextTests {
    @Test func `reads the Cyrillic name of a NARTIS`() {
        let octets: [UInt8] = [0xCD, 0xC0, 0xD0, 0xD2, 0xC8, 0xD1] + Array("-100.121RL".utf8)
        #expect(MeterText.text(of: .octetString(octets)) == "НАРТИС-100.121RL")
    }

    @Test func `drops padding of zeros, blanks and FF`() {
        #expect(MeterText.text(of: .octetString(Array("4100016".utf8) + [0, 0, 0x20])) == "4100016")
        #expect(MeterText.text(of: .visibleString(Array("  12".utf8) + [0xFF])) == "12")
        #expect(MeterText.text(of: .octetString([0, 0])) == nil)
    }

    @Test func `shows numbers as digits and raw octets as hexadecimal`() {
        #expect(MeterText.text(of: .doubleLongUnsigned(4_100_016)) == "4100016")
        #expect(MeterText.text(of: .octetString([0x01, 0xDE, 0xA7])) == "01dea7")
        #expect(MeterText.text(of: .nullData) == nil)
    }
}

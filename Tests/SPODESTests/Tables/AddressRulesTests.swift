import SPODES
import Testing

@Suite struct AddressRulesTests {
    @Test func `addresses follow from the last digits of a serial number, likeliest first`() {
        #expect(AddressRules.addresses(ofSerial: "5022173") == [2_189, 3_173, 2_173, 173, 73])
        #expect(AddressRules.addresses(ofSerial: "No 004-20") == [436, 1_420, 420, 20])
    }

    @Test func `what is reserved or beyond the table is left out`() {
        #expect(AddressRules.addresses(ofSerial: "12300000") == [16, 1_000])
        #expect(AddressRules.addresses(ofSerial: "99999999") == [10_015, 10_999, 9_999, 999, 99])
        #expect(AddressRules.addresses(ofSerial: "ABC").isEmpty)
        let all = (0..<20_000).flatMap { AddressRules.addresses(ofSerial: String($0)) }
        #expect(all.allSatisfy { $0 >= 16 && AddressRules.accepted.contains($0) })
    }

    @Test func `a logical device name tells maker and serial number`() {
        #expect(AddressRules.maker(ofDeviceName: "GRX0000012345678") == "GRX")
        #expect(AddressRules.serial(ofDeviceName: "GRX0000012345678") == "12345678")
        #expect(
            AddressRules.maker(ofDeviceName: "0012") == ""
                && AddressRules.serial(ofDeviceName: "0012") == "12")
        #expect(AddressRules.serial(ofDeviceName: "") == "")
    }
}

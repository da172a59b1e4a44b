import Metering
import SPODES
import Testing

@Suite struct PersonalityTests {
    @Test func aSoundModelHasNoFaults() { #expect(TestModel.personality().faults == []) }

    @Test func everyWrongValueIsNamed() {
        func faults(_ change: (inout Personality) -> Void) -> String {
            TestModel.personality(change).faults.joined(separator: "; ")
        }
        #expect(faults { $0.manufacturer = "TOOLONG" }.contains("manufacturer"))
        #expect(faults { $0.phases = 2 }.contains("phases"))
        #expect(faults { $0.energy.scaler = 5 }.contains("energy.scaler"))
        #expect(faults { $0.energy.bits = 16 }.contains("energy.bits"))
        #expect(faults { $0.tariffs = "12345" }.contains("tariffs"))
        #expect(faults { $0.profile.processing = 7 }.contains("profile.processing"))
        #expect(faults { $0.profile.minutes = 7 }.contains("profile.minutes"))
        #expect(faults { $0.captures = ["1.0.99.8.0"] }.contains("captures"))
        #expect(faults { $0.link.information = 5_000 }.contains("link.information"))
        #expect(faults { $0.link.conformance = "hello" }.contains("link.conformance"))
        #expect(faults { $0.link.window = 8 }.contains("link.window"))
        #expect(faults { $0.link.interOctet = 5 }.contains("link.interOctet"))
        #expect(faults { $0.link.inactivity = 121 }.contains("link.inactivity"))
        #expect(faults { $0.lacks = ["none"] }.contains("lacks"))
        #expect(faults { $0.angles = [14] }.contains("angles"))
        #expect(faults { $0.angles = [11] }.contains("angles"))
    }

    @Test func columnsFollowTheModel() {
        let oneWay = TestModel.personality {
            $0.energy.hasExport = false
            $0.phases = 1
        }
        #expect(oneWay.energyColumns.map(\.code.c).contains(2) == false)
        #expect(oneWay.profileColumns.map(\.code.c) == [1, 3, 4])
        #expect(oneWay.networkColumns.contains { $0.code == OBISCode(1, 0, 12, 7, 0) })
        #expect(!oneWay.networkColumns.contains { $0.code == OBISCode(1, 0, 52, 7, 0) })
        let threePhase = TestModel.personality { $0.profile.hasVoltages = true }
        #expect(threePhase.profileColumns.map(\.code.c) == [1, 2, 3, 4, 32, 52, 72])
    }

    @Test func russianNamesAreSentInTheirCodePage() {
        #expect(CP1251.octets("Аяё№A?") == [0xC0, 0xFF, 0xB8, 0xB9, 0x41, 0x3F])
        #expect(CP1251.octets("漢") == [0x3F])
    }
}

import Faults
import Testing

@Suite struct FaultCodeTests {
    @Test func codesAreDottedLowerCaseNames() {
        for code in FaultCode.allCases {
            #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "." }, "\(code.rawValue)")
        }
    }
}

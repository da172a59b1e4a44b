import Testing

@testable import Faults

@Suite struct FaultCatalogueTests {
    @Test(arguments: FaultCode.allCases) func everyCodeHasItsOwnSentences(_ code: FaultCode) {
        let isInternal = code == .internalError
        for language in FaultLanguage.allCases {
            let text = FaultCatalogue.text(of: Fault(code), in: language)
            #expect(text.hasSuffix("."))
            #expect(!text.contains("[") && !text.contains("{") && !text.contains(" ."))
            #expect((text == FaultCatalogue.text(of: Fault(.internalError), in: language)) == isInternal)
        }
    }

    @Test func factsStandInTheirPlacesAndPartsWithoutFactsAreLeftOut() {
        #expect(FaultCatalogue.fill("A[: {b}][, {c}].", with: ["c": "2"]) == "A, 2.")
        #expect(FaultCatalogue.fill("{a} and {b}", with: ["a": "1"]) == "1 and ")
    }
}

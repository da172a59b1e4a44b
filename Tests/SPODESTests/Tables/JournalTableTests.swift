import Metering
import Testing

@testable import SPODES

/// The gateway's forty journals against the meter's (tables D.1–D.9, E.1–E.3 of the standard and the codes
/// the grid company's standard added).
@Suite struct JournalTableTests {
    private static let none: Set<Journal> = [
        .energyLimit1, .energyLimit2, .energyLimit3, .energyLimit4, .differenceMaximumAB,
        .differenceMinimumAB, .differenceMaximumBC, .differenceMinimumBC, .differenceMaximumCA,
        .differenceMinimumCA, .powerLimitPP, .powerLimitPM, .powerLimitQP, .powerLimitQM,
    ]

    /// Codes of a journal of the meter that a journal of the gateway takes as an end (0) and as a beginning
    /// (1).
    private static func codes(_ journal: Journal, _ number: UInt8, phases: Int = 3) -> [[Int]] {
        [0, 1].map { wanted in
            (0...1_100).filter {
                JournalTable.event(journal, number: number, code: $0, phases: phases) == wanted
            }
        }
    }

    @Test func `there are forty, fourteen of them without a counterpart`() {
        #expect(Journal.allCases.count == 40)
        for journal in Journal.allCases {
            #expect(JournalTable.sources(of: journal).isEmpty == Self.none.contains(journal), "\(journal)")
        }
    }

    @Test(arguments: [
        (Journal.power, [2], [1, 29], [2]), (.timeCorrection, [13, 3], [], []),
        (.reset, [3], [35, 36], []), (.firstProfile, [3], [31, 46], []),
        (.secondProfile, [3], [32, 47], []), (.tariffCorrection, [3], [5, 6, 7, 8, 9, 49], []),
        (.coverOpened, [4], [3, 4, 5], []), (.unauthorisedAccess, [6], [1, 2, 3], []),
        (.phaseA, [0], [1], [2]), (.phaseB, [0], [3], [4]), (.phaseC, [0], [5], [6]),
        (
            .relay, [2], [3, 5, 6, 8, 9, 10, 11, 13, 14, 15, 18, 19, 25, 28],
            [4, 7, 12, 20, 21, 22, 23, 24, 26, 27]
        ),
        (.voltageMaximumA, [0], [14], [13]), (.voltageMaximumB, [0], [16], [15]),
        (.voltageMaximumC, [0], [18], [17]), (.voltageMinimumA, [0], [20], [19]),
        (.voltageMinimumB, [0], [22], [21]), (.voltageMinimumC, [0], [24], [23]),
        (.currentMaximumA, [1], [26], [25]), (.currentMaximumB, [1], [28], [27]),
        (.currentMaximumC, [1], [30], [29]), (.powerLimit, [2], [], [8]),
        (.reverse, [1], [2, 4, 6, 34, 36], [1, 3, 5, 33, 35]),
    ])
    func `codes of the standard are told as ends and beginnings`(
        journal: Journal, sources: [UInt8], ends: [Int], beginnings: [Int]
    ) {
        #expect(JournalTable.sources(of: journal) == sources)
        guard journal != .timeCorrection else { return }
        #expect(Self.codes(journal, sources[0]) == [ends, beginnings])
    }

    @Test func `a correction of the clock is any row of journal 13, or its codes in journal 3`() {
        #expect(Self.codes(.timeCorrection, 13)[0].count == 1_101)
        #expect(Self.codes(.timeCorrection, 3) == [[3, 63, 68], []])
    }

    @Test func `every code of the programming journal is told, of makers and later standards too`() {
        #expect(Self.codes(.programming, 3)[0] == Array(0...1_100))
    }

    @Test func `frequencies are bits of a word`() {
        let low = [0x10, 0x20, 0x30, 0x4000, 0x4001], high = [0x40, 0x80, 0x8000, 0xC0]
        for word in low {
            #expect(JournalTable.event(.frequencyMinimum, number: 9, code: word, phases: 3) == 1)
            #expect(JournalTable.event(.frequencyMaximum, number: 9, code: word, phases: 3) == nil)
        }
        for word in high {
            #expect(JournalTable.event(.frequencyMaximum, number: 9, code: word, phases: 3) == 1)
            #expect(JournalTable.event(.frequencyMinimum, number: 9, code: word, phases: 3) == nil)
        }
        #expect(JournalTable.event(.frequencyMinimum, number: 9, code: 0x0F, phases: 3) == nil)
    }

    @Test func `a meter of one phase has its limits under the codes that name none`() {
        #expect(Self.codes(.voltageMaximumA, 0, phases: 1) == [[8, 14], [7, 13]])
        #expect(Self.codes(.voltageMinimumA, 0, phases: 1) == [[10, 20], [9, 19]])
        #expect(Self.codes(.currentMaximumA, 1, phases: 1) == [[18, 26], [17, 25]])
        #expect(Self.codes(.voltageMaximumB, 0, phases: 1) == [[16], [15]])
    }

    @Test func `of all journals only those named take a code`() {
        for journal in Journal.allCases {
            for number in UInt8(0)...28 where !JournalTable.sources(of: journal).contains(number) {
                let taken = Self.codes(journal, number).flatMap { $0 }
                #expect(taken.isEmpty, "\(journal) of \(number): \(taken.prefix(3))")
            }
        }
    }
}

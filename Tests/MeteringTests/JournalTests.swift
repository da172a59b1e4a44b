import Metering
import Testing
import Timekeeping

@Suite struct JournalTests {
    @Test func `the manual has forty journals with the vendor's storage codes`() {
        #expect(Journal.allCases.count == 40)
        let numbers = Journal.allCases.map(\.archiveNumber)
        #expect(numbers == Array(9...21) + Array(24...50))
        #expect(Journal.allCases.allSatisfy { Journal(archiveNumber: $0.archiveNumber) == $0 })
        #expect(Journal(archiveNumber: 22) == nil)
        #expect(Journal.voltageMaximumA.archiveNumber == 28)
        #expect(Journal.frequencyMaximum.archiveNumber == 43)
        #expect(Journal.reverse.archiveNumber == 50)
    }

    @Test func `names of protocol 31 lead back to the journal`() {
        #expect(Journal.power.protocol31Name == "jrnlPwr")
        #expect(Journal.unauthorisedAccess.protocol31Name == "jrnlUnAyth")
        #expect(Journal.reverse.protocol31Name == "jrnlRvr")
        #expect(Journal.allCases.allSatisfy { Journal(protocol31: $0.protocol31Name) == $0 })
        #expect(Journal(protocol31: "jrnlReverce") == nil)
    }

    @Test func `equal events are told apart by their order, R21`() {
        let stamp = MeterStamp(CivilStamp(seconds: 1_000))
        let event = JournalEvent(.power, at: stamp, event: 0, code: 1)
        let other = JournalEvent(.power, at: stamp, event: 1, code: 2)
        #expect([event, other, event].numbered().map(\.ordinal) == [0, 0, 1])
    }

    @Test func `a changed word, a grown journal and a full one may hold news, R28`() {
        let quiet = AlarmState(word: [], fills: [2: AlarmState.Fill(entries: 4, capacity: 100)])
        #expect(!quiet.mayHoldNews(since: quiet))
        #expect(quiet.mayHoldNews(since: nil))
        var changed = quiet
        changed.word = .magnet
        #expect(changed.mayHoldNews(since: quiet))
        changed = quiet
        changed.fills[2] = AlarmState.Fill(entries: 5, capacity: 100)
        #expect(changed.mayHoldNews(since: quiet))
        let full = AlarmState(word: [], fills: [2: AlarmState.Fill(entries: 100, capacity: 100)])
        #expect(full.mayHoldNews(since: full))
    }
}

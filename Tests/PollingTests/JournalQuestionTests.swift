// R28 and R21: when a visit opens journals, which, and from where on.

import Archive
import Metering
import Polling
import Testing
import Timekeeping

@Suite("Whether journals are opened")
struct JournalQuestionTests {
    private let now = CivilStamp(seconds: 900_000_000)
    private let state = AlarmState(word: [], fills: [4: .init(entries: 3, capacity: 100)])

    /// A question about two journals that were read this day.
    private func question(
        _ journals: Set<Journal> = [.coverOpened, .reset], urgent: Set<Journal> = [.coverOpened, .power]
    ) -> JournalQuestion {
        let mark = now.adding(seconds: -1_800)
        return JournalQuestion(
            journals: journals, urgent: urgent,
            marks: JournalMarks(
                serial: "100", readAt: [.coverOpened: mark, .reset: mark.adding(seconds: -60), .power: mark]),
            memory: JournalMemory(
                state: state, journals: [.coverOpened, .reset, .power], day: now.dayNumber, difference: 0),
            day: now.dayNumber)
    }

    private func request(
        _ question: JournalQuestion, _ state: AlarmState?, serial: String = "100", difference: Int32 = 0
    ) -> JournalQuestion.Request? {
        question.request(serial: serial, state: state, clock: now, difference: difference)
    }

    @Test("nothing is opened while word and counts stand still")
    func unchanged() {
        #expect(request(question(), state) == nil)
        #expect(request(question([]), state) == nil)
    }

    @Test(
        "a new bit or a grown count opens the journals of the poll and the urgent ones, from the oldest mark")
    func news() {
        var grown = state
        grown.fills[4]?.entries = 4
        var alarmed = state
        alarmed.word = .terminalCover
        for state in [grown, alarmed] {
            let found = request(question(), state)
            #expect(found?.journals == [.coverOpened, .reset, .power])
            #expect(found?.since == now.adding(seconds: -1_860))
            #expect(request(question([]), state)?.journals == [.coverOpened, .power])
            #expect(request(question([], urgent: []), state) == nil)
        }
    }

    @Test("polls that count different journals of a meter do not open each other's")
    func otherCounts() {
        var question = question([], urgent: [.coverOpened])
        question.memory?.state?.fills[13] = .init(entries: 9, capacity: 100)
        #expect(question.counted == [.coverOpened])
        #expect(request(question, state) == nil)
        let uncounted = AlarmState(word: [], fills: [13: .init(entries: 9, capacity: 100)])
        #expect(request(question, uncounted) == nil)
        let never = AlarmState(word: [], fills: [6: .init(entries: 1, capacity: 100)])
        #expect(request(question, never)?.journals == [.coverOpened])
        let read = question.remembered([.coverOpened], serial: "100", state: never, difference: 0)
        #expect(read.state?.fills.keys.sorted() == [4, 6, 13])
        #expect(read.journals == [.coverOpened])
    }

    @Test("a full journal does not grow, so it is opened at every visit")
    func full() {
        let full = AlarmState(word: [], fills: [4: .init(entries: 100, capacity: 100)])
        var question = question()
        question.memory?.state = full
        #expect(request(question, full)?.journals.contains(.reset) == true)
    }

    @Test("once a day journals are opened whatever the meter says")
    func daily() {
        var question = question()
        question.day += 1
        #expect(request(question, state)?.journals == [.coverOpened, .reset])
        question.memory = nil
        #expect(request(question, state)?.since == now.adding(seconds: -1_860))
    }

    @Test("a meter that tells neither word nor counts is asked for its journals at every poll of them")
    func stateless() {
        #expect(request(question(), nil)?.journals == [.coverOpened, .reset])
        #expect(request(question([]), nil) == nil)
    }

    @Test("after the clock has gone back, and at another meter, all is read")
    func whole() {
        let back = request(question(), state, difference: -3_600)
        #expect(back?.journals == [.coverOpened, .reset] && back?.since == nil)
        let other = request(question(), state, serial: "200")
        #expect(other?.since == nil && other?.journals == [.coverOpened, .reset, .power])
        var ahead = question()
        ahead.memory = nil
        ahead.marks?.readAt[.reset] = now.adding(seconds: 1)
        #expect(request(ahead, state)?.since == nil, "the mark lies ahead of the clock")
        ahead.marks?.readAt[.reset] = nil
        #expect(request(ahead, state)?.since == nil, "never read")
    }

    @Test("what was read is joined with what was read before as long as nothing changed in between")
    func memory() {
        let question = question()
        let same = question.remembered([.reset], serial: "100", state: state, difference: 1)
        #expect(same.journals == [.coverOpened, .reset, .power] && same.difference == 1)
        var changed = state
        changed.word = .magnet
        #expect(
            question.remembered([.power], serial: "100", state: changed, difference: 0).journals == [.power])
        #expect(
            question.remembered([.power], serial: "200", state: state, difference: 0).journals == [.power])
    }
}

// The opening of a session with a known meter: serial number, clock and what else its outlook foresees, in
// one list where the meter takes lists. Whoever asks for one of them afterwards gets the answer that came,
// once; what did not come is asked for alone.

import DLMS
import Metering
import SPODES
import Seams
import Timekeeping

extension AttributeName {
    /// The serial number of the meter.
    static let serialNumber = AttributeName(ObjectTable.serialNumber, 1, 2)
    /// The time its clock shows.
    static let time = AttributeName(ObjectTable.clock, 8, 2)
    /// Its word of alarms.
    static let alarmWord = AttributeName(ObjectTable.alarms, 1, 2)
    /// The interval of its load profile, seconds.
    static let profileInterval = AttributeName(ArchiveProfile.load.object, 7, 4)
}

/// What a meter answered at once when the session was opened.
struct SessionOpening: Sendable {
    /// When something was asked and how long the answer took: a clock's reading is only as exact as that.
    struct Exchange: Sendable {
        let at: MonotonicInstant
        let wall: WallTime
        private(set) var roundTrip = Duration.zero

        /// It begins now.
        init(_ environment: DriverEnvironment) {
            at = environment.clock.now
            wall = environment.wall.now
        }

        /// It has ended.
        mutating func end(_ environment: DriverEnvironment) { roundTrip = environment.clock.now - at }
    }

    /// The exchange that all answers came in; nil without any.
    private var exchange: Exchange?
    private var answers: [(name: AttributeName, answer: AttributeAnswer)] = []

    /// Nothing has been answered.
    init() {}

    /// Asks for what is foreseen of a meter whose ways are known. Throws what the reader throws.
    init(
        _ outlook: SessionOutlook, _ knowledge: MeterKnowledge, _ reader: AttributeReader,
        _ environment: DriverEnvironment
    ) async throws {
        var exchange = Exchange(environment)
        let names = SessionOpening.names(outlook, knowledge)
        let found = try await reader.list(names)
        exchange.end(environment)
        guard !found.isEmpty else { return }
        self.exchange = exchange
        answers = zip(names, found).map { ($0, $1) }
    }

    /// The serial number first, the clock next: a list that is cut short keeps what every session needs.
    private static func names(_ outlook: SessionOutlook, _ knowledge: MeterKnowledge) -> [AttributeName] {
        var names: [AttributeName] = [.serialNumber]
        if outlook.comparesClock { names.append(.time) }
        if outlook.readsProfile { names.append(.profileInterval) }
        if let journals = outlook.alarms {
            if !knowledge.absent.contains(ObjectTable.alarms) { names.append(.alarmWord) }
            names += knowledge.fillingJournals(of: journals).map {
                AttributeName(JournalTable.object($0), 7, 7)
            }
        }
        return names
    }

    /// The clock, once, with the exchange it came in; nil when that took too long to be exact.
    mutating func takeClock() -> (exchange: Exchange, value: DataValue)? {
        guard let exchange, let value = take(.time)?.value,
            exchange.roundTrip <= SessionOpening.longestRoundTrip
        else { return nil }
        return (exchange, value)
    }

    /// A clock asked for alone is the surer one beyond that.
    private static let longestRoundTrip = Duration.seconds(1)

    /// An answer, once; nil for what was not asked or what the meter would not answer just then.
    mutating func take(_ name: AttributeName) -> AttributeAnswer? {
        guard let index = answers.firstIndex(where: { $0.name == name }) else { return nil }
        let answer = answers.remove(at: index).answer
        return answer == .refused ? nil : answer
    }
}

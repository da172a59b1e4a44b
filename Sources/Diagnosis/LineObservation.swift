// What a line has seen lately, the record that a verdict is made from: the newest exchanges, what each
// station did last, and how openings fared. `Lines` feeds it as octets pass; it takes bounded memory, little
// for the one meter behind a TCP port, of which a gateway may have a thousand.

package import Timekeeping

/// What is known of one station.
package struct StationRecord: Sendable {
    /// When it was asked and when it answered last.
    package var asked: MonotonicInstant
    package var answered: MonotonicInstant?
    /// Requests since the last answer.
    package var silentInRow = 0
    /// Requests, and answers whose checks were right.
    package var requests = 0
    package var answers = 0
    /// What its newest opening of link or association showed; empty before.
    package var opening: Findings = []
    /// Trace number of the request that showed it, or of the last request.
    package var number: UInt64 = 0
    /// Answering times.
    package var times = ResponseHistogram()
    private var recent = Ring<ExchangeFacts>(limit: StationRecord.memory)

    /// Its newest exchanges, newest first.
    package var newest: [ExchangeFacts] { recent.elements.reversed() }

    /// So many exchanges of one station are kept.
    private static let memory = 12

    init(asked: MonotonicInstant) { self.asked = asked }

    /// It was asked, and this was found.
    fileprivate mutating func note(_ facts: ExchangeFacts) {
        asked = facts.at
        requests += 1
        number = facts.number
        recent.append(facts)
        if facts.has(.answered) {
            answered = facts.at
            answers += 1
            silentInRow = 0
            if let wait = facts.wait { times.add(wait) }
        } else if !facts.has(.octets) {
            silentInRow += 1
        }
        let news = facts.findings.intersection([.opened, .linkRefused, .passwordRefused])
        if !news.isEmpty { opening = news }
    }
}

/// How the newest opening of device or connection went wrong.
package enum OpeningFailure: Sendable, Hashable {
    /// Not opened: the system's reason.
    case unopened(String)
    /// Accepted and closed without an octet (D5).
    case farEndBusy
}

/// The observation of one line.
package struct LineObservation: Sendable {
    /// The newest exchanges, oldest first.
    package var exchanges: [ExchangeFacts] { recent.elements }
    /// Stations by address.
    package private(set) var stations: [Station: StationRecord] = [:]
    /// Why the line is not open; nil once it was opened again.
    package private(set) var failure: OpeningFailure?
    /// Failures in a row.
    package private(set) var failuresInRow = 0
    /// The newest exchanges in which a stranger was heard, a second answer or a late one, oldest first.
    package var strange: [ExchangeFacts] { oddities.elements }
    /// Answering times of all stations.
    package private(set) var times = ResponseHistogram()

    private var recent: Ring<ExchangeFacts>
    private var oddities = Ring<ExchangeFacts>(limit: LineObservation.strangeLimit)
    private let stationLimit: Int
    private var open: RawExchange?
    private var waiting: [RawExchange] = []
    private var before: RequestHead?

    /// A record of so many exchanges and stations.
    package init(exchanges: Int = 192, stations: Int = 250) {
        recent = Ring(limit: exchanges)
        stationLimit = stations
    }

    // MARK: Events

    /// A request goes out; `number` is its entry in the trace. Cheap: it stands in the way of the request.
    package mutating func requested(_ octets: [UInt8], number: UInt64, at now: MonotonicInstant) {
        close()
        open = RawExchange(number: number, at: now, request: octets)
    }

    /// Octets came.
    package mutating func heard(_ octets: [UInt8], number: UInt64, at now: MonotonicInstant) {
        if failure != nil { (failure, failuresInRow) = (nil, 0) }
        if open == nil { open = RawExchange(number: number, at: now) }
        open?.heard(octets, at: now)
    }

    /// The reader waited for an answer and stopped waiting.
    package mutating func gaveUp() {
        if open?.answer.isEmpty == true { open?.wasGivenUp = true }
    }

    /// Octets came that nobody had asked for: the exchange before is over.
    package mutating func unasked(_ octets: [UInt8], number: UInt64, at now: MonotonicInstant) {
        if open?.request.isEmpty == false { close() }
        heard(octets, number: number, at: now)
    }

    /// The conversation is over.
    package mutating func ended() {
        close()
        digest()
    }

    /// Device or connection is open.
    package mutating func opened() {
        // A busy far end opens too: only its octets show that it is busy no more.
        if failure != .farEndBusy { (failure, failuresInRow) = (nil, 0) }
    }

    /// Device or connection could not be opened, or was closed at once.
    package mutating func failed(_ reason: OpeningFailure) {
        failure = reason
        failuresInRow += 1
    }

    /// Examines what is complete. Called when nothing waits for it.
    package mutating func digest() {
        for index in waiting.indices { examine(waiting[index]) }
        waiting.removeAll(keepingCapacity: true)
    }

    private mutating func close() {
        if let open { waiting.append(open) }
        open = nil
    }

    private mutating func examine(_ raw: RawExchange) {
        let head = RequestHead(raw.request)
        guard var facts = raw.facts(after: before, head) else { return }
        tellLateFromSecond(&facts, wasGivenUp: raw.wasGivenUp)
        if !raw.request.isEmpty { before = head }
        recent.append(facts)
        if facts.has(.foreign) || facts.has(.late) || facts.has(.second) { oddities.append(facts) }
        if facts.has(.answered), let wait = facts.wait { times.add(wait) }
        guard let station = facts.station, !facts.has(.unasked) else { return }
        if stations.count >= stationLimit { makeRoom(for: station) }
        stations[station, default: StationRecord(asked: facts.at)].note(facts)
    }

    /// A request sent again is answered twice when the first answer was only late; where nothing had been
    /// given up, somebody else answered too.
    private func tellLateFromSecond(_ facts: inout ExchangeFacts, wasGivenUp: Bool) {
        guard !wasGivenUp, facts.has(.second) || facts.has(.late) else { return }
        let before = exchanges.suffix(4).filter { !$0.has(.unasked) }
        let isRepeated = before.contains { !$0.has(.octets) }
        facts.findings.remove(isRepeated ? .second : .late)
        facts.findings.insert(isRepeated ? .late : .second)
    }

    private static let strangeLimit = 16

    /// What would be known if nothing more came: an exchange under way counts once it has been answered or
    /// given up.
    var concluded: LineObservation {
        var copy = self
        if let open, !open.answer.isEmpty || open.wasGivenUp { copy.close() }
        copy.digest()
        return copy
    }

    /// A search walks over thousands of addresses: who never answered makes room first.
    private mutating func makeRoom(for station: Station) {
        guard stations[station] == nil else { return }
        let oldest = stations.min { left, right in
            let (one, other) = (left.value, right.value)
            if (one.answered == nil) != (other.answered == nil) { return one.answered == nil }
            return one.asked < other.asked
        }
        if let oldest { stations[oldest.key] = nil }
    }
}

// A two-wire bus with meters on it, without any I/O: octets in at an instant, octets out with the instants at
// which their stop bits end. `metersim` turns it with the real clock, `Simulation` with a virtual one, so
// both see the same line. A TCP connection is a line whose characters take no time.
//
//   gateway ─ received ─► on the wire ─ complete ─► stations ─ delay ─► answers ─ on the wire ─► advance
//
// Half duplex: whoever talks while another talks spoils both.

import Octets
package import SPODES
package import Timekeeping

/// A line with its stations.
package struct SimulatedLine: Sendable {
    /// What is wrong with the line itself.
    package struct Faults: Sendable, Hashable {
        /// The line returns what is sent: a converter that hears itself.
        package var echoes = false
        /// Probability that an octet from a meter has a wrong bit; long frames suffer most.
        package var noise = 0.0
        /// Share of requests into whose answer somebody babbles, 0…1.
        package var babble = 0.0
        /// Share of requests into whose answer another master's request falls, 0…1.
        package var foreignMaster = 0.0
        /// The converter turns to receiving so long after a request has ended: what came before is lost.
        package var turnTime: Duration = .zero
        /// Nobody hears anything: the wire is off.
        package var isUnplugged = false

        /// A healthy line.
        package init() {}
    }

    /// Octets counted since the start.
    package struct Counters: Sendable, Hashable {
        /// From the gateway.
        package var octetsIn = 0
        /// To the gateway.
        package var octetsOut = 0
        /// Times two talked at once.
        package var collisions = 0
        /// When the first octet since `forgetSpan` began on the wire, in either direction.
        package var firstOctet: MonotonicInstant?
        /// When the last octet ended on the wire.
        package var lastOctet: MonotonicInstant?
    }

    private struct Request {
        var octets: [UInt8]
        var end: MonotonicInstant
    }
    private struct Answer {
        var octets: [UInt8]
        var start: MonotonicInstant
        /// Who talks; −1 is the babbler.
        var station: Int
    }
    private struct WireOctet {
        var value: UInt8
        var end: MonotonicInstant
        var isEcho = false
        var station = -1
    }

    /// Name in the street file.
    package let name: String
    /// Time of one character; zero for TCP.
    package let characterTime: Duration
    /// The same in nanoseconds, for what is counted octet by octet.
    private let characterNanoseconds: Int64
    /// What is wrong with the line.
    package var faults = Faults()
    /// Octets counted.
    package private(set) var counters = Counters()
    /// The stations in the order of the street file.
    package private(set) var stations: [FaultyStation]
    private var requests: [Request] = []
    private var answers: [Answer] = []
    private var wire: [WireOctet] = []
    private var lastRequestEnd = MonotonicInstant(nanoseconds: 0)
    private var chance: UInt64 = 0
    /// What is still to happen, in order of time.
    package var script: [ScriptedEvent] = []
    private let noise: Noise

    /// A line; `characterTime` of `SerialSettings` for serial ones, zero for TCP.
    package init(name: String, characterTime: Duration, stations: [FaultyStation], seed: UInt64) {
        self.name = name
        self.characterTime = characterTime
        characterNanoseconds = characterTime.wholeNanoseconds
        self.stations = stations
        noise = Noise(seed: seed ^ 0x6C69_6E65)
    }

    /// Begins a new span of first and last octet.
    package mutating func forgetSpan() { (counters.firstOctet, counters.lastOctet) = (nil, nil) }

    /// Changes one station's faults.
    package mutating func setFaults(_ faults: StationFaults, ofStation index: Int) {
        guard stations.indices.contains(index) else { return }
        stations[index].faults = faults
    }

    /// Lets happen what the script has up to `wall`, each at its own time.
    package mutating func liveThrough(_ wall: WallTime) {
        guard let first = script.first, first.at <= wall else { return }
        let due = script.prefix { $0.at <= wall }
        script.removeFirst(due.count)
        for event in due { happen(event.happening, toStation: event.station, wall: event.at) }
    }

    /// Lets something happen to one station's device when the world's time is `wall`.
    package mutating func happen(_ happening: MeterHappening, toStation index: Int, wall: WallTime) {
        if stations.indices.contains(index) { stations[index].happen(happening, wall: wall) }
    }

    /// What the stations have to tell unasked when the world's time is `wall`.
    package mutating func pushes(wall: WallTime) -> [StationPush] {
        stations.indices.compactMap { stations[$0].push(wall: wall) }
    }

    /// The mains of one station's device fail or return when the world's time is `wall`.
    package mutating func mains(isPresent: Bool, ofStation index: Int, wall: WallTime) {
        if stations.indices.contains(index) { stations[index].mains(isPresent: isPresent, wall: wall) }
    }

    /// Gives one station's device another address; the station keeps its name.
    package mutating func readdress(_ address: Int, ofStation index: Int) {
        if stations.indices.contains(index) { stations[index].readdress(address) }
    }

    /// Lets one station do ahead of time what its first conversation would have to wait for.
    package mutating func warmUp(station index: Int, wall: WallTime) {
        if stations.indices.contains(index) { stations[index].warmUp(wall: wall) }
    }

    /// The gateway sent octets; the first begins on the wire now or after what it sent before. Returns the
    /// instant at which the last one has gone out.
    @discardableResult
    package mutating func received(_ octets: [UInt8], at instant: MonotonicInstant) -> MonotonicInstant {
        counters.octetsIn += octets.count
        var sent = octets
        if collide(at: instant) { for index in sent.indices { sent[index] ^= 0xAA } }
        let begin = max(instant, requests.last?.end ?? instant)
        let end = after(octets.count, from: begin)
        counters.firstOctet = counters.firstOctet ?? begin
        counters.lastOctet = end
        requests.append(Request(octets: sent, end: end))
        if faults.echoes {
            for (index, octet) in octets.enumerated() {
                wire.append(WireOctet(value: octet, end: after(index + 1, from: begin), isEcho: true))
            }
        }
        return end
    }

    /// Spoils what a meter is still sending at `instant`; false when none is.
    private mutating func collide(at instant: MonotonicInstant) -> Bool {
        var hit = false
        for index in wire.indices where wire[index].end > instant && !wire[index].isEcho {
            wire[index].value ^= 0x55
            hit = true
        }
        if hit { counters.collisions += 1 }
        return hit
    }

    /// The next instant at which something happens by itself; nil when the line rests.
    package var nextEvent: MonotonicInstant? {
        guard let octet = wire.first?.end else { return nextTurn }
        return nextTurn.map { min($0, octet) } ?? octet
    }

    /// The instant at which the burst now being sent to the gateway ends, or the next event when none is.
    package var endOfBurst: MonotonicInstant? {
        guard let first = wire.first, let last = wire.last else { return nextEvent }
        // After a collision the last octet to begin need not be the last to end.
        return max(first.end, last.end)
    }

    /// Lets time pass up to `instant`, when the world's time is `wall`. Returns the octets that have reached
    /// the gateway by then.
    package mutating func advance(to instant: MonotonicInstant, wall: WallTime) -> [UInt8] {
        while let event = nextTurn, event <= instant {
            if let request = requests.first, request.end == event {
                requests.removeFirst()
                deliver(request, wall: wall.shifted(by: request.end - instant))
            } else {
                begin(answers.removeFirst())
            }
        }
        if wire.isEmpty { return [] }
        var count = 0
        while count < wire.count, wire[count].end.nanoseconds <= instant.nanoseconds { count += 1 }
        let arrived = wire[..<count].map { $0.value }
        if count > 0 {
            counters.firstOctet = counters.firstOctet ?? after(-1, from: wire[0].end)
            counters.lastOctet = wire[count - 1].end
        }
        if count == wire.count { wire.removeAll(keepingCapacity: true) } else { wire.removeFirst(count) }
        if faults.isUnplugged { return [] }
        counters.octetsOut += arrived.count
        return arrived
    }

    /// The connection has gone: what is under way is lost, TCP stations forget their conversation.
    package mutating func connectionLost() {
        requests.removeAll()
        answers.removeAll()
        wire.removeAll()
        guard characterTime == .zero else { return }
        for index in stations.indices { stations[index].connectionLost() }
    }

    private var nextTurn: MonotonicInstant? {
        guard let request = requests.first?.end else { return answers.first?.start }
        guard let answer = answers.first?.start else { return request }
        return min(request, answer)
    }

    /// The instant so many characters later.
    private func after(_ characters: Int, from instant: MonotonicInstant) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: instant.nanoseconds + characterNanoseconds * Int64(characters))
    }

    private mutating func deliver(_ request: Request, wall: WallTime) {
        guard !faults.isUnplugged else { return }
        liveThrough(wall)
        lastRequestEnd = request.end
        let head = RequestHead(request.octets)
        for index in stations.indices {
            let given = stations[index].received(request.octets, head, at: request.end, wall: wall)
            for (delay, octets) in given {
                answers.append(Answer(octets: octets, start: request.end + delay, station: index))
            }
        }
        babble()
        // Stable: answers of one station stay in order when their delays are equal.
        if answers.count > 1 { answers.sort { $0.start < $1.start } }
    }

    private mutating func begin(_ answer: Answer) {
        let end = wire.last?.end ?? answer.start
        let others = wire.contains { $0.end > answer.start && !$0.isEcho && $0.station != answer.station }
        let isCollision = others && characterTime > .zero
        // Two at once spoil each other; octets of one station, and those after an echo, follow.
        let start = isCollision ? answer.start : max(answer.start, end)
        if isCollision {
            counters.collisions += 1
            for index in wire.indices where wire[index].end > start { wire[index].value ^= 0x55 }
        }
        let deaf = lastRequestEnd + faults.turnTime
        wire.reserveCapacity(wire.count + answer.octets.count)
        for (index, octet) in answer.octets.enumerated() {
            let octetEnd = after(index + 1, from: start)
            // The spoilt octet of the other stands for both.
            if isCollision, octetEnd <= end { continue }
            if after(-1, from: octetEnd) < deaf { continue }
            wire.append(WireOctet(value: disturbed(octet), end: octetEnd, station: answer.station))
        }
    }

    /// Somebody talks who was not asked, into the first answer or where there is none at once.
    private mutating func babble() {
        if faults.foreignMaster > 0 { interfere() }
        guard faults.babble > 0 else { return }
        chance += 1
        guard noise.unit(3, Int64(chance)) < faults.babble else { return }
        let start = (answers.map(\.start).min() ?? lastRequestEnd) + characterTime * 4
        let octets = (0..<12).map { UInt8(truncatingIfNeeded: noise.bits(4, Int64(chance) * 16 + $0)) }
        answers.append(Answer(octets: octets, start: start, station: -1))
    }

    /// Another master asks a station that is not ours: a good frame, at the wrong time.
    private mutating func interfere() {
        chance += 1
        guard noise.unit(5, Int64(chance)) < faults.foreignMaster else { return }
        let start = (answers.map(\.start).min() ?? lastRequestEnd) + characterTime * 4
        answers.append(Answer(octets: SimulatedLine.foreignRequest, start: start, station: -1))
    }

    /// SNRM of client 16 for station 9000, with its checks.
    private static let foreignRequest: [UInt8] = {
        let body: [UInt8] = [0xA0, 0x0A, 0x00, 0x02, 0x46 << 1, 0x28 << 1 | 1, 0x21, 0x93]
        let check = CRC16.x25(body)
        return [0x7E] + body + [UInt8(check & 0xFF), UInt8(check >> 8), 0x7E]
    }()

    private mutating func disturbed(_ octet: UInt8) -> UInt8 {
        guard faults.noise > 0 else { return octet }
        chance += 1
        guard noise.unit(1, Int64(chance)) < faults.noise else { return octet }
        return octet ^ (1 << UInt8(noise.bits(2, Int64(chance)) & 7))
    }
}

extension WallTime {
    /// The instant a (possibly negative) duration later.
    func shifted(by duration: Duration) -> WallTime {
        let total = Int64(nanoseconds) + duration.wholeNanoseconds
        let seconds = floorDivision(total, 1_000_000_000)
        return WallTime(
            unixSeconds: unixSeconds + seconds, nanoseconds: Int32(total - seconds * 1_000_000_000))
    }
}

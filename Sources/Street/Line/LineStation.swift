// One device on a line, as the line sees it: octets heard, answers given. `MeterStation` is a whole SPODES
// meter; tests use simpler ones. `FaultyStation` around it delays and spoils answers as told.

package import SPODES
package import Timekeeping

/// One answer of a station.
package struct StationAnswer: Sendable, Hashable {
    /// The frame.
    package var octets: [UInt8]
    /// What was asked, for the answering time.
    package var requestClass: RequestClass
    /// The time it takes, where it is known; that of the class otherwise.
    package var delay: Duration?

    /// An answer.
    package init(_ octets: [UInt8], requestClass: RequestClass) {
        self.octets = octets
        self.requestClass = requestClass
    }
}

/// A device on a line. It sees every octet of the requests, those for other stations too.
package protocol LineStation: Sendable {
    /// Octets arrived, complete at `instant`, when the world's time was `wall`. Returns answers in order.
    mutating func received(_ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime) -> [StationAnswer]
    /// Whether a whole frame that arrived, complete at `instant`, is for another station and changes nothing
    /// here: most of what a station hears on a bus. Such a frame is not given to `received`.
    mutating func passesOver(_ head: RequestHead, at instant: MonotonicInstant) -> Bool
    /// Does ahead of time what the first conversation would have to wait for.
    mutating func warmUp(wall: WallTime)
    /// The connection to it has gone (TCP closed); whatever conversation there was is over.
    mutating func connectionLost()
    /// Takes over the faults that concern what it says rather than how it sounds.
    mutating func apply(_ faults: StationFaults)
    /// Something happens to the device from outside.
    mutating func happen(_ happening: MeterHappening, wall: WallTime)
    /// Somebody gives the device another address; conversations under the old one are over.
    mutating func readdress(_ address: Int)
    /// The mains fail or return.
    mutating func mains(isPresent: Bool, wall: WallTime)
    /// What the device really holds now; nil for one that is no meter.
    func truth(wall: WallTime) -> MeterTruth?
    /// What the device has to tell unasked now, if anything.
    mutating func push(wall: WallTime) -> StationPush?
}

/// Something a station tells unasked, over a connection of its own.
package struct StationPush: Sendable, Hashable {
    /// `host:port`.
    package var destination: String
    /// The wrapper unit.
    package var octets: [UInt8]
    /// How often it is tried again when nobody can be reached.
    package var retries: Int
    /// Time between tries.
    package var delay: Duration
}

extension LineStation {
    /// Most stations hear everything.
    package mutating func passesOver(_ head: RequestHead, at instant: MonotonicInstant) -> Bool { false }
    /// Most stations have nothing to prepare.
    package mutating func warmUp(wall: WallTime) {}
    /// Most stations have nothing to forget.
    package mutating func connectionLost() {}
    /// Most faults are applied outside of the station.
    package mutating func apply(_ faults: StationFaults) {}
    /// Most stations are indifferent.
    package mutating func happen(_ happening: MeterHappening, wall: WallTime) {}
    /// Most stations have one address for ever.
    package mutating func readdress(_ address: Int) {}
    /// Most stations need no mains.
    package mutating func mains(isPresent: Bool, wall: WallTime) {}
    /// Most stations are no meters.
    package func truth(wall: WallTime) -> MeterTruth? { nil }
    /// Most stations speak when they are spoken to.
    package mutating func push(wall: WallTime) -> StationPush? { nil }
}

/// What is wrong with a station just now.
package struct StationFaults: Sendable, Hashable {
    /// Hears and says nothing.
    package var isSilent = false
    /// Answering times.
    package var delays = DelayTable()
    /// Added to every answering time: a late reply.
    package var lateness: Duration = .zero
    /// Share of requests that are lost with their answers, 0…1 (a PLC hub loses 0.1…0.3).
    package var loss = 0.0
    /// After midnight the meter freezes its registers and answers nobody for so long (R33).
    package var midnightBusy: Duration = .zero
    /// Rows of archives are there so long after their boundaries (R32).
    package var rowDelay: Duration = .zero
    /// Share of answers with a spoilt FCS, 0…1.
    package var wrongFCS = 0.0
    /// Share of answers replaced by noise of the same length, 0…1.
    package var garbage = 0.0
    /// Octets of noise before every answer.
    package var noiseBefore = 0
    /// Answers end after so many octets.
    package var truncateAfter: Int?
    /// Refuses every password.
    package var refusesPassword = false
    /// Announces this PDU size instead of its own.
    package var pduSize: Int?

    /// A healthy station.
    package init() {}
}

/// A station with its faults and counters.
package struct FaultyStation: Sendable {
    /// What has been counted since the start.
    package struct Counters: Sendable, Hashable {
        /// Answers the station wanted to give.
        package var requests = 0
        /// Answers that went onto the line.
        package var answers = 0
        /// Octets that went onto the line.
        package var octetsSent = 0
    }

    /// Name or address in the street file.
    package let name: String
    /// Counters.
    package private(set) var counters = Counters()
    /// What is wrong with it just now.
    package var faults: StationFaults { didSet { station.apply(faults) } }
    private var station: any LineStation
    private var chance: UInt64

    /// A station.
    package init(
        name: String, station: any LineStation, faults: StationFaults = StationFaults(), seed: UInt64
    ) {
        self.name = name
        self.station = station
        self.faults = faults
        chance = seed
        self.station.apply(faults)
    }

    /// Lets something happen to the device.
    mutating func happen(_ happening: MeterHappening, wall: WallTime) {
        station.happen(happening, wall: wall)
    }

    /// The mains fail or return.
    mutating func mains(isPresent: Bool, wall: WallTime) { station.mains(isPresent: isPresent, wall: wall) }

    /// Gives the device another address; its name stays.
    mutating func readdress(_ address: Int) { station.readdress(address) }

    /// What the device really holds now; nil for one that is no meter.
    package func truth(wall: WallTime) -> MeterTruth? { station.truth(wall: wall) }

    /// What the device has to tell unasked; a silent one keeps it to itself.
    mutating func push(wall: WallTime) -> StationPush? {
        let push = station.push(wall: wall)
        return faults.isSilent ? nil : push
    }

    /// Lets the station hear octets, `head` what they begin with when they are one whole frame; returns what
    /// to send and how long after the octets' end.
    mutating func received(
        _ octets: [UInt8], _ head: RequestHead?, at instant: MonotonicInstant, wall: WallTime
    ) -> [(delay: Duration, octets: [UInt8])] {
        guard !faults.isSilent else { return [] }
        if let head, station.passesOver(head, at: instant) { return [] }
        var result: [(delay: Duration, octets: [UInt8])] = []
        // The frames of a window follow each other: one delay is for all of them.
        var begins: Duration?
        for answer in station.received(octets, at: instant, wall: wall) where !answer.octets.isEmpty {
            counters.requests += 1
            if faults.loss > 0, draw() < faults.loss { continue }
            let own = begins ?? (answer.delay ?? faults.delays[answer.requestClass].sample { draw() })
            let delay = begins == nil ? own + faults.lateness : own
            begins = delay
            let spoilt = spoil(answer.octets)
            guard !spoilt.isEmpty else { continue }
            counters.answers += 1
            counters.octetsSent += spoilt.count
            result.append((delay, spoilt))
        }
        return result
    }

    /// Does ahead of time what the first conversation would have to wait for.
    mutating func warmUp(wall: WallTime) { station.warmUp(wall: wall) }

    /// The connection has gone.
    mutating func connectionLost() { station.connectionLost() }

    private mutating func spoil(_ octets: [UInt8]) -> [UInt8] {
        var answer = octets
        if faults.garbage > 0, draw() < faults.garbage {
            answer = answer.map { _ in UInt8(truncatingIfNeeded: Int(draw() * 256)) }
        }
        if faults.wrongFCS > 0, draw() < faults.wrongFCS, answer.count >= 3 {
            answer[answer.count - 2] ^= 0x5A
        }
        if let length = faults.truncateAfter { answer = Array(answer.prefix(max(length, 0))) }
        if faults.noiseBefore > 0 {
            // Bits from a driver that switches on late look like anything but a flag.
            answer = (0..<faults.noiseBefore).map { _ in UInt8(draw() * 0x7E) } + answer
        }
        return answer
    }

    private mutating func draw() -> Double {
        chance &+= 1
        return Noise(seed: 0x6368_616E).unit(chance, 0)
    }
}

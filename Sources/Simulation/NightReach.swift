// Whether a meter could give the rows of yesterday, and whether they could have been at the broker at six:
// decided from the faults of the simulation, never from what the gateway did. Faults that only make it hard
// — noise, babble, garbled or late answers, lost acknowledgements — excuse nothing.

/// The ways of one night, minute by minute from midnight to 06:00.
struct NightReach: Sendable {
    /// What kept rows from being due.
    enum Obstacle: String, Sendable, Hashable, CaseIterable {
        /// The meter is dead.
        case meter = "meter dead"
        /// Its line is cut.
        case line = "line cut"
        /// The gateway has no power, or its disk takes nothing.
        case machine = "gateway without power or disk"
        /// The gateway's time is not trusted: it fires nothing daily (R1).
        case time = "time not trusted"
        /// The broker is away.
        case broker = "broker away"
    }

    /// A meter that was in reach for so many minutes of the night, together, could give its rows: a poll goes
    /// out every hour.
    static let minutesToRead = 60
    /// After that, so many minutes with broker and gateway are enough for a publication: one goes out every
    /// half-hour, up to ten minutes late (R7).
    static let minutesToPublish = 45
    /// Rows of midnight are due two minutes after it (R15), and a meter may be busy with midnight as long.
    private static let firstMinute = 4

    private let faults: [SimulatedFault]
    private let midnight: Int

    /// The night that began `midnight` seconds after the start of the life.
    init(_ faults: [SimulatedFault], midnight: Int) {
        let night = midnight..<midnight + 6 * 3_600
        self.faults = faults.filter { $0.at < night.upperBound && $0.at + $0.lasts + 60 > night.lowerBound }
        self.midnight = midnight
    }

    /// What kept the rows of a meter from being due at six; nil when they were due.
    func obstacle(line: Int, station: Int) -> Obstacle? {
        let meter = faults.filter { $0.kind.keeps(line: line, station: station) }
        let gateway = faults.filter { $0.kind.obstacleOfGateway != nil }
        guard !meter.isEmpty || !gateway.isEmpty else { return nil }
        var (read, published) = (0, 0)
        for minute in NightReach.firstMinute..<360 {
            let span = midnight + minute * 60..<midnight + minute * 60 + 60
            if read < NightReach.minutesToRead {
                let isReachable = (meter + gateway.filter { $0.kind != .brokerDown })
                    .allSatisfy { !$0.touches(span) }
                if isReachable { read += 1 }
            } else if gateway.allSatisfy({ $0.kind == .timeUntrusted || !$0.touches(span) }) {
                published += 1
            }
        }
        if read >= NightReach.minutesToRead, published >= NightReach.minutesToPublish { return nil }
        return longest(of: meter + gateway)
    }

    /// The obstacle that took most of the night.
    private func longest(of faults: [SimulatedFault]) -> Obstacle? {
        let worst = faults.max { minutes($0) < minutes($1) }
        return switch worst?.kind {
        case .meterSilent: .meter
        case .lineCut: .line
        case let kind: kind?.obstacleOfGateway
        }
    }

    private func minutes(_ fault: SimulatedFault) -> Int {
        max(0, min(fault.at + fault.lasts, midnight + 6 * 3_600) - max(fault.at, midnight)) / 60
    }

    /// Everything that was wrong in the night, for whoever wants to know why a row is missing.
    func told(line: Int, station: Int) -> [SimulatedFault] {
        faults.filter { fault in
            fault.kind.concernsGateway || fault.kind.concerns(line: line, station: station)
                || fault.kind.disturbs(line: line)
        }
    }
}

extension SimulatedFault {
    /// Whether it lasts into a span; what follows a power cut, the start of the machine, belongs to it.
    fileprivate func touches(_ span: Range<Int>) -> Bool {
        at < span.upperBound && at + lasts + 60 > span.lowerBound
    }
}

extension SimulatedFault.Kind {
    /// Whether it keeps a meter from giving anything at all.
    fileprivate func keeps(line: Int, station: Int) -> Bool {
        switch self {
        case .meterSilent(line, station), .lineCut(line): true
        default: false
        }
    }

    /// What a fault of the gateway or its broker is called when rows did not get through for it.
    fileprivate var obstacleOfGateway: NightReach.Obstacle? {
        switch self {
        case .powerCut, .diskFull, .diskFailing: .machine
        case .timeUntrusted: .time
        case .brokerDown: .broker
        default: nil
        }
    }

    /// Whether it disturbs a line without cutting it.
    func disturbs(line: Int) -> Bool {
        switch self {
        case .lineNoise(line, _), .lineBabble(line, _), .lineEcho(line): true
        default: false
        }
    }
}

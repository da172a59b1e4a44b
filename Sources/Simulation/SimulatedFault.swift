// The faults a simulated gateway lives through, and how a year of them is drawn from a seed: episodes of one
// to three faults that may overlap, each followed by more than a day of quiet, after which nothing may be
// missing.

package import SPODES
package import StorageSimulation
import VirtualTime

/// One fault with its time.
package struct SimulatedFault: Sendable, Hashable, CustomStringConvertible {
    /// What goes wrong.
    package enum Kind: Sendable, Hashable {
        /// A meter says nothing.
        case meterSilent(line: Int, station: Int)
        /// A meter answers with damaged checks or cut frames in this share of answers.
        case meterGarbled(line: Int, station: Int, share: Double)
        /// A meter answers late.
        case meterLate(line: Int, station: Int, milliseconds: Int)
        /// Something happens to a meter's device; it has no end.
        case meterHappening(line: Int, station: Int, MeterHappening)
        /// A line is cut.
        case lineCut(Int)
        /// A line hears itself.
        case lineEcho(Int)
        /// A line spoils this share of octets.
        case lineNoise(Int, share: Double)
        /// Somebody babbles into this share of answers.
        case lineBabble(Int, share: Double)
        /// The power fails at the n-th write from now; the machine stays off for the fault's length.
        case powerCut(write: Int, PowerCut)
        /// The disk has room for so many more octets.
        case diskFull(room: Int)
        /// The device fails.
        case diskFailing(DiskFailure)
        /// The broker is away.
        case brokerDown
        /// The broker takes messages and its acknowledgements get lost, in this share.
        case acknowledgementsLost(share: Double)
        /// The gateway's clock steps; it steps back at the fault's end.
        case clockStep(seconds: Int)
        /// The gateway's time is not trusted.
        case timeUntrusted
        /// The data templates are edited, and edited back.
        case tablesEdited
        /// A meter gets another address; at the fault's end a technician edits its row.
        case meterReaddressed(line: Int, station: Int)
        /// A meter's clock goes wrong beyond what is put right by itself; at the end a technician sets it.
        case meterClock(line: Int, station: Int, MeterHappening)
        /// The power fails and the gateway's own clock with it: it starts years behind and not trusted, until
        /// it is synchronised at the end.
        case clockLost(seconds: Int)
        /// The row of a meter is taken out of the table, and put back.
        case meterRemoved(line: Int, station: Int)
        /// The row of a meter gets another interface, and its own again.
        case meterMoved(line: Int, station: Int)
        /// A meter gets a second row, which is taken out again.
        case meterTwinned(line: Int, station: Int)
        /// A meter has no mains: it writes one row as it goes, if it is one that does, and none until it is
        /// back.
        case meterDark(line: Int, station: Int)
        /// No meter of a line has mains.
        case streetDark(Int)
        /// Meters are busy with themselves for so many seconds after midnight.
        case midnightBusy(Int, seconds: Int)
        /// Meters of a line are behind a hub: seconds to tens of seconds for an answer, and this share lost.
        case lineHub(Int, share: Double)
        /// Meters of a line are behind a modem.
        case lineMobile(Int)
        /// Somebody else polls on the line: his requests fall into this share of answers.
        case lineForeignMaster(Int, share: Double)
        /// A meter was set to another speed: what it says is noise.
        case meterMisset(line: Int, station: Int)
        /// Rows of a meter's archives are there so many seconds after their boundaries.
        case rowsLate(line: Int, station: Int, seconds: Int)
        /// The power fails while a revision is written, which is torn: the one before is in force.
        case treeTorn

        /// Whether it keeps the gateway from writing.
        var isOfDisk: Bool {
            switch self {
            case .diskFull, .diskFailing: true
            default: false
            }
        }

        /// Whether rows are rightly sent a second time: the archive of a meter taken out went with its row.
        var repeatsRows: Bool {
            switch self {
            case .meterRemoved, .meterTwinned: true
            default: false
            }
        }
    }

    /// Seconds from the start of the life.
    package var at: Int
    /// Seconds it lasts.
    package var lasts: Int
    /// What goes wrong.
    package var kind: Kind

    /// A fault.
    package init(at: Int, lasts: Int, _ kind: Kind) {
        self.at = at
        self.lasts = lasts
        self.kind = kind
    }

    /// `day 3 04:05:06 +7200 s lineCut(0)`
    package var description: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time = "\(two(at / 3_600 % 24)):\(two(at / 60 % 60)):\(two(at % 60))"
        return "day \(at / 86_400) \(time) +\(lasts) s \(kind)"
    }
}

/// Faults that come together, and the moment by which all of their traces must be gone.
package struct FaultEpisode: Sendable, Hashable {
    /// In order of beginning.
    package var faults: [SimulatedFault]
    /// When the archive is compared with the street, in seconds from the start of the life.
    package var examinedAt: Int

    /// An episode.
    package init(faults: [SimulatedFault], examinedAt: Int) {
        self.faults = faults
        self.examinedAt = examinedAt
    }
}

/// Draws lives from seeds.
package struct FaultPlan: Sendable {
    /// Quiet after the last fault before the street is compared: a day, and the longest time a wrong
    /// password or a growing back-off keeps a meter unasked.
    package static let quiet = 25 * 3_600 + 1_800

    /// One fault of each family, for lives of a single fault.
    package static let families: [SimulatedFault.Kind] = [
        .meterSilent(line: 0, station: 0), .meterGarbled(line: 0, station: 1, share: 0.3),
        .meterLate(line: 1, station: 0, milliseconds: 5_000),
        .meterHappening(line: 0, station: 0, .replaced),
        .meterHappening(line: 0, station: 1, .profileCleared),
        .lineCut(0), .lineEcho(0), .lineNoise(0, share: 0.002), .lineBabble(1, share: 0.3),
        .powerCut(write: 40, .tearUnsynced), .powerCut(write: 11, .loseUnsynced), .diskFull(room: 30_000),
        .diskFailing(.writes), .diskFailing(.syncs), .diskFailing([.reads, .writes]), .brokerDown,
        .acknowledgementsLost(share: 0.3), .clockStep(seconds: 4_000), .clockStep(seconds: -400),
        .timeUntrusted, .tablesEdited, .meterReaddressed(line: 0, station: 0),
        .meterClock(line: 0, station: 1, .batteryDied), .meterClock(line: 0, station: 1, .clockAhead),
        .meterClock(line: 1, station: 0, .clockBack), .clockLost(seconds: 820_000_000),
        .meterRemoved(line: 0, station: 0), .meterMoved(line: 0, station: 1),
        .meterTwinned(line: 0, station: 0), .treeTorn, .meterDark(line: 0, station: 0), .streetDark(1),
        .midnightBusy(0, seconds: 110), .lineHub(0, share: 0.2), .lineMobile(1),
        .lineForeignMaster(0, share: 0.2), .meterMisset(line: 0, station: 1),
        .rowsLate(line: 0, station: 1, seconds: 900), .meterHappening(line: 0, station: 1, .hourly),
    ]

    /// A life's only fault, of two hours from noon or from before midnight, as it matters to it.
    package static func single(_ kind: SimulatedFault.Kind) -> SimulatedFault {
        switch kind {
        case .midnightBusy, .rowsLate: return SimulatedFault(at: 80_600, lasts: 7_200, kind)
        default: return SimulatedFault(at: 129_600, lasts: 7_200, kind)
        }
    }

    let entropy: SeededEntropy
    let meters: [Int]
    private let patience: Int
    private let draw: FaultDraw

    /// The chance of a seed for lines with so many meters that are read, and told of, so many seconds later
    /// than every half-hour.
    package init(seed: UInt64, meters: [Int], patience: Int = 0, draw: FaultDraw = .anything) {
        self.patience = patience
        self.draw = draw
        entropy = SeededEntropy(seed: seed ^ 0x6661_756C)
        self.meters = meters
    }

    /// Episodes of a life of so many days.
    package func episodes(days: Int) -> [FaultEpisode] {
        var found: [FaultEpisode] = []
        // The first day belongs to reading the history.
        var cursor = 2 * 86_400
        while true {
            let begin = cursor + entropy.number(in: 0...43_200)
            var faults =
                switch draw {
                case .anything:
                    (0..<entropy.number(in: 1...3)).map { _ in
                        fault(at: begin + entropy.number(in: 0...21_600))
                    }
                case .knots: knot(from: begin)
                }
            faults.sort { $0.at < $1.at }
            let end = faults.reduce(begin) { max($0, $1.at + $1.lasts) }
            let examined = end + FaultPlan.quiet + 2 * patience
            guard examined <= days * 86_400 else { return found }
            found.append(FaultEpisode(faults: faults, examinedAt: examined))
            cursor = examined + 60
        }
    }

    private func fault(at: Int) -> SimulatedFault {
        let line = entropy.number(in: 0...meters.count - 1)
        let station = entropy.number(in: 0...meters[line] - 1)
        let share = Double(entropy.number(in: 1...40)) / 100
        // Minutes, hours or days, each as likely.
        let lasts =
            switch entropy.number(in: 0...2) {
            case 0: entropy.number(in: 60...3_600)
            case 1: entropy.number(in: 3_600...43_200)
            default: entropy.number(in: 43_200...3 * 86_400)
            }
        let kind: SimulatedFault.Kind
        switch entropy.number(in: 0...30) {
        case 0, 1: kind = .meterSilent(line: line, station: station)
        case 2: kind = .meterGarbled(line: line, station: station, share: share)
        case 3: kind = .meterLate(line: line, station: station, milliseconds: entropy.number(in: 200...9_000))
        case 4:
            let happening = FaultPlan.happenings[entropy.number(in: 0...FaultPlan.happenings.count - 1)]
            kind = .meterHappening(line: line, station: station, happening)
        case 5, 6: kind = .lineCut(line)
        case 7: kind = .lineEcho(line)
        case 8: kind = .lineNoise(line, share: share / 100)
        case 9: kind = .lineBabble(line, share: share)
        case 10, 11, 12:
            let cut = PowerCut.allCases[entropy.number(in: 0...2)]
            kind = .powerCut(write: entropy.number(in: 1...400), cut)
        case 13: kind = .diskFull(room: entropy.number(in: 0...200_000))
        case 14: kind = .diskFailing([.writes, .syncs, [.reads, .writes]][entropy.number(in: 0...2)])
        case 15, 16: kind = .brokerDown
        case 17: kind = .acknowledgementsLost(share: share)
        case 18:
            let magnitude = [3, 40, 400, 4_000][entropy.number(in: 0...3)]
            kind = .clockStep(seconds: entropy.number(in: 0...1) == 0 ? magnitude : -magnitude)
        case 19: kind = entropy.number(in: 0...1) == 0 ? .timeUntrusted : .tablesEdited
        case 20: kind = .meterReaddressed(line: line, station: station)
        case 21: kind = .meterClock(line: line, station: station, FaultPlan.clocks[entropy.number(in: 0...2)])
        case 22: kind = .clockLost(seconds: entropy.number(in: 100_000...820_000_000))
        case 23: kind = .meterRemoved(line: line, station: station)
        case 24:
            kind =
                entropy.number(in: 0...1) == 0
                ? .meterMoved(line: line, station: station) : .meterTwinned(line: line, station: station)
        case 25: kind = .treeTorn
        case 26: kind = .meterDark(line: line, station: station)
        case 27: kind = .streetDark(line)
        case 28:
            kind =
                entropy.number(in: 0...1) == 0
                ? .midnightBusy(line, seconds: entropy.number(in: 20...120))
                : .rowsLate(line: line, station: station, seconds: entropy.number(in: 60...2_400))
        case 29: kind = .lineForeignMaster(line, share: share)
        default: kind = FaultPlan.slowness(line, station, share, entropy.number(in: 0...2))
        }
        return SimulatedFault(at: at, lasts: lasts, kind)
    }

    /// What makes meters slow or not understood (R33).
    private static func slowness(
        _ line: Int, _ station: Int, _ share: Double, _ which: Int
    ) -> SimulatedFault.Kind {
        switch which {
        case 0: .lineHub(line, share: min(0.3, share))
        case 1: .lineMobile(line)
        default: .meterMisset(line: line, station: station)
        }
    }

    /// What happens to clocks (R31).
    static let clocks: [MeterHappening] = [.batteryDied, .clockAhead, .clockBack]

    /// What happens to devices without changing what the rows of another day mean.
    private static let happenings: [MeterHappening] = [
        .coverOpened, .magnetOn, .magnetOff, .replaced, .profileCleared, .unauthorised, .hourly,
        .monthEndMoved, .monthCaptured,
    ]
}

extension SeededEntropy {
    /// The next number of a range; a bias of one in billions does not matter to faults.
    func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}

// The faults of an ordinary site, independent of each other: every line, meter, the gateway's machine, its
// clock and its broker fall ill by themselves, at the rates below. Not the torment of `FaultPlan`, and no
// kindness either: something is wrong somewhere on most days.

import SPODES
import StorageSimulation
import VirtualTime

/// What goes wrong on a site, drawn from a seed.
package struct FaultMix: Sendable {
    /// Days at the beginning in which the meters' history is read, and at the end in which all must arrive.
    static let quietDays = 3

    private let entropy: SeededEntropy
    private let meters: [Int]

    /// The chance of a seed for lines with so many meters.
    package init(seed: UInt64, meters: [Int]) {
        entropy = SeededEntropy(seed: seed ^ 0x6D69_7865)
        self.meters = meters
    }

    /// The faults of so many days in order of their beginnings. One place has one fault at a time; between
    /// two of them lie as many days as the number says, in the mean.
    package func faults(days: Int) -> [SimulatedFault] {
        var found: [SimulatedFault] = []
        for line in meters.indices {
            found += faults(days, every: 10) { onLine(line) }
            for station in 0..<meters[line] {
                found += faults(days, every: 45) { atMeter(line, station) }
            }
        }
        found += faults(days, every: 15, ofMachine)
        found += faults(days, every: 8, ofBroker)
        found += faults(days, every: 20, ofClock)
        return found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
    }

    private typealias Ailment = (kind: SimulatedFault.Kind, lasts: Int)

    private func faults(_ days: Int, every mean: Int, _ draw: () -> Ailment) -> [SimulatedFault] {
        let end = (days - FaultMix.quietDays) * 86_400
        var found: [SimulatedFault] = []
        var cursor = FaultMix.quietDays * 86_400
        while true {
            cursor += entropy.number(in: 0...2 * mean * 86_400)
            let (kind, lasts) = draw()
            guard cursor + lasts < end else { return found }
            found.append(SimulatedFault(at: cursor, lasts: lasts, kind))
            // The machine needs a moment after its power came back.
            cursor += lasts + 60
        }
    }

    /// Cuts as often as noise: a minute to a day and a half. Noise spoils up to one octet in a thousand.
    private func onLine(_ line: Int) -> Ailment {
        switch entropy.number(in: 0...9) {
        case 0...3: (.lineCut(line), length(from: 60, doubled: 10))
        case 4...7:
            (
                .lineNoise(line, share: Double(entropy.number(in: 1...10)) / 10_000),
                length(from: 600, doubled: 6)
            )
        case 8:
            (
                .lineBabble(line, share: Double(entropy.number(in: 5...20)) / 100),
                length(from: 600, doubled: 4)
            )
        default: (.lineEcho(line), length(from: 600, doubled: 4))
        }
    }

    /// A third are silent, for ten minutes to a week.
    private func atMeter(_ line: Int, _ station: Int) -> Ailment {
        switch entropy.number(in: 0...11) {
        case 0...3: return (.meterSilent(line: line, station: station), length(from: 600, doubled: 9))
        case 4...5:
            let share = Double(entropy.number(in: 5...30)) / 100
            return (
                .meterGarbled(line: line, station: station, share: share), length(from: 3_600, doubled: 4)
            )
        case 6...8:
            let late = entropy.number(in: 200...3_000)
            return (
                .meterLate(line: line, station: station, milliseconds: late), length(from: 3_600, doubled: 5)
            )
        default:
            let happening = FaultMix.happenings[entropy.number(in: 0...FaultMix.happenings.count - 1)]
            return (.meterHappening(line: line, station: station, happening), 60)
        }
    }

    private static let happenings: [MeterHappening] = [
        .coverOpened, .coverOpened, .magnetOn, .magnetOff, .unauthorised, .unauthorised, .replaced,
        .profileCleared,
    ]

    /// Mostly the power, for a minute to a night; a full or failing disk now and then.
    private func ofMachine() -> Ailment {
        switch entropy.number(in: 0...9) {
        case 0...7:
            let cut = PowerCut.allCases[entropy.number(in: 0...2)]
            return (.powerCut(write: entropy.number(in: 1...40), cut), length(from: 60, doubled: 8))
        case 8: return (.diskFull(room: entropy.number(in: 0...200_000)), length(from: 600, doubled: 4))
        default:
            return (.diskFailing([.writes, .syncs][entropy.number(in: 0...1)]), length(from: 60, doubled: 6))
        }
    }

    /// Away for a minute to a day and a half, or losing acknowledgements.
    private func ofBroker() -> Ailment {
        guard entropy.number(in: 0...3) == 0 else { return (.brokerDown, length(from: 60, doubled: 10)) }
        let share = Double(entropy.number(in: 5...40)) / 100
        return (.acknowledgementsLost(share: share), length(from: 600, doubled: 5))
    }

    /// Without trusted time for ten minutes to a day, or a second or two off.
    private func ofClock() -> Ailment {
        guard entropy.number(in: 0...3) == 0 else { return (.timeUntrusted, length(from: 600, doubled: 6)) }
        return (
            .clockStep(seconds: [-2, -1, 1, 2][entropy.number(in: 0...3)]), length(from: 3_600, doubled: 4)
        )
    }

    /// Every doubling of the shortest is as likely.
    private func length(from shortest: Int, doubled times: Int) -> Int {
        let base = shortest << entropy.number(in: 0...times)
        return base + entropy.number(in: 0...base)
    }
}

// What an operator sees at six in the morning: are the half-hours and the starts of day of yesterday here,
// and do the meters' clocks show the right time. Counted for meters that nothing kept from giving: a line
// that is cut, or a gateway without power, is not what these figures are about.

import Archive
import Metering
import SPODES
import Street
import Timekeeping
import VirtualTime

/// Counts over the mornings of a life.
package struct MorningTally: Sendable, Hashable {
    /// Rows of the day before that meters held and could give.
    package var due = 0
    /// Those of them the broker had.
    package var arrived = 0
    /// Clocks looked at.
    package var clocks = 0
    /// Those within five seconds of the world's time.
    package var right = 0

    /// Nothing yet.
    package init() {}

    /// Adds the counts of another life.
    package static func += (left: inout Self, right: Self) {
        left.due += right.due
        left.arrived += right.arrived
        left.clocks += right.clocks
        left.right += right.right
    }
}

extension LifeExaminer {
    /// Counts one morning; `faults` are those of the last thirty hours.
    func morning(excluding faults: [SimulatedFault]) async throws {
        var ignored = ExaminationFindings()
        try await receive(into: &ignored)
        let wall = site.world.wall.now
        let now = wall.civil(in: site.plan.zone)
        guard !faults.contains(where: { $0.kind.concernsGateway }) else { return }
        var meter = 0
        for (index, line) in lines.enumerated() {
            let truth = await site.wires[line.name]?.withLine { StreetTruth($0, wall: wall) }
            for (station, address) in line.addresses.enumerated() {
                meter += 1
                guard let holder = truth?.meters[address],
                    !faults.contains(where: { $0.kind.concerns(line: index, station: station) })
                else { continue }
                count(meter, holder, midnight: now.startOfDay)
                mornings.clocks += 1
                if (holder.clock.seconds - now.seconds).magnitude <= 5 { mornings.right += 1 }
            }
        }
    }

    private func count(_ meter: Int, _ holder: MeterTruth, midnight: CivilStamp) {
        let yesterday = midnight.adding(seconds: -86_400 + 1)...midnight
        for (profile, measure, window) in [
            (.load, .powerProfile, yesterday), (.day, .dayEnergy, midnight...midnight),
        ] as [(ArchiveProfile, Measure, ClosedRange<CivilStamp>)] {
            let series = holder.stamps(profile)
            for place in series.indices(from: window.lowerBound, to: window.upperBound) {
                mornings.due += 1
                if hasArrived(measure, meter, holder.serial, series.stamp(place)) { mornings.arrived += 1 }
            }
        }
    }
}

extension SimulatedFault.Kind {
    /// Whether it keeps everything from arriving.
    var concernsGateway: Bool {
        switch self {
        case .powerCut, .diskFull, .diskFailing, .brokerDown, .acknowledgementsLost, .clockStep,
            .timeUntrusted, .clockLost, .treeTorn:
            true
        case .meterSilent, .meterGarbled, .meterLate, .meterHappening, .lineCut, .lineEcho, .lineNoise,
            .lineBabble, .tablesEdited, .meterReaddressed, .meterClock, .meterRemoved, .meterMoved,
            .meterTwinned, .meterDark, .streetDark, .midnightBusy, .lineHub, .lineMobile,
            .lineForeignMaster, .meterMisset, .rowsLate:
            false
        }
    }

    /// Whether it keeps a meter from giving what it has.
    func concerns(line: Int, station: Int) -> Bool {
        switch self {
        case .meterSilent(line, station), .meterGarbled(line, station, _), .meterLate(line, station, _),
            .meterHappening(line, station, _), .lineCut(line), .meterReaddressed(line, station),
            .meterClock(line, station, _), .meterRemoved(line, station), .meterMoved(line, station),
            .meterDark(line, station), .streetDark(line), .lineHub(line, _), .lineMobile(line),
            .meterMisset(line, station), .rowsLate(line, station, _):
            true
        default: false
        }
    }
}

// Knots: clocks, mains and archives of one meter go wrong within hours of each other, and so do the gateway's
// own power and time. Drawn among all faults such a knot comes once in years, and whatever the gateway or its
// examiner understands wrongly of what a meter writes is found in knots.

import SPODES
import StorageSimulation
import VirtualTime

/// What a life's faults are drawn from.
package enum FaultDraw: Sendable, Hashable {
    /// All faults there are.
    case anything
    /// Those of one meter at a time that change what its rows mean.
    case knots
}

extension FaultPlan {
    /// Two to four faults of one meter within four hours, one of them of its clock.
    func knot(from begin: Int) -> [SimulatedFault] {
        let line = entropy.number(in: 0...meters.count - 1)
        let station = entropy.number(in: 0...meters[line] - 1)
        return (0..<entropy.number(in: 2...4)).map { index in
            let at = begin + entropy.number(in: 0...14_400)
            // Minutes as often as hours.
            let lasts =
                entropy.number(in: 0...1) == 0
                ? entropy.number(in: 60...3_600) : entropy.number(in: 3_600...43_200)
            let clock = FaultPlan.clocks[entropy.number(in: 0...2)]
            let kind = index == 0 ? .meterClock(line: line, station: station, clock) : strand(line, station)
            return SimulatedFault(at: at, lasts: lasts, kind)
        }
    }

    /// One of the faults that a knot is made of.
    private func strand(_ line: Int, _ station: Int) -> SimulatedFault.Kind {
        switch entropy.number(in: 0...11) {
        case 0: .meterClock(line: line, station: station, FaultPlan.clocks[entropy.number(in: 0...2)])
        case 1, 2: .meterDark(line: line, station: station)
        case 3: .streetDark(line)
        case 4, 5: .meterHappening(line: line, station: station, .profileCleared)
        case 6: .meterHappening(line: line, station: station, .replaced)
        case 7: .rowsLate(line: line, station: station, seconds: entropy.number(in: 60...2_400))
        case 8: .meterSilent(line: line, station: station)
        case 9: .powerCut(write: entropy.number(in: 1...100), PowerCut.allCases[entropy.number(in: 0...2)])
        case 10: .clockStep(seconds: entropy.number(in: 0...1) == 0 ? 4_000 : -4_000)
        default: .meterRemoved(line: line, station: station)
        }
    }
}

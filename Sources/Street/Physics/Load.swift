// What hangs behind a meter: one subscriber, or a whole line with its losses (a head meter, R30).

package import SPODES

/// The load behind a meter.
package enum Load: Sendable, Hashable {
    /// One subscriber.
    case subscriber(LoadCurve)
    /// All subscribers of a line and the heat of its wires, in thousandths of the energy that passes.
    case line([LoadCurve], lossesPerMille: Int64)

    /// Energies of a half-hour, numbered since 2000-01-01 00:00 of the street's civil time.
    package func halfHour(_ slot: Int64) -> EnergyFlow {
        switch self {
        case .subscriber(let curve): return curve.halfHour(slot)
        case .line(let curves, let losses):
            var sum = EnergyFlow()
            for curve in curves { sum += curve.halfHour(slot) }
            // What one subscriber gives the next one takes: the head sees the difference, and pays the
            // losses.
            let passed = sum.activeImport + sum.activeExport
            let active = sum.activeImport - sum.activeExport + passed * losses / 1_000
            let reactive = sum.reactiveImport - sum.reactiveExport
            return EnergyFlow(
                activeImport: max(active, 0), activeExport: max(-active, 0),
                reactiveImport: max(reactive, 0), reactiveExport: max(-reactive, 0))
        }
    }

    /// How the energy of a half-hour lies about its minutes: `LoadCurve.minuteWeights`.
    func minuteWeights(_ slot: Int64) -> [Int64] {
        switch self {
        case .subscriber(let curve): curve.minuteWeights(slot)
        // Many subscribers together flicker little.
        case .line: Array(0...30)
        }
    }
}

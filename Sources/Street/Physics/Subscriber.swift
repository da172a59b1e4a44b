// A subscriber at his place of the line: registers from the ledger, and voltages, currents and powers of the
// phases that agree with them at every instant. The measuring half of a simulated meter.

package import SPODES
import Timekeeping

/// A place on the line with its load.
package struct Subscriber: MeasuringElement {
    /// Registers.
    package private(set) var ledger: EnergyLedger
    /// The grid he hangs on.
    package let grid: Grid
    /// 1 or 3.
    package let phases: Int
    /// 0 at the transformer, 1 at the far end of the line.
    package let place: Double
    private let noise: Noise

    /// A subscriber. The seed shares the load among the phases.
    package init(ledger: EnergyLedger, grid: Grid, phases: Int, place: Double, seed: UInt64) {
        self.ledger = ledger
        self.grid = grid
        self.phases = phases == 1 ? 1 : 3
        self.place = min(max(place, 0), 1)
        noise = Noise(seed: seed ^ 0x7068_6173)
    }

    /// Midnight the meter was installed at.
    package var installed: Int64 { ledger.installed.seconds * 1_000 }

    /// Sums the days up to `instant`.
    package mutating func prepare(through instant: Int64) { ledger.prepare(through: instant) }

    /// Registers at an instant.
    package func registers(at instant: Int64) -> EnergyRegisters { ledger.registers(at: instant) }

    /// Phase values whose sums are the ledger's powers.
    package func network(at instant: Int64) -> NetworkState {
        let power = ledger.power(at: instant)
        let shares = phaseShares(at: instant)
        let active = shares.map { $0 * power.active }
        let reactive = shares.map { $0 * power.reactive }
        var voltages: [Double] = []
        var currents: [Double] = []
        for phase in 0..<phases {
            let volts = grid.voltage(at: instant, phase: phase, place: place, watts: active[phase])
            let apparent = (active[phase] * active[phase] + reactive[phase] * reactive[phase]).squareRoot()
            voltages.append(volts)
            currents.append(apparent / volts)
        }
        return NetworkState(
            voltages: voltages, currents: currents, active: active, reactive: reactive,
            frequency: grid.frequency(at: instant),
            neutralCurrent: neutral(voltages: voltages, active: active, reactive: reactive))
    }

    /// Shares of the phases, changing slowly; they add up to one.
    private func phaseShares(at instant: Int64) -> [Double] {
        guard phases == 3 else { return [1] }
        let weights = (0..<3).map { 1 + 0.45 * noise.wave(UInt64($0), at: instant, period: 5_400_000) }
        let sum = weights[0] + weights[1] + weights[2]
        return weights.map { $0 / sum }
    }

    /// Vector sum of the phase currents, the phases 120° apart; the phase current itself in a one-phase
    /// meter.
    private func neutral(voltages: [Double], active: [Double], reactive: [Double]) -> Double {
        let half = 0.5
        let root = 0.866_025_403_784_438_6
        let turns: [(cosine: Double, sine: Double)] = [(1, 0), (-half, -root), (-half, root)]
        var (real, imaginary) = (0.0, 0.0)
        for phase in 0..<phases {
            // The current lags an inductive load's voltage: I = (P − jQ) / U, turned to its phase.
            let (inPhase, lagging) = (active[phase] / voltages[phase], -reactive[phase] / voltages[phase])
            real += inPhase * turns[phase].cosine - lagging * turns[phase].sine
            imaginary += inPhase * turns[phase].sine + lagging * turns[phase].cosine
        }
        return (real * real + imaginary * imaginary).squareRoot()
    }
}

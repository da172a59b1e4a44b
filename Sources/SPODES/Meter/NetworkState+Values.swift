// From phase values to everything a meter shows of the network.

extension NetworkState {
    /// The same network behind an open relay.
    var withoutCurrent: NetworkState {
        let zero = voltages.map { _ in 0.0 }
        return NetworkState(
            voltages: voltages, currents: zero, active: zero, reactive: zero, frequency: frequency,
            neutralCurrent: 0)
    }

    /// The value of a source in its base unit; zero for what is no present value of the network.
    func value(of source: MeterColumn.Source) -> Double {
        switch source {
        case .voltage(let phase): voltages[phase]
        case .lineVoltage(let phase): lineVoltage(phase)
        case .current(let phase): currents[phase]
        case .neutral: neutralCurrent
        case .active(let phase): sum(active, phase)
        case .reactive(let phase): sum(reactive, phase)
        case .apparent(let phase): apparent(phase)
        case .factor(let phase): apparent(phase) > 0 ? sum(active, phase) / apparent(phase) : 1
        case .tangent(let phase): sum(active, phase) != 0 ? sum(reactive, phase) / sum(active, phase) : 0
        case .angle(let phase): phase < active.count ? Angle.degrees(y: reactive[phase], x: active[phase]) : 0
        case .voltageAngle(let phase): Double(phase) * 120
        case .currentImbalance: imbalance
        case .frequency: frequency
        case .energy, .leakage, .increment, .demand, .operatingTime, .temperature: 0
        }
    }

    private var imbalance: Double {
        let phase = currents.max() ?? 0
        return phase > 0 ? abs(phase - neutralCurrent) / phase * 100 : 0
    }

    private func sum(_ values: [Double], _ phase: Int?) -> Double {
        phase.map { values[$0] } ?? values.reduce(0, +)
    }

    private func apparent(_ phase: Int?) -> Double {
        let (watts, vars) = (sum(active, phase), sum(reactive, phase))
        return (watts * watts + vars * vars).squareRoot()
    }

    /// Between a phase and the next, 120° apart.
    private func lineVoltage(_ phase: Int) -> Double {
        let (here, next) = (voltages[phase], voltages[(phase + 1) % voltages.count])
        return (here * here + next * next + here * next).squareRoot()
    }
}

// The measuring half of a meter that was put in later than its load began: it counts from zero at the instant
// it was put in, over the same load, so that the street's energy stays one (R32).

/// A measuring element whose life begins at an instant.
struct LaterElement: MeasuringElement {
    private var base: any MeasuringElement
    private let start: EnergyRegisters
    let installed: Int64

    /// An element over the load of `base` from `instant` on.
    init(over base: any MeasuringElement, from instant: Int64) {
        self.base = base
        installed = instant
        start = base.registers(at: instant)
    }

    var phases: Int { base.phases }

    mutating func prepare(through instant: Int64) { base.prepare(through: instant) }

    func registers(at instant: Int64) -> EnergyRegisters {
        var registers = base.registers(at: max(instant, installed))
        registers -= start
        return registers
    }

    func network(at instant: Int64) -> NetworkState { base.network(at: instant) }
}

// What the communicating half of a meter asks of its measuring half: registers at any instant of its life and
// the state of the network. The simulated street implements it over a load curve; a test may implement it
// over a table. Instants are milliseconds since 2000-01-01 00:00 in the street's civil time, the true time
// the meter's own clock strays from.

/// Energies, never negative, in milliwatt-seconds and millivar-seconds.
package struct EnergyFlow: Sendable, Hashable {
    /// A+: active energy taken from the grid.
    package var activeImport: Int64
    /// A−: active energy given to the grid.
    package var activeExport: Int64
    /// R+: reactive energy of an inductive load.
    package var reactiveImport: Int64
    /// R−: reactive energy of a capacitive load.
    package var reactiveExport: Int64

    /// Four energies.
    package init(
        activeImport: Int64 = 0, activeExport: Int64 = 0, reactiveImport: Int64 = 0, reactiveExport: Int64 = 0
    ) {
        self.activeImport = activeImport
        self.activeExport = activeExport
        self.reactiveImport = reactiveImport
        self.reactiveExport = reactiveExport
    }

    /// Component by component.
    package static func += (left: inout Self, right: Self) {
        left.activeImport += right.activeImport
        left.activeExport += right.activeExport
        left.reactiveImport += right.reactiveImport
        left.reactiveExport += right.reactiveExport
    }

    /// Component by component.
    package static func -= (left: inout Self, right: Self) {
        left.activeImport -= right.activeImport
        left.activeExport -= right.activeExport
        left.reactiveImport -= right.reactiveImport
        left.reactiveExport -= right.reactiveExport
    }

    /// `numerator / denominator` of every component, rounded down; 0 ≤ numerator ≤ denominator.
    package func part(_ numerator: Int64, of denominator: Int64) -> Self {
        func share(_ whole: Int64) -> Int64 {
            denominator.dividingFullWidth(whole.multipliedFullWidth(by: numerator)).quotient
        }
        return Self(
            activeImport: share(activeImport), activeExport: share(activeExport),
            reactiveImport: share(reactiveImport), reactiveExport: share(reactiveExport))
    }

    /// The energy of OBIS value group C: 1 A+, 2 A−, 3 R+, 4 R−; zero for any other.
    package subscript(quantity: UInt8) -> Int64 {
        switch quantity {
        case 1: activeImport
        case 2: activeExport
        case 3: reactiveImport
        case 4: reactiveExport
        default: 0
        }
    }
}

/// Registers of a meter at one instant: four tariffs, each with its energies.
package struct EnergyRegisters: Sendable, Hashable {
    // Stored in line: a street asks for registers millions of times.
    private var first = EnergyFlow()
    private var second = EnergyFlow()
    private var third = EnergyFlow()
    private var fourth = EnergyFlow()

    /// Four empty tariffs.
    package init() {}

    /// The energies of a tariff, 1…4; a programming error otherwise.
    package subscript(tariff number: Int) -> EnergyFlow {
        get {
            switch number {
            case 1: first
            case 2: second
            case 3: third
            case 4: fourth
            default: preconditionFailure("tariff \(number)")
            }
        }
        set {
            switch number {
            case 1: first = newValue
            case 2: second = newValue
            case 3: third = newValue
            case 4: fourth = newValue
            default: preconditionFailure("tariff \(number)")
            }
        }
    }

    /// Tariff by tariff.
    package static func += (left: inout Self, right: Self) {
        left.first += right.first
        left.second += right.second
        left.third += right.third
        left.fourth += right.fourth
    }

    /// Tariff by tariff.
    package static func -= (left: inout Self, right: Self) {
        left.first -= right.first
        left.second -= right.second
        left.third -= right.third
        left.fourth -= right.fourth
    }

    /// Sum of the tariffs.
    package var total: EnergyFlow {
        var sum = first
        sum += second
        sum += third
        sum += fourth
        return sum
    }

    /// A register by OBIS value groups C (1…4) and E (0 the sum, 1…4 the tariffs); zero for what the meter
    /// lacks.
    package subscript(quantity: UInt8, tariff: UInt8) -> Int64 {
        switch tariff {
        case 0: total[quantity]
        case 1...4: self[tariff: Int(tariff)][quantity]
        default: 0
        }
    }
}

/// What the network does at one instant; lists have one entry for each phase of the meter.
package struct NetworkState: Sendable, Hashable {
    /// Volts.
    package var voltages: [Double]
    /// Amperes.
    package var currents: [Double]
    /// Watts, negative when energy is given to the grid.
    package var active: [Double]
    /// Vars, positive for an inductive load.
    package var reactive: [Double]
    /// Hertz.
    package var frequency: Double
    /// Amperes in the neutral conductor.
    package var neutralCurrent: Double

    /// A state.
    package init(
        voltages: [Double], currents: [Double], active: [Double], reactive: [Double], frequency: Double,
        neutralCurrent: Double
    ) {
        self.voltages = voltages
        self.currents = currents
        self.active = active
        self.reactive = reactive
        self.frequency = frequency
        self.neutralCurrent = neutralCurrent
    }
}

/// The measuring half of a meter.
package protocol MeasuringElement: Sendable {
    /// 1 or 3.
    var phases: Int { get }
    /// First instant of the meter's life; nothing was recorded before.
    var installed: Int64 { get }
    /// Gets ready for questions up to `instant`; harmless to leave out, only slower.
    mutating func prepare(through instant: Int64)
    /// Registers at an instant.
    func registers(at instant: Int64) -> EnergyRegisters
    /// The network at an instant.
    func network(at instant: Int64) -> NetworkState
}

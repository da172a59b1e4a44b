// What a meter can show: the list of its values with OBIS code, unit and scaler, and how each is computed.
// Registers and profile columns are made of the same list, so that both always agree.

package import Metering

/// One value of a meter.
package struct MeterColumn: Sendable, Hashable {
    /// What is behind it.
    package enum Source: Sendable, Hashable {
        /// A register of energy: OBIS groups C and E.
        case energy(quantity: UInt8, tariff: UInt8)
        /// Energy of an interval, group C.
        case increment(UInt8)
        /// Mean power of an interval, group C.
        case demand(UInt8)
        /// Volts of a phase.
        case voltage(Int)
        /// Volts between a phase and the next.
        case lineVoltage(Int)
        /// Amperes of a phase.
        case current(Int)
        /// Amperes of the neutral.
        case neutral
        /// Watts of a phase; nil for all.
        case active(Int?)
        /// Vars of a phase; nil for all.
        case reactive(Int?)
        /// Volt-amperes of a phase; nil for all.
        case apparent(Int?)
        /// Power factor of a phase; nil for all.
        case factor(Int?)
        /// Reactive by active power of a phase; nil for all.
        case tangent(Int?)
        /// Amperes that come back on no wire of the meter.
        case leakage
        /// Degrees from a phase's voltage to its current.
        case angle(Int)
        /// Degrees from one phase's voltage to that of another, so many phases on.
        case voltageAngle(Int)
        /// Per cent between phase and neutral currents.
        case currentImbalance
        /// Hertz.
        case frequency
        /// Seconds since installation.
        case operatingTime
        /// Degrees inside the case.
        case temperature
    }

    /// Logical name of the object.
    package let code: OBISCode
    /// Power of ten.
    package let scaler: Int8
    /// Unit.
    package let unit: Unit
    /// What is behind it.
    package let source: Source

    init(_ code: OBISCode, scaler: Int8, unit: Unit, _ source: Source) {
        self.code = code
        self.scaler = scaler
        self.unit = unit
        self.source = source
    }
}

extension MeterColumn {
    /// Seconds since installation.
    static let operatingTimeCode = OBISCode(0, 0, 96, 8, 0)
    static let operatingTime = MeterColumn(operatingTimeCode, scaler: 0, unit: .second, .operatingTime)

    /// What 1.0.81.7.E measures (IEC 62056-6-1, table 17): ten times the reference plus what is measured; nil
    /// for pairs that a meter of so many phases does not have.
    static func angle(_ group: UInt8, _ phases: Int) -> Source? {
        let (reference, measured) = (Int(group) / 10, Int(group) % 10)
        guard reference < phases else { return nil }
        if measured >= 4 { return measured - 4 == reference ? .angle(reference) : nil }
        guard measured < phases, measured != reference else { return nil }
        return .voltageAngle((reference - measured + 3) % 3)
    }
}

extension Personality {
    /// Registers of energy, all tariffs.
    package var energyColumns: [MeterColumn] {
        let quantities: [UInt8] = energy.hasExport ? [1, 2, 3, 4] : [1, 3, 4]
        return quantities.flatMap { quantity in
            (UInt8(0)...4).map { energyColumn(OBISCode(1, 0, quantity, 8, $0)) }
        }
    }

    /// Columns of daily and monthly rows.
    package var dayColumns: [MeterColumn] {
        captureCodes.map { $0 == MeterColumn.operatingTimeCode ? .operatingTime : energyColumn($0) }
    }

    /// Columns of the load profile.
    package var profileColumns: [MeterColumn] {
        let quantities: [UInt8] = energy.hasExport ? [1, 2, 3, 4] : [1, 3, 4]
        var columns = quantities.map { quantity in
            let isActive = quantity <= 2
            let code = OBISCode(1, 0, quantity, profile.processing, 0)
            return profile.processing == 53
                ? MeterColumn(code, scaler: profile.scaler, unit: isActive ? .watt : .var, .demand(quantity))
                : MeterColumn(
                    code, scaler: profile.scaler, unit: isActive ? .wattHour : .varHour, .increment(quantity))
        }
        if profile.hasVoltages { columns += voltageColumns }
        return columns
    }

    /// Present values of the network.
    package var networkColumns: [MeterColumn] {
        var columns = voltageColumns + (phases == 3 ? phaseColumns : [])
        if phases == 1 { columns.append(column(11, 7, 0, quality.current, .ampere, .current(0))) }
        columns += [
            column(91, 7, 0, quality.current, .ampere, .neutral),
            column(1, 7, 0, quality.power, .watt, .active(nil)),
            column(3, 7, 0, quality.power, .var, .reactive(nil)),
            column(9, 7, 0, quality.power, .voltAmpere, .apparent(nil)),
            column(13, 7, 0, quality.factor, .none, .factor(nil)),
            column(131, 7, 0, -3, .none, .tangent(nil)),
            column(14, 7, 0, quality.frequency, .hertz, .frequency),
        ]
        columns += angleCodes.compactMap { group in
            MeterColumn.angle(group, phases).map { column(81, 7, group, -1, .degree, $0) }
        }
        if quality.isComplete == true { columns += completingColumns }
        if has(.currentImbalanceAt128) { columns.append(column(128, 7, 0, -1, .none, .currentImbalance)) }
        columns.append(.operatingTime)
        columns.append(MeterColumn(OBISCode(0, 0, 96, 9, 0), scaler: 0, unit: .celsius, .temperature))
        return columns
    }

    private var voltageColumns: [MeterColumn] {
        let groups: [UInt8] = phases == 3 ? [32, 52, 72] : [12]
        return groups.enumerated().map { column($1, 7, 0, quality.voltage, .volt, .voltage($0)) }
    }

    private var phaseColumns: [MeterColumn] {
        var columns: [MeterColumn] = []
        for phase in 0..<3 {
            let step = UInt8(phase) * 20
            columns += [
                column(31 + step, 7, 0, quality.current, .ampere, .current(phase)),
                column(21 + step, 7, 0, quality.power, .watt, .active(phase)),
                column(23 + step, 7, 0, quality.power, .var, .reactive(phase)),
                column(29 + step, 7, 0, quality.power, .voltAmpere, .apparent(phase)),
                column(33 + step, 7, 0, quality.factor, .none, .factor(phase)),
                // By GOST 1.0.12.7.1 is the voltage from A to B, .2 from B to C, .3 from C to A.
                column(12, 7, UInt8(phase) + 1, quality.voltage, .volt, .lineVoltage(phase)),
            ]
        }
        return columns
    }

    private var completingColumns: [MeterColumn] {
        [column(91, 7, 131, quality.current, .ampere, .leakage)]
            + (0..<phases).map { column(128 + UInt8($0), 7, 0, -3, .none, .tangent($0)) }
    }

    private func energyColumn(_ code: OBISCode) -> MeterColumn {
        MeterColumn(
            code, scaler: energy.scaler, unit: code.c <= 2 ? .wattHour : .varHour,
            .energy(quantity: code.c, tariff: code.e))
    }

    private func column(
        _ c: UInt8, _ d: UInt8, _ e: UInt8, _ scaler: Int8, _ unit: Unit, _ source: MeterColumn.Source
    ) -> MeterColumn {
        MeterColumn(OBISCode(1, 0, c, d, e), scaler: scaler, unit: unit, source)
    }
}

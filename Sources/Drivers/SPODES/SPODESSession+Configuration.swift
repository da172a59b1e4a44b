// What the meter is: ratios, constant, what it can count and keep (set C of api 3.3).

import DLMS
import Faults
import Metering
import SPODES
import Timekeeping

extension SPODESSession {
    func configuration() async throws -> Reading {
        let now = try await sessionClock()
        var values: [MeasuredValue] = []
        let ratios: [(Tag, OBISCode)] = [(.kU, ObjectTable.voltageRatio), (.kI, ObjectTable.currentRatio)]
        for (tag, code) in ratios {
            if let value = try await reader.value(code, class: 1),
                let number = MeasuredValue(tag, value, scaler: 0)
            {
                values.append(number)
            }
        }
        if let constant = try await constant() { values.append(constant) }
        let hasProfile: Bool
        do {
            values.append(MeasuredValue(.cTime, mantissa: Int64(try await profileInterval())))
            hasProfile = true
        } catch let fault as Fault where fault.code == .meterUnsupported {
            hasProfile = false
        }
        values.append(MeasuredValue(.cArrays, mantissa: hasProfile ? 1 : 0))
        values.append(MeasuredValue(.isDst, mantissa: try await usesSeason() ? 1 : 0))
        values.append(MeasuredValue(.isClock, mantissa: 1))
        values += try await abilities()
        return Reading(
            .configuration, at: now.stamp, clockDifferenceSeconds: now.differenceSeconds, values: values,
            texts: [TextValue(.serial, identity.serial), TextValue(.model, identity.model)])
    }

    /// Pulses a kilowatt-hour: a register with a scaler (Mercury 234, CE308), elsewhere a plain value.
    private func constant() async throws -> MeasuredValue? {
        let code = ObjectTable.meterConstant
        if let value = try await reader.value(code, class: 3) {
            try await learnScalings([(code, 3)])
            return MeasuredValue(.constant, value, scaler: knowledge.scalings[code]?.scaler ?? 0)
        }
        guard let value = try await reader.value(code, class: 1) else { return nil }
        return MeasuredValue(.constant, value, scaler: 0)
    }

    /// SPODES has no list of abilities: a meter can what it has a register for.
    private func abilities() async throws -> [MeasuredValue] {
        let signs: [(Tag, Tag)] = [(.isTrf, .aPlus1), (.isAm, .aMinus0), (.isRm, .rMinus0), (.isRp, .rPlus0)]
        let codes = signs.compactMap { RegisterTable.codes(for: $0.1).first }
        let found = try await reader.values(codes.map { AttributeName($0, 3, 2) })
        return zip(signs, found).map { MeasuredValue($0.0, mantissa: $1.value == nil ? 0 : 1) }
    }
}

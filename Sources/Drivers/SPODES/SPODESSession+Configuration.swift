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
        values.append(MeasuredValue(.isDst, mantissa: try await usesSeason() ? 1 : 0))
        values += try await abilities(hasProfile: hasProfile)
        return Reading(
            .configuration, at: now.stamp, clockDifferenceSeconds: now.differenceSeconds,
            values: Tag.configuration.compactMap { tag in values.first { $0.tag == tag } },
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

    /// What it can, by which registers it has. The association's list of objects would tell it too, in ten
    /// seconds and more of a slow line; the registers themselves are asked in one, and once.
    private func abilities(hasProfile: Bool) async throws -> [MeasuredValue] {
        let signs: [(Tag, Tag)] = [(.isTrf, .aPlus1), (.isAm, .aMinus0), (.isRm, .rMinus0), (.isRp, .rPlus0)]
        let codes = signs.compactMap { RegisterTable.codes(for: $0.1).first }
        let unknown = codes.filter { knowledge.registers[$0] == nil }
        for (code, answer) in zip(unknown, try await reader.values(unknown.map { AttributeName($0, 3, 2) })) {
            switch answer {
            case .value: knowledge.registers[code] = true
            case .absent: knowledge.registers[code] = false
            // A register without a value just then still has its unit.
            case .refused:
                let unit = try await reader.values([AttributeName(code, 3, 3)])
                knowledge.registers[code] = unit.first?.value != nil
            }
        }
        return [
            MeasuredValue(.cArrays, mantissa: hasProfile ? 1 : 0),
            MeasuredValue(.isClock, mantissa: lastClock != nil ? 1 : 0),
        ] + zip(signs, codes).map { MeasuredValue($0.0, mantissa: knowledge.registers[$1] == true ? 1 : 0) }
    }
}

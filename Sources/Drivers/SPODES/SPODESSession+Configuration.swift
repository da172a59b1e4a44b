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

    /// What it can, by which objects it has. SPODES knows no list of abilities but that of the objects; a
    /// meter that does not show it, and a session that may not last so long, is asked for the registers
    /// themselves.
    private func abilities(hasProfile: Bool) async throws -> [MeasuredValue] {
        let signs: [(Tag, Tag)] = [(.isTrf, .aPlus1), (.isAm, .aMinus0), (.isRm, .rMinus0), (.isRp, .rPlus0)]
        let codes = signs.compactMap { RegisterTable.codes(for: $0.1).first }
        let known = try await objects()
        let has: [Bool]
        if let known {
            has = codes.map(known.contains)
        } else {
            has = try await reader.values(codes.map { AttributeName($0, 3, 2) }).map { $0.value != nil }
        }
        let profile = known?.contains(ArchiveProfile.load.object) ?? hasProfile
        // It has told its time, whatever its list says.
        let clock = lastClock != nil || known?.contains(ObjectTable.clock) == true
        return [
            MeasuredValue(.cArrays, mantissa: profile || hasProfile ? 1 : 0),
            MeasuredValue(.isClock, mantissa: clock ? 1 : 0),
        ] + zip(signs, has).map { MeasuredValue($0.0, mantissa: $1 ? 1 : 0) }
    }

    /// The names of all objects by the association's list: tens of seconds of a slow line, so once a meter's
    /// life, where nobody waits, and no more after the line was wanted back twice.
    private func objects() async throws -> Set<OBISCode>? {
        if let known = knowledge.objects { return known.isEmpty ? nil : known }
        guard reader.dialogue.isUnhurried, knowledge.objectsGivenUp < 2 else { return nil }
        let list: DataValue?
        await reader.dialogue.mayGiveWay(true)
        do {
            list = try await reader.value(ObjectTable.currentAssociation, class: 15, attribute: 2, .profile)
            await reader.dialogue.mayGiveWay(false)
        } catch {
            await reader.dialogue.mayGiveWay(false)
            if error is GaveWay { knowledge.objectsGivenUp += 1 }
            guard let fault = error as? Fault, fault.code == .meterDataAccess else { throw error }
            list = nil
        }
        // Class, version, logical name, rights.
        let names = (list?.elements ?? []).compactMap { element -> OBISCode? in
            guard let parts = element.elements, parts.count >= 3, case .octetString(let name) = parts[2]
            else { return nil }
            return OBISCode(octets: name)
        }
        knowledge.objects = Set(names)
        return names.isEmpty ? nil : Set(names)
    }
}

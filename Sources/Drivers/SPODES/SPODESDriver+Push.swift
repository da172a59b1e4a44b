// What a SPODES meter pushes (GOST R 58940, 9.7): who it is, and what it tells, by what is remembered of it.

import DLMS
import Faults
import Metering
import SPODES
import Seams
package import Timekeeping

extension SPODESDriver {
    /// Serial number and device name where the body names them; else every text of a bare body, for the
    /// setups of the standard begin with one of the two.
    package func names(in push: MeterPush) -> PushNames {
        var names = PushNames()
        switch push.notification.body {
        case .named(let values):
            let own = [ObjectTable.serialNumber, ObjectTable.logicalDeviceName].map { LogicalName($0) }
            names.texts = values.filter { own.contains($0.logicalName) && $0.attribute == 2 }
                .compactMap { MeterText.text(of: $0.value) }
            names.areCertain = !names.texts.isEmpty
        case .bare(let elements):
            names.texts = elements.prefix(8).compactMap { element in
                guard element.stringOctets.map({ (4...32).contains($0.count) }) == true else { return nil }
                return MeterText.text(of: element)
            }
        }
        return names
    }

    /// What a push means, by the memory of the meter.
    package func report(of push: MeterPush, serial: String, zone: ZoneOffset) async -> PushReport {
        let knowledge = await memory.meter(serial, at: environment.clock.now)
        let profile = environment.profiles.profile(
            model: knowledge.model ?? "", maker: knowledge.maker ?? "")
        let reader = PushReader(
            notification: push.notification, knowledge: knowledge, profile: profile,
            now: environment.wall.now.civil(in: zone))
        return reader.report()
    }
}

extension MeterKnowledge {
    /// The values of a push; nil for a bare body whose list is not known.
    func values(of body: PushBody) -> [PushedValue]? {
        if case .named(let values) = body { return values }
        let lists = pushes.sorted { $0.key.description < $1.key.description }.map(\.value)
        let fitting = lists.compactMap { body.values(by: $0) }
        // Two setups of one length cannot be told apart.
        return fitting.count == 1 ? fitting[0] : nil
    }
}

extension SPODESSession {
    func learn(_ push: MeterPush) async throws {
        let setup = ObjectTable.pushSetup
        if knowledge.pushes[setup] == nil {
            let list = try await reader.value(setup, class: PushSetupClass.classID)
            knowledge.pushes[setup] = list.flatMap(PushBody.objects) ?? []
        }
        guard let values = knowledge.values(of: push.notification.body) else {
            throw Fault(.meterUnsupported, ["meter": String(reader.meter), "detail": "push"])
        }
        _ = try await usesSeason()
        var registers: [(code: OBISCode, class: UInt16)] = []
        for value in values where value.attribute == 2 {
            let code = OBISCode(value.logicalName)
            if let archive = ArchiveProfile.allCases.first(where: { $0.object == code }) {
                if archive == .load { knowledge.pushedInterval = try await profileInterval() }
                _ = try await shape(of: archive)
            } else if JournalTable.object(code.e) == code {
                try await learnJournals(around: code.e)
            } else if value.scaling == nil, profile.tag(of: code) != nil {
                registers.append((code, value.classID == 0 ? 3 : value.classID))
            }
        }
        try await learnScalings(registers)
    }

    /// The columns of a journal, and of those that are read in its stead where the meter keeps them.
    private func learnJournals(around number: UInt8) async throws {
        for journal in Journal.allCases {
            let sources = JournalTable.sources(of: journal)
            guard let place = sources.firstIndex(of: number) else { continue }
            for source in sources[...place] { _ = try await journalShape(source) }
        }
        _ = try await phases()
    }
}

extension MeterProfile {
    /// The present value a register of this maker holds; nil for every other.
    func tag(of code: OBISCode) -> Tag? {
        (Measure.momentEnergy.tags + Measure.momentQuality.tags).first { registers(of: $0).contains(code) }
    }
}

// Rules between rows and between tables: uniqueness, references, cycles, the last administrator. What one row
// can be refused for by itself is in the row's own file.

package import Faults

extension GatewayConfiguration {
    /// Every fault of the whole. `rowOffsets` says how many rows of a table stood before the first one a
    /// client sent, so that paths point into its body.
    package func faults(rowOffsets: [ConfigurationTable: Int] = [:]) -> [Fault] {
        var check = ConfigurationCheck(offsets: rowOffsets)
        check.unique(.meters, "id", meters.map(\.id))
        parents(&check)
        check.unique(.groups, "name", groups.map(\.name))
        check.unique(.groups, "id", groups.map(\.id))
        groupMembers(&check)
        check.unique(.dataTemplates, "name", dataTemplates.map(\.name))
        check.unique(.dataTemplates, "id", dataTemplates.map(\.id))
        polls(&check)
        check.unique(.schedules, "id", schedules.map(\.id))
        check.unique(.discreteInputs, "id", discreteInputs.map(\.id))
        rules(&check)
        check.unique(.brokers, "id", brokers.map(\.id))
        messages(&check)
        publications(&check)
        accounts(&check)
        check.unique(.lines, "id", lines.map(\.id))
        check.unique(.servers, "type", servers.map(\.type.rawValue))
        check.unique(.servers, "port", servers.map(\.port))
        check.unique(.interfaces, "id", interfaces.map(\.id))
        check.unique(.interfaces, "iface", interfaces.map { $0.interface - 1 })
        check.unique(.supplies, "addr", supplies.map(\.address))
        check.unique(.headEndPasswords, "id", headEndPasswords.map(\.id))
        check.unique(.archiveDepths, "id", archiveDepths.map(\.id))
        return check.faults
    }

    /// What is allowed and still worth a word: aliases of one meter (R9), reserved addresses (R10).
    package func warnings() -> [Fault] {
        var warnings: [Fault] = []
        var seen: [String: Int] = [:]
        for (index, meter) in meters.enumerated() {
            let path = "/Meters/\(index)/addr"
            let place = "\(meter.interface.rawValue)|\(meter.parentID)|\(meter.type.name)|\(meter.address)"
            if let first = seen[place] {
                warnings.append(
                    Fault(.meterAlias, ["value": meter.address, "meter": String(first)], path: path))
            } else {
                seen[place] = meter.id
            }
            if meter.type.name == "SPODES", let number = Int(meter.address), number < 16 {
                warnings.append(Fault(.meterAddressReserved, ["value": meter.address], path: path))
            }
        }
        return warnings
    }

    private func parents(_ check: inout ConfigurationCheck) {
        let byID = Dictionary(meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, meter) in meters.enumerated() {
            if meter.parentID == 0 {
                if meter.interface == .hub { check.refuse(.meters, index, "pId", .inputMissing) }
                continue
            }
            var ancestor = byID[meter.parentID]
            if ancestor == nil {
                check.refuse(.meters, index, "pId", .inputUnknownReference, "\(meter.parentID)")
            }
            var steps = 0
            while let current = ancestor, steps <= meters.count {
                if current.id == meter.id {
                    check.refuse(.meters, index, "pId", .meterParentCycle, "\(meter.parentID)")
                    break
                }
                ancestor = byID[current.parentID]
                steps += 1
            }
        }
    }

    private func groupMembers(_ check: inout ConfigurationCheck) {
        let known = Set(meters.map(\.id))
        for (index, group) in groups.enumerated() {
            var seen: Set<Int> = []
            for (place, meter) in group.meters.enumerated() {
                let name = "meters/\(place)"
                if !known.contains(meter) {
                    check.refuse(.groups, index, name, .inputUnknownReference, "\(meter)")
                } else if !seen.insert(meter).inserted {
                    check.refuse(.groups, index, name, .inputDuplicate, "\(meter)")
                }
            }
        }
    }

    private func polls(_ check: inout ConfigurationCheck) {
        check.unique(.pollTemplates, "id", pollTemplates.map(\.id))
        let (groupNames, templateNames) = (Set(groups.map(\.name)), Set(dataTemplates.map(\.name)))
        var pairs: Set<[String]> = []
        for (index, poll) in pollTemplates.enumerated() {
            if let group = poll.group, !groupNames.contains(group) {
                check.refuse(.pollTemplates, index, "metersName", .inputUnknownReference, group)
            }
            if !templateNames.contains(poll.dataTemplate) {
                check.refuse(
                    .pollTemplates, index, "archTypesName", .inputUnknownReference, poll.dataTemplate)
            }
            if !pairs.insert([poll.group ?? "", poll.dataTemplate]).inserted {
                check.refuse(.pollTemplates, index, "archTypesName", .inputDuplicate, poll.dataTemplate)
            }
        }
    }

    private func rules(_ check: inout ConfigurationCheck) {
        check.unique(.eventRules, "id", eventRules.map(\.id))
        let ends = RuleEnds(self)
        for (index, rule) in eventRules.enumerated() {
            if !ends.hasEvent(of: rule) {
                check.refuse(.eventRules, index, "eventId", .inputUnknownReference, "\(rule.eventID)")
            }
            if !ends.hasAction(of: rule) {
                check.refuse(.eventRules, index, "actionId", .inputUnknownReference, "\(rule.actionID)")
            }
        }
    }

    private func messages(_ check: inout ConfigurationCheck) {
        check.unique(.messageTemplates, "id", messageTemplates.map(\.id))
        for (index, template) in messageTemplates.enumerated() {
            if template.groupID != 0, !groups.contains(where: { $0.id == template.groupID }) {
                check.refuse(
                    .messageTemplates, index, "meterTemplateId", .inputUnknownReference, "\(template.groupID)"
                )
            }
            let data = template.dataTemplateID
            if data != 0, !dataTemplates.contains(where: { $0.id == data }) {
                check.refuse(
                    .messageTemplates, index, "meterDataTemplateId", .inputUnknownReference, "\(data)")
            }
        }
    }

    private func publications(_ check: inout ConfigurationCheck) {
        check.unique(.publications, "id", publications.map(\.id))
        for (index, publication) in publications.enumerated() {
            let template = publication.messageTemplateID
            if !messageTemplates.contains(where: { $0.id == template }) {
                check.refuse(.publications, index, "meterMessageId", .inputUnknownReference, "\(template)")
            }
            if !brokers.contains(where: { $0.id == publication.brokerID }) {
                check.refuse(
                    .publications, index, "brokerId", .inputUnknownReference, "\(publication.brokerID)")
            }
        }
    }

    private func accounts(_ check: inout ConfigurationCheck) {
        check.unique(.accounts, "id", accounts.map(\.id))
        check.unique(.accounts, "login", accounts.map(\.login))
        if !accounts.contains(where: { $0.level == .administrator }) {
            check.refuseTable(.accounts, .administratorMissing)
        }
    }
}

/// Collects faults with their paths.
struct ConfigurationCheck {
    var faults: [Fault] = []
    let offsets: [ConfigurationTable: Int]

    init(offsets: [ConfigurationTable: Int]) { self.offsets = offsets }

    mutating func refuse(
        _ table: ConfigurationTable, _ index: Int, _ name: String, _ code: FaultCode, _ value: String? = nil,
        allowed: String? = nil
    ) {
        var parameters = ["table": table.path]
        if let value { parameters["value"] = value }
        if let allowed { parameters["allowed"] = allowed }
        let row = index - (offsets[table] ?? 0)
        faults.append(Fault(code, parameters, path: "/\(table.wrapper ?? "")/\(row)/\(name)"))
    }

    mutating func refuseTable(_ table: ConfigurationTable, _ code: FaultCode) {
        faults.append(Fault(code, ["table": table.path], path: "/\(table.wrapper ?? "")"))
    }

    mutating func unique(
        _ table: ConfigurationTable, _ name: String, _ values: [some Hashable & CustomStringConvertible]
    ) {
        var seen: Set<String> = []
        for (index, value) in values.enumerated() where !seen.insert(value.description).inserted {
            refuse(table, index, name, .inputDuplicate, value.description)
        }
    }
}

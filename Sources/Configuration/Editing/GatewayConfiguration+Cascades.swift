// What loses its meaning when something else goes (D8): only that goes, and every piece is listed for the
// review dialog. Tables that the same change wrote are the person's own word and are checked, not corrected.

extension GatewayConfiguration {
    /// Removes from the tables not `written` what refers to nothing, and tells what went since `old`.
    mutating func cascade(
        since old: GatewayConfiguration, written: Set<ConfigurationTable>
    ) -> [ConfigurationLoss] {
        var losses = old.meters.filter { row in !meters.contains { $0.id == row.id } }
            .map { ConfigurationLoss(.meters, key: $0.key) }
        if !written.contains(.groups) { losses += shrinkGroups() }
        func prune<Record: ConfigurationRecord>(
            _ table: ConfigurationTable, _ rows: inout [Record], keep: (Record) -> Bool
        ) {
            guard !written.contains(table) else { return }
            losses += rows.filter { !keep($0) }.map { ConfigurationLoss(table, key: $0.key) }
            rows = rows.filter(keep)
        }
        prune(.pollTemplates, &pollTemplates) { row in
            (row.group.map { name in groups.contains { $0.name == name } } ?? true)
                && dataTemplates.contains { $0.name == row.dataTemplate }
        }
        prune(.messageTemplates, &messageTemplates) { row in
            (row.groupID == 0 || groups.contains { $0.id == row.groupID })
                && (row.dataTemplateID == 0 || dataTemplates.contains { $0.id == row.dataTemplateID })
        }
        prune(.publications, &publications) { row in
            messageTemplates.contains { $0.id == row.messageTemplateID }
                && brokers.contains { $0.id == row.brokerID }
        }
        let keepsRule = ruleFilter
        prune(.eventRules, &eventRules, keep: keepsRule)
        return losses
    }

    /// Takes meters that are gone out of groups. A group that lost its last member goes: an empty one would
    /// mean all meters.
    private mutating func shrinkGroups() -> [ConfigurationLoss] {
        let known = Set(meters.map(\.id))
        var losses: [ConfigurationLoss] = []
        for index in groups.indices where !groups[index].meters.isEmpty {
            let gone = groups[index].meters.filter { !known.contains($0) }
            guard !gone.isEmpty else { continue }
            losses += gone.map { ConfigurationLoss(.groups, key: groups[index].key, member: $0) }
            groups[index].meters.removeAll { !known.contains($0) }
            if groups[index].meters.isEmpty {
                losses.append(ConfigurationLoss(.groups, key: groups[index].key))
            }
        }
        let dissolved = Set(losses.filter { $0.member == nil }.map(\.key))
        groups.removeAll { dissolved.contains($0.name) }
        return losses
    }

    /// Whether both ends of a rule are there, by the tables as they are now.
    private var ruleFilter: (EventRule) -> Bool {
        let ends = RuleEnds(self)
        return { ends.hasEvent(of: $0) && ends.hasAction(of: $0) }
    }
}

/// What rules may name, by number.
struct RuleEnds {
    private let events: [EventRule.EventType: Set<Int>]
    private let actions: [EventRule.ActionType: Set<Int>]

    init(_ configuration: GatewayConfiguration) {
        events = [
            .scheduler: Set(configuration.schedules.map(\.id)),
            .discreteInput: Set(configuration.discreteInputs.map(\.id)),
        ]
        actions = [
            .poller: Set(configuration.pollTemplates.map(\.id)),
            .timeSynchronization: Set(configuration.groups.map(\.id)),
            .mqttPublication: Set(configuration.publications.map(\.id)),
        ]
    }

    func hasEvent(of rule: EventRule) -> Bool { events[rule.eventType]?.contains(rule.eventID) == true }
    func hasAction(of rule: EventRule) -> Bool { actions[rule.actionType]?.contains(rule.actionID) == true }
}

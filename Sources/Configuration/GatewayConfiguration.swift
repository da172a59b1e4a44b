// All tables as one frozen value (style rule 32). Services take it at start and again on every change;
// nothing in it is ever edited in place by them.

package import Timekeeping

/// Everything a person can set.
package struct GatewayConfiguration: Sendable, Hashable {
    /// «Таблица ПУ», in the person's order.
    package var meters: [MeterRow] = []
    /// «Группы ПУ».
    package var groups: [MeterGroup] = []
    /// «Шаблоны данных ПУ».
    package var dataTemplates: [DataTemplate] = []
    /// «Шаблоны опросов ПУ».
    package var pollTemplates: [PollTemplate] = []
    /// «Расписание».
    package var schedules: [ScheduleRow] = []
    /// «Дискретные входы».
    package var discreteInputs: [DiscreteInputRow] = []
    /// «Настройка системы событий».
    package var eventRules: [EventRule] = []
    /// «MQTT брокеры».
    package var brokers: [MQTTBroker] = []
    /// «Шаблоны отправки».
    package var messageTemplates: [MessageTemplate] = []
    /// «Формирование публикаций».
    package var publications: [Publication] = []
    /// «Учётные записи».
    package var accounts: [Account] = []
    /// Serial interfaces.
    package var lines: [LineDevice] = []
    /// «Настройки серверов устройства», those that a person can add.
    package var servers: [DeviceServer] = []
    /// «Настройки цифровых интерфейсов».
    package var interfaces: [InterfaceRow] = []
    /// Supply lines that were set; the others are automatic.
    package var supplies: [SupplyRow] = []
    /// Passwords of the RTU327 server.
    package var headEndPasswords: [HeadEndPassword] = []
    /// «Архив»: depths that were set; the others are standard.
    package var archiveDepths: [ArchiveDepth] = []
    /// The device's zone.
    package var time = TimeSettings()
    /// The device's own particulars.
    package var site = SiteSettings()

    /// Empty tables.
    package init() {}

    /// The meter row of an ID.
    package func meter(_ id: Int) -> MeterRow? { meters.first { $0.id == id } }

    /// The members of a group by number; all meters for 0 and for a group without members. Table order.
    package func meters(ofGroup id: Int) -> [MeterRow] {
        guard id != 0 else { return meters }
        guard let group = groups.first(where: { $0.id == id }) else { return [] }
        return members(of: group)
    }

    /// The members of a group by name; nil is all meters. Table order.
    package func meters(ofGroupNamed name: String?) -> [MeterRow] {
        guard let name else { return meters }
        guard let group = groups.first(where: { $0.name == name }) else { return [] }
        return members(of: group)
    }

    private func members(of group: MeterGroup) -> [MeterRow] {
        guard !group.meters.isEmpty else { return meters }
        let wanted = Set(group.meters)
        return meters.filter { wanted.contains($0.id) }
    }

    /// What a message template carries, whichever form it was written in.
    package func items(of template: MessageTemplate) -> [MessageTemplate.Item] {
        guard template.items.isEmpty else { return template.items }
        guard let data = dataTemplates.first(where: { $0.id == template.dataTemplateID }) else { return [] }
        let depth: MessageTemplate.Depth =
            template.dataClass == "moment"
            ? .none : (template.dataDepth == 0 ? .full : .records(template.dataDepth))
        return data.types.map { MessageTemplate.Item(measure: $0, depth: depth) }
    }

    /// The schedule a rule waits for; nil when it waits for another thing or the schedule is gone.
    package func schedule(of rule: EventRule) -> Schedule? {
        guard rule.eventType == .scheduler else { return nil }
        return schedules.first { $0.id == rule.eventID }?.schedule
    }

    /// The condition of a discrete input a rule waits for; nil when it waits for another thing or that is
    /// gone.
    package func discreteInput(of rule: EventRule) -> DiscreteInputRow? {
        guard rule.eventType == .discreteInput else { return nil }
        return discreteInputs.first { $0.id == rule.eventID }
    }
}

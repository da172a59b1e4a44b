// «Настройка системы событий» (api 2.13 events/manager, manual 4.3.2.4 and 4.5.1): when something happens, do
// something. Both lists are closed; a further kind is a case here and the compiler names every place to serve
// it.

package import JSONText

/// One row of the event table.
package struct EventRule: NumberedRecord {
    /// What may happen.
    package enum EventType: String, Sendable, Hashable, CaseIterable {
        /// «Расписание»; the event's ID is a schedule row.
        case scheduler = "Scheduler"
        /// «Дискретные входы УСПД»; the event's ID is a row of the table of discrete inputs.
        case discreteInput = "IntDigitalSensor"
    }
    /// What may be done.
    package enum ActionType: String, Sendable, Hashable, CaseIterable {
        /// «Опрос ПУ»; the action's ID is a poll template.
        case poller = "Poller"
        /// «Синхронизация времени»; the action's ID is the number of a group.
        case timeSynchronization = "SyncTime"
        /// «Отправка публикаций по MQTT»; the action's ID is a publication.
        case mqttPublication = "MQTTMeterMessages"
    }
    /// Number of the row, from 1; rules of the same minute run in its order.
    package var id: Int
    /// What happens.
    package var eventType: EventType
    /// Row of the table that the event type names.
    package var eventID: Int
    /// What is done.
    package var actionType: ActionType
    /// Row of the table that the action type names.
    package var actionID: Int

    /// A rule.
    package init(
        id: Int, eventType: EventType = .scheduler, eventID: Int, actionType: ActionType, actionID: Int
    ) {
        self.id = id
        self.eventType = eventType
        self.eventID = eventID
        self.actionType = actionType
        self.actionID = actionID
    }

    /// Reads a rule; every member is required.
    package init(from reader: inout RecordReader, previous: EventRule?) {
        id = reader.integer("id", in: 1...1_000_000)
        eventType = reader.requiredChoice("eventType", placeholder: .scheduler)
        eventID = reader.integer("eventId", in: 1...1_000_000)
        actionType = reader.requiredChoice("actionType", placeholder: .poller)
        actionID = reader.integer("actionId", in: 1...1_000_000)
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("eventType", eventType.rawValue), JSONMember("eventId", eventID),
            JSONMember("actionType", actionType.rawValue), JSONMember("actionId", actionID),
        ]
    }
}

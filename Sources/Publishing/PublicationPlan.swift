// What one publication does, resolved from the tables once per revision: where it goes, what it carries, how
// it is packed. Pure; `Publisher` makes the plans, `BrokerWorker` follows them.

package import Archive
package import Configuration
package import Metering
import Seams

/// One publication, resolved.
package struct PublicationPlan: Sendable, Hashable {
    /// One archived measure and how much of it.
    package struct Item: Sendable, Hashable {
        /// Which archive.
        package var measure: Measure
        /// How much.
        package var depth: MessageTemplate.Depth
    }

    /// Publication and broker: the cursor's name.
    package var key: CursorKey
    /// Full topic.
    package var topic: String
    /// 0, 1 or 2.
    package var qos: Int
    /// How the document is packed.
    package var format: MessageTemplate.Format
    /// Meters by ID, ascending; nil means all of the table, also those still to come.
    package var meters: [Int]?
    /// Archived measures, drained by the cursor.
    package var items: [Item]
    /// Current values, asked for when the event fires and sent once.
    package var current: [Measure]

    /// Whether the broker's acknowledgement is waited for (D2): false is shown as «доставка не
    /// гарантируется».
    package var isGuaranteed: Bool { qos > 0 }

    /// The plan of a publication; nil when its broker or template is gone, or nothing in it is known here.
    package init?(_ publication: Publication, in configuration: GatewayConfiguration) {
        guard let broker = configuration.brokers.first(where: { $0.id == publication.brokerID }),
            let template = configuration.messageTemplates.first(where: {
                $0.id == publication.messageTemplateID
            })
        else { return nil }
        key = CursorKey(publication: publication.id, broker: broker.id)
        topic = PublicationPlan.topic(broker.prefix, broker.device, publication.topic)
        qos = broker.qos
        format = template.format
        let group = configuration.groups.first { $0.id == template.groupID }
        if template.groupID != 0, group == nil { return nil }
        meters = group.flatMap { $0.meters.isEmpty ? nil : $0.meters.sorted() }
        items = []
        current = []
        for item in configuration.items(of: template) {
            guard let measure = Measure(rawValue: item.measure) else { continue }
            if measure.journal != nil {
                // A journal has no present value: without a depth all of it is meant.
                items.append(Item(measure: measure, depth: item.depth == .none ? .full : item.depth))
            } else if item.depth == .none || measure.archiveNumber == nil {
                current.append(measure)
            } else {
                items.append(Item(measure: measure, depth: item.depth))
            }
        }
        if items.isEmpty, current.isEmpty { return nil }
    }

    /// What the archive is asked for.
    package var scope: PublicationScope { PublicationScope(meters: meters, measures: items.map(\.measure)) }

    /// Whether it sends journals that must not wait (R28).
    var carriesUrgentJournals: Bool {
        items.contains { $0.measure.journal.map(Journal.urgent.contains) ?? false }
    }

    /// `{prefix}/{device}/{postfix}`; empty parts go with their slash.
    package static func topic(_ parts: String...) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: "/")
    }
}

extension MQTTBroker {
    /// How to connect to this broker; the will marks the device as gone under `{prefix}/{device}/online`.
    func settings(serialNumber: String) -> BrokerSettings {
        let authority = certificate
        return BrokerSettings(
            host: address, port: port, clientID: "um-\(serialNumber)-\(id)", login: login,
            password: password.octets,
            encryption: encryption == .tls
                ? .tls(verify: checksCertificate, authority: authority) : .none,
            keepAliveSeconds: keepAlive, will: presence(false))
    }

    /// The retained message that tells whether the device is connected.
    func presence(_ isOnline: Bool) -> BrokerMessage {
        BrokerMessage(
            topic: PublicationPlan.topic(prefix, device, "online"),
            payload: Array("{\"online\":\(isOnline)}".utf8), qos: min(qos, 1), retain: true)
    }
}

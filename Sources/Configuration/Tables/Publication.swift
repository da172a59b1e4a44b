// «Формирование публикаций» (api 2.13 actions/mqtt, manual 4.6.1.3): a message template, a broker and the
// last part of the topic («Постфикс»).

package import JSONText

/// What an event of action «Отправка публикаций по MQTT» sends, and where.
package struct Publication: NumberedRecord {
    /// Number of the row, from 1; with the broker it names the cursor (D2).
    package var id: Int
    /// Number of the message template.
    package var messageTemplateID: Int
    /// Number of the broker.
    package var brokerID: Int
    /// Last part of the topic; may be empty.
    package var topic: String

    /// A publication.
    package init(id: Int, messageTemplateID: Int, brokerID: Int, topic: String = "") {
        self.id = id
        self.messageTemplateID = messageTemplateID
        self.brokerID = brokerID
        self.topic = topic
    }

    /// Reads a publication.
    package init(from reader: inout RecordReader, previous: Publication?) {
        id = reader.integer("id", in: 1...1_000_000)
        messageTemplateID = reader.integer("meterMessageId", in: 1...1_000_000)
        brokerID = reader.integer("brokerId", in: 1...1_000_000)
        topic = Topic.part(&reader, "topic", limit: 128)
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("meterMessageId", messageTemplateID),
            JSONMember("brokerId", brokerID), JSONMember("topic", topic),
        ]
    }
}

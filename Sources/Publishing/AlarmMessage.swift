// The alarms that hold at meters now, as one retained message beside the presence: a magnet is in none of the
// journals the device knows, and a subscriber that comes late must learn of it too (R28). A state and not an
// event: what a broken connection lost is told by the next message.

import Archive
import Configuration
import JSONText
import Metering
import Seams
import Timekeeping

extension BrokerWorker {
    /// At most so many alarms are told at once.
    private static let mostAlarms = 500

    /// `{sn, time, alarms: [{id, serial, code, since}]}` under `{prefix}/{device}/alarms`
    /// (etc/schemas/alarms.schema.json).
    func alarmMessage() async throws -> BrokerMessage {
        let alarms = try await tools.archive.alarms(limit: BrokerWorker.mostAlarms)
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.key("sn")
        writer.string(tools.device.serialNumber)
        writer.key("time")
        writer.string(tools.wall.now.iso8601(in: tools.offset))
        writer.key("alarms")
        writer.beginArray()
        for alarm in alarms where alarm.until == nil {
            writer.beginObject()
            writer.key("id")
            writer.integer(alarm.life.meterID)
            writer.key("serial")
            writer.string(alarm.life.serial)
            writer.key("code")
            writer.string(alarm.alarm.name)
            writer.key("since")
            writer.string(alarm.since.iso8601(in: tools.offset))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return BrokerMessage(
            topic: PublicationPlan.topic(broker.prefix, broker.device, "alarms"), payload: writer.octets,
            qos: min(broker.qos, 1), retain: true)
    }
}

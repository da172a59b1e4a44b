// «Настройки цифровых интерфейсов» (api 2.3, manual 4.2.3): speed and format of an interface in transit mode;
// polls use what the meter's row says.

import Faults
package import JSONText
package import Seams

/// One digital interface in transit mode.
package struct InterfaceRow: NumberedRecord {
    /// Number of the row.
    package var id: Int
    /// Interface 1…4, as marked on the case; 0…3 on the wire.
    package var interface: Int
    /// Speed and format; nil is «Автоматически», 9600 8N1 (REQ-141).
    package var settings: SerialSettings?
    /// Supply line, 0 automatic, 1…5.
    package var supply: Int

    /// A row.
    package init(id: Int, interface: Int, settings: SerialSettings? = nil, supply: Int = 0) {
        self.id = id
        self.interface = interface
        self.settings = settings
        self.supply = supply
    }

    /// Reads a row.
    package init(from reader: inout RecordReader, previous: InterfaceRow?) {
        id = reader.integer("id", in: 0...64)
        interface = reader.integer("iface", in: 0...3) + 1
        supply = reader.integer("line", in: 0...5, fallback: previous?.supply ?? 0)
        let speed = reader.integer("br", in: 0...115_200, fallback: 0)
        let size = reader.integer("size", in: 7...8, fallback: 8)
        let parity = reader.integer("parity", in: 0...2, fallback: 0)
        let stop = reader.integer("stop", in: 1...2, fallback: 1)
        guard speed != 0 else {
            settings = nil
            return
        }
        if !SerialSettings.speeds.contains(speed) {
            let allowed = ([0] + SerialSettings.speeds).map(String.init).joined(separator: ", ")
            reader.refuse(.inputRange, "br", ["value": "\(speed)", "allowed": allowed])
        }
        settings = SerialSettings(
            speedBaud: speed, dataBits: size, parity: InterfaceRow.parities[parity], stopBits: stop)
    }

    /// «Отсутствует», «Контроль чётности», «Контроль нечётности».
    private static let parities: [SerialSettings.Parity] = [.none, .even, .odd]

    /// The members as the API has them.
    package func members(for view: SecretView) -> [JSONMember] {
        let shown = settings ?? .standard
        return [
            JSONMember("id", id), JSONMember("line", supply), JSONMember("iface", interface - 1),
            JSONMember("br", settings?.speedBaud ?? 0), JSONMember("size", shown.dataBits),
            JSONMember("parity", InterfaceRow.parities.firstIndex(of: shown.parity) ?? 0),
            JSONMember("stop", shown.stopBits),
        ]
    }
}

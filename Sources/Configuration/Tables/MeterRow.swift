// A row of the meter table (api 2.12, manual 4.3.1) with our additions: `link` (D14), `comment`, `tz` (R4)
// and the flags beside hidden passwords (D12).

import Faults
package import JSONText
package import Metering
package import Seams
package import Timekeeping

/// Where a meter hangs, the `ifaceName` member.
package enum MeterInterface: String, Sendable, Hashable, CaseIterable {
    case iface1 = "Iface1"
    case iface2 = "Iface2"
    case iface3 = "Iface3"
    case iface4 = "Iface4"
    /// TCP; the row's address is `host:port`, of a hub `IP.port`.
    case ethernet = "Ethernet"
    /// Behind the parent row, a hub.
    case hub = "Hub"

    /// 1…4 for serial interfaces, else nil.
    package var serialNumber: Int? {
        switch self {
        case .iface1: 1
        case .iface2: 2
        case .iface3: 3
        case .iface4: 4
        case .ethernet, .hub: nil
        }
    }
}

/// One device of the meter table.
package struct MeterRow: NumberedRecord {
    /// Meter ID, from 1; used in every request.
    package var id: Int
    /// ID of the concentrator row this one hangs behind; 0 for none.
    package var parentID: Int
    /// What kind of device it is.
    package var type: MeterType
    /// Network address; `host:port` on Ethernet. Of a hub `IP.port`, empty when it is reached through the
    /// connection of its parent.
    package var address: String
    /// Level-1 password octets, at most 32.
    package var readPassword: Secret
    /// Level-2 password octets, at most 32.
    package var writePassword: Secret
    /// Where it hangs.
    package var interface: MeterInterface
    /// Line settings; nil is automatic, 9600 8N1 for SPODES.
    package var lineSettings: SerialSettings?
    /// RTU-327 object type, kept for the vendor's clients.
    package var rtuObjectType: Int?
    /// RTU-327 object number.
    package var rtuObjectNumber: Int?
    /// RTU-327 feeder.
    package var rtuFeeder: Int?
    /// Serial number as commissioned; empty when unknown.
    package var serial: String
    /// Free text.
    package var comment: String
    /// Hours east of UTC of the meter's clock; nil for the device's own (R4).
    package var zoneHours: Int?
    /// How octets are wrapped (D14).
    package var link: MeterLink
    /// What its octets are ciphered with; members of `link` on the wire.
    package var keys: MeterKeys

    /// A row with everything automatic but what is given.
    package init(
        id: Int, type: MeterType, address: String, interface: MeterInterface, parentID: Int = 0,
        readPassword: Secret = Secret(), writePassword: Secret = Secret(),
        lineSettings: SerialSettings? = nil,
        serial: String = "", comment: String = "", zoneHours: Int? = nil, link: MeterLink = MeterLink(),
        keys: MeterKeys = MeterKeys()
    ) {
        self.id = id
        self.type = type
        self.address = address
        self.interface = interface
        self.parentID = parentID
        self.readPassword = readPassword
        self.writePassword = writePassword
        self.lineSettings = lineSettings
        self.serial = serial
        self.comment = comment
        self.zoneHours = zoneHours
        self.link = link
        self.keys = keys
    }

    /// Reads a row; `type` stands in for an absent `typeName`.
    package init(from reader: inout RecordReader, previous: MeterRow?) {
        let id = reader.integer("id", in: 1...1_000_000_000)
        let type = MeterRow.type(&reader)
        var keys = previous?.keys ?? MeterKeys()
        let link = reader.object("link") { reader in
            let link = MeterLink(from: &reader)
            keys = MeterKeys(from: &reader, previous: keys, mechanism: link.mechanism)
            return link
        }
        let interface = reader.requiredChoice("ifaceName", placeholder: MeterInterface.iface1)
        self.init(
            id: id, type: type, address: MeterRow.address(&reader, type: type, interface: interface),
            interface: interface, parentID: reader.integer("pId", in: 0...1_000_000_000, fallback: 0),
            readPassword: reader.secret(
                "passRd", previous: previous?.readPassword, limit: 32, isHexadecimal: true),
            writePassword: reader.secret(
                "passWr", previous: previous?.writePassword, limit: 32, isHexadecimal: true),
            lineSettings: MeterRow.settings(&reader),
            serial: reader.text("serial", length: 0...32, fallback: previous?.serial ?? ""),
            comment: reader.text("comment", length: 0...256, fallback: previous?.comment ?? ""),
            zoneHours: reader.optionalInteger("tz", in: -12...14),
            link: link ?? previous?.link ?? MeterLink(), keys: keys)
        rtuObjectType = reader.optionalInteger("rtuObjType", in: 0...65_535)
        rtuObjectNumber = reader.optionalInteger("rtuObjNum", in: 0...65_535)
        rtuFeeder = reader.optionalInteger("rtuFider", in: 0...65_535)
    }

    /// The row's members in the order of the API; a client also gets the numeric type.
    package func members(for view: SecretView) -> [JSONMember] {
        var members: [JSONMember] = [JSONMember("id", id), JSONMember("pId", parentID)]
        if view == .client { members.append(JSONMember("type", type.code)) }
        members += [
            JSONMember("typeName", type.name), JSONMember("addr", address),
            JSONMember("passRd", view == .client ? "" : readPassword.revealedHexadecimal),
            JSONMember("passWr", view == .client ? "" : writePassword.revealedHexadecimal),
            JSONMember("ifaceName", interface.rawValue), JSONMember("ifaceCfg", lineSettings?.text ?? ""),
            JSONMember("rtuObjType", rtuObjectType), JSONMember("rtuObjNum", rtuObjectNumber),
            JSONMember("rtuFider", rtuFeeder), JSONMember("serial", serial), JSONMember("comment", comment),
        ]
        if let zoneHours { members.append(JSONMember("tz", zoneHours)) }
        if view == .client {
            members.append(JSONMember("hasPassRd", !readPassword.isEmpty))
            members.append(JSONMember("hasPassWr", !writePassword.isEmpty))
        }
        if link != MeterLink() || !keys.isEmpty {
            members.append(JSONMember("link", .object(link.members + keys.members(for: view))))
        }
        return members
    }

    /// The zone of this meter's clock, given the device's.
    package func zone(device: ZoneOffset) -> ZoneOffset {
        zoneHours.map { ZoneOffset(minutes: $0 * 60) } ?? device
    }

    /// Whether the row is a hub, which others may be behind.
    package var isHub: Bool { type == .virtualHub }

    /// Whether the row has readings at all; a hub has none.
    package var hasReadings: Bool { !isHub }

    /// Where a hub's own connection leads; nil when it has none, and for other rows.
    package var hubEndpoint: TCPEndpoint? { isHub ? TCPEndpoint(address) : nil }
}

extension MeterRow {
    private static func type(_ reader: inout RecordReader) -> MeterType {
        if reader["typeName"] == nil, let code = reader["type"]?.wholeNumber, let type = MeterType.coded(code)
        {
            return type
        }
        let name = reader.text("typeName", length: 1...32)
        if let type = MeterType.named(name) { return type }
        if !name.isEmpty { reader.refuse(.meterTypeUnknown, "typeName", ["value": name]) }
        return .virtualHub
    }

    private static func settings(_ reader: inout RecordReader) -> SerialSettings? {
        let text = reader.text("ifaceCfg", length: 0...32, fallback: "")
        guard !text.isEmpty else { return nil }
        let settings = SerialSettings(text)
        if settings == nil {
            reader.refuse(.inputFormat, "ifaceCfg", ["value": text, "allowed": "9600,8n1"])
        }
        return settings
    }

    private static func address(
        _ reader: inout RecordReader, type: MeterType, interface: MeterInterface
    ) -> String {
        if type == .virtualHub { return hubAddress(&reader, interface) }
        let text = reader.text("addr", length: 1...64)
        guard !text.isEmpty else { return text }
        if interface == .ethernet {
            if let endpoint = TCPEndpoint(text) { return endpoint.text }
            reader.refuse(.inputFormat, "addr", ["value": text, "allowed": "host:port"])
        } else if type.name == "SPODES" {
            guard let number = Int(text) else {
                reader.refuse(.inputFormat, "addr", ["value": text, "allowed": "1…16381"])
                return text
            }
            if !(1...16_381).contains(number) {
                reader.refuse(.inputRange, "addr", ["value": text, "allowed": "1…16381"])
            }
        }
        return text
    }
}

extension MeterRow {
    /// A hub behind another one without an address of its own has its meters behind the other's connection.
    private static func hubAddress(_ reader: inout RecordReader, _ interface: MeterInterface) -> String {
        let isNested = interface == .hub
        let text = reader.text("addr", length: (isNested ? 0 : 1)...64, fallback: isNested ? "" : nil)
        guard !text.isEmpty, let endpoint = TCPEndpoint(text) else {
            if !text.isEmpty {
                reader.refuse(.inputFormat, "addr", ["value": text, "allowed": "192.168.205.17.2222"])
            }
            return text
        }
        return endpoint.hubText
    }
}

extension MeterLink {
    /// Reads the `link` object; what is absent is automatic.
    init(from reader: inout RecordReader) {
        self.init(
            transport: reader.choice("transport", fallback: .auto),
            logical: reader.integer("logical", in: 1...16_383, fallback: 1),
            physical: reader.optionalInteger("physical", in: 1...16_383),
            addressOctets: reader.integer("addressOctets", in: 0...4, fallback: 0),
            client: reader.integer("client", in: 1...127, fallback: 32),
            mechanism: reader["mechanism"]?.text == "auto"
                ? nil : reader.optionalInteger("mechanism", in: 0...6))
        ciphering = reader.choice("ciphering", fallback: .full)
        usesDedicatedKey = reader.flag("dedicatedKey", fallback: false)
        if addressOctets == 3 {
            reader.refuse(.inputRange, "addressOctets", ["value": "3", "allowed": "0, 1, 2, 4"])
        }
    }

    /// The members of the `link` object.
    var members: [JSONMember] {
        var members = [JSONMember("transport", transport.rawValue), JSONMember("logical", logical)]
        if let physical { members.append(JSONMember("physical", physical)) }
        members.append(JSONMember("addressOctets", addressOctets))
        members.append(JSONMember("client", client))
        members.append(mechanism.map { JSONMember("mechanism", $0) } ?? JSONMember("mechanism", "auto"))
        if ciphering != .full { members.append(JSONMember("ciphering", ciphering.rawValue)) }
        if usesDedicatedKey { members.append(JSONMember("dedicatedKey", true)) }
        return members
    }
}

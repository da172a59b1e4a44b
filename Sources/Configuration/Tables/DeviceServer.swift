// «Настройки серверов устройства» (api 2.8, REQ-104…REQ-113): type and port of a server the device has beside
// its admin. Ours are the type `push`, at which meters tell what they were not asked, the type `remote`, the
// list of addresses that may connect, and how transit treats its clients. Without a row nothing listens.

import Faults
package import JSONText
import RTU327

/// One server of the device.
package struct DeviceServer: ConfigurationRecord {
    /// What it serves.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// «Сервер транзита интерфейса 1».
        case iface1
        /// «Сервер транзита интерфейса 2».
        case iface2
        /// «Сервер транзита интерфейса 3».
        case iface3
        /// «Сервер транзита интерфейса 4».
        case iface4
        /// «Сервер RTU327».
        case rtu327
        /// Pushes of meters, DLMS over the wrapper.
        case push
        /// Remote connection (REQ-518…536).
        case remote

        /// The usual port: 11, 22, 33, 44 and 55 of the manual; that of DLMS for pushes (IANA); 19524.
        package var usualPort: Int {
            switch self {
            case .iface1: 11
            case .iface2: 22
            case .iface3: 33
            case .iface4: 44
            case .rtu327: 55
            case .push: DeviceServer.pushPort
            case .remote: DeviceServer.remotePort
            }
        }

        /// 1…4 of a transit server, else nil.
        package var interface: Int? {
            switch self {
            case .iface1: 1
            case .iface2: 2
            case .iface3: 3
            case .iface4: 4
            case .rtu327, .push, .remote: nil
            }
        }
    }

    /// What it serves; there is one of each.
    package var type: Kind
    /// TCP port, 1…65535.
    package var port: Int
    /// Who may connect; empty for anybody, of a server of pushes for the addresses that the meter table
    /// names.
    package var allow: [AddressPrefix]
    /// How transit treats its clients; of no meaning for others.
    package var transit: TransitRules
    /// What the RTU327 server does where its protocol is not known for sure: keys that differ from the usual.
    package var quirks: [String: String]
    /// How remote connection is carried and kept; of no meaning for others.
    package var remote: RemoteRules

    /// The port of remote connection (REQ-519).
    package static let remotePort = 19_524
    /// The port that the wrapper of DLMS has been given (IANA).
    package static let pushPort = 4_059

    /// A server.
    package init(
        type: Kind = .push, port: Int? = nil, allow: [AddressPrefix] = [],
        transit: TransitRules = TransitRules(), quirks: [String: String] = [:],
        remote: RemoteRules = RemoteRules()
    ) {
        self.remote = remote
        self.type = type
        self.port = port ?? type.usualPort
        self.allow = allow
        self.transit = transit
        self.quirks = quirks
    }

    /// Reads a row; without a port it is the usual one.
    package init(from reader: inout RecordReader, previous: DeviceServer?) {
        type = reader.requiredChoice("type", placeholder: .push)
        port = reader.integer("port", in: 1...65_535, fallback: previous?.port ?? type.usualPort)
        // Ports of the admin.
        if [80, 443].contains(port) { reader.refuse(.inputDuplicate, "port", ["value": "\(port)"]) }
        allow = previous?.allow ?? []
        transit = previous?.transit ?? TransitRules()
        quirks = previous?.quirks ?? [:]
        remote = previous?.remote ?? RemoteRules()
        if type == .remote { remote = RemoteRules(from: &reader, previous: remote) }
        if type.interface != nil { transit = TransitRules(from: &reader, previous: transit) }
        if type == .rtu327 { readQuirks(from: &reader) }
        guard reader["allow"] != nil else { return }
        let texts = reader.texts("allow")
        if texts.count > DeviceServer.longestList {
            reader.refuse(.inputTooLarge, "allow", ["allowed": "\(DeviceServer.longestList)"])
        }
        allow = texts.compactMap { text in
            let prefix = AddressPrefix(text)
            if prefix == nil {
                reader.refuse(.inputFormat, "allow", ["value": text, "allowed": "192.168.0.0/24"])
            }
            return prefix
        }
    }

    private static let longestList = 64

    /// Keys and values the protocol's profile has; those of the usual profile need not be kept.
    private mutating func readQuirks(from reader: inout RecordReader) {
        guard let members = reader["quirks"]?.members else { return }
        quirks = [:]
        for member in members {
            let value = member.value.text ?? member.value.wholeNumber.map { String($0) } ?? ""
            switch QuirkProfile.make([member.name: value]) {
            case .success: quirks[member.name] = value
            case .failure(let wrong):
                let facts = ["value": value, "allowed": wrong.allowed.joined(separator: ", ")]
                reader.refuse(.inputRange, "quirks/\(member.name)", facts)
            }
        }
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        var members = [
            JSONMember("type", type.rawValue), JSONMember("port", port),
            JSONMember("allow", allow.map(\.text)),
        ]
        if type.interface != nil { members += transit.members }
        if type == .remote { members += remote.members }
        if type == .rtu327 {
            let pairs = quirks.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }
            members.append(JSONMember("quirks", .object(pairs)))
        }
        return members
    }

    /// The type.
    package var key: String { type.rawValue }
    /// The `type` member of a client's JSON, or its `name`.
    package static func key(of json: JSONValue) -> String? { json["type"]?.text ?? json["name"]?.text }

    /// Whether a row is one of the admin's own servers, which the command line places.
    static func isAdmin(_ json: JSONValue) -> Bool { ["http", "https"].contains(json["type"]?.text ?? "") }
}

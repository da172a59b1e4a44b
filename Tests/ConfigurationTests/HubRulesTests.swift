import Configuration
import Faults
import JSONText
import Testing

/// Virtual hubs in the meter table (manual 4.3.2.1).
@Suite struct HubRulesTests {
    static func faults(
        _ rows: String, servers: String? = nil, at place: OwnPlace = OwnPlace()
    ) throws -> [Fault] {
        var edits = [try put(.meters, rows)]
        if let servers { edits.append(try put(.servers, servers)) }
        return refusals(of: edits, on: .withAdministrator(), at: place)
    }

    static func refusals(
        of edits: [TableEdit], on configuration: GatewayConfiguration, at place: OwnPlace = OwnPlace()
    ) -> [Fault] {
        do throws(Faults) {
            _ = try configuration.applying(edits, at: place)
            return []
        } catch {
            return error.all
        }
    }

    static func hub(
        _ address: String, interface: String = "Ethernet", id: Int = 8, parent: Int = 0
    ) -> String {
        #"{"id":\#(id),"pId":\#(parent),"typeName":"VirtualHub","addr":"\#(address)","ifaceName":"\#(interface)"}"#
    }

    static func child(_ id: Int, of parent: Int) -> String {
        #"{"id":\#(id),"pId":\#(parent),"typeName":"SPODES","addr":"17","ifaceName":"Hub"}"#
    }

    @Test(arguments: [
        ("192.168.205.17.2222", "192.168.205.17.2222"), ("192.168.205.17:2222", "192.168.205.17.2222"),
        ("hub.example.org:2222", "hub.example.org:2222"),
    ])
    func `an address is kept as the manual writes it`(_ given: String, _ kept: String) throws {
        let edit = try put(.meters, "[\(Self.hub(given)),\(Self.child(9, of: 8))]")
        let next = try GatewayConfiguration.withAdministrator().applying([edit]).configuration
        #expect(next.meters[0].address == kept)
        #expect(next.meters[0].hubEndpoint?.port == 2_222)
        #expect(next.meters[0].hasReadings == false)
        let documents = Dictionary(
            uniqueKeysWithValues: ConfigurationTable.allCases.map {
                ($0, next.document(of: $0, for: .stored))
            })
        #expect(try GatewayConfiguration(stored: documents).meters == next.meters)
    }

    @Test(arguments: [
        "192.168.205.17", "192.168.205.17.0", "192.168.205.17.65536", "192.168.205.2222", "256.1.1.1.22",
        "192.168.205.17:2222:1", "hub", "hub.2222", ":22", "17",
    ])
    func `anything else is refused at the address`(_ given: String) throws {
        let found = try Self.faults("[\(Self.hub(given))]")
        #expect(found.map(\.path) == ["/Meters/0/addr"] && found.first?.code == .inputFormat, "\(found)")
    }

    @Test func `a hub is on the network or behind a hub, where it may do without an address`() throws {
        let onLine = try Self.faults("[\(Self.hub("10.0.0.1.22", interface: "Iface1"))]")
        #expect(onLine.map(\.path) == ["/Meters/0/ifaceName"] && onLine.first?.code == .inputRange)
        #expect(try Self.faults("[\(Self.hub(""))]").map(\.code) == [.inputMissing])
        let upper = Self.hub("10.0.0.1.22")
        for address in ["", "10.0.0.2.22"] {
            let lower = Self.hub(address, interface: "Hub", id: 9, parent: 8)
            #expect(try Self.faults("[\(upper),\(lower),\(Self.child(10, of: 9))]").isEmpty)
        }
    }

    @Test func `a parent is a hub, and nothing is behind itself`() throws {
        let meter = #"{"id":7,"typeName":"SPODES","addr":"16","ifaceName":"Iface1"}"#
        let notHub = try Self.faults("[\(meter),\(Self.child(9, of: 7))]")
        #expect(notHub.map(\.code) == [.meterParentNotHub] && notHub.first?.path == "/Meters/1/pId")
        let circle = [(8, 10), (9, 8), (10, 9)].map { Self.hub("", interface: "Hub", id: $0, parent: $1) }
        let found = try Self.faults("[\(circle.joined(separator: ","))]")
        #expect(found.map(\.code) == [.meterParentCycle, .meterParentCycle, .meterParentCycle])
        #expect(found.map(\.path) == ["/Meters/0/pId", "/Meters/1/pId", "/Meters/2/pId"])
        #expect(try Self.faults("[\(Self.child(9, of: 0))]").map(\.code) == [.inputMissing])
    }

    static let servers = #"[{"type":"rtu327","port":55},{"type":"iface2","port":22}]"#

    @Test(arguments: ["127.0.0.1.8022", "localhost:8022", "LOCALHOST:8022", "192.168.0.1.8022"])
    func `a hub does not lead back to this gateway, whichever table is saved last`(_ address: String) throws {
        let place = OwnPlace(addresses: ["192.168.0.1"], portOffset: 8_000)
        let hub = Self.hub(address)
        let both = try Self.faults("[\(hub)]", servers: Self.servers, at: place)
        #expect(both.map(\.path) == ["/Meters/0/addr"] && both.first?.code == .meterParentOwn, "\(both)")

        let withHub = try GatewayConfiguration.withAdministrator()
            .applying([try put(.meters, "[\(hub)]")], at: place).configuration
        let last = Self.refusals(of: [try put(.servers, Self.servers)], on: withHub, at: place)
        #expect(last.map(\.path) == ["/Settings/1/port"] && last.first?.code == .meterParentOwn, "\(last)")

        let withServers = try GatewayConfiguration.withAdministrator()
            .applying([try put(.servers, Self.servers)], at: place).configuration
        let first = Self.refusals(of: [try put(.meters, "[\(hub)]")], on: withServers, at: place)
        #expect(first.map(\.path) == ["/Meters/0/addr"])
        // Another port and another host are somebody else's.
        for other in ["127.0.0.1.8055", "127.0.0.1.22", "192.168.0.2.8022"] {
            let found = try Self.faults("[\(Self.hub(other))]", servers: Self.servers, at: place)
            #expect(found.isEmpty, "\(other): \(found)")
        }
    }
}

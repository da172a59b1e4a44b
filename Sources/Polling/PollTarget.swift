// From rows of the meter table to what can be talked to: line, settings, point, zone. Rows that mean the same
// meter (R9) become one target with several IDs.

package import Configuration
package import Drivers
package import Faults
package import Lines
import Metering
package import Seams
package import Timekeeping

/// Finds the driver of a device type. `Drivers.DriverCatalogue` is the real one.
package protocol DriverSource: Sendable {
    /// The driver of a `typeName`. Throws `meter.type` when this version has none.
    func driver(for typeName: String) throws(Fault) -> any MeterDriver
    /// The keys of points, for their pushes.
    func keyring(_ points: [MeterPoint]) -> PushKeyring
}

extension DriverSource {
    /// Without ciphering there are no keys.
    package func keyring(_ points: [MeterPoint]) -> PushKeyring { PushKeyring() }
}

extension DriverCatalogue: DriverSource {}

/// A virtual hub with a connection of its own.
package struct HubPlace: Sendable, Hashable {
    /// ID of its row.
    package var id: Int
    /// Its connection.
    package var line: LineID
}

/// One meter on one line, whatever number of rows it has.
package struct PollTarget: Sendable {
    /// What makes two rows one meter, and what health hangs on: line, address and type.
    package let identity: String
    /// IDs of the rows that mean this meter, in table order (R9).
    package var meterIDs: [Int]
    /// How to reach and open it.
    package let point: MeterPoint
    /// The line it hangs on.
    package let line: LineID
    /// Speed and format of the line for it.
    package var settings: SerialSettings
    /// Zone of its clock (R4).
    package var zone: ZoneOffset
    /// Who speaks its language.
    package var driver: any MeterDriver
    /// The hubs it is behind, the topmost first; the last one's connection is its line.
    package var hubs: [HubPlace]

    /// A meter on a line.
    package init(
        meterIDs: [Int], point: MeterPoint, line: LineID, settings: SerialSettings, zone: ZoneOffset,
        driver: any MeterDriver, hubs: [HubPlace] = []
    ) {
        let place = "\(point.address)|\(point.link.logical)/\(point.link.physical ?? 0)"
        identity = "\(line.text)|\(point.typeName)|\(place)"
        self.meterIDs = meterIDs
        self.point = point
        self.line = line
        self.settings = settings
        self.zone = zone
        self.driver = driver
        self.hubs = hubs
    }
}

/// A row that cannot be polled, and why.
package struct UnreachableMeter: Sendable, Hashable {
    /// ID of the row.
    package var meterID: Int
    /// Why.
    package var fault: Fault
}

/// Targets of some rows of the meter table.
package struct PollTargets: Sendable {
    /// Meters to talk to, in table order of their first row.
    package private(set) var targets: [PollTarget] = []
    /// Rows without a way to them.
    package private(set) var unreachable: [UnreachableMeter] = []

    /// Targets of the rows of `ids` that have readings; hubs are skipped without a word (REQ-195), IDs
    /// without a row are left out.
    package init(_ ids: [Int], in configuration: GatewayConfiguration, drivers: any DriverSource) {
        let rows = Dictionary(
            configuration.meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var places: [String: Int] = [:]
        for row in ids.compactMap({ rows[$0] }) where row.hasReadings {
            do throws(Fault) {
                let target = try PollTargets.target(row, rows: rows, configuration: configuration, drivers)
                if let place = places[target.identity] {
                    targets[place].meterIDs.append(row.id)
                } else {
                    places[target.identity] = targets.count
                    targets.append(target)
                }
            } catch {
                unreachable.append(UnreachableMeter(meterID: row.id, fault: error))
            }
        }
    }

    private static func target(
        _ row: MeterRow, rows: [Int: MeterRow], configuration: GatewayConfiguration,
        _ drivers: any DriverSource
    ) throws(Fault) -> PollTarget {
        let hubs = hubs(above: row, rows: rows)
        let own = LineID(interfaceName: row.interface.rawValue, address: row.address)
        guard let line = row.interface == .hub ? hubs.last?.line : own else {
            throw Fault(.lineMissing, ["line": row.interface.rawValue])
        }
        var link = row.link
        // Behind a hub there is a serial line, whose meters are told apart by their HDLC addresses.
        if !hubs.isEmpty, link.transport == .auto { link.transport = .hdlc }
        let driver = try drivers.driver(for: row.type.name)
        let zone = row.zone(device: configuration.time.offset)
        let point = MeterPoint(
            id: row.id, typeName: row.type.name, address: row.address, readPassword: row.readPassword.octets,
            writePassword: row.writePassword.octets, link: link,
            keys: MeterPoint.Keys(
                systemTitle: row.keys.systemTitle, encryptionKey: row.keys.encryptionKey.octets,
                authenticationKey: row.keys.authenticationKey.octets),
            medium: line.isInterface ? .serial : .network, zone: zone)
        return PollTarget(
            meterIDs: [row.id], point: point, line: line,
            settings: line.isInterface ? row.lineSettings ?? .standard : .standard,
            zone: zone, driver: driver, hubs: hubs)
    }

    /// The hubs above a row that have connections of their own, the topmost first.
    private static func hubs(above row: MeterRow, rows: [Int: MeterRow]) -> [HubPlace] {
        var places: [HubPlace] = []
        var lower = row
        for _ in rows where lower.interface == .hub {
            guard let hub = rows[lower.parentID] else { break }
            if let endpoint = hub.hubEndpoint {
                places.append(HubPlace(id: hub.id, line: .tcp(host: endpoint.host, port: endpoint.port)))
            }
            lower = hub
        }
        return places.reversed()
    }
}

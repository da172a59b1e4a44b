// Rules of virtual hubs (manual 4.3.2.1) that go beyond one row: what may be a parent, where a hub may stand,
// and that none leads back to this gateway. Asked of edits only: a revision that was saved is not refused by
// a rule that came later.

import Faults

/// Where this gateway itself is reached.
package struct OwnPlace: Sendable, Hashable {
    /// Its own IPv4 addresses besides loopback.
    package var addresses: Set<String>
    /// Added to every port of the table of servers.
    package var portOffset: Int

    /// A place; without anything given only loopback is known.
    package init(addresses: Set<String> = [], portOffset: Int = 0) {
        self.addresses = addresses
        self.portOffset = portOffset
    }

    /// Whether a host is this gateway.
    func isOwn(_ host: String) -> Bool {
        let host = host.lowercased()
        return host == "localhost" || host.hasPrefix("127.") || host == "0.0.0.0" || addresses.contains(host)
    }
}

extension GatewayConfiguration {
    /// Faults of hubs and of what is behind them; those between two tables are told at the one that is being
    /// written.
    func hubFaults(
        at place: OwnPlace, written: Set<ConfigurationTable>, rowOffsets: [ConfigurationTable: Int]
    ) -> [Fault] {
        var check = ConfigurationCheck(offsets: rowOffsets)
        if written.contains(.meters) { standing(&check) }
        if !written.isDisjoint(with: [.meters, .servers]) {
            leadingBack(to: place, &check, atHub: written.contains(.meters))
        }
        return check.faults
    }

    private func standing(_ check: inout ConfigurationCheck) {
        let byID = Dictionary(meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, meter) in meters.enumerated() {
            if meter.isHub, meter.interface.serialNumber != nil {
                let name = meter.interface.rawValue
                check.refuse(.meters, index, "ifaceName", .inputRange, name, allowed: "Ethernet, Hub")
            }
            if meter.parentID != 0, let parent = byID[meter.parentID], !parent.isHub {
                check.refuse(.meters, index, "pId", .meterParentNotHub, "\(meter.parentID)")
            }
        }
    }

    /// A hub that is a transit port of this very gateway: its meters are on an interface of their own, and
    /// polls through it would wait for themselves.
    private func leadingBack(to place: OwnPlace, _ check: inout ConfigurationCheck, atHub: Bool) {
        for (index, meter) in meters.enumerated() {
            guard let endpoint = meter.hubEndpoint, place.isOwn(endpoint.host) else { continue }
            for (row, server) in servers.enumerated()
            where server.type.interface != nil && server.port + place.portOffset == endpoint.port {
                if atHub {
                    check.refuse(.meters, index, "addr", .meterParentOwn, meter.address)
                } else {
                    check.refuse(.servers, row, "port", .meterParentOwn, meter.address)
                }
            }
        }
    }
}

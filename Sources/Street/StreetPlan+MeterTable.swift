// The meter table of a gateway that reads this street (api 2.12): what `metersim --print-meters` prints, so
// that the demo configuration always fits the street.

import DLMS
import FoundationEssentials
import Octets
import SPODES
import Seams
import Timekeeping

extension StreetPlan.Place {
    /// `/tmp/street/courtyard` or `127.0.0.1:4061`.
    package var text: String {
        switch self {
        case .pty(let link): link
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}

extension StreetPlan {
    /// The table as JSON text, rows numbered from 1 in the order of the file, a hub before its meters.
    package var meterTable: [UInt8] {
        var rows: [MeterTableRow] = []
        for line in lines {
            var hub: Int?
            if line.isHub {
                hub = rows.count + 1
                rows.append(MeterTableRow(hub: rows.count + 1, line, zone: zone))
            }
            for meter in line.meters {
                rows.append(MeterTableRow(id: rows.count + 1, line, meter, behind: hub, zone: zone))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? encoder.encode(["Meters": rows])).map { Array($0) } ?? []
    }
}

extension StreetPlan {
    /// Which device of this machine stands for which serial interface of the gateway, as the gateway's
    /// `lines.json` has it: what `metersim --print-lines` prints.
    package var lineTable: [UInt8] {
        let rows = lines.compactMap { line -> LineTableRow? in
            guard case .pty(let link) = line.place, let id = line.interface.last?.wholeNumberValue else {
                return nil
            }
            return LineTableRow(id: id, path: link)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(["Settings": rows])).map { Array($0) } ?? []
    }
}

/// One serial interface.
private struct LineTableRow: Encodable {
    var id: Int
    var path: String
    /// Milliseconds of guard time (R25).
    var guardTime = 10

    enum CodingKeys: String, CodingKey {
        case id, path
        case guardTime = "guard"
    }
}

/// One row with the keys of the API.
private struct MeterTableRow: Encodable {
    struct Link: Encodable {
        var transport: String
        var physical: Int?
        var client = 32
        var mechanism: Int?
        var systemTitle: String?
        var ek: String?
        var ak: String?
    }

    var id: Int
    var pId = 0
    var typeName = "SPODES"
    var addr: String
    var passRd: String
    var passWr: String
    var ifaceName: String
    var ifaceCfg: String
    var serial: String
    var comment: String
    /// Hours east of UTC of the meter's clock.
    var tz: Int
    var link: Link?

    /// The row of a virtual hub.
    init(hub id: Int, _ line: StreetPlan.Line, zone: ZoneOffset) {
        self.id = id
        tz = zone.minutes / 60
        typeName = "VirtualHub"
        addr = line.place.text
        (passRd, passWr, ifaceName, ifaceCfg, serial, comment) = ("", "", "Ethernet", "", "", line.name)
    }

    /// The row of a meter, behind the hub with this number if any.
    init(
        id: Int, _ line: StreetPlan.Line, _ meter: StreetPlan.Meter, behind hub: Int?, zone: ZoneOffset
    ) {
        self.id = id
        tz = zone.minutes / 60
        pId = hub ?? 0
        if hub == nil, case .tcp = line.place {
            addr = line.place.text
            link = Link(transport: line.transport.rawValue, physical: meter.address)
        } else {
            addr = String(meter.address)
        }
        if let security = meter.security {
            var keyed = link ?? Link(transport: "auto", physical: nil)
            keyed.mechanism = Int(security.mechanism.rawValue)
            keyed.systemTitle = security.clientTitle.hex
            keyed.ek = security.keys.encryption.hex
            keyed.ak = security.keys.authentication.hex
            link = keyed
        }
        passRd = meter.personality.passwords.reader.utf8.hex
        passWr = meter.personality.passwords.configurator.utf8.hex
        ifaceName = hub == nil ? line.interface : "Hub"
        ifaceCfg = line.settings?.text ?? ""
        serial = meter.serial
        let load = meter.behind.map { "head of \($0)" } ?? meter.subscriber.rawValue
        comment = "\(line.name), \(load), \(meter.personality.name)"
    }
}

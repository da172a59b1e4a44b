// The meter table of a gateway that reads this street (api 2.12): what `metersim --print-meters` prints, so
// that the demo configuration always fits the street.

import FoundationEssentials
import Octets
import SPODES
import Seams

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
    /// The table as JSON text, meters numbered from 1 in the order of the file.
    package var meterTable: [UInt8] {
        var rows: [MeterTableRow] = []
        for line in lines {
            for meter in line.meters { rows.append(MeterTableRow(id: rows.count + 1, line, meter)) }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? encoder.encode(["Meters": rows])).map { Array($0) } ?? []
    }
}

/// One row with the keys of the API.
private struct MeterTableRow: Encodable {
    struct Link: Encodable {
        var transport: String
        var physical: Int
        var client = 32
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
    var link: Link?

    init(id: Int, _ line: StreetPlan.Line, _ meter: StreetPlan.Meter) {
        self.id = id
        if case .tcp = line.place {
            addr = line.place.text
            link = Link(transport: line.transport.rawValue, physical: meter.address)
        } else {
            addr = String(meter.address)
        }
        passRd = meter.personality.passwords.reader.utf8.hex
        passWr = meter.personality.passwords.configurator.utf8.hex
        ifaceName = line.interface
        ifaceCfg = line.settings?.text ?? ""
        serial = meter.serial
        comment = "\(line.name), \(meter.subscriber.rawValue), \(meter.personality.name)"
    }
}

// What simulated meters are delivered to push, as the street file has it: `push` of a meter or a row of
// meters.

import DLMS
import Octets
import SPODES

extension StreetFile {
    /// The push setup of a meter or a row of meters.
    package struct Push: Sendable, Hashable, Codable {
        /// One attribute of the list.
        package struct Object: Sendable, Hashable, Codable {
            /// Interface class.
            package var `class`: UInt16
            /// OBIS code, five or six groups.
            package var code: String
            /// Attribute; 2 when absent.
            package var attribute: Int8?
            /// Rows of a buffer, the newest; 1 when absent.
            package var rows: UInt16?
        }

        /// `host:port` it connects to.
        package var to: String
        /// Times of day, `hh:mm:ss` with `*` for any; none when absent.
        package var at: [String]?
        /// Whether it pushes when something happened; true when absent.
        package var events: Bool?
        /// The list; the model's own when absent.
        package var objects: [Object]?
    }
}

extension StreetFile.Push {
    /// The plan of a meter. Throws what is wrong with it at `path`.
    func plan(_ path: String) throws(StreetFileFault) -> PushPlan {
        let parts = to.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else {
            throw StreetFileFault("\(path).to", "not host:port")
        }
        var times: [[UInt8]] = []
        for (index, text) in (at ?? []).enumerated() {
            let groups = text.split(separator: ":").map { $0 == "*" ? 0xFF : UInt8($0) ?? 0xFE }
            guard groups.count == 3, !groups.contains(0xFE), groups[0] < 24 || groups[0] == 0xFF,
                groups[1...].allSatisfy({ $0 < 60 || $0 == 0xFF })
            else { throw StreetFileFault("\(path).at[\(index)]", "not hh:mm:ss with * for any") }
            times.append(groups)
        }
        var list: [CaptureObject]?
        if let objects {
            list = []
            for (index, object) in objects.enumerated() {
                let groups = object.code.split(separator: ".").compactMap { UInt8($0) }
                guard groups.count == 5 || groups.count == 6,
                    let name = LogicalName(octets: groups.count == 5 ? groups + [255] : groups)
                else { throw StreetFileFault("\(path).objects[\(index)].code", "not an OBIS code") }
                list?.append(
                    CaptureObject(
                        classID: object.class, logicalName: name, attribute: object.attribute ?? 2,
                        dataIndex: object.rows ?? 0))
            }
        }
        return PushPlan(destination: to, objects: list, times: times, tellsEvents: events ?? true)
    }
}

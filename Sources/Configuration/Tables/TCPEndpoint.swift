// `host:port` of a meter or concentrator on Ethernet, also in the manual's spelling with a dot before the
// port (`192.168.205.17.2222`, manual 4.3.2.1). Either is read everywhere; rows of hubs keep the manual's,
// which old clients write and expect back, rows of meters keep the colon.

/// A TCP host and port.
package struct TCPEndpoint: Sendable, Hashable {
    /// Name or address of the host.
    package var host: String
    /// 1…65535.
    package var port: Int

    /// Reads `host:port` or `a.b.c.d.port`; nil for anything else.
    package init?(_ text: String) {
        let dotted = text.split(separator: ".", omittingEmptySubsequences: false)
        if dotted.count == 5, dotted.allSatisfy({ Int($0) != nil }) {
            self.init(host: dotted.prefix(4).joined(separator: "."), port: String(dotted[4]))
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self.init(host: String(parts[0]), port: String(parts[1]))
        }
    }

    private init?(host: String, port: String) {
        guard let number = Int(port), (1...65_535).contains(number), TCPEndpoint.isHost(host) else {
            return nil
        }
        self.host = host
        self.port = number
    }

    /// `host:port`
    package var text: String { "\(host):\(port)" }

    /// As the manual writes a hub: `192.168.205.17.2222`; a host with a name is still `host:port`.
    package var hubText: String { isNumeric ? "\(host).\(port)" : text }

    /// Whether the host is an IPv4 address and no name.
    private var isNumeric: Bool { host.allSatisfy { $0 == "." || ("0"..."9").contains($0) } }

    /// Whether a text may name a host: an IPv4 address or a name of letters, digits, hyphens and dots.
    package static func isHost(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }) {
            return labels.count == 4 && labels.allSatisfy { UInt8($0) != nil }
        }
        return labels.allSatisfy { label in
            !label.isEmpty && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy {
                    $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
                }
        }
    }
}

// Client identifiers of SPODES (GOST R 58940, 6.2): who asks decides what may be asked.

/// The service access point of a client, as the link layer or the wrapper carries it.
package struct ClientSAP: RawRepresentable, Sendable, Hashable {
    /// The number, one octet on HDLC.
    package let rawValue: UInt16
    /// A client from its number.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// 16: anybody; clock and logical device name only.
    package static let publicClient = ClientSAP(rawValue: 16)
    /// 32: reads with a password.
    package static let reader = ClientSAP(rawValue: 32)
    /// 48: reads and writes.
    package static let configurator = ClientSAP(rawValue: 48)
}

// The optional `link` object of a meter row (decision D14): how the octets are wrapped and who we say we are.

/// Link particulars of a DLMS meter; the defaults let the driver find out by itself.
package struct MeterLink: Sendable, Hashable, Codable {
    /// How application units are carried.
    package enum Transport: String, Sendable, Hashable, Codable, CaseIterable { case auto, hdlc, wrapper }

    /// HDLC or the IP wrapper; automatic is HDLC on serial lines and by first answer on TCP.
    package var transport: Transport = .auto
    /// Logical device, upper HDLC address; 1 is the management device.
    package var logical: Int = 1
    /// Physical device, lower HDLC address; nil takes it from the row's address.
    package var physical: Int?
    /// Octets of the HDLC server address, 1, 2 or 4; 0 is automatic.
    package var addressOctets: Int = 0
    /// Client SAP: 16 public, 32 reader, 48 configurator.
    package var client: Int = 32
    /// Authentication mechanism 0…6; nil is automatic (LLS with a password, none without).
    package var mechanism: Int?

    /// A link; everything automatic but what is given.
    package init(
        transport: Transport = .auto, logical: Int = 1, physical: Int? = nil, addressOctets: Int = 0,
        client: Int = 32, mechanism: Int? = nil
    ) {
        self.transport = transport
        self.logical = logical
        self.physical = physical
        self.addressOctets = addressOctets
        self.client = client
        self.mechanism = mechanism
    }
}

// The optional `link` object of a meter row (decision D14): how the octets are wrapped and who we say we are.

/// Link particulars of a DLMS meter; the defaults let the driver find out by itself.
package struct MeterLink: Sendable, Hashable, Codable {
    /// How application units are carried.
    package enum Transport: String, Sendable, Hashable, Codable, CaseIterable { case auto, hdlc, wrapper }

    /// How APDUs are protected once the meter's keys are known.
    package enum Ciphering: String, Sendable, Hashable, Codable, CaseIterable {
        /// Enciphered and with a tag.
        case full
        /// With a tag, the text open.
        case authenticated
        /// Enciphered without a tag.
        case encrypted
        /// Not at all: the keys serve mechanism 5 alone.
        case none
    }

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
    /// Authentication mechanism 0…6; nil is automatic: GMAC with keys, LLS with a password, none without,
    /// and what the meter names when it wants another.
    package var mechanism: Int?
    /// Protection of APDUs when there are keys.
    package var ciphering: Ciphering = .full
    /// Whether services go under a key made for each association (ded-) instead of the global one (glo-).
    package var usesDedicatedKey = false

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

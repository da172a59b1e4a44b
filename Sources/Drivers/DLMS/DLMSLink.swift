// How one DLMS meter is reached, worked out from its row in the meter table: addresses by the rules of GOST R
// 58940 p. 46 and decision D14, transport, authentication, and the patience of the medium (R25).

package import DLMS
package import Faults
import Metering

/// Everything a dialogue needs to know before its first octet.
package struct DLMSLink: Sendable {
    /// How application units are carried.
    package enum Transport: Sendable, Hashable { case hdlc, wrapper }

    /// Transports to try, in order.
    package var transports: [Transport]
    /// Client SAP.
    package var client: Int
    /// Our HDLC address.
    package var clientAddress: HDLCAddress
    /// The meter's HDLC address.
    package var serverAddress: HDLCAddress
    /// The meter's wrapper port: its logical device.
    package var serverPort: UInt16
    /// How to prove who we are.
    package var authentication: Authentication
    /// What else we could prove ourselves with, when the meter names it and the row leaves it to us.
    package var alternatives: [Authentication] = []
    /// Keys and title; nil for a meter without.
    package var security: SecurityContext?
    /// Whether services go under a key made for the association.
    package var usesDedicatedKey = false
    /// What the octets run over.
    package var medium: MeterPoint.Medium

    /// The link of a meter point. `remembered` is the transport that worked last time. Throws `inputRange`
    /// for addresses that fit no frame, `inputMissing` for mechanisms whose keys are missing, and
    /// `meterUnsupported` where `cryptography` is needed and there is none.
    package init(
        _ point: MeterPoint, remembered: Transport? = nil, cryptography: (any Cryptography)? = nil
    ) throws(Fault) {
        let link = point.link
        medium = point.medium
        client = link.client
        guard let own = HDLCAddress.client(link.client) else {
            throw Fault(
                .inputRange, ["value": String(link.client), "allowed": "1…127"], path: "/link/client")
        }
        clientAddress = own
        serverAddress = try DLMSLink.serverAddress(of: point)
        guard let port = UInt16(exactly: link.logical) else {
            throw Fault(.inputRange, ["value": String(link.logical)], path: "/link/logical")
        }
        serverPort = port
        let credentials = try DLMSCredentials(point, cryptography)
        security = credentials.security
        usesDedicatedKey = link.usesDedicatedKey
        authentication = try credentials.first(link.mechanism)
        if link.mechanism == nil { alternatives = credentials.others(than: authentication) }
        transports = DLMSLink.transports(of: point, remembered: remembered)
    }

    /// Goes on as the public client, which needs no password.
    package mutating func becomePublic() {
        client = Int(ClientSAP.publicClient.rawValue)
        authentication = .none
        alternatives = []
        security = nil
        if let own = HDLCAddress.client(client) { clientAddress = own }
    }

    /// What the application layer is told.
    var settings: ApplicationClient.Settings {
        var settings = ApplicationClient.Settings(authentication: authentication, security: security)
        // Plain readers of the field propose neither, and some meters may mind; those that cipher know both.
        if security?.isCiphering == true {
            settings.conformance.formUnion([.generalProtection, .generalBlockTransfer])
        }
        settings.usesDedicatedKey = usesDedicatedKey
        settings.alternatives = alternatives.compactMap {
            if case .highLevel(let security) = $0 { security } else { nil }
        }
        return settings
    }

    /// One octet has the logical device only; two octets carry seven bits of each part, four carry fourteen.
    private static func serverAddress(of point: MeterPoint) throws(Fault) -> HDLCAddress {
        let link = point.link
        let physical = link.physical ?? Int(point.address) ?? MeterPoint.standardPhysicalAddress
        let fitsTwo = physical < 0x80 && link.logical < 0x80
        let octets = link.addressOctets == 0 ? (fitsTwo ? 2 : 4) : link.addressOctets
        guard let width = HDLCAddress.Width(rawValue: octets),
            let address = HDLCAddress(upper: link.logical, lower: width == .one ? 0 : physical, width: width)
        else {
            throw Fault(
                .inputRange, ["value": "\(link.logical)/\(physical)", "octets": String(octets)], path: "/addr"
            )
        }
        return address
    }

    /// Automatic is HDLC on serial lines. On TCP both are tried, what worked last time first; port 4059 is
    /// the wrapper's own.
    private static func transports(of point: MeterPoint, remembered: Transport?) -> [Transport] {
        switch point.link.transport {
        case .hdlc: return [.hdlc]
        case .wrapper: return [.wrapper]
        case .auto:
            guard point.medium == .network else { return [.hdlc] }
            let first = remembered ?? (point.address.hasSuffix(":4059") ? .wrapper : .hdlc)
            return first == .hdlc ? [.hdlc, .wrapper] : [.wrapper, .hdlc]
        }
    }
}

/// How a link is opened with meters of one maker.
package struct LinkManner: Sendable, Hashable {
    /// Limits proposed in SNRM; nil proposes nothing.
    package var proposal: HDLCParameters?
    /// Silence between two DISC that end a broken session; none where one is enough.
    package var disconnectSilence: Duration

    /// The manner of most meters, but for what is given.
    package init(proposal: HDLCParameters? = nil, disconnectSilence: Duration = .seconds(5)) {
        self.proposal = proposal
        self.disconnectSilence = disconnectSilence
    }
}

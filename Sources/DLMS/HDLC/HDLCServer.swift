// The server's half of HDLC links (IEC 62056-46, 6.4): as many links at a time as the station has places, one
// a client; everything outside a link is refused with DM. What is said within one is `HDLCServerLink`. It
// sees neither clock nor channel; the simulated meter owns both.
//
// state of a client | event                  | new state | actions
// ------------------+------------------------+-----------+---------------------------------------------------
// any               | SNRM polled            | NRM       | released(this client, or the longest silent one
//                   |                        |           | where no place is left), send UA, established
// NDM               | DISC, I, RR, RNR, REJ  | NDM       | send DM when polled
// NRM               | DISC polled            | NDM       | send UA, released
//                   | I, RR, RNR, REJ        | NRM       | as the link says
//                   | unknown command        | NRM       | send FRMR when polled
//                   | inactivity             | NDM       | released
// any               | frame of another station, UA, DM, FRMR, UI, SNRM or DISC that do not poll | same | none

import Octets

/// The server's half of one station's links.
package struct HDLCServer: Sendable {
    /// What the owner has to do, in order.
    package enum Action: Sendable, Hashable {
        /// Send these octets, one whole frame.
        case send([UInt8])
        /// A client has opened the link; start without an association.
        case established(client: Int, logical: Int)
        /// The link is gone, and its association with it.
        case released(client: Int)
        /// A whole APDU has come; hand its answer to `answer`.
        case received(apdu: [UInt8], client: Int, logical: Int)
    }

    /// What a station is.
    package struct Settings: Sendable, Hashable {
        /// Logical devices behind this station.
        package var logicalDevices: [Int]
        /// Physical device address.
        package var physical: Int
        /// Whether a one-octet address (logical device only) is answered: true point to point, false on a
        /// bus.
        package var answersOneOctet: Bool
        /// Limits stated in UA.
        package var limits: HDLCParameters
        /// Whether UA carries the limits; without, the defaults hold.
        package var statesLimits: Bool
        /// Whether an empty SNRM leaves the limits standing, as Nartis, Energomera and device 40 do; else it
        /// proposes the defaults, by the letter of the standard.
        package var keepsLimits: Bool
        /// Whether the UA to DISC carries the limits too, as Nartis and others do.
        package var statesLimitsAtDisconnect: Bool
        /// Clients that may have a link at a time (GOST R 58940, 5.3: two at least).
        package var places: Int

        /// A station.
        package init(
            physical: Int, logicalDevices: [Int] = [1], answersOneOctet: Bool = true,
            limits: HDLCParameters = .standard, statesLimits: Bool = true, keepsLimits: Bool = true,
            statesLimitsAtDisconnect: Bool = false, places: Int = 1
        ) {
            self.physical = physical
            self.logicalDevices = logicalDevices
            self.answersOneOctet = answersOneOctet
            self.limits = limits
            self.statesLimits = statesLimits
            self.keepsLimits = keepsLimits
            self.statesLimitsAtDisconnect = statesLimitsAtDisconnect
            self.places = places
        }
    }

    /// Longest request put together from segments, octets.
    package static let maximumAPDU = 65_535

    /// What the station is.
    package let settings: Settings
    /// Open links, the one heard last at the end.
    private var links: [HDLCServerLink] = []

    /// A station without a link.
    package init(_ settings: Settings) { self.settings = settings }

    /// Whether a client has a link.
    package var isConnected: Bool { !links.isEmpty }

    /// Clients that have a link.
    package var clients: [Int] { links.map { Int($0.client.upper) } }

    // MARK: Events

    /// A frame with correct checks has come. No actions: it was not for this station.
    package mutating func frameReceived(_ frame: HDLCFrame) -> [Action] {
        guard isOurs(frame.destination), frame.source.width == .one, frame.source.upper != 0 else {
            return []
        }
        switch frame.control {
        case .setNormalResponseMode(let final): return final ? establish(frame) : []
        case .unnumberedAcknowledge, .disconnectedMode, .frameReject, .unnumberedInformation: return []
        case .disconnect(false): return []
        case .disconnect, .information, .receiveReady, .receiveNotReady, .reject: break
        }
        guard let index = links.firstIndex(where: { $0.client == frame.source }) else {
            return frame.control.isFinal ? [reply(to: frame, .disconnectedMode(final: true))] : []
        }
        if case .disconnect = frame.control { return release(frame, links.remove(at: index)) }
        if index < links.count - 1 { links.append(links.remove(at: index)) }
        return links[links.count - 1].received(frame)
    }

    /// Octets have come that are a frame in all but their control octet, which this profile does not have
    /// (the decoder calls that `unsupported`): a client with a link is told so.
    package mutating func unknownCommandReceived(_ octets: [UInt8]) -> [Action] {
        var reader = OctetReader(octets.dropFirst(3))
        guard let destination = try? HDLCAddress(from: &reader), isOurs(destination),
            let source = try? HDLCAddress(from: &reader), let control = try? reader.octet("HDLC control"),
            let index = links.firstIndex(where: { $0.client == source })
        else { return [] }
        return links[index].refused(control, at: destination)
    }

    /// The inactivity time-out passed without a frame of one client, or of all (GOST R 58940 p. 28,
    /// attribute 8).
    package mutating func inactivityTimerFired(of client: Int? = nil) -> [Action] {
        let gone = links.filter { client == nil || Int($0.client.upper) == client }
        links.removeAll { link in gone.contains { $0.client == link.client } }
        return gone.map { .released(client: Int($0.client.upper)) }
    }

    /// The application's answer to the APDU received last; an empty one is not sent.
    package mutating func answer(_ apdu: [UInt8]) -> [Action] {
        guard let index = links.lastIndex(where: \.isAnswering) else { return [] }
        return links[index].answer(apdu)
    }

    // MARK: Opening and closing

    private mutating func establish(_ frame: HDLCFrame) -> [Action] {
        // A SNRM whose parameters cannot be read proposes nothing.
        let proposed = (try? HDLCParameters(information: frame.information)) ?? .standard
        let ours = settings.statesLimits ? settings.limits : .standard
        let isKept = frame.information.isEmpty && settings.keepsLimits
        let parameters = isKept ? ours : ours.negotiated(with: proposed)
        var actions: [Action] = []
        let old = links.firstIndex { $0.client == frame.source }
        if let gone = old ?? (links.count >= settings.places ? links.indices.first : nil) {
            actions.append(.released(client: Int(links.remove(at: gone).client.upper)))
        }
        links.append(
            HDLCServerLink(client: frame.source, own: frame.destination, parameters: parameters))
        let information = settings.statesLimits ? parameters.encoded : []
        actions.append(reply(to: frame, .unnumberedAcknowledge(final: true), information: information))
        let logical = Int(frame.destination.upper)
        return actions + [.established(client: Int(frame.source.upper), logical: logical)]
    }

    private func release(_ frame: HDLCFrame, _ link: HDLCServerLink) -> [Action] {
        let information = settings.statesLimitsAtDisconnect ? link.parameters.encoded : []
        return [
            reply(to: frame, .unnumberedAcknowledge(final: true), information: information),
            .released(client: Int(link.client.upper)),
        ]
    }

    // MARK: Helpers

    /// Whether an address is this station's.
    package func isOurs(_ address: HDLCAddress) -> Bool {
        guard settings.logicalDevices.contains(Int(address.upper)) else { return false }
        return address.width == .one ? settings.answersOneOctet : Int(address.lower) == settings.physical
    }

    private func reply(to frame: HDLCFrame, _ control: HDLCControl, information: [UInt8] = []) -> Action {
        let answer = HDLCFrame(
            to: frame.source, from: frame.destination, control, information: information[...])
        return .send(answer.encoded)
    }
}

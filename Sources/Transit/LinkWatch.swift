// Which meters a client of transit or remote connection has HDLC links with, seen from the frames it sends
// and gets (IEC 62056-46, 6.4): a meter may hear nobody else until such a link is closed or has timed out
// (D5). Octets of other protocols are noise here and change nothing.

package import DLMS
package import Lines
package import Seams
package import Timekeeping

/// Links of one client, bounded in number.
package struct LinkWatch: Sendable {
    /// One link.
    package struct Link: Sendable, Hashable {
        /// The meter's address as the client writes it.
        package var server: HDLCAddress
        /// The client's own.
        package var client: HDLCAddress

        /// The meter as a station of the line.
        var station: StationAddress { StationAddress(logical: server.upper, physical: server.lower) }
    }

    /// Links that stand, with the hour of their last frame.
    package private(set) var open: [Link: MonotonicInstant] = [:]
    /// Stations spoken with, for the line to forget what was closed.
    private var seen: Set<StationAddress> = []
    /// Links that were asked for or given up, until the meter answers.
    private var opening: Set<Link> = []
    private var toLine = HDLCFrameDecoder()
    private var toClient = HDLCFrameDecoder()

    /// Links of one client that are remembered at most.
    private static let limit = 32
    /// The longest inactivity time-out of the profile (GOST R 58940 p. 28, attribute 8), seconds.
    private static let inactivity = Duration.seconds(120)

    /// No links yet.
    package init() {}

    /// The client has sent octets.
    package mutating func sent(_ octets: [UInt8], at instant: MonotonicInstant) {
        toLine.append(octets)
        while let item = toLine.next() {
            guard let frame = try? item.content.get(), frame.source.width == .one else { continue }
            let link = Link(server: frame.destination, client: frame.source)
            switch frame.control {
            case .setNormalResponseMode:
                if opening.count < LinkWatch.limit { opening.insert(link) }
            case .disconnect:
                opening.remove(link)
                open[link] = nil
            default:
                if open[link] != nil { open[link] = instant }
            }
        }
    }

    /// The line has answered.
    package mutating func received(_ octets: [UInt8], at instant: MonotonicInstant) {
        toClient.append(octets)
        while let item = toClient.next() {
            guard let frame = try? item.content.get(), frame.destination.width == .one else { continue }
            let link = Link(server: frame.source, client: frame.destination)
            switch frame.control {
            case .unnumberedAcknowledge:
                if opening.remove(link) != nil { note(link, instant) }
            case .information, .receiveReady, .receiveNotReady: note(link, instant)
            case .disconnectedMode: open[link] = nil
            default: break
            }
        }
    }

    private mutating func note(_ link: Link, _ instant: MonotonicInstant) {
        guard open[link] != nil || open.count < LinkWatch.limit else { return }
        open[link] = instant
        seen.insert(link.station)
    }

    /// A link was closed in the client's name.
    package mutating func closed(_ link: Link) { open[link] = nil }

    /// Until when links with the stations spoken with may stand; nil for those that have none.
    package var engagements: [StationAddress: MonotonicInstant?] {
        var ends: [StationAddress: MonotonicInstant?] = [:]
        for station in seen { ends.updateValue(nil, forKey: station) }
        for (link, last) in open {
            let end = last + LinkWatch.inactivity
            ends[link.station] = max(ends[link.station].flatMap { $0 } ?? end, end)
        }
        return ends
    }

    /// How long a meter has to agree to a farewell.
    private static let farewellTime = Duration.milliseconds(800)

    /// Closes links in the name of a client that left them open; those whose meters agreed. Throws when the
    /// line has gone.
    package static func close(
        _ links: some Collection<Link>, over lease: LineLease, clock: any MonotonicClock
    ) async throws(ChannelError) -> [Link] {
        var closed: [Link] = []
        for link in links.sorted(by: { "\($0)" < "\($1)" }) {
            try await lease.write(farewell(link))
            var answer: [UInt8] = []
            let end = clock.now + farewellTime
            while clock.now < end, !Task.isCancelled, !agrees(answer, to: link) {
                answer += try await lease.read(until: end)
            }
            if agrees(answer, to: link) { closed.append(link) }
        }
        return closed
    }

    /// DISC to a meter in the client's name.
    static func farewell(_ link: Link) -> [UInt8] {
        HDLCFrame(to: link.server, from: link.client, .disconnect(final: true)).encoded
    }

    /// Whether octets hold the meter's agreement to a farewell.
    static func agrees(_ octets: [UInt8], to link: Link) -> Bool {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        while let item = decoder.next() {
            guard let frame = try? item.content.get(), frame.source == link.server else { continue }
            switch frame.control {
            case .unnumberedAcknowledge, .disconnectedMode: return true
            default: continue
            }
        }
        return false
    }
}

// What a meter says unasked over TCP (IEC 62056-5-3, DataNotification and EventNotification; GOST R 58940,
// 9.7): a stream of wrapper units on port 4059, each an APDU in the clear, under general ciphering, or in
// blocks of the general block transfer. Nothing is answered: all of it is unconfirmed.
//
//     octets ─► unit ─► blocks joined ─► notification, or sealed: the owner opens it and hands it back
//
// Called by the receiver of pushes; every octet of it is a stranger's.

import Octets

/// DataNotification or EventNotification, as one.
package struct Notification: Sendable, Hashable {
    /// When the meter made it; nil when it does not say.
    package var time: DateTimeValue?
    /// What it tells.
    package var body: PushBody
    /// Whether it is an EventNotification: one attribute, told because something happened.
    package var isEvent: Bool

    /// The notification of an APDU; nil for every other kind of APDU.
    package init?(_ apdu: APDU) {
        switch apdu {
        case .dataNotification(let data):
            (time, body, isEvent) = (data.dateTime, PushBody(data.body), false)
        case .eventNotification(let event):
            time = event.time.flatMap(DateTimeValue.init(octets:))
            body = PushBody(event)
            isEvent = true
        default: return nil
        }
    }
}

/// Why octets of a push were not taken.
package enum PushRefusal: Error, Sendable, Hashable {
    /// No wrapper unit, or one longer than allowed.
    case framing
    /// No APDU, or a damaged one.
    case malformed
    /// An APDU that is no notification: a request, an association.
    case unexpected
    /// Blocks out of order, or more than allowed.
    case blocks
}

/// The stream of one connection.
package struct NotificationStream: Sendable {
    /// Longest APDU taken, blocks joined: a day of half-hours has some seven thousand octets.
    package static let bound = 16_384

    /// What the stream held.
    package enum Item: Sendable, Hashable {
        /// A notification in the clear.
        case notification(Notification)
        /// A ciphered APDU: open it and hand the octets inside to `notification(in:)`.
        case sealed(CipheredAPDU)
        /// Octets that are neither.
        case refused(PushRefusal)
    }

    private var units = WrapperDecoder(bound: NotificationStream.bound)
    private var joiner = BlockJoiner(bound: NotificationStream.bound)

    /// A stream that has not begun.
    package init() {}

    /// Takes octets. Call `next` until nil before taking more, so that memory stays bounded.
    package mutating func append(_ octets: some Sequence<UInt8>) { units.append(octets) }

    /// The next item; nil when more octets are needed.
    package mutating func next() -> Item? {
        while let unit = units.next() {
            guard case .success(let unit) = unit.content else { return .refused(.framing) }
            if let item = take(unit.apdu) { return item }
        }
        return nil
    }

    /// What one APDU tells by itself.
    package static func item(in octets: [UInt8]) -> Item {
        var alone = NotificationStream()
        return alone.take(octets) ?? .refused(.blocks)
    }

    /// What the octets of an opened APDU tell. A push inside of a push is refused.
    package static func notification(in plain: [UInt8]) -> Item {
        guard let apdu = try? APDU(octets: plain) else { return .refused(.malformed) }
        return Notification(apdu).map(Item.notification) ?? .refused(.unexpected)
    }

    /// One APDU; nil for a block that is not the last.
    private mutating func take(_ octets: [UInt8]) -> Item? {
        guard let apdu = try? APDU(octets: octets) else { return .refused(.malformed) }
        switch apdu {
        case .generalBlockTransfer(let block):
            do throws(PushRefusal) {
                guard let whole = try joiner.take(block) else { return nil }
                // Blocks of blocks would be a way around the bound.
                if whole.first == GeneralBlockTransfer.tag { return .refused(.unexpected) }
                return take(whole)
            } catch { return .refused(error) }
        case .ciphered(let sealed): return .sealed(sealed)
        default: return Notification(apdu).map(Item.notification) ?? .refused(.unexpected)
        }
    }
}

/// Blocks of one direction that nobody acknowledges, joined in their order.
package struct BlockJoiner: Sendable {
    private var joined: [UInt8] = []
    private var newest: UInt16 = 0
    private let bound: Int

    /// Nothing joined; `bound` is the longest whole.
    package init(bound: Int = DLMSLimit.apdu) { self.bound = bound }

    /// Whether blocks wait for their last.
    package var isInside: Bool { newest > 0 }

    /// Takes a block: the whole with the last one, nil before it. Block 1 begins anew whatever came before.
    /// Throws `blocks` for a gap and beyond the bound; what was joined is forgotten then.
    package mutating func take(_ block: GeneralBlockTransfer) throws(PushRefusal) -> [UInt8]? {
        if block.number == 1 { reset() }
        guard block.number == newest &+ 1, block.number != 0, joined.count + block.data.count <= bound
        else {
            reset()
            throw .blocks
        }
        joined += block.data
        newest = block.number
        guard block.isLast else { return nil }
        defer { reset() }
        return joined
    }

    private mutating func reset() {
        joined = []
        newest = 0
    }
}

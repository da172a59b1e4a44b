// Pushes as policy sees them: octets of a connection go in, what a meter told comes out, opened with the keys
// of the meter table. Whose meter it was is for the receiver to find out; what it means for the driver.

import DLMS
package import Metering

/// Something a meter told unasked.
package struct MeterPush: Sendable, Hashable {
    /// What it says.
    let notification: Notification
    /// How it was protected; nil when it came in the clear.
    package let seal: Seal?

    /// The protection of a push: authentic under the keys of some rows.
    package struct Seal: Sendable, Hashable {
        /// IDs of the rows that have the key, in table order.
        package let meterIDs: [Int]
        /// Name of the series its counter belongs to: the meter's title and the key.
        package let series: String
        /// Its counter.
        package let counter: UInt32
    }

    /// Whether the meter says that something happened.
    package var isEvent: Bool { notification.isEvent }

    init(_ notification: Notification, seal: Seal? = nil) {
        self.notification = notification
        self.seal = seal
    }
}

/// Why a push was not taken.
package enum PushFault: String, Error, Sendable, Hashable, CaseIterable {
    /// The octets are no push.
    case malformed
    /// It is ciphered, and no key of the table opens it.
    case keys
    /// Its counter has been heard before.
    case replayed
    /// It came in the clear from a meter that has keys.
    case unprotected
    /// Nobody in the table is known to be the meter.
    case unknown
    /// The meter names another serial number than the one known at its row.
    case serial
    /// It came too often.
    case flooded
    /// Values of which the gateway does not know whose they are, or in what digits.
    case unread
    /// The archive could not take it.
    case archive
}

/// What a connection brought.
package enum PushHearing: Sendable, Hashable {
    /// A push.
    case push(MeterPush)
    /// Octets that were not taken, and why.
    case refused(PushFault)
}

/// One connection's stream of pushes.
package struct PushStream: Sendable {
    private var stream = NotificationStream()

    /// A stream that has not begun.
    package init() {}

    /// Takes octets and tells what they bring. Octets that are no push end the stream: whoever sends them is
    /// no meter, and nothing behind them can be believed.
    package mutating func heard(_ octets: [UInt8], with ring: inout PushKeyring) -> [PushHearing] {
        stream.append(octets)
        var hearings: [PushHearing] = []
        while let item = stream.next() {
            let hearing = PushStream.hearing(of: item, with: &ring)
            hearings.append(hearing)
            if hearing == .refused(.malformed) { break }
        }
        return hearings
    }

    static func hearing(ofAPDU octets: [UInt8], with ring: inout PushKeyring) -> PushHearing {
        hearing(of: NotificationStream.item(in: octets), with: &ring)
    }

    private static func hearing(
        of item: NotificationStream.Item, with ring: inout PushKeyring
    ) -> PushHearing {
        switch item {
        case .notification(let notification): return .push(MeterPush(notification))
        case .refused: return .refused(.malformed)
        case .sealed(let apdu):
            guard let (plain, seal) = ring.open(apdu) else { return .refused(.keys) }
            guard case .notification(let notification) = NotificationStream.notification(in: plain) else {
                return .refused(.malformed)
            }
            return .push(MeterPush(notification, seal: seal))
        }
    }
}

/// A push heard in the middle of a conversation with a meter that had been asked something else.
package struct OverheardPush: Sendable {
    /// The row that was spoken with.
    package let meterID: Int
    let content: Content

    /// How it came.
    package enum Content: Sendable, Hashable {
        /// In place of an answer, the association's protection taken off it where it has one.
        case opened(MeterPush, isProtected: Bool)
        /// In a frame outside of any link: an APDU as it came.
        case octets([UInt8])
    }

    init(meterID: Int, content: Content) {
        self.meterID = meterID
        self.content = content
    }

    /// What it brings, and whether it is the word of the meter with its keys.
    package func hearing(with ring: inout PushKeyring) -> (hearing: PushHearing, isProtected: Bool) {
        switch content {
        case .opened(let push, let isProtected): return (.push(push), isProtected)
        case .octets(let octets):
            let hearing = PushStream.hearing(ofAPDU: octets, with: &ring)
            if case .push(let push) = hearing { return (hearing, push.seal != nil) }
            return (hearing, false)
        }
    }
}

/// What a push says of who sent it.
package struct PushNames: Sendable, Hashable {
    /// Texts that may be the serial number or end with it.
    package var texts: [String] = []
    /// Whether the push names them as the serial number or device name: then another meter's is another
    /// meter, and not just some other text.
    package var areCertain = false

    /// No names.
    package init() {}
}

/// What a push means.
package struct PushReport: Sendable, Hashable {
    /// Rows it told.
    package var readings: [Reading] = []
    /// Journals that events were told of.
    package var journals: Set<Journal> = []
    /// The events.
    package var events: [JournalEvent] = []
    /// The word of alarms; nil when it was not told.
    package var alarms: AlarmWord?
    /// Codes of what happened, told without the row of a journal: object and value.
    package var codes: [String: String] = [:]
    /// What the clock shows in it; nil when it does not tell.
    package var stamp: MeterStamp?
    /// Whether something could not be read because it is not known how this meter tells it: its list of
    /// objects, columns or scalers.
    package var isPartial = false

    /// Nothing told.
    package init() {}

    /// Whether there is anything to keep.
    package var isEmpty: Bool { readings.isEmpty && events.isEmpty && alarms == nil && codes.isEmpty }
}

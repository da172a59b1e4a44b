// The world's time as the gateway believes it, and the fixed offset that turns it into the device's civil
// time (decision D17). Whether the belief may be trusted (R1) travels with it.

/// An instant of UTC, to the nanosecond.
package struct WallTime: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    package var unixSeconds: Int64
    /// 0 ..< 1 000 000 000.
    package var nanoseconds: Int32

    /// An instant `unixSeconds` after 1970-01-01 00:00:00 UTC.
    package init(unixSeconds: Int64, nanoseconds: Int32 = 0) {
        self.unixSeconds = unixSeconds
        self.nanoseconds = nanoseconds
    }

    /// The instant whose civil reading at `offset` is `civil`.
    package init(civil: CivilStamp, offset: ZoneOffset) {
        self.init(unixSeconds: civil.seconds + WallTime.unixSecondsOf2000 - Int64(offset.minutes) * 60)
    }

    /// The civil date and time of this instant in the zone `offset`.
    package func civil(in offset: ZoneOffset) -> CivilStamp {
        CivilStamp(seconds: unixSeconds - WallTime.unixSecondsOf2000 + Int64(offset.minutes) * 60)
    }

    /// The instant `seconds` later.
    package func adding(seconds: Int64) -> WallTime {
        WallTime(unixSeconds: unixSeconds + seconds, nanoseconds: nanoseconds)
    }

    /// The earlier instant is the smaller one.
    package static func < (left: Self, right: Self) -> Bool {
        (left.unixSeconds, left.nanoseconds) < (right.unixSeconds, right.nanoseconds)
    }

    /// 2000-01-01 00:00:00 UTC in Unix seconds.
    package static let unixSecondsOf2000: Int64 = 946_684_800
}

/// A fixed offset east of UTC.
package struct ZoneOffset: Sendable, Hashable {
    /// Minutes east of UTC; the device offers 0, 60 … 720.
    package var minutes: Int

    /// An offset of `minutes` east of UTC.
    package init(minutes: Int) { self.minutes = minutes }

    /// UTC itself.
    package static let utc = ZoneOffset(minutes: 0)

    /// `+03:00`.
    package var text: String {
        let magnitude = abs(minutes)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(minutes < 0 ? "-" : "+")\(two(magnitude / 60)):\(two(magnitude % 60))"
    }
}

// Dated events of a street: on day 17 the meter is replaced. Written in the street file or drawn from a seed;
// a line carries its own out as its time passes, so metersim and the simulation live through the same.

package import SPODES
package import Timekeeping

/// One event of a line.
package struct ScriptedEvent: Sendable, Hashable {
    /// When, in the world's time.
    package var at: WallTime
    /// Place of the meter on its line, from 0.
    package var station: Int
    /// What happens.
    package var happening: MeterHappening

    /// An event.
    package init(at: WallTime, station: Int, happening: MeterHappening) {
        self.at = at
        self.station = station
        self.happening = happening
    }
}

/// Events drawn from a seed.
package enum StreetScript {
    /// `count` events within `days` days from `start` among `stations` meters, in order of time. Equal seeds
    /// give equal scripts.
    package static func drawn(
        seed: UInt64, count: Int, stations: Int, from start: WallTime, days: Int,
        among happenings: [MeterHappening] = MeterHappening.drawable
    ) -> [ScriptedEvent] {
        guard stations > 0, days > 0, !happenings.isEmpty else { return [] }
        let noise = Noise(seed: seed ^ 0x7363_7269)
        let events = (0..<max(0, count)).map { index in
            let index = Int64(index)
            let second = Int64(noise.unit(1, index) * Double(days) * 86_400)
            return ScriptedEvent(
                at: WallTime(unixSeconds: start.unixSeconds + second),
                station: Int(noise.unit(2, index) * Double(stations)),
                happening: happenings[Int(noise.unit(3, index) * Double(happenings.count))])
        }
        return events.sorted { $0.at < $1.at }
    }
}

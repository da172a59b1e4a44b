// One conversation with one meter, or one search of one line, as a person asks for it at a command line: what
// `gatewayctl` does by itself over a line of its own, and a gateway for a client far away (REQ-518). The same
// errand gives the same octets wherever it is run.

package import Drivers
package import Faults
package import Metering
package import Seams
package import Timekeeping

/// Where an errand's line leads, as whoever runs it sees it.
package enum LinePlace: Sendable, Hashable {
    /// A device or a host.
    case address(LineAddress)
    /// An interface 1…4 of a gateway.
    case interface(Int)

    /// What octets run over.
    package var medium: MeterPoint.Medium {
        if case .address(.tcp) = self { .network } else { .serial }
    }
}

/// What is to be done.
package struct Errand: Sendable {
    /// What is asked for.
    package enum Action: Sendable, Hashable {
        /// Values of a measure: present ones, or rows of a window on the meter's clock. Tags limit them;
        /// empty is all.
        case read(Measure, tags: [Tag], window: ClosedRange<CivilStamp>?)
        /// The clock: read, shifted or set.
        case time(ClockChange)
        /// The relay: read (nil) or switched; a meter with another serial number than a given one is left
        /// alone.
        case relay(isOn: Bool?, serial: String)
        /// A search of the line.
        case scan(SearchOrder)
    }

    /// What is to happen to a clock.
    package enum ClockChange: Sendable, Hashable {
        case none
        case shift(seconds: Int)
        /// To a stamp of its own; nil is the time of whoever runs the errand, at the moment of the exchange.
        case set(CivilStamp?)
    }

    /// Where the line leads.
    package var place: LinePlace
    /// Format of a serial line; nil is that of the interface.
    package var settings: SerialSettings?
    /// The meter; of no meaning for a search.
    package var point: MeterPoint
    /// What is asked for.
    package var action: Action
    /// Zone of stamps, of the meter's clock and of the answer.
    package var zone: ZoneOffset
    /// JSON instead of lines for people.
    package var isJSON: Bool

    /// An errand.
    package init(
        place: LinePlace, settings: SerialSettings?, point: MeterPoint, action: Action, zone: ZoneOffset,
        isJSON: Bool
    ) {
        self.place = place
        self.settings = settings
        self.point = point
        self.action = action
        self.zone = zone
        self.isJSON = isJSON
        self.point.zone = zone
    }

    /// In a few words, without secrets: `read ElDayEnergy of meter 17`.
    package var text: String {
        switch action {
        case .read(let measure, _, _): "read \(measure.rawValue) of meter \(point.address)"
        case .time: "time of meter \(point.address)"
        case .relay: "relay of meter \(point.address)"
        case .scan: "scan"
        }
    }
}

/// What an errand tells while it runs.
package enum ErrandNews: Sendable {
    /// Octets of the answer, in order.
    case output([UInt8])
    /// Something odd that is no failure.
    case remark(Fault)
    /// How far a search has come.
    case progress(SearchProgress)
}

// Event journals of a meter (spodes.md e): what happened at its installation, every correction and setting of
// its clock, and a few disturbances a year. Rows are made of the clock and the serial number, so they never
// change.

package import DLMS
package import Metering
import Timekeeping

/// One event.
package struct MeterEvent: Sendable, Hashable {
    /// True instant.
    package var instant: Int64
    /// Code in its journal.
    package var code: UInt8
    /// What the clock showed before, for corrections.
    package var oldReading: Int64?
    /// What it showed after.
    package var newReading: Int64?
}

/// A journal by its number n in 0.0.99.98.n.
package struct MeterJournal: Sendable, Hashable {
    /// Journals the meter keeps.
    package static let numbers: [UInt8] = [0, 1, 2, 3, 4, 6, 7, 8, 13]
    /// Rows a journal can hold.
    package static let capacity = 100

    /// n in 0.0.99.98.n.
    package let number: UInt8

    /// A journal.
    package init(number: UInt8) { self.number = number }

    /// Logical name.
    package var code: OBISCode { OBISCode(0, 0, 99, 98, number) }

    /// Columns after the clock, before the operating time, as a model has them.
    package func columns(of personality: Personality) -> [CaptureObject] {
        let isDetailed = personality.has(.detailedJournals)
        let event = CaptureObject(classID: 1, OBISCode(0, 0, 96, 11, number))
        let channel = CaptureObject(classID: 1, OBISCode(0, 0, 96, 12, 4))
        let client = CaptureObject(classID: 1, OBISCode(0, 0, 96, 12, 6))
        switch number {
        // Nartis tells the voltage, the depth of its deviation and how long it lasted.
        case 0 where isDetailed:
            let depth = [(1, 12, 7, 0), (1, 12, 7, 4), (0, 96, 8, 10)].map {
                CaptureObject(classID: 3, OBISCode(UInt8($0.0), 0, UInt8($0.1), UInt8($0.2), UInt8($0.3)))
            }
            return [event] + depth
        case 3: return isDetailed ? [event, channel, client] : [event, channel]
        case 6: return [event, channel, client]
        case 13: return [CaptureObject(classID: 8, OBISCode(0, 0, 1, 0, 1))]
        default: return [event]
        }
    }

    /// How long a meter lives, milliseconds: what happens to it by rule would go on for ever.
    static let life: Int64 = 40 * 366 * 86_400_000

    /// Events up to `instant` or the end of the meter's life, oldest first, at most the newest `capacity`.
    package func events(of meter: SPODESMeter, until instant: Int64) -> [MeterEvent] {
        meter.recalled.events(of: number, meter, at: instant)
            ?? history(of: meter, until: instant).suffix(Self.capacity)
    }

    /// All events up to `instant` or the end of the meter's life, oldest first.
    func history(of meter: SPODESMeter, until instant: Int64) -> [MeterEvent] {
        let installed = meter.element.installed
        let instant = min(instant, installed + Self.life)
        let day: Int64 = 86_400_000
        var events: [MeterEvent] = []
        switch number {
        case 2: events = [MeterEvent(instant: installed + day / 3, code: 2)]
        case 7: events = [MeterEvent(instant: installed + day / 3, code: 1)]
        case 4:
            events = [(3, 0), (4, 60_000)].map {
                MeterEvent(instant: installed + day / 3 + $0.1, code: $0.0)
            }
        case 3, 13:
            let settings = meter.diary.clockSettings
            events = meter.clock.corrections(from: installed, until: instant).map {
                let code: UInt8 = settings.contains($0.instant) ? 3 : 68
                return MeterEvent(
                    instant: $0.instant, code: code, oldReading: $0.before, newReading: $0.after)
            }
        default: events = disturbances(serial: meter.serial, installed: installed, until: instant)
        }
        let remembered = meter.diary.events(of: number)
        if !remembered.isEmpty {
            // Both are in order; equal instants keep the order they were noted in.
            events = (events + remembered).enumerated().sorted {
                ($0.element.instant, $0.offset) < ($1.element.instant, $1.offset)
            }.map(\.element)
        }
        return events.filter { $0.instant <= instant }
    }

    /// Beginnings and ends by turns, some weeks apart.
    private func disturbances(serial: String, installed: Int64, until instant: Int64) -> [MeterEvent] {
        let codes: (begin: UInt8, end: UInt8) =
            switch number {
            case 0: (19, 20)
            case 1: (25, 26)
            case 6: (1, 1)
            default: (1, 2)
            }
        var state = serial.utf8.reduce(UInt64(number) + 1) { $0 &* 0x100_0000_01B3 ^ UInt64($1) }
        var events: [MeterEvent] = []
        var moment = installed
        while true {
            state = state &* 0x5851_F42D_4C95_7F2D &+ 0x1405_7B7E_F767_814F
            moment += 86_400_000 * 5 + Int64(state >> 33) % (86_400_000 * 20)
            guard moment <= instant else { break }
            events.append(MeterEvent(instant: moment, code: codes.begin))
            if number != 6 { events.append(MeterEvent(instant: moment + 95_000, code: codes.end)) }
        }
        return events
    }
}

extension CaptureObject {
    /// Attribute 2 of an object of a class.
    init(classID: UInt16, _ code: OBISCode, attribute: Int8 = 2) {
        self.init(classID: classID, logicalName: LogicalName(code), attribute: attribute)
    }
}

// Counts the mornings and the clocks of a site: `d1-complete` and `clock-discipline`.

import SPODES
import Street
import Timekeeping

/// Counts over the nights of a life.
package struct NightTally: Sendable {
    /// Half-hours and starts of day that meters held at 06:00 of the day before.
    package var held = 0
    /// Those of them the broker had.
    package var heldArrived = 0
    /// Those that meters could give and the gateway could publish.
    package var due = 0
    /// Those of the due ones that the broker had.
    package var arrived = 0
    /// Why held rows were not due, by obstacle.
    package var excused: [String: Int] = [:]
    /// Due rows that were not there, in words, one line a meter and night.
    package var missed: [String] = []
    /// Days of meters whose clocks were looked at.
    package var clockDays = 0
    /// Those with the clock within five seconds of the world's time, always.
    package var rightClockDays = 0
    /// Days of meters that were in reach the night before, long enough to be put right.
    package var keptClockDays = 0
    /// Those of them with the clock within five seconds, always.
    package var rightKeptClockDays = 0
    /// Meter-days with a wrong clock, in words.
    package var wrongClocks: [String] = []
    /// Times a clock was shifted or set.
    package var corrections = 0
    /// The most of them on one day of one meter.
    package var mostCorrections = 0
    /// Intervals whose boundary was jumped over by a correction.
    package var spoiled = 0

    /// Nothing yet.
    package init() {}
}

/// The rows of one meter on one morning.
struct MorningRows: Sendable {
    /// Rows the meter holds of yesterday.
    var held = 0
    /// Those the broker has.
    var arrived = 0
    /// Those of the rest that the archive has.
    var archivedOnly = 0
}

/// Looks at every meter each night.
struct NightWatch {
    private(set) var tally = NightTally()
    private let places: [(line: Int, station: Int)]
    /// Largest difference of each clock since the last morning.
    private var worst: [Int64]
    /// Whether each meter could be put right in the last night.
    private var couldBeKept: [Bool]
    /// Which meters were there then: a new one comes with its own idea of the time.
    private var serials: [String]

    init(meters: [Int]) {
        places = meters.enumerated().flatMap { line, count in (0..<count).map { (line, $0) } }
        worst = Array(repeating: 0, count: places.count)
        serials = Array(repeating: "", count: places.count)
        couldBeKept = Array(repeating: true, count: places.count)
    }

    /// Notes how wrong the clocks are.
    mutating func look(at truths: [MeterTruth]) {
        for (index, holder) in truths.enumerated() {
            let difference = holder.clockDifferenceSeconds
            if difference.magnitude > worst[index].magnitude { worst[index] = difference }
        }
    }

    /// Counts one morning.
    mutating func morning(_ rows: [MorningRows], truths: [MeterTruth], _ reach: NightReach) {
        look(at: truths)
        for (index, place) in places.enumerated() where truths.indices.contains(index) {
            count(rows[index], meter: index + 1, place, truths[index], reach)
            count(clockOf: index, place, truths[index], reach)
            worst[index] = 0
        }
    }

    private mutating func count(
        _ rows: MorningRows, meter: Int, _ place: (line: Int, station: Int), _ holder: MeterTruth,
        _ reach: NightReach
    ) {
        tally.held += rows.held
        tally.heldArrived += rows.arrived
        if let obstacle = reach.obstacle(line: place.line, station: place.station) {
            tally.excused[obstacle.rawValue, default: 0] += rows.held
            return
        }
        tally.due += rows.held
        tally.arrived += rows.arrived
        guard rows.arrived < rows.held, tally.missed.count < 1_000 else { return }
        let day = holder.clock.startOfDay.description.prefix(10)
        let reasons = reach.told(line: place.line, station: place.station).map(\.description)
        tally.missed.append(
            "\(day) meter \(meter): \(rows.held - rows.arrived) of \(rows.held) rows, "
                + "\(rows.archivedOnly) of them archived; "
                + (reasons.isEmpty ? "no fault" : reasons.joined(separator: "; ")))
    }

    private mutating func count(
        clockOf index: Int, _ place: (line: Int, station: Int), _ holder: MeterTruth, _ reach: NightReach
    ) {
        let isRight = worst[index].magnitude <= 5
        let wasKept = couldBeKept[index] && (serials[index] == holder.serial || serials[index].isEmpty)
        tally.clockDays += 1
        if isRight { tally.rightClockDays += 1 }
        if wasKept {
            tally.keptClockDays += 1
            if isRight { tally.rightKeptClockDays += 1 }
        }
        let obstacle = reach.obstacle(line: place.line, station: place.station)
        serials[index] = holder.serial
        couldBeKept[index] = obstacle == nil || obstacle == .broker
        if !isRight, wasKept, tally.wrongClocks.count < 1_000 {
            let day = holder.clock.startOfDay.description.prefix(10)
            let reasons = reach.told(line: place.line, station: place.station).map(\.description)
            tally.wrongClocks.append(
                "\(day) meter \(index + 1): \(worst[index]) s; "
                    + (reasons.isEmpty ? "no fault" : reasons.joined(separator: "; ")))
        }
        let corrections = holder.clockSettings(ofLast: 86_400)
        tally.corrections += corrections.count
        tally.mostCorrections = max(tally.mostCorrections, corrections.count)
        let length = Int64(holder.intervalMinutes) * 60_000
        tally.spoiled += corrections.count { correction in
            correction.before / length != correction.after / length
        }
    }
}

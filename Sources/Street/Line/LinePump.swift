// Turns a simulated line with the real clock: what comes in over a channel (a pty or a TCP connection) goes
// to the line, what the line sends goes back at the pace of the wire. Also measures the gateway's turnaround.

package import SPODES
package import Seams
import Timekeeping

/// The far end of one channel.
package actor LinePump {
    private var line: SimulatedLine
    private let clock: any MonotonicClock
    private let wall: any WallClock
    private var turnaround = TurnaroundRecord()
    private var lastSent: MonotonicInstant?
    private var isFed = true

    /// A pump for a line.
    package init(line: SimulatedLine, clock: any MonotonicClock, wall: any WallClock) {
        self.line = line
        self.clock = clock
        self.wall = wall
    }

    /// Serves a channel until it closes, the line is unplugged or the task is cancelled.
    package func run(over channel: any Channel) async {
        defer { hangUp() }
        do {
            while !Task.isCancelled, !line.faults.isUnplugged {
                let deadline = min(line.nextEvent ?? .distantFuture, clock.now + Self.patience)
                take(try await channel.read(until: deadline))
                let octets = line.advance(to: clock.now, wall: wall.now)
                guard !octets.isEmpty else { continue }
                try await channel.write(octets)
                lastSent = clock.now
            }
        } catch {
            // The far end has gone; the owner of the pump opens again.
        }
    }

    /// Lets the stations do ahead of time what their first conversations would have to wait for, one by one.
    package func warmUp() async {
        for index in line.stations.indices where !Task.isCancelled {
            line.warmUp(station: index, wall: wall.now)
            await Task.yield()
        }
    }

    /// Reads or changes the line: faults, counters, stations.
    package func withLine<Value: Sendable>(_ body: @Sendable (inout SimulatedLine) -> Value) -> Value {
        body(&line)
    }

    /// Changes the faults of one station.
    package func setFaults(ofStation index: Int, _ change: @Sendable (inout StationFaults) -> Void) {
        guard line.stations.indices.contains(index) else { return }
        var faults = line.stations[index].faults
        change(&faults)
        line.setFaults(faults, ofStation: index)
    }

    /// Lets something happen to the device of one station, now.
    package func happen(_ happening: MeterHappening, toStation index: Int) {
        line.happen(happening, toStation: index, wall: wall.now)
    }

    /// What the devices have to tell unasked now; nothing while the plug is out.
    package func pushes() -> [StationPush] {
        let pushes = line.pushes(wall: wall.now)
        return line.faults.isUnplugged ? [] : pushes
    }

    /// Changes the faults of the line itself, but for the plug.
    package func setLineFaults(_ change: @Sendable (inout SimulatedLine.Faults) -> Void) {
        change(&line.faults)
    }

    /// Feeds the interfaces of the meters, or lets them be without: then they hear nothing.
    package func setFed(_ isFed: Bool) { self.isFed = isFed }

    /// Takes the plug out or puts it back in; a running pump ends within a tenth of a second.
    package func setUnplugged(_ isUnplugged: Bool) { line.faults.isUnplugged = isUnplugged }

    /// Whether the plug is out.
    package var isUnplugged: Bool { line.faults.isUnplugged }

    /// Turnarounds measured so far.
    package var turnarounds: TurnaroundRecord { turnaround }

    /// Forgets the turnarounds and the span of octets measured so far.
    package func resetMeasurements() {
        turnaround = TurnaroundRecord()
        line.forgetSpan()
    }

    /// How soon a change from outside (a fault, an unplugging) is noticed.
    private static let patience = Duration.milliseconds(100)

    private func take(_ octets: [UInt8]) {
        guard !octets.isEmpty, isFed else { return }
        let now = clock.now
        if let sent = lastSent { turnaround.record(now - sent) }
        lastSent = nil
        line.received(octets, at: now)
    }

    private func hangUp() {
        line.connectionLost()
        lastSent = nil
    }
}

/// Times from the last octet of an answer to the first octet of the next request; the newest ten thousand.
package struct TurnaroundRecord: Sendable, Hashable {
    private var samples: [Duration] = []
    private var next = 0
    /// All that were ever measured.
    package private(set) var count = 0

    /// An empty record.
    package init() {}

    /// Adds one; pauses of more than a second are rest, not turnaround, and are left out.
    package mutating func record(_ time: Duration) {
        guard time <= .seconds(1) else { return }
        count += 1
        if samples.count < 10_000 {
            samples.append(time)
        } else {
            samples[next] = time
            next = (next + 1) % samples.count
        }
    }

    /// The time that `share` (0…1) of the samples do not exceed; nil without samples.
    package func percentile(_ share: Double) -> Duration? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        return sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }

    /// Counts by upper bound in microseconds, the last one unbounded (−1).
    package var histogram: [(upToMicroseconds: Int, count: Int)] {
        let bounds = [
            100, 200, 500, 1_000, 2_000, 5_000, 10_000, 11_000, 12_000, 15_000, 20_000, 50_000, 100_000,
        ]
        var counts = Array(repeating: 0, count: bounds.count + 1)
        for sample in samples {
            let microseconds = Int(sample.wholeNanoseconds / 1_000)
            counts[bounds.firstIndex { microseconds <= $0 } ?? bounds.count] += 1
        }
        return zip(bounds + [-1], counts).map { ($0, $1) }
    }
}

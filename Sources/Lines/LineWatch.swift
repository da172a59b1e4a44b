// Everything a line remembers for diagnostics, fed as octets pass: the trace people read, the observation
// that verdicts are made from, the use of its time, and a recording while one is asked for (R29, D12).

import Diagnosis
import Seams
package import Timekeeping

/// The memory of one line.
struct LineWatch: Sendable {
    private(set) var trace: LineTrace
    private(set) var observation: LineObservation
    private(set) var use = LineUse()
    private(set) var recording: LineRecorder?
    /// Octets of the present holder, to the line and from it.
    private(set) var holderSent: Int64 = 0
    private(set) var holderReceived: Int64 = 0
    /// Polls that found the line held by somebody more urgent, or by one before them.
    private(set) var postponed: Int64 = 0

    init(of line: LineID) {
        trace = LineTrace(of: line)
        observation =
            line.isInterface ? LineObservation() : LineObservation(exchanges: 24, stations: 8)
    }

    // MARK: Leases

    /// A new holder has the line.
    mutating func taken(at now: MonotonicInstant) {
        use.freed(at: now)
        use.taken(at: now)
        (holderSent, holderReceived) = (0, 0)
    }

    /// The holder has left.
    mutating func freed(at now: MonotonicInstant) {
        use.freed(at: now)
        observation.ended()
    }

    /// Somebody has to wait for the line.
    mutating func mustWait(_ leaseClass: LeaseClass) { if leaseClass >= .scheduled { postponed += 1 } }

    // MARK: Octets

    /// A request goes out.
    mutating func sent(
        _ octets: [UInt8], at now: MonotonicInstant, hiding secrets: [Range<Int>], each time: Duration
    ) {
        holderSent += Int64(octets.count)
        note(octets, .sent, at: now, hiding: secrets, each: time)
        observation.requested(octets, number: trace.lastNumber, at: now)
    }

    /// Octets came to the holder.
    mutating func received(_ octets: [UInt8], at now: MonotonicInstant, each time: Duration) {
        holderReceived += Int64(octets.count)
        note(octets, .received, at: now, each: time)
        observation.heard(octets, number: trace.lastNumber, at: now)
    }

    /// Octets came between leases.
    mutating func unasked(_ octets: [UInt8], at now: MonotonicInstant, each time: Duration) {
        guard !octets.isEmpty else { return }
        note(octets, .received, at: now, each: time)
        observation.unasked(octets, number: trace.lastNumber, at: now)
    }

    /// The holder waited for octets and none came.
    mutating func waitedInVain() { observation.gaveUp() }

    /// Examines what is complete, when nobody waits for it.
    mutating func digest() { observation.digest() }

    private mutating func note(
        _ octets: [UInt8], _ direction: LineTraceEntry.Direction, at now: MonotonicInstant,
        hiding secrets: [Range<Int>] = [], each time: Duration
    ) {
        trace.add(octets, direction, at: now, hiding: secrets)
        recording?.add(octets, direction, at: now, hiding: secrets)
        let onTheWire = Duration.nanoseconds(time.wholeNanoseconds * Int64(octets.count))
        use.carried(octets.count, for: onTheWire, at: now)
    }

    // MARK: Openings

    /// Device or connection is open.
    mutating func opened() { observation.opened() }

    /// Device or connection failed.
    mutating func failed(_ error: ChannelError) {
        switch error {
        case .openFailed, .unsupportedSettings: observation.failed(.unopened(error.reason))
        case .farEndBusy: observation.failed(.farEndBusy)
        // Lost in the middle of a conversation: the next opening tells.
        case .closed: break
        }
    }

    // MARK: Recording

    /// Begins a recording; one that was there is thrown away.
    mutating func record(at now: MonotonicInstant) { recording = LineRecorder(since: now) }

    /// Ends the recording; it stays until the next one or until the line is forgotten.
    mutating func stopRecording(at now: MonotonicInstant) { recording?.stop(at: now) }
}

/// A recording under way or complete: bounded, and whole from its beginning to where it stopped.
package struct LineRecorder: Sendable {
    /// When it began.
    package let since: MonotonicInstant
    /// When it stopped; nil while it goes on.
    package private(set) var stoppedAt: MonotonicInstant?
    private var trace = LineTrace(octetLimit: LineRecorder.octetLimit, entryLimit: LineRecorder.entryLimit)

    /// The most it holds: an hour of a busy line at 9600 is a third of it.
    package static let octetLimit = 1 << 20
    package static let entryLimit = 20_000

    init(since: MonotonicInstant) { self.since = since }

    /// What was recorded, oldest first.
    package var entries: [LineTraceEntry] { trace.entries }
    /// How many entries that are.
    package var count: Int { trace.count }
    /// Octets in it.
    package var octets: Int { trace.octetCount }

    mutating func add(
        _ octets: [UInt8], _ direction: LineTraceEntry.Direction, at now: MonotonicInstant,
        hiding secrets: [Range<Int>]
    ) {
        guard stoppedAt == nil else { return }
        guard trace.octetCount + octets.count <= Self.octetLimit, trace.count < Self.entryLimit else {
            return stop(at: now)
        }
        trace.add(octets, direction, at: now, hiding: secrets)
    }

    mutating func stop(at now: MonotonicInstant) { stoppedAt = stoppedAt ?? now }
}

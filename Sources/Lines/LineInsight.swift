// What diagnostics show of a line beyond its state: what was seen, how its time was used, a recording.

package import Diagnosis
import Seams
import Timekeeping

/// A line as diagnostics see it at one instant.
package struct LineInsight: Sendable {
    /// Holder, waiters, counters.
    package var state: LineState
    /// What verdicts are made from.
    package var observation: LineObservation
    /// Use of its time: six slots of ten seconds and sixty of a minute, oldest first.
    package var minute: [LineUse.Slot]
    package var hour: [LineUse.Slot]
    /// Octets of the present holder, to the line and from it.
    package var holderSent: Int64
    package var holderReceived: Int64
    /// Polls that had to wait for others.
    package var postponed: Int64
    /// Number of the newest entry of the trace.
    package var newestFrame: UInt64
    /// The recording; nil when none was asked for.
    package var recording: LineRecorder?
}

extension Line {
    /// What diagnostics show now.
    var insight: LineInsight {
        watch.digest()
        return LineInsight(
            state: state, observation: watch.observation, minute: watch.use.minute(at: clock.now),
            hour: watch.use.hour(at: clock.now), holderSent: watch.holderSent,
            holderReceived: watch.holderReceived, postponed: watch.postponed,
            newestFrame: watch.trace.lastNumber, recording: watch.recording)
    }

    /// Begins or ends a recording.
    func setRecording(_ isOn: Bool) {
        if isOn { watch.record(at: clock.now) } else { watch.stopRecording(at: clock.now) }
    }

    /// Entries with greater numbers. The newest burst is kept back while it may still grow, so that a reader
    /// who asks for what is new gets each burst whole and once.
    func frames(after number: UInt64, limit: Int) -> [LineTraceEntry] {
        var entries = watch.trace.entries(after: number, limit: limit)
        if let last = entries.last, last.number == watch.trace.lastNumber,
            let lastActivity, clock.now - lastActivity < Line.burstEnd
        {
            entries.removeLast()
        }
        return entries
    }

    /// A burst that has been quiet for so long has ended.
    private static let burstEnd = Duration.milliseconds(300)
}

extension LineRegistry {
    /// The interfaces of the configuration, by name, whether they were ever used or not.
    package var interfaceNames: [String] { interfaces.keys.sorted() }

    /// What every used line shows to diagnostics, interfaces first, by name.
    package func insights() async -> [LineInsight] {
        var insights: [LineInsight] = []
        for state in await states() {
            if let line = lines[state.id] { insights.append(await line.insight) }
        }
        return insights
    }

    /// The same of one line; nil when it was never used.
    package func insight(of id: LineID) async -> LineInsight? { await lines[id]?.insight }

    /// Entries of a line's trace with numbers greater than `number`, oldest first.
    package func frames(of id: LineID, after number: UInt64, limit: Int) async -> [LineTraceEntry] {
        await lines[id]?.frames(after: number, limit: limit) ?? []
    }

    /// Sends a waiter away; false when there is none of that number.
    package func dismiss(_ number: UInt64, of id: LineID) async -> Bool {
        await lines[id]?.dismiss(number) ?? false
    }

    /// Begins or ends a recording of a line; throws `line.missing` for one that does not exist.
    package func setRecording(_ isOn: Bool, of id: LineID) async throws {
        try await line(id).setRecording(isOn)
    }
}

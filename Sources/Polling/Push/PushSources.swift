// Who connects to the port of pushes, and how much of it is borne: connections at once, octets and messages a
// minute, all by the far end's address. A value; the receiver tells it what happened.

import Drivers
import Timekeeping

/// The far ends of the port.
struct PushSources: Sendable {
    /// One far end.
    private struct Source: Sendable {
        var connections = 0
        var minute = MonotonicInstant(nanoseconds: 0)
        var octets = 0
        var messages = 0
        /// When each reason was told last.
        var told: [PushFault: MonotonicInstant] = [:]
    }

    /// Connections of all; further ones are turned away.
    static let connections = 128
    /// Connections of one: many meters may share the address of their operator's network.
    static let connectionsOfOne = 64
    /// Octets of one a minute.
    static let octets = 1_048_576
    /// Messages of one a minute.
    static let messages = 600
    /// Far ends remembered.
    static let capacity = 256

    private var sources: [String: Source] = [:]
    private var open = 0

    /// How many are remembered.
    var count: Int { sources.count }

    /// Somebody connects: whether there is room.
    mutating func open(_ peer: String, at now: MonotonicInstant) -> Bool {
        guard open < PushSources.connections else { return false }
        if sources[peer] == nil, sources.count >= PushSources.capacity { forgetIdle() }
        var source = sources[peer] ?? Source(minute: now)
        guard source.connections < PushSources.connectionsOfOne else { return false }
        source.connections += 1
        sources[peer] = source
        open += 1
        return true
    }

    /// A connection has ended.
    mutating func close(_ peer: String) {
        open -= 1
        sources[peer]?.connections -= 1
    }

    /// Octets came: whether they are not too many.
    mutating func take(octets: Int, from peer: String, at now: MonotonicInstant) -> Bool {
        guard var source = sources[peer] else { return false }
        if now - source.minute >= .seconds(60) {
            (source.minute, source.octets, source.messages) = (now, 0, 0)
        }
        source.octets += octets
        sources[peer] = source
        return source.octets <= PushSources.octets
    }

    /// A message came: whether they are not too many.
    mutating func takeMessage(from peer: String, at now: MonotonicInstant) -> Bool {
        sources[peer]?.messages += 1
        return (sources[peer]?.messages ?? .max) <= PushSources.messages
    }

    /// Whether a reason is told of a far end: once a day.
    mutating func mayTell(of peer: String, _ fault: PushFault, at now: MonotonicInstant) -> Bool {
        guard var source = sources[peer] else { return false }
        if let last = source.told[fault], now - last < .seconds(86_400) { return false }
        source.told[fault] = now
        sources[peer] = source
        return true
    }

    /// Makes room: who is not connected has gone.
    private mutating func forgetIdle() { sources = sources.filter { $0.value.connections > 0 } }
}

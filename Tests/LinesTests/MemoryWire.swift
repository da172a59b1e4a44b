// A device in memory for the tests of lines: counts who has it open, answers after a delay, and fails on
// demand.

import Seams
import Timekeeping
import VirtualTime

/// Opens memory channels and notes what happens to them.
actor MemoryWire: LineOpener {
    private let clock: VirtualClock
    private(set) var openings: [SerialSettings] = []
    private(set) var closings = 0
    private(set) var writes: [(instant: MonotonicInstant, octets: [UInt8])] = []
    private(set) var usersNow = 0
    private(set) var usersAtMost = 0
    /// What the next openings do instead of succeeding; nil: they succeed.
    private var openingFailure: ChannelError?
    private var channels: [MemoryChannel] = []

    init(clock: VirtualClock) { self.clock = clock }

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        openings.append(settings)
        try? await clock.sleep(for: .milliseconds(1))
        if let openingFailure { throw openingFailure }
        let channel = MemoryChannel(wire: self, clock: clock)
        channels.append(channel)
        return channel
    }

    /// Makes openings fail, or succeed again.
    func failOpening(_ error: ChannelError?) { openingFailure = error }

    /// Breaks every open channel.
    func unplug() async { for channel in channels { await channel.lose() } }

    /// Octets from the far end.
    func deliver(_ octets: [UInt8]) async { for channel in channels { await channel.deliver(octets) } }

    func noteWrite(_ octets: [UInt8]) { writes.append((clock.now, octets)) }
    func noteSettings(_ settings: SerialSettings) { openings.append(settings) }
    func noteClose(_ channel: MemoryChannel) {
        closings += 1
        channels.removeAll { $0 === channel }
    }

    /// A user says that it owns the wire.
    func enter() {
        usersNow += 1
        usersAtMost = max(usersAtMost, usersNow)
    }
    func leave() { usersNow -= 1 }
}

/// One open channel.
actor MemoryChannel: SerialChannel {
    private let wire: MemoryWire
    private let clock: VirtualClock
    private var input: [UInt8] = []
    private var ending: ChannelError?

    init(wire: MemoryWire, clock: VirtualClock) {
        self.wire = wire
        self.clock = clock
    }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        if let ending { throw ending }
        await wire.noteWrite(octets)
        try? await clock.sleep(for: .milliseconds(octets.count))
    }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        while input.isEmpty, clock.now < deadline, !Task.isCancelled {
            if let ending { throw ending }
            try? await clock.sleep(until: min(deadline, clock.now + .milliseconds(1)))
        }
        if let ending { throw ending }
        defer { input = [] }
        return input
    }

    func discardInput() { input = [] }
    func apply(_ settings: SerialSettings) async throws(ChannelError) {
        if let ending { throw ending }
        await wire.noteSettings(settings)
    }
    func deliver(_ octets: [UInt8]) { input += octets }
    func lose() { ending = .closed("Input/output error") }
    func close() async {
        guard ending == nil || ending != .closed("closed here") else { return }
        ending = .closed("closed here")
        await wire.noteClose(self)
    }
}

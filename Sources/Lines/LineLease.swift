// A line in the hands of its holder: a channel like any other to drivers, which also tells when to give
// way. It is worth nothing once the lease has ended.

package import Seams
package import Timekeeping

/// The right to use a line, for the time of `LineRegistry.withLease`.
package struct LineLease: SerialChannel {
    /// The line.
    package var id: LineID { line.id }
    let line: Line
    let ticket: UInt64
    /// As the lease was asked for.
    package let lastRequestBy: MonotonicInstant?

    /// Whether somebody more urgent waits: end the session at the next boundary of transactions and ask
    /// again.
    package var shouldYield: Bool { get async { await line.shouldYield(ticket) } }

    /// Whether anybody waits for the line.
    package var isAwaited: Bool { get async { await line.isAwaited(ticket) } }

    /// Whether somebody waits who asked for values of now, or a person, while this lease is for what can
    /// wait: then even a transaction under way is given up.
    package var isWantedBack: Bool { get async { await line.isWantedBack(ticket) } }

    /// Sends all octets, after the guard time of the line (R25).
    package func write(_ octets: [UInt8]) async throws(ChannelError) {
        try await line.write(ticket, octets, hiding: [])
    }

    /// The same; `secrets` stay out of trace and log (D12).
    package func write(_ octets: [UInt8], hiding secrets: [Range<Int>]) async throws(ChannelError) {
        try await line.write(ticket, octets, hiding: secrets)
    }

    /// The same for a stream: what follows within `lead` goes out without a pause; see `Channel`.
    package func write(
        _ octets: [UInt8], ahead lead: Duration
    ) async throws(ChannelError) {
        try await line.write(ticket, octets, hiding: [], ahead: lead)
    }

    /// Waits for octets; see `Channel`.
    package func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        try await line.read(ticket, until: deadline)
    }

    /// Throws away what was received and not read.
    package func discardInput() async { await line.discardInput(ticket) }

    /// Reads and forgets until the line has been silent for `quiet` or `limit` is over; returns the number of
    /// octets. For late answers (R25).
    @discardableResult
    package func drain(quiet: Duration, limit: Duration) async throws(ChannelError) -> Int {
        try await line.drain(ticket, quiet: quiet, limit: limit)
    }

    /// Waits until a TCP connection is `age` old, unless it has brought an octet. Throws when the far end
    /// closes: then it was busy and not the meter silent.
    package func outlast(age: Duration) async throws(ChannelError) {
        try await line.outlast(ticket, age: age)
    }

    /// Changes speed and format in mid-conversation; the next lease sets its own.
    package func apply(_ settings: SerialSettings) async throws(ChannelError) {
        try await line.change(ticket, to: settings)
    }

    /// Until when a link that a client left open with a station may stand; nil for people and for whoever
    /// asks for values of now, who do not wait (D5).
    package func engagement(of station: StationAddress) async -> MonotonicInstant? {
        await line.engagement(ticket, of: station)
    }

    /// Notes until when links with stations may stand that the holder leaves open; nil for those it closed.
    package func leave(_ links: [StationAddress: MonotonicInstant?]) async { await line.leave(ticket, links) }

    /// Closes device or connection; the next lease opens it again.
    package func close() async { await line.hangUp(ticket) }
}

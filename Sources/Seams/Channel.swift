// The octet stream to a meter, and how one is opened. `Ports` implements both over serial devices and TCP,
// `Simulation` over memory; `Lines` lends channels out, `Drivers` talk through them.

package import Timekeeping

/// Why a channel could not do what was asked.
package enum ChannelError: Error, Sendable, Hashable {
    /// The device or connection has gone (unplugged, reset, end of file); the text is the system's reason.
    case closed(String)
    /// Opening failed; the text is the system's reason.
    case openFailed(String)
    /// The far end accepted and closed without an octet: a hub that is busy (D5).
    case farEndBusy
    /// Settings the device cannot do.
    case unsupportedSettings(String)

    /// The reason in words, mostly the system's.
    package var reason: String {
        switch self {
        case .closed(let reason), .openFailed(let reason): reason
        case .farEndBusy: "the far end is busy"
        case .unsupportedSettings(let text): "the device cannot do \(text)"
        }
    }
}

/// An open octet stream with one owner.
package protocol Channel: Sendable {
    /// Sends all octets; returns when the last one is handed to the device (serial: drained to the wire).
    func write(_ octets: [UInt8]) async throws(ChannelError)
    /// The same for octets that others will follow: returns as soon as the wire has no more than `lead` left
    /// to carry, so that those join them without a pause.
    func write(_ octets: [UInt8], ahead lead: Duration) async throws(ChannelError)
    /// The same for octets that hold secrets: traces and rings show `••` in the places `secrets` (D12).
    func write(_ octets: [UInt8], hiding secrets: [Range<Int>]) async throws(ChannelError)
    /// Waits for octets and returns what has come, at least one; an empty array when `deadline` passes first
    /// or the task is cancelled. Throws when the channel has closed.
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8]
    /// Throws away what has been received and not read.
    func discardInput() async
    /// Closes; harmless when closed already.
    func close() async
    /// Whether somebody waits for the channel who cannot wait for a long answer to end (R27): give it back
    /// between two frames.
    var isWantedBack: Bool { get async }
    /// Until when a link that somebody before us left open with a station of the line may stand: the station
    /// hears nobody else until then. Nil when there is none, or when the holder need not care (D5).
    func engagement(of station: StationAddress) async -> MonotonicInstant?
    /// When no further request may be begun, so that the conversation ends in good order before somebody's
    /// patience does; nil for a channel lent without such an hour.
    var lastRequestBy: MonotonicInstant? { get }
}

extension Channel {
    /// Nobody else can want a channel that is not lent.
    package var isWantedBack: Bool { get async { false } }
    /// Nobody was there before us on a channel that is not lent.
    package func engagement(of station: StationAddress) async -> MonotonicInstant? { nil }
    /// No hour is set.
    package var lastRequestBy: MonotonicInstant? { nil }
    /// Where nothing is waited for there is nothing to be ahead of.
    package func write(_ octets: [UInt8], ahead lead: Duration) async throws(ChannelError) {
        try await write(octets)
    }
    /// Channels that keep no trace have nothing to hide.
    package func write(_ octets: [UInt8], hiding secrets: [Range<Int>]) async throws(ChannelError) {
        try await write(octets)
    }
}

/// A station of a line by the two parts of its link address.
package struct StationAddress: Sendable, Hashable {
    /// Logical device.
    package var logical: UInt16
    /// Physical device; 0 where the address has no such part.
    package var physical: UInt16

    /// A station.
    package init(logical: UInt16, physical: UInt16) {
        self.logical = logical
        self.physical = physical
    }

    /// Whether both may be one station.
    package func names(_ other: StationAddress) -> Bool {
        logical == other.logical && (physical == 0 || other.physical == 0 || physical == other.physical)
    }
}

/// A channel whose character format can change while it is open, as the sign-on of IEC 62056-21 needs.
package protocol SerialChannel: Channel {
    /// Applies another format to what is sent and received from now on; everything written is on the wire
    /// before.
    func apply(_ settings: SerialSettings) async throws(ChannelError)
}

/// Character format and speed of a serial line.
package struct SerialSettings: Sendable, Hashable {
    /// Parity bit.
    package enum Parity: String, Sendable, Hashable, CaseIterable { case none = "n", even = "e", odd = "o" }
    /// 300…115200.
    package var speedBaud: Int
    /// 7 or 8.
    package var dataBits: Int
    /// Parity bit.
    package var parity: Parity
    /// 1 or 2.
    package var stopBits: Int

    /// A format such as 9600 8N1.
    package init(speedBaud: Int, dataBits: Int = 8, parity: Parity = .none, stopBits: Int = 1) {
        self.speedBaud = speedBaud
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
    }

    /// The SPODES default, 9600 8N1.
    package static let standard = SerialSettings(speedBaud: 9_600)

    /// Reads `9600,8n1` as the meter table writes it; nil when malformed or outside the manual's values.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let speed = Int(parts[0]), SerialSettings.speeds.contains(speed) else {
            return nil
        }
        let frame = Array(parts[1].lowercased())
        guard frame.count == 3, let bits = frame[0].wholeNumberValue, bits == 7 || bits == 8,
            let parity = Parity(rawValue: String(frame[1])), let stop = frame[2].wholeNumberValue,
            stop == 1 || stop == 2
        else { return nil }
        self.init(speedBaud: speed, dataBits: bits, parity: parity, stopBits: stop)
    }

    /// `9600,8n1`
    package var text: String { "\(speedBaud),\(dataBits)\(parity.rawValue)\(stopBits)" }

    /// Speeds of the manual, 4.2.3.
    package static let speeds = [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200]

    /// Time one character takes on the wire.
    package var characterTime: Duration {
        let bits = 1 + dataBits + (parity == .none ? 0 : 1) + stopBits
        return .nanoseconds(Int64(bits) * 1_000_000_000 / Int64(speedBaud))
    }
}

/// Where a channel leads.
package enum LineAddress: Sendable, Hashable {
    /// A serial device by path; `switchesDirection` where its driver is to switch an RS-485 transceiver to
    /// sending and back.
    case serial(path: String, switchesDirection: Bool = false)
    /// A TCP host and port.
    case tcp(host: String, port: Int)
}

/// Opens channels.
package protocol LineOpener: Sendable {
    /// Opens a channel; `settings` matter to serial lines only. Throws after `deadline` at the latest.
    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel
}

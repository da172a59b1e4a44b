// Messages over a channel: one reader, any number of senders, each message whole on the wire.

package import Faults
import Octets
package import Seams
package import Timekeeping

/// Why a conversation of remote connection is over, other than as wished.
package enum RemoteFailure: Error, Sendable, Hashable {
    /// The connection broke, or the far end says nothing; the text is the reason.
    case broken(String)
    /// The far end speaks something else; where and what.
    case foreign(String)
    /// The far end refuses.
    case refused(Fault)

    /// In one word, for the journal of connections.
    var word: String {
        switch self {
        case .broken: "clientGone"
        case .foreign: "foreign"
        case .refused(let fault): fault.code.rawValue
        }
    }
}

/// A connection of messages.
package actor RemoteConnection {
    /// A far end that says nothing for so long is dead (REQ-533).
    package static let silence = Duration.seconds(30)
    /// How often somebody with nothing to say shows that it is there.
    package static let heartbeat = Duration.seconds(10)

    private let channel: any Channel
    private nonisolated let clock: any MonotonicClock
    private var decoder = RemoteDecoder()
    private var isSending = false
    private var senders: [CheckedContinuation<Void, Never>] = []
    /// Octets read and written, for pages.
    package private(set) var received: Int64 = 0
    package private(set) var sent: Int64 = 0

    /// Messages over `channel`, small ones only until `trust`.
    package init(_ channel: any Channel, clock: any MonotonicClock) {
        self.channel = channel
        self.clock = clock
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes large messages from here on.
    package func trust() { decoder.limit = RemoteMessage.limit }

    /// The next message; nil when `deadline` passes first or the task is cancelled.
    package func receive(
        until deadline: MonotonicInstant
    ) async throws(RemoteFailure) -> RemoteMessage? {
        while true {
            do throws(DecodingError) {
                if let message = try decoder.next() { return message }
            } catch {
                throw .foreign("\(error.text) at octet \(error.offset)")
            }
            let octets: [UInt8]
            do throws(ChannelError) { octets = try await channel.read(until: deadline) } catch {
                throw .broken(error.reason)
            }
            if octets.isEmpty { return nil }
            received += Int64(octets.count)
            decoder.append(octets)
        }
    }

    /// Sends messages one after another. Throws when the connection has broken.
    package func send(_ messages: [RemoteMessage]) async throws(RemoteFailure) {
        while isSending { await withCheckedContinuation { senders.append($0) } }
        isSending = true
        defer {
            isSending = false
            if !senders.isEmpty { senders.removeFirst().resume() }
        }
        let octets = messages.flatMap(\.octets)
        do throws(ChannelError) { try await channel.write(octets) } catch { throw .broken(error.reason) }
        sent += Int64(octets.count)
    }

    /// Closes.
    package func close() async { await channel.close() }
}

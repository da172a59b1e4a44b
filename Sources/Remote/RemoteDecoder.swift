// Messages out of a stream of octets, whatever the pieces they come in.

package import Octets

/// Takes octets, gives messages.
package struct RemoteDecoder: Sendable {
    private var octets: [UInt8] = []
    /// Largest message that is taken: small until somebody has logged in.
    package var limit: Int

    /// A decoder with nothing in it.
    package init(limit: Int = RemoteMessage.strangerLimit) { self.limit = limit }

    /// Octets of a message that is not whole yet.
    package var held: Int { octets.count }

    /// Takes octets.
    package mutating func append(_ more: [UInt8]) { octets += more }

    /// The next whole message; nil when more octets are needed. Throws when the stream is no longer one of
    /// messages: then it ends.
    package mutating func next() throws(DecodingError) -> RemoteMessage? {
        guard octets.count >= 4 else { return nil }
        let length = octets[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length >= 1 else { throw DecodingError(.invalid, at: 0, "length of a message") }
        guard length <= limit else { throw DecodingError(.tooLong, at: 0, "a message") }
        guard octets.count >= 4 + length else { return nil }
        let message = try RemoteMessage(from: octets[4..<4 + length])
        octets.removeFirst(4 + length)
        return message
    }
}

// What makes a lent line outlive its connection: pieces are numbered, kept until the far end has handed them
// on, and sent again where a new connection begins. Bounded: a full outbox takes nothing more, so that
// whoever reads the line or the port stops reading.

/// Pieces on their way to the far end.
package struct Outbox: Sendable {
    private var pieces: [[UInt8]] = []
    /// Number of the oldest piece kept.
    private var first: UInt64 = 0
    /// How many of those kept have been sent on this connection.
    private var sent = 0
    private var held = 0

    /// Octets kept before nothing more is taken.
    package static let octetLimit = 65_536
    /// Pieces kept before nothing more is taken.
    package static let pieceLimit = 256

    /// Nothing.
    package init() {}

    /// Whether one more piece may be added.
    package var hasRoom: Bool {
        held + RemoteMessage.pieceLimit <= Outbox.octetLimit && pieces.count < Outbox.pieceLimit
    }

    /// Whether everything has been handed on at the far end.
    package var isEmpty: Bool { pieces.isEmpty }

    /// Adds a piece, 1…4096 octets, where there is room.
    package mutating func add(_ octets: [UInt8]) {
        precondition(hasRoom && (1...RemoteMessage.pieceLimit).contains(octets.count), "a piece that fits")
        pieces.append(octets)
        held += octets.count
    }

    /// The next piece to be sent on this connection; nil when there is none.
    package mutating func next() -> RemoteMessage? {
        guard sent < pieces.count else { return nil }
        defer { sent += 1 }
        return .data(number: first + UInt64(sent), octets: pieces[sent])
    }

    /// The far end has handed on everything below a number. False for a number that was never sent.
    package mutating func taken(below number: UInt64) -> Bool {
        guard number >= first else { return true }
        guard number - first <= UInt64(sent) else { return false }
        let count = Int(number - first)
        for piece in pieces[..<count] { held -= piece.count }
        pieces.removeFirst(count)
        first = number
        sent -= count
        return true
    }

    /// A new connection begins at the number the far end awaits. False for one that cannot be had.
    package mutating func resume(at number: UInt64) -> Bool {
        guard number >= first, number - first <= UInt64(pieces.count) else { return false }
        sent = Int(number - first)
        return true
    }
}

/// Pieces from the far end that have not been handed on.
package struct Inbox: Sendable {
    private var pieces: [[UInt8]] = []
    private var held = 0
    /// Number of the next piece awaited.
    package private(set) var next: UInt64 = 0
    /// Everything below has been handed on.
    package private(set) var taken: UInt64 = 0

    /// Nothing.
    package init() {}

    /// Takes a piece; one that is known already is forgotten. False for a gap, and for more than the far end
    /// may send.
    package mutating func received(_ octets: [UInt8], number: UInt64) -> Bool {
        if number < next { return true }
        guard number == next, held + octets.count <= Outbox.octetLimit, pieces.count < Outbox.pieceLimit
        else { return false }
        pieces.append(octets)
        held += octets.count
        next += 1
        return true
    }

    /// The oldest piece that has not been handed on.
    package var oldest: [UInt8]? { pieces.first }

    /// The oldest piece has been handed on.
    package mutating func handedOn() {
        guard !pieces.isEmpty else { return }
        held -= pieces.removeFirst().count
        taken += 1
    }
}

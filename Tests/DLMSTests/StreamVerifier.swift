// The verifier every incremental decoder must pass (style rules 6 and 27): the same messages come out of a
// stream whole, octet by octet, cut anywhere, glued together, behind noise; and a truncated message never
// comes out.

import Testing

/// Feeds a stream to a fresh decoder in pieces and returns the messages found.
struct StreamVerifier<Message: Equatable> {
    /// Decodes pieces with a fresh decoder, damage left out.
    let decode: ([[UInt8]]) -> [Message]

    func verify(
        _ encoded: [[UInt8]], _ messages: [Message], noise: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (octets, message) in zip(encoded, messages) {
            #expect(decode([octets]) == [message], "whole", sourceLocation: sourceLocation)
            #expect(
                decode(octets.map { [$0] }) == [message], "octet by octet", sourceLocation: sourceLocation)
            #expect(decode([noise + octets]) == [message], "after noise", sourceLocation: sourceLocation)
            for cut in 0..<octets.count {
                let (head, tail) = (Array(octets[..<cut]), Array(octets[cut...]))
                #expect(decode([head]).isEmpty, "truncated to \(cut)", sourceLocation: sourceLocation)
                #expect(decode([head, tail]) == [message], "cut at \(cut)", sourceLocation: sourceLocation)
            }
        }
        let glued = encoded.flatMap { $0 }
        #expect(decode([glued]) == messages, "glued", sourceLocation: sourceLocation)
        #expect(
            decode(glued.map { [$0] }) == messages, "glued, octet by octet", sourceLocation: sourceLocation)
    }
}

/// A small seeded stream of numbers for properties; the seed is part of the test's name.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func octets(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

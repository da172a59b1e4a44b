// The keys of one association and what may go wrong with protected APDUs.

import Octets

/// The global keys of suite 0. They print as dots (D12).
package struct SecurityKeys: Sendable, Hashable {
    /// Octets of every key of suite 0.
    package static let length = 16
    /// Octets of a system title.
    package static let titleLength = 8

    /// Global unicast encryption key (EK), 16 octets.
    package var encryption: [UInt8]
    /// Authentication key (AK), 16 octets.
    package var authentication: [UInt8]

    /// Keys; nil for other lengths than 16 octets.
    package init?(encryption: [UInt8], authentication: [UInt8]) {
        guard encryption.count == SecurityKeys.length, authentication.count == SecurityKeys.length else {
            return nil
        }
        self.encryption = encryption
        self.authentication = authentication
    }
}

extension SecurityKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Dots.
    package var description: String { "••••" }
    /// Dots.
    package var debugDescription: String { description }
    /// Hides the octets from `dump` and from failing expectations.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why an APDU could not be protected or opened.
package enum ProtectionError: Error, Sendable, Hashable {
    /// There is no key for it: none at all, or no dedicated one.
    case noKey
    /// It is protected under a suite this version does not have.
    case suite(UInt8)
    /// It uses the broadcast key, compression or general ciphering with its own key: not in this version.
    case form(UInt8)
    /// The tag is wrong: another key, or altered octets.
    case notAuthentic
    /// The counter of the other side did not grow: an old APDU said again.
    case replayed(counter: UInt32, last: UInt32)
    /// It is protected less than agreed, or not at all.
    case unprotected
    /// The other side has not told its system title, or it is another one.
    case title
    /// Header or content are cut short, or hold another APDU than the tag says.
    case malformed
    /// Our own counters are used up: a new key is needed, or a new reservation.
    case noCounter

    /// In English, for logs, faults and the analyser.
    package var text: String {
        switch self {
        case .noKey: "no key for a ciphered APDU"
        case .suite(let number):
            "security \(SecuritySuite(rawValue: number)?.name ?? "suite \(number)") is not supported"
        case .form(let control): "security control \([control].hex) is not supported"
        case .notAuthentic: "wrong key or altered octets"
        case .replayed(let counter, let last): "counter \(counter) not above \(last): a replay"
        case .unprotected: "APDU less protected than agreed"
        case .title: "system title missing or changed"
        case .malformed: "malformed ciphered APDU"
        case .noCounter: "no invocation counter left"
        }
    }
}

/// Invocation counters of ours that are reserved and not used: each protects one APDU under one key, ever.
package struct InvocationCounters: Sendable, Hashable {
    private var next: UInt32
    private let end: UInt32

    /// The reserved ones, ascending.
    package init(_ reserved: Range<UInt32>) {
        next = reserved.lowerBound
        end = reserved.upperBound
    }

    /// None.
    package init() { self.init(0..<0) }

    /// How many are left.
    package var count: Int { Int(end - next) }

    /// The one that `take` would give; nil when none is left.
    package var upcoming: UInt32? { next < end ? next : nil }

    /// Uses one up; nil when none is left.
    package mutating func take() -> UInt32? {
        guard next < end else { return nil }
        defer { next += 1 }
        return next
    }
}

// What an account may do (decision D10): a named set; the API's `lvl` is only its projection.

import Configuration

/// One thing that not everybody may do.
package enum Right: String, Sendable, Hashable, CaseIterable {
    /// See settings, states and readings, and have meters read.
    case read
    /// Change settings.
    case configure
    /// Act on the device or a meter: clock, restart, relay.
    case control
    /// Use remote connection: talk to meters and borrow lines from far away (REQ-535).
    case remote
    /// Close the client of a transit port or of remote connection.
    case dropTransit = "transit.drop"
    /// See and change accounts.
    case accounts
    /// See a stored password; audited (D12).
    case reveal
}

extension Account.Level {
    /// The rights behind a level.
    var rights: Set<Right> {
        switch self {
        case .none: []
        case .user: [.read]
        case .administrator: Set(Right.allCases)
        }
    }
}

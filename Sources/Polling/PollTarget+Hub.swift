// What the end of a conversation means behind a virtual hub: trouble of the connection is the hub's and not
// the meter's, and a far end that makes its clients wait is told from a meter that says nothing.

import Faults
import Lines
import Seams
import Timekeeping

extension HubPlace {
    /// A fault as this hub's own; what is about something else stays as it is.
    func told(_ fault: Fault) -> Fault {
        var facts = ["hub": "\(id)", "line": line.text]
        switch fault.code {
        case .hubBusy: return Fault(.hubBusy, facts)
        case .lineOpenFailed, .lineClosed:
            let reason = fault.parameters["reason"] ?? fault.parameters["detail"] ?? ""
            // The text names the line already.
            let attempt = "connecting to \(line.text): "
            facts["reason"] = reason.hasPrefix(attempt) ? String(reason.dropFirst(attempt.count)) : reason
            return Fault(.hubUnreachable, facts)
        default: return fault
        }
    }
}

extension PollTarget {
    /// The hub whose connection leads to it; nil for a meter on a line of its own.
    package var hub: HubPlace? { hubs.last }

    /// A fault from whatever a session threw.
    func fault(of error: any Error) -> Fault {
        let fault = Fault(session: error)
        return hub?.told(fault) ?? fault
    }

    /// How old a connection has to be until its silence is the meter's, for a person: a transit port lets its
    /// clients wait ten seconds for its line before it closes.
    static let personPatience = Duration.seconds(12)
    /// For a poll, which has the time to let a midnight pass of the far gateway go first: a minute more.
    static let pollPatience = Duration.seconds(75)

    /// Runs a conversation. Behind a hub whose connection has not brought an octet yet, a meter counts as
    /// silent only when the far end has kept us for so long: till then it may be busy and tell nobody.
    func conversing<Value: Sendable>(
        over lease: LineLease, patience: Duration = PollTarget.pollPatience,
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        do { return try await body() } catch let fault as Fault where fault.code == .meterSilent {
            guard hub != nil else { throw fault }
            try await lease.outlast(age: patience)
            throw fault
        }
    }
}

extension LineRegistry {
    /// Runs a visit to targets of one line. Behind a hub the connection is kept from one to the next: its far
    /// end would otherwise give its own line away and back for each.
    func withVisit<Value: Sendable>(
        to targets: [PollTarget], isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        guard let hub = targets.first?.hub else { return try await body() }
        return try await withVisit(hub.line, isolation: isolation, body)
    }
}

extension Fault {
    /// Whether a hub is to blame and everything behind it is out of reach.
    var isOfHub: Bool { code == .hubBusy || code == .hubUnreachable }
}

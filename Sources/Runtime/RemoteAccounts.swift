// Remote connection joined to the accounts of the device and to the table of interfaces.

import Configuration
import Errands
import Faults
import Lines
import Remote
import Seams
import WebAdmin

/// What every server of remote connection is made of.
struct RemoteParts: Sendable {
    let runner: ErrandRunner
    let access: any RemoteAccess
    let entropy: any Entropy
}

/// Accounts with the right to remote connection.
struct RemoteAccounts: RemoteAccess {
    let gate: AccountGate

    func admit(login: String, password: String, peer: String) async throws(Fault) {
        try await gate.admit(login: login, password: password, address: peer, right: .remote)
    }
}

extension GatewayConfiguration {
    /// What the server of remote connection is told.
    func remote(_ rules: RemoteRules) -> RemoteSettings {
        let formats = interfaces.compactMap { row in row.settings.map { (row.interface, $0) } }
        let paths = lines.filter { !$0.path.isEmpty }.map { ($0.path, $0.id) }
        return RemoteSettings(
            formats: Dictionary(formats, uniquingKeysWith: { first, _ in first }),
            paths: Dictionary(paths, uniquingKeysWith: { first, _ in first }),
            grace: .seconds(rules.graceSeconds))
    }
}

extension RemoteGuest {
    /// Whether it waits for a line that somebody else has.
    var isWaiting: Bool { line != nil && errand == nil && !holdsLine }

    /// As the page of servers shows it.
    var report: ServerReport.Client {
        ServerReport.Client(
            peer: peer, since: since, received: received, sent: sent, holdsLine: holdsLine, line: line?.text,
            user: user.isEmpty ? nil : user, last: errand)
    }
}

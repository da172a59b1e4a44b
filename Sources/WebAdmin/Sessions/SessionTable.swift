// Who is logged in (decision D10): cookies of 128 random bits, 30 minutes of rest, 12 hours at most. In
// memory only: after a restart everybody logs in again (REQ-053).

import Seams
import Timekeeping

/// A person's working session.
struct Session: Sendable {
    /// The account's login; what it may do is looked up at every request.
    let login: String
    let began: MonotonicInstant
    var lastSeen: MonotonicInstant
}

/// All sessions.
actor SessionTable {
    private var sessions: [String: Session] = [:]
    private let clock: any MonotonicClock
    private let entropy: any Entropy

    static let rest = Duration.seconds(30 * 60)
    static let life = Duration.seconds(12 * 3_600)
    /// Beyond this the one that rested longest goes.
    static let capacity = 64

    init(clock: any MonotonicClock, entropy: any Entropy) {
        self.clock = clock
        self.entropy = entropy
    }

    /// A new session and its cookie value: 32 hexadecimal digits.
    func open(login: String) -> String {
        dropStale()
        if sessions.count >= SessionTable.capacity,
            let oldest = sessions.min(by: { $0.value.lastSeen < $1.value.lastSeen })
        {
            sessions[oldest.key] = nil
        }
        let token = entropy.octets(16).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
        sessions[token] = Session(login: login, began: clock.now, lastSeen: clock.now)
        return token
    }

    /// The session of the last valid cookie (api 1.3); its rest begins again.
    func find(_ tokens: [String]) -> Session? {
        dropStale()
        for token in tokens.reversed() {
            guard var session = sessions[token] else { continue }
            session.lastSeen = clock.now
            sessions[token] = session
            return session
        }
        return nil
    }

    /// Ends the sessions of these cookies.
    func close(_ tokens: [String]) { for token in tokens { sessions[token] = nil } }

    /// Ends every session of an account, as when its password changes.
    func close(login: String) { sessions = sessions.filter { $0.value.login != login } }

    private func dropStale() {
        let now = clock.now
        sessions = sessions.filter {
            now - $0.value.lastSeen < SessionTable.rest && now - $0.value.began < SessionTable.life
        }
    }
}

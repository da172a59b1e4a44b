// How the server of pushes fares, in numbers that a page can show.

package import Drivers
package import Faults
package import Timekeeping

/// The state of the server of pushes.
package struct PushStatus: Sendable {
    /// A push that was not taken.
    package struct Refusal: Sendable, Hashable {
        /// UTC.
        package var at: WallTime
        /// Address of who sent it.
        package var peer: String
        /// Why.
        package var fault: PushFault
    }

    /// Port listened at; nil while nothing listens.
    package var port: Int?
    /// Why nothing listens although it should.
    package var fault: Fault?
    /// Connections now.
    package var connections = 0
    /// Connections turned away: not allowed, or too many.
    package var turnedAway = 0
    /// Pushes whose octets were whole.
    package var received = 0
    /// Pushes of which something was kept.
    package var taken = 0
    /// Rows they told, stored or there already.
    package var rows = 0
    /// What was not taken, by reason.
    package var refused: [PushFault: Int] = [:]
    /// The newest refusals, one a source and reason a day, newest last.
    package private(set) var refusals: [Refusal] = []
    /// UTC of the newest push that was taken.
    package var lastAt: WallTime?

    private var day: Int64 = 0
    private var notes = 0

    /// Nothing has happened yet.
    package init() {}

    /// Entries a day in the journal.
    private static let notesADay = 200
    private static let refusalsShown = 20

    mutating func tell(_ refusal: Refusal) {
        refusals.append(refusal)
        if refusals.count > PushStatus.refusalsShown { refusals.removeFirst() }
    }

    /// Whether the journal takes one more entry today.
    mutating func mayNote(at now: WallTime) -> Bool {
        let today = now.unixSeconds / 86_400
        if today != day { (day, notes) = (today, 0) }
        notes += 1
        return notes <= PushStatus.notesADay
    }
}

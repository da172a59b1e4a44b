// Whether the gateway's own time may be acted on (R1), as a value: it is told what the machine shows and who
// has confirmed, and answers. The door in `HostLinux` feeds it; nothing here knows a clock.

/// Belief in the gateway's own time.
package struct TimeTrust: Sendable, Hashable {
    /// The clock that runs while the machine is off.
    package enum BackupClock: Sendable, Hashable {
        /// It has kept the time; the reading, where the machine tells it.
        case valid(WallTime?)
        /// It says itself that it has lost the time.
        case invalid
        /// The machine has none: there is nothing to lose, as in a container or on a bench.
        case absent
    }

    /// What the machine shows at one moment.
    package struct Look: Sendable, Hashable {
        /// The wall clock.
        package var time: WallTime
        /// Time since the machine started, sleep included: never stepped.
        package var uptime: Duration
        /// The backup clock.
        package var backup: BackupClock
        /// Whether the kernel's time is being steered by a server now.
        package var isSteered: Bool

        /// A look at a machine.
        package init(time: WallTime, uptime: Duration, backup: BackupClock, isSteered: Bool) {
            self.time = time
            self.uptime = uptime
            self.backup = backup
            self.isSteered = isSteered
        }
    }

    /// Who says that the time is right.
    package enum Witness: Sendable, Hashable {
        /// Whoever steers the kernel's clock.
        case kernel
        /// The backup clock, at the moment of a step.
        case backup
        /// A time server that was asked by name.
        case server(String)
    }

    /// Why the time is not believed.
    package enum Doubt: Sendable, Hashable {
        /// It lies before the software was made.
        case beforeBuild
        /// The backup clock is invalid, and nothing has confirmed the time since.
        case backupInvalid
        /// Nothing has confirmed it since the backup clock was lost.
        case unconfirmed
        /// It was stepped by so many seconds, and fewer than two agreeing witnesses confirm it.
        case stepped(seconds: Int64)
    }

    /// Up to this many seconds a step needs no witnesses.
    package static let freeStepSeconds: Int64 = 60

    private let notBefore: WallTime
    private var last: Look?
    private var isLost = false
    private var step: Step?

    /// A step that waits for witnesses.
    private struct Step: Hashable {
        var seconds: Int64
        var witnesses: Set<Witness> = []
    }

    /// Nothing is known yet; times before `notBefore` will not be believed.
    package init(notBefore: WallTime) { self.notBefore = notBefore }

    /// Why the time is not believed; nil when it is. Before the first look nothing is.
    package var doubt: Doubt? {
        guard let last else { return .unconfirmed }
        if last.time < notBefore { return .beforeBuild }
        if isLost { return last.backup == .invalid ? .backupInvalid : .unconfirmed }
        return step.map { .stepped(seconds: $0.seconds) }
    }

    /// Takes what the machine shows now.
    package mutating func look(_ look: Look) {
        defer { last = look }
        if look.backup == .invalid, last?.backup != .invalid { isLost = true }
        if look.isSteered { isLost = false }
        if let last { noteStep(from: last, to: look) }
        if look.isSteered { witness(.kernel) }
    }

    /// A person answers for the time of the last look, alone.
    package mutating func confirmByPerson() {
        isLost = false
        step = nil
    }

    /// A server whose time was within a second of ours.
    package mutating func confirm(by server: String) {
        isLost = false
        witness(.server(server))
    }

    private mutating func noteStep(from last: Look, to look: Look) {
        let passed = (look.uptime - last.uptime).wholeNanoseconds / 1_000_000_000
        let seconds = look.time.unixSeconds - last.time.unixSeconds - passed
        let total = seconds + (step?.seconds ?? 0)
        guard seconds.magnitude > TimeTrust.freeStepSeconds.magnitude else { return }
        // A step back to where the time was before an unconfirmed one undoes it.
        guard total.magnitude > TimeTrust.freeStepSeconds.magnitude else {
            step = nil
            return
        }
        step = Step(seconds: total)
        if case .valid(let kept?) = look.backup,
            (kept.unixSeconds - look.time.unixSeconds).magnitude <= TimeTrust.freeStepSeconds.magnitude
        {
            witness(.backup)
        }
    }

    private mutating func witness(_ witness: Witness) {
        step?.witnesses.insert(witness)
        if let witnesses = step?.witnesses, witnesses.count >= 2 { step = nil }
    }
}

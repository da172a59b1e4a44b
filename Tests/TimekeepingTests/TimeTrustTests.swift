// R1 exactly: backup clock, build year, synchronisation, steps.

import Testing
import Timekeeping

@Suite("TimeTrust")
struct TimeTrustTests {
    private static let build = WallTime(unixSeconds: 1_767_225_600)
    private static let now: Int64 = 1_773_090_420

    /// A machine that runs on: every look is a minute after the last.
    private struct Machine {
        var trust = TimeTrust(notBefore: TimeTrustTests.build)
        var time = TimeTrustTests.now
        var uptime: Int64 = 100
        var backup = TimeTrust.BackupClock.valid(nil)
        var isSteered = false

        mutating func look(step: Int64 = 0) -> TimeTrust.Doubt? {
            time += 60 + step
            uptime += 60
            trust.look(
                TimeTrust.Look(
                    time: WallTime(unixSeconds: time), uptime: .seconds(uptime), backup: backup,
                    isSteered: isSteered))
            return trust.doubt
        }
    }

    @Test("a machine whose backup clock kept the time is believed at once, before any look nothing is")
    func healthy() {
        var machine = Machine()
        #expect(machine.trust.doubt == .unconfirmed)
        #expect(machine.look() == nil)
        machine.backup = .absent
        #expect(machine.look() == nil)
    }

    @Test("a time before the build is not believed, whoever confirms it")
    func beforeBuild() {
        var machine = Machine()
        machine.time = 1_000_000_000
        machine.isSteered = true
        #expect(machine.look() == .beforeBuild)
        machine.trust.confirmByPerson()
        #expect(machine.look() == .beforeBuild)
    }

    @Test("an invalid backup clock is distrusted until a server steers or a person has set the time")
    func lostBackupClock() {
        var machine = Machine()
        machine.backup = .invalid
        #expect(machine.look() == .backupInvalid)
        // The flag is cleared by whoever writes the clock: that alone confirms nothing.
        machine.backup = .valid(nil)
        #expect(machine.look() == .unconfirmed)
        machine.isSteered = true
        #expect(machine.look() == nil)
        machine.isSteered = false
        #expect(machine.look() == nil, "what was synchronised once since the loss stays believed")
        var other = Machine()
        other.backup = .invalid
        _ = other.look()
        other.trust.confirmByPerson()
        #expect(other.look() == nil, "although the backup clock has not been written yet")
        other.backup = .valid(nil)
        #expect(other.look() == nil)
        other.backup = .invalid
        #expect(other.look() == .backupInvalid, "lost anew")
    }

    @Test(
        "a step up to a minute is free, a larger one needs two agreeing witnesses",
        arguments: [61, -61, 86_400])
    func steps(seconds: Int64) {
        var machine = Machine()
        _ = machine.look()
        #expect(machine.look(step: 60) == nil)
        #expect(machine.look(step: -60) == nil)
        #expect(machine.look(step: seconds) == .stepped(seconds: seconds))
        machine.isSteered = true
        #expect(machine.look() == .stepped(seconds: seconds), "one witness is not enough, however long")
        #expect(machine.look() == .stepped(seconds: seconds))
        machine.trust.confirm(by: "ntp1")
        #expect(machine.look() == nil)
    }

    @Test("the same server twice is one witness, two servers are two")
    func servers() {
        var machine = Machine()
        _ = machine.look()
        _ = machine.look(step: 7_200)
        machine.trust.confirm(by: "ntp1")
        machine.trust.confirm(by: "ntp1")
        #expect(machine.look() == .stepped(seconds: 7_200))
        machine.trust.confirm(by: "ntp2")
        #expect(machine.look() == nil)
    }

    @Test("the backup clock witnesses only at the moment of the step: later it may be a copy")
    func backupWitness() {
        var machine = Machine()
        _ = machine.look()
        machine.isSteered = true
        machine.backup = .valid(WallTime(unixSeconds: machine.time + 60 + 3_600))
        #expect(machine.look(step: 3_600) == nil, "kernel and backup clock agree")
        machine.backup = .valid(WallTime(unixSeconds: machine.time))
        #expect(machine.look(step: 3_600) == .stepped(seconds: 3_600))
        machine.backup = .valid(WallTime(unixSeconds: machine.time + 60))
        #expect(machine.look() == .stepped(seconds: 3_600))
    }

    @Test("a step that is taken back leaves no doubt, a person ends it at once")
    func undone() {
        var machine = Machine()
        _ = machine.look()
        _ = machine.look(step: 7_200)
        #expect(machine.look(step: -7_200) == nil)
        #expect(machine.look(step: -86_400) == .stepped(seconds: -86_400))
        machine.trust.confirmByPerson()
        #expect(machine.trust.doubt == nil)
        #expect(machine.look() == nil)
        #expect(machine.look(step: 7_200) == .stepped(seconds: 7_200), "only that time, not later ones")
    }
}

import DLMS
import Drivers
import Faults
import Metering
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct SPODESQuirksTests {
    @Test func `a meter that answers DM to its first SNRM is opened after DISC`() throws {
        try StreetFixture.run(quirk: { frame, _, memory in
            guard frame.opens, !memory.hasHappened else { return .pass }
            memory.hasHappened = true
            return .answer(.disconnectedMode(final: true))
        }) { street in
            _ = try await street.session(street.point(0)) { try await $0.clock() }
        }
    }

    @Test func `Mercury 234 is woken from a broken session by DISC, silence and DISC`() throws {
        let broken = MonotonicInstant(nanoseconds: 60_000_000_000)
        try StreetFixture.run(quirk: { frame, instant, memory in
            guard instant > broken, !memory.hasHappened else { return .pass }
            guard frame.closes else {
                memory.disconnections = []
                return .swallow
            }
            memory.hasHappened = memory.disconnections.last.map { instant - $0 > .seconds(5) } ?? false
            memory.disconnections.append(instant)
            return memory.hasHappened ? .pass : .swallow
        }) { street in
            _ = try await street.session(street.point(0)) { try await $0.clock() }
            try await street.world.clock.sleep(until: broken + .seconds(1))
            _ = try await street.session(street.point(0)) { try await $0.clock() }
        }
    }

    @Test(arguments: [HDLCControl.disconnectedMode(final: true), .frameReject(final: true)])
    func `a meter that forgets the link in mid-session is opened anew and read on`(control: HDLCControl)
        throws
    {
        try StreetFixture.run(quirk: { frame, _, memory in
            // The seventh frame is a GET of the second archive.
            guard frame.asks, memory.frames > 8, !memory.hasHappened else { return .pass }
            memory.hasHappened = true
            return .answer(control)
        }) { street in
            try await street.session(street.point(0)) { session in
                let today = street.now.startOfDay
                let days = try await session.archive(.dayEnergy, window: today...today)
                #expect(days.readings.count == 1)
            }
        }
    }

    @Test func `a meter that forgets the link again and again is given up`() throws {
        try StreetFixture.run(quirk: { frame, _, memory in
            frame.asks && memory.frames > 4 && memory.frames % 4 == 0
                ? .answer(.disconnectedMode(final: true)) : .pass
        }) { street in
            let code = await faultCode {
                try await street.session(street.point(0)) { session in
                    for _ in 0..<20 { _ = try await session.clock() }
                }
            }
            #expect(code == .meterRefused)
        }
    }

    @Test func `a session survives a silence longer than all retransmissions`() throws {
        let silence =
            MonotonicInstant(nanoseconds: 60_000_000_000)...MonotonicInstant(nanoseconds: 120_000_000_000)
        try StreetFixture.run(quirk: { _, instant, _ in silence.contains(instant) ? .swallow : .pass }) {
            street in
            try await street.session(street.point(0)) { session in
                _ = try await session.clock()
                try await street.world.clock.sleep(until: silence.lowerBound)
                #expect(await faultCode { _ = try await session.clock() } == .meterSilent)
                try await street.world.clock.sleep(until: silence.upperBound)
                _ = try await session.clock()
            }
        }
    }

    @Test func `frames to other meters and from them are nobody's answer`() throws {
        try StreetFixture.run(line: 1) { street in
            // Two sessions in turn on one wire: the second opens while nothing of the first is left.
            for index in [0, 1, 0, 2, 3] {
                let identity = try await street.session(street.point(index)) { $0.identity }
                #expect(identity.serial == "4200\(101 + index)")
            }
        }
    }
}

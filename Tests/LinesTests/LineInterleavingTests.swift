import Faults
import Lines
import Seams
import Testing
import Timekeeping
import VirtualTime

/// Any interleaving of five clients, by seed: never two owners, nobody waits beyond its patience, a
/// cancellation anywhere leaves the line usable.
@Suite struct LineInterleavingTests {
    @Test(arguments: 1...60) func fiveClientsNeverShareTheLineAndNobodyStarves(_ seed: Int) throws {
        let outcome = try inWorld(seed: UInt64(seed)) { bench in
            let tally = Tally()
            await withTaskGroup(of: Void.self) { group in
                for client in 0..<5 { group.addTask { await act(as: client, on: bench, tally) } }
                group.addTask { await disturb(bench) }
            }
            await bench.wire.failOpening(nil)
            // Whatever happened, the line can be had at once and works.
            try await bench.lease(.technician, patience: .zero) { try await $0.write([0xAA]) }
            #expect(await bench.wire.usersAtMost == 1)
            #expect(await bench.wire.usersNow == 0)
            #expect(await bench.state.waiters.isEmpty)
            return await tally.counts
        }
        #expect(outcome["late", default: 0] == 0)
        #expect(outcome["granted", default: 0] > 20)
        #expect(outcome.values.reduce(0, +) == 5 * 40)
    }

    @Test func theSameSeedGivesTheSameHistory() throws {
        func history() throws -> [String: Int] {
            try inWorld(seed: 99) { bench in
                let tally = Tally()
                await withTaskGroup(of: Void.self) { group in
                    for client in 0..<5 { group.addTask { await act(as: client, on: bench, tally) } }
                }
                return await tally.counts
            }
        }
        #expect(try history() == history())
    }
}

/// One client: forty wishes of random urgency, patience and length, some cancelled at a random instant.
private func act(as client: Int, on bench: LineBench, _ tally: Tally) async {
    let chance = SeededEntropy(seed: bench.world.entropy.next() &+ UInt64(client))
    for _ in 0..<40 {
        try? await bench.clock.sleep(for: .milliseconds(Int(chance.number(below: 300))))
        let patience = Duration.milliseconds(Int(chance.number(below: 1_500)))
        let work = Duration.milliseconds(Int(chance.number(below: 250)))
        let urgency = LeaseClass.allCases[Int(chance.number(below: UInt64(LeaseClass.allCases.count)))]
        let cancelAfter = chance.number(below: 4) == 0 ? chance.number(below: 800) : nil
        let start = bench.clock.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let ending = await wish(urgency, patience: patience, work: work, on: bench, since: start)
                await tally.count(ending)
            }
            if let cancelAfter {
                try? await bench.clock.sleep(for: .milliseconds(Int(cancelAfter)))
                group.cancelAll()
            }
        }
    }
}

/// One wish and how it ended.
private func wish(
    _ urgency: LeaseClass, patience: Duration, work: Duration, on bench: LineBench,
    since start: MonotonicInstant
) async -> String {
    do {
        return try await bench.lease(urgency, patience: patience) { lease in
            await bench.wire.enter()
            let waited = bench.clock.now - start
            _ = try? await lease.write([1])
            try? await bench.clock.sleep(for: work)
            _ = try? await lease.read(until: bench.clock.now + .milliseconds(3))
            await bench.wire.leave()
            // Opening takes a millisecond of its own; after a client that was cut off the line rests half a
            // second.
            return waited > patience + .milliseconds(502) ? "late" : "granted"
        }
    } catch let fault as Fault where fault.code == .lineBusy {
        return bench.clock.now - start > patience ? "late" : "busy"
    } catch is CancellationError {
        return "cancelled"
    } catch {
        return "failed"
    }
}

/// Unplugs the line now and then, and lets some openings fail.
private func disturb(_ bench: LineBench) async {
    for round in 0..<12 {
        try? await bench.clock.sleep(for: .milliseconds(700))
        await bench.wire.failOpening(round % 3 == 2 ? .openFailed("gone") : nil)
        await bench.wire.unplug()
    }
    await bench.wire.failOpening(nil)
}

/// Counts endings.
private actor Tally {
    private(set) var counts: [String: Int] = [:]
    func count(_ ending: String) { counts[ending, default: 0] += 1 }
}

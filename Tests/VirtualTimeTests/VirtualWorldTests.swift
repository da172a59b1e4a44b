import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct VirtualWorldTests {
    @Test func aYearOfSleepTakesNoRealTime() throws {
        let world = VirtualWorld()
        let elapsed = try world.run { world -> Duration in
            let start = world.clock.now
            for _ in 0..<365 { try await world.clock.sleep(for: .seconds(86_400)) }
            return world.clock.now - start
        }
        #expect(elapsed == .seconds(365 * 86_400))
    }

    @Test func sleepersWakeInOrderOfDeadlineThenOfArrival() throws {
        let order = try VirtualWorld().run { world -> [Int] in
            let log = Log()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, delay) in [3, 1, 2, 1].enumerated() {
                    group.addTask {
                        try await world.clock.sleep(for: .seconds(delay))
                        await log.append(index)
                    }
                }
                try await group.waitForAll()
            }
            return await log.entries
        }
        #expect(order == [1, 3, 2, 0])
    }

    @Test func cancellationWakesASleeperAtOnce() throws {
        let now = try VirtualWorld().run { world -> MonotonicInstant in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await world.clock.sleep(for: .seconds(1_000)) }
                try? await world.clock.sleep(for: .seconds(1))
                group.cancelAll()
            }
            return world.clock.now
        }
        #expect(now == MonotonicInstant(nanoseconds: 1_000_000_000))
    }

    @Test func aStandstillIsReportedInsteadOfHanging() {
        #expect(throws: VirtualDeadlock.self) {
            try VirtualWorld().run { _ in
                let stream = AsyncStream<Int> { _ in }
                for await _ in stream {}
                try Task.checkCancellation()
            }
        }
    }

    @Test func theSameSeedDrawsTheSameOctets() {
        #expect(SeededEntropy(seed: 7).octets(100) == SeededEntropy(seed: 7).octets(100))
        #expect(SeededEntropy(seed: 7).octets(100) != SeededEntropy(seed: 8).octets(100))
    }
}

private actor Log {
    var entries: [Int] = []
    func append(_ entry: Int) { entries.append(entry) }
}

// Invocation counters: given once, whatever happens between.

import Archive
import Faults
import Storage
import Testing

@Suite struct CounterTests {
    let bench = ArchiveBench()

    @Test func aBlockIsReservedBeforeAnyOfItIsUsed() async throws {
        let archive = try bench.open()
        #expect(try await archive.reserve(256, of: "a", notBelow: 0) == 1..<257)
        // As after a power cut: nobody said how much of the block was used.
        let reopened = try bench.open()
        #expect(try await reopened.reserve(256, of: "a", notBelow: 0) == 257..<513)
        #expect(try await reopened.reserve(1, of: "b", notBelow: 0) == 1..<2)
    }

    @Test func aMetersOwnCounterLiftsASeriesAndNeverLowersIt() async throws {
        let archive = try bench.open()
        #expect(try await archive.reserve(256, of: "a", notBelow: 5_000) == 5_000..<5_256)
        #expect(try await archive.reserve(256, of: "a", notBelow: 17) == 5_256..<5_512)
    }

    @Test func aSeriesEndsInsteadOfBeginningAnew() async throws {
        let archive = try bench.open()
        let end = UInt32.max
        #expect(try await archive.reserve(256, of: "a", notBelow: end - 300) == end - 300..<end - 44)
        let fault = await #expect(throws: Fault.self) {
            _ = try await archive.reserve(256, of: "a", notBelow: 0)
        }
        #expect(fault?.code == .meterKeys)
        #expect(try await archive.reserve(44, of: "a", notBelow: 0) == end - 44..<end)
    }

    @Test func aCounterThatWasHeardOnceIsNotTakenAgain() async throws {
        let archive = try bench.open()
        #expect(try await archive.admit(counter: 0, of: "push a"))
        #expect(try await archive.admit(counter: 7, of: "push a"))
        #expect(try await !archive.admit(counter: 7, of: "push a"))
        #expect(try await !archive.admit(counter: 3, of: "push a"))
        #expect(try await archive.admit(counter: 3, of: "push b"))
        let reopened = try bench.open()
        #expect(try await !reopened.admit(counter: 7, of: "push a"))
        #expect(try await reopened.admit(counter: .max, of: "push a"))
        #expect(try await !reopened.admit(counter: .max, of: "push a"))
    }
}

// Debouncing of discrete inputs, and which changes are events (manual 4.5.3).

import Configuration
import Events
import Seams
import Testing
import Timekeeping

@Suite("InputFilter")
struct InputFilterTests {
    static func instant(_ milliseconds: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    static func edge(_ isActive: Bool, at milliseconds: Int, input: Int = 1) -> InputEdge {
        InputEdge(
            input: input, isActive: isActive, instant: instant(milliseconds),
            time: WallTime(unixSeconds: Int64(milliseconds / 1_000)))
    }

    /// Rows with all four expectations of one input, numbered by expectation.
    static func watch(_ level: Bool, filter: Int = 50) -> InputWatch {
        var watch = InputWatch()
        watch.apply(
            DiscreteInputRow.Expectation.allCases.map {
                DiscreteInputRow(id: $0.rawValue, input: 1, expectation: $0, filterMilliseconds: filter)
            })
        watch.begin(with: [1: level])
        return watch
    }

    /// Numbers of rows met while a signal goes through `edges` and is left alone for a second.
    static func met(_ edges: [(Bool, Int)], from level: Bool, filter: Int = 50) -> [Int] {
        var watch = watch(level, filter: filter)
        var rows = edges.flatMap { watch.take(edge($0.0, at: $0.1)) }.map(\.row.id)
        rows += watch.settle(at: instant((edges.last?.1 ?? 0) + 1_000)).map(\.row.id)
        return rows
    }

    @Test("REQ-253, 254, 255, 256: appearance, disappearance, either, never")
    func expectations() {
        #expect(InputFilterTests.met([(true, 100)], from: false) == [1, 3])
        #expect(InputFilterTests.met([(false, 100)], from: true) == [2, 3])
        #expect(InputFilterTests.met([(true, 100), (false, 200)], from: false) == [1, 3, 2, 3])
    }

    @Test("REQ-258: the first level is the base, not a change")
    func base() {
        #expect(InputFilterTests.met([], from: true).isEmpty)
        var unknown = InputWatch()
        unknown.apply([DiscreteInputRow(id: 1, input: 1, expectation: .change)])
        unknown.begin(with: [:])
        #expect(unknown.take(InputFilterTests.edge(true, at: 5)).isEmpty)
        #expect(unknown.settle(at: InputFilterTests.instant(1_000)).isEmpty)
    }

    @Test("REQ-258: a spike shorter than the filter is nothing, bouncing is one change")
    func bouncing() {
        #expect(InputFilterTests.met([(true, 100), (false, 110)], from: false).isEmpty)
        let bouncing = (0..<20).map { ($0 % 2 == 0, 100 + $0 * 7) } + [(true, 250)]
        #expect(InputFilterTests.met(bouncing, from: false) == [1, 3])
    }

    @Test("a change is certain exactly when the filter has run, and carries the moment of its edge")
    func moment() throws {
        var watch = InputFilterTests.watch(false)
        #expect(watch.take(InputFilterTests.edge(true, at: 4_000)).isEmpty)
        #expect(watch.deadlines.allSatisfy { $0.instant == InputFilterTests.instant(4_050) })
        #expect(watch.settle(at: InputFilterTests.instant(4_049)).isEmpty)
        let met = watch.settle(at: InputFilterTests.instant(4_050))
        #expect(met.map(\.row.id) == [1, 3])
        #expect(met.allSatisfy { $0.edge.time == WallTime(unixSeconds: 4) })
        #expect(watch.deadlines.isEmpty)
        #expect(watch.settle(at: InputFilterTests.instant(9_000)).isEmpty)
    }

    @Test("edges that are read late lose no level that lasted")
    func late() {
        // Both edges come at once, a second apart by their own time: the signal had been there.
        var watch = InputFilterTests.watch(false)
        let met =
            [InputFilterTests.edge(true, at: 100), InputFilterTests.edge(false, at: 1_100)].flatMap {
                watch.take($0)
            } + watch.settle(at: InputFilterTests.instant(2_000))
        #expect(met.map(\.row.id) == [1, 3, 2, 3])
    }

    @Test("without a filter every edge counts at once")
    func noFilter() {
        #expect(InputFilterTests.met([(true, 1), (false, 1), (true, 2)], from: false, filter: 0).count == 6)
    }

    @Test("an unchanged row goes on over an edit of the table; a new one begins at the present level")
    func edits() {
        var watch = InputFilterTests.watch(false)
        _ = watch.take(InputFilterTests.edge(true, at: 100))
        watch.apply([
            DiscreteInputRow(id: 1, input: 1, expectation: .appearance),
            DiscreteInputRow(id: 9, input: 1, expectation: .appearance),
        ])
        #expect(watch.settle(at: InputFilterTests.instant(200)).map(\.row.id) == [1])
    }
}

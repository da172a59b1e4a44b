// A search of a line beside polling: the lowest class of all, and the line free after every look.

import Drivers
import Faults
import Lines
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime

/// How many places have been looked at.
private actor Looked {
    private(set) var places = 0
    func note(_ now: SearchProgress) { places = now.done }
}

@Suite struct SearchTests {
    @Test func aSearchLetsPollingAndPeoplePassBetweenTwoPlaces() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1)
            let order = SearchOrder(.serial, range: 20...59)
            let looked = Looked()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await poller.search(.interface("Iface1"), order) { await looked.note($0) }
                }
                try await world.clock.sleep(for: .seconds(2))
                let began = world.clock.now
                let question = LiveQuestion(meters: [1], measure: nil)
                let answers = await poller.answers(to: question)
                #expect(answers[1].map { (try? $0.get()) != nil } == true)
                // A look of a second, the session, and nothing of the forty others.
                #expect(world.clock.now - began < .seconds(3))
                let before = await looked.places
                #expect(before > 0 && before < order.steps.count)
                try await group.next()
            }
            #expect(await looked.places == order.steps.count)
        }
    }

    @Test func aStoppedSearchLooksNoFurtherAndALostLineIsTold() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1)
            let order = SearchOrder(.serial, range: 20...59)
            let looked = Looked()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    try? await poller.search(.interface("Iface1"), order) { await looked.note($0) }
                }
                try? await world.clock.sleep(for: .seconds(3))
                group.cancelAll()
            }
            let stopped = await looked.places
            #expect(stopped > 0 && stopped < order.steps.count)
            await bench.opener.fail(.openFailed("gone"))
            var code: FaultCode?
            do throws(Fault) { try await poller.search(.interface("Iface2"), order) { _ in } } catch {
                code = error.code
            }
            #expect(code == .lineOpenFailed)
        }
    }
}

// How long a connection lives: held ones are watched and made again, the others are closed by plan.

import Archive
import Configuration
import Faults
import Metering
import Publishing
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct HoldingTests {
    private func configuration(
        _ holding: MQTTBroker.Holding, measures: [String] = ["ElArr1ConsPower"]
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.brokers = [
            MQTTBroker(id: 1, address: "broker", port: 1_883, prefix: "um", holding: holding, keepAlive: 300)
        ]
        configuration.messageTemplates = [
            MessageTemplate(
                id: 1, groupID: 0, format: .json,
                items: measures.map { MessageTemplate.Item(measure: $0, depth: .full) })
        ]
        configuration.publications = [Publication(id: 1, messageTemplateID: 1, brokerID: 1, topic: "half")]
        configuration.time = TimeSettings(hours: 3)
        return configuration
    }

    /// A publisher at work with a broker held as told, meters 1 and 2 known.
    private func bench(
        _ holding: MQTTBroker.Holding, measures: [String] = ["ElArr1ConsPower"],
        _ body: @escaping @Sendable (PublishingBench) async throws -> Void
    ) throws {
        let configuration = configuration(holding, measures: measures)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register((1...2).map { RegisteredMeter(id: $0) }, revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving(body)
        }
    }

    @Test func aConnectionNotHeldIsClosedByPlanAndMadeAgainForTheNextRows() throws {
        try bench(.sending) { bench in
            for round in 1...4 {
                try await bench.storeHalfHour(meters: 1...2)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                #expect(try await bench.link == .connected)
                try await bench.world.clock.sleep(for: .seconds(15))
                #expect(try await bench.link == .resting)
                #expect(try await bench.publisher.connections().first?.fault == nil)
                #expect(await bench.hall.connects == round)
                #expect(await bench.hall.farewells == round)
                try await bench.world.clock.sleep(for: .seconds(1_800))
            }
            #expect(await bench.hall.documents.count == 4)
            #expect(await bench.hall.settings.allSatisfy { $0.keepAliveSeconds == 300 && $0.will != nil })
        }
    }

    @Test func anEventWithoutRowsMakesNoConnection() throws {
        try bench(.sending) { bench in
            for _ in 0..<60 {
                try await bench.publisher.fire(publication: 1)
                try await bench.world.clock.sleep(for: .seconds(60))
            }
            #expect(await bench.hall.connects == 0)
            #expect(try await bench.link == .untried)
        }
    }

    @Test func presenceIsToldOnceAndAgainOnlyWhenTheWillMayHaveSpoken() throws {
        try bench(.sending) { bench in
            for _ in 0..<6 {
                try await bench.storeHalfHour(meters: 1...2)
                try await bench.publisher.fire(publication: 1)
                try await bench.world.clock.sleep(for: .seconds(1_800))
            }
            #expect(await bench.presences == ["{\"online\":true}"])
            // Broken off in the middle of a message: the broker sends the will.
            await bench.hall.set(delay: .seconds(30))
            try await bench.storeHalfHour(meters: 1...2)
            try await bench.publisher.fire(publication: 1)
            try await bench.world.clock.sleep(for: .seconds(10))
            await bench.hall.set(up: false)
            try await bench.world.clock.sleep(for: .seconds(25))
            #expect(try await bench.link == .lost)
            await bench.hall.set(delay: .milliseconds(20))
            await bench.hall.set(up: true)
            try await bench.settle()
            #expect(await bench.presences.count == 2)
            // A broker may have lost what it kept: a quarter of a day later it is told anew.
            try await bench.world.clock.sleep(for: .seconds(22_000))
            try await bench.storeHalfHour(meters: 1...2)
            try await bench.publisher.fire(publication: 1)
            try await bench.settle()
            #expect(await bench.presences.count == 3)
        }
    }

    @Test func anAlarmOpensTheConnectionAtOnce() throws {
        try bench(.sending, measures: ["ElJrnlOpen", "ElArr1ConsPower"]) { bench in
            await bench.publisher.hurry()
            try await bench.world.clock.sleep(for: .seconds(5))
            #expect(await bench.hall.arrived.map(\.topic) == ["um/1/online", "um/1/alarms"])
            try await bench.world.clock.sleep(for: .seconds(3_600))
            #expect(try await bench.link == .resting)
            await bench.publisher.hurry()
            try await bench.world.clock.sleep(for: .seconds(5))
            #expect(await bench.hall.arrived.map(\.topic).last == "um/1/alarms")
            #expect(await bench.hall.arrived.count == 3)
            #expect(await bench.hall.connects == 2)
        }
    }

    @Test func whatComesWhileTheConnectionLingersGoesOverIt() throws {
        try bench(.sending) { bench in
            for _ in 0..<5 {
                try await bench.storeHalfHour(meters: 1...2)
                try await bench.publisher.fire(publication: 1)
                try await bench.world.clock.sleep(for: .seconds(8))
            }
            #expect(await bench.hall.connects == 1)
            try await bench.world.clock.sleep(for: .seconds(8))
            #expect(await bench.hall.farewells == 1)
        }
    }

    @Test func aBrokerThatRefusesIsTriedAsRarelyAsEver() throws {
        try bench(.sending) { bench in
            await bench.hall.set(refusal: .refused("not authorised"))
            try await bench.storeHalfHour(meters: 1...2)
            try await bench.publisher.fire(publication: 1)
            try await bench.world.clock.sleep(for: .seconds(86_400))
            let tries = await bench.hall.connects
            #expect((250...310).contains(tries))
            #expect(try await bench.publisher.connections().first?.fault?.code == .brokerRefused)
            await bench.hall.set(refusal: nil)
            try await bench.world.clock.sleep(for: .seconds(320))
            #expect(await bench.hall.documents.count == 1)
            #expect(try await bench.link == .resting)
        }
    }

    @Test func aHeldConnectionThatBreaksOffIsToldAtOnceAndMadeAgain() throws {
        try bench(.always) { bench in
            try await bench.storeHalfHour(meters: 1...2)
            try await bench.publisher.fire(publication: 1)
            try await bench.settle()
            try await bench.world.clock.sleep(for: .seconds(7_200))
            #expect(try await bench.link == .connected)
            #expect(await bench.hall.connects == 1)
            #expect(await bench.hall.farewells == 0)
            await bench.hall.set(up: false)
            try await bench.world.clock.sleep(for: .seconds(2))
            let lost = try #require(try await bench.publisher.connections().first)
            #expect(lost.link == .lost && lost.fault?.code == .brokerUnreachable)
            try await bench.world.clock.sleep(for: .seconds(3_600))
            #expect(await bench.hall.connects < 30)
            await bench.hall.set(up: true)
            try await bench.world.clock.sleep(for: .seconds(310))
            let back = try #require(try await bench.publisher.connections().first)
            #expect(back.link == .connected && back.fault == nil)
            #expect(await bench.presences.count == 2)
        }
    }

    @Test func aPlannedStopTellsThatTheDeviceIsGone() throws {
        let configuration = configuration(.always)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
            }
            #expect(await bench.presences == ["{\"online\":true}", "{\"online\":false}"])
            #expect(await bench.hall.arrived.last?.retain == true)
            #expect(await bench.hall.farewells == 1)
        }
    }

    @Test func aStopInTheMiddleOfAMessageTellsItToo() throws {
        let configuration = configuration(.always)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                await bench.hall.set(delay: .seconds(600))
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await bench.world.clock.sleep(for: .seconds(5))
            }
            #expect(await bench.presences.last == "{\"online\":false}")
        }
    }

    @Test func aStopWhileClosedByPlanMakesNoConnection() throws {
        let configuration = configuration(.sending)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                try await bench.world.clock.sleep(for: .seconds(60))
            }
            #expect(await bench.hall.connects == 1)
            #expect(await bench.presences == ["{\"online\":true}"])
        }
    }

    @Test func clientsThatPutEachOtherOutComeBackEverMoreRarely() throws {
        try bench(.always) { bench in
            try await bench.storeHalfHour(meters: 1...1)
            try await bench.publisher.fire(publication: 1)
            try await bench.settle()
            for _ in 0..<3_600 {
                try await bench.world.clock.sleep(for: .seconds(1))
                if try await bench.link == .connected {
                    await bench.hall.set(up: false)
                    await bench.hall.set(up: true)
                }
            }
            #expect(await bench.hall.connects < 30)
        }
    }
}

extension PublishingBench {
    /// How the only broker stands.
    fileprivate var link: BrokerLink? { get async throws { try await publisher.connections().first?.link } }

    /// What subscribers were told of the device.
    fileprivate var presences: [String] {
        get async {
            await hall.arrived.filter { $0.topic.hasSuffix("/online") }.map {
                String(decoding: $0.payload, as: UTF8.self)
            }
        }
    }
}

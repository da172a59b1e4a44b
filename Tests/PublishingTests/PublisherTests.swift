// Decision D2 and rules R7, R18, R20 of publishing, in virtual time against a broker in memory.

import Archive
import Configuration
import Faults
import Metering
import Publishing
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct PublisherTests {
    private func configuration(
        measures: [String] = ["ElArr1ConsPower"], depth: MessageTemplate.Depth = .full,
        format: MessageTemplate.Format = .json, qos: Int = 1, group: [Int] = []
    ) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.brokers = [
            MQTTBroker(id: 1, address: "broker", port: 1_883, qos: qos, prefix: "um/s1", deviceID: "7")
        ]
        configuration.messageTemplates = [
            MessageTemplate(
                id: 1, groupID: group.isEmpty ? 0 : 1, format: format,
                items: measures.map { MessageTemplate.Item(measure: $0, depth: depth) })
        ]
        configuration.groups = group.isEmpty ? [] : [MeterGroup(id: 1, name: "g", meters: group)]
        configuration.publications = [Publication(id: 1, messageTemplateID: 1, brokerID: 1, topic: "half")]
        configuration.time = TimeSettings(hours: 3)
        return configuration
    }

    private func meters(_ count: Int) -> [RegisteredMeter] { (1...count).map { RegisteredMeter(id: $0) } }

    @Test func anEventDeliversEverythingStoredSoFarOnTheTopic() throws {
        let configuration = configuration()
        let meters = meters(2)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register(meters, revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.storeHalfHour(meters: 1...2)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let messages = await bench.hall.documents
                #expect(messages.map(\.topic) == ["um/s1/7/half"])
                let document = try Document(messages[0])
                #expect(document.from == 1 && document.through == 2)
                #expect(
                    document.rows == ["1 S1 2026-03-01T00:00:00+03:00", "2 S2 2026-03-01T00:00:00+03:00"])
                let status = try #require(try await bench.publisher.status().first)
                #expect(status.sentRows == 2 && status.sequence == 2 && status.isGuaranteed)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                #expect(await bench.hall.documents.count == 1)
            }
        }
    }

    @Test func aBrokerDownForAWeekGetsEveryRowInOrderOnceItReturns() throws {
        let configuration = configuration()
        let meters = meters(4)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register(meters, revision: 1)
            try await bench.publisher.apply(configuration)
            await bench.hall.set(up: false)
            try await bench.serving { bench in
                for _ in 0..<7 * 48 {
                    try await bench.storeHalfHour(meters: 1...4)
                    try await bench.publisher.fire(publication: 1)
                    try await world.clock.sleep(for: .seconds(1_800))
                }
                #expect(await bench.hall.documents.isEmpty)
                let fault = try await bench.publisher.status().first?.fault
                #expect(fault?.code == .brokerUnreachable)
                let connection = try #require(try await bench.publisher.connections().first)
                #expect(connection.link == .lost && connection.waitingRows == 7 * 48 * 4)
                #expect(connection.fault == fault)
                // A try every five minutes at most, not one for each event or row.
                #expect(await bench.hall.connects < 7 * 288 + 12)
                await bench.hall.set(up: true)
                try await bench.settle()
                let documents = try await bench.hall.documents.map(Document.init)
                #expect(documents.reduce(0) { $0 + $1.rows.count } == 7 * 48 * 4)
                #expect(Set(documents.flatMap(\.rows)).count == 7 * 48 * 4)
                for (left, right) in zip(documents, documents.dropFirst()) {
                    #expect(right.from == left.through + 1)
                }
                #expect(await bench.hall.mostInFlight <= 20)
                #expect(try await bench.publisher.status().first?.lostRows == 0)
                let later = try #require(try await bench.publisher.connections().first)
                #expect(later.link == .connected && later.waitingRows == 0 && later.fault == nil)
            }
        }
    }

    @Test func aLostConnectionRepeatsOnlyWhatWasNotAcknowledged() throws {
        let configuration = configuration(measures: ["ElDayEnergy", "ElArr1ConsPower"])
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            // Measures alternate row by row; a page of 500 rows makes one message of each.
            let zone = ZoneOffset(minutes: 180)
            let begin = world.wall.now.civil(in: zone).startOfDay.adding(seconds: -390 * 86_400)
            let readings = (0..<760).map { index -> Reading in
                let stamp = MeterStamp(begin.adding(seconds: Int64(index / 2) * 86_400))
                return Reading(
                    index % 2 == 0 ? .dayEnergy : .powerProfile, at: stamp,
                    intervalMinutes: index % 2 == 0 ? 0 : 30, values: [])
            }
            _ = try await bench.archive.store(
                MeterSessionRows(
                    meterID: 1, serial: "1", readAt: world.wall.now, isTimeTrusted: true, zone: zone,
                    readings: readings))
            await bench.hall.set(delay: .seconds(10))
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                // The first page is acknowledged, the second is on its way.
                try await world.clock.sleep(for: .seconds(25))
                await bench.hall.set(up: false)
                try await world.clock.sleep(for: .seconds(30))
                let acknowledged = try await bench.publisher.status().first?.sequence ?? 0
                #expect(acknowledged == 500)
                await bench.hall.set(up: true)
                try await bench.settle()
                let documents = try await bench.hall.documents.map(Document.init)
                #expect(documents.allSatisfy { $0.rows.count > 100 }, "no message of a single row")
                #expect(documents.prefix(2).map(\.from) == [1, 2])
                #expect(documents.prefix(2).map(\.through) == [499, 500])
                #expect(documents.dropFirst(2).allSatisfy { $0.from > 500 })
                let repeated = Dictionary(grouping: documents.map(\.from), by: { $0 }).values.map(\.count)
                #expect(repeated.contains(2) && repeated.count == 4)
                #expect(try await bench.publisher.status().first?.sequence == 760)
            }
        }
    }

    @Test func r7WhatLaggedAtTheStartIsSentAfterTheJitter() throws {
        let configuration = configuration()
        try VirtualWorld().run { world in
            let directory = TemporaryArchive()
            let before = try PublishingBench(world, directory)
            try await before.archive.register([RegisteredMeter(id: 1)], revision: 1)
            _ = try await before.archive.openCursor(CursorKey(publication: 1, broker: 1))
            try await before.storeHalfHour(meters: 1...1)
            let bench = try PublishingBench(world, directory, startDelay: .seconds(120))
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await world.clock.sleep(for: .seconds(119))
                #expect(await bench.hall.documents.isEmpty)
                try await world.clock.sleep(for: .seconds(2))
                #expect(await bench.hall.documents.count == 1)
            }
        }
    }

    @Test func aPublicationThatNeverFiredIsNotSentAtTheStart() throws {
        let configuration = configuration()
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.storeHalfHour(meters: 1...1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(await bench.hall.connects == 0)
            }
        }
    }

    @Test func anEditedBrokerKeepsItsCursorAndARemovedPublicationLosesIt() throws {
        let before = configuration()
        var after = before
        after.brokers[0].address = "elsewhere"
        var without = after
        without.publications = []
        try VirtualWorld().run { [after, without] world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(before)
            try await bench.serving { bench in
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                try await bench.publisher.apply(after)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                #expect(await bench.hall.documents.count == 1)
                try await world.clock.sleep(for: .seconds(1_800))
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                #expect(await bench.hall.documents.count == 2)
                #expect(await bench.hall.settings.map(\.host) == ["broker", "elsewhere"])
                try await bench.publisher.apply(without)
                await #expect(throws: Fault(.notFound, ["publication": "1"])) {
                    try await bench.publisher.fire(publication: 1)
                }
                #expect(try await bench.archive.publicationCursors().isEmpty)
            }
        }
    }

    @Test func r18AMeterThatJoinsTheGroupBringsItsHistory() throws {
        let narrow = configuration(group: [1])
        let wide = configuration(group: [1, 2])
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1), RegisteredMeter(id: 2)], revision: 1)
            try await bench.publisher.apply(narrow)
            try await bench.serving { bench in
                for _ in 0..<3 {
                    try await bench.storeHalfHour(meters: 1...2)
                    try await world.clock.sleep(for: .seconds(1_800))
                }
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                #expect(try await bench.hall.documents.flatMap { try Document($0).rows }.count == 3)
                try await bench.publisher.apply(wide)
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let rows = try await bench.hall.documents.flatMap { try Document($0).rows }
                #expect(rows.count == 6 && rows.suffix(3).allSatisfy { $0.hasPrefix("2 S2 ") })
            }
        }
    }

    @Test func aTemplateOfTheNewestRowsPassesOverOlderOnes() throws {
        let configuration = configuration(depth: .records(2))
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            for _ in 0..<5 {
                try await bench.storeHalfHour(meters: 1...1)
                try await world.clock.sleep(for: .seconds(1_800))
            }
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let documents = try await bench.hall.documents.map(Document.init)
                #expect(documents.map { [$0.from, $0.through] } == [[4, 5]])
                #expect(try await bench.publisher.status().first?.sequence == 5)
            }
        }
    }

    @Test func currentValuesAreSentOnceWithTheMetersThatFailed() throws {
        let configuration = configuration(measures: ["GetTime"], depth: .none, format: .jsonZip, qos: 0)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let message = try #require(await bench.hall.documents.first)
                #expect(message.payload.starts(with: [0x1F, 0x8B]) && message.qos == 0)
                let text = String(decoding: message.payload.dropFirst(2), as: UTF8.self)
                #expect(
                    text.hasSuffix(
                        #""devices":[{"id":1,"deviceIdx":1,"meterId":1,"serial":"100","vals":"#
                            + #"[{"ts":"2000-01-01T00:00:00+03:00","diff":-2}]},"#
                            + #"{"id":2,"deviceIdx":2,"meterId":2,"serial":"","error":"no answer"}]}]}"#))
                #expect(try await bench.publisher.status().first?.isGuaranteed == false)
            }
        }
    }

    @Test func aRefusedCertificateIsSaidPreciselyAndNothingIsSentInClearText() throws {
        var configuration = configuration()
        configuration.brokers[0].encryption = .tls
        try VirtualWorld().run { [configuration] world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            await bench.hall.set(refusal: .certificate("self-signed certificate"))
            try await bench.serving { bench in
                try await bench.storeHalfHour(meters: 1...1)
                try await bench.publisher.fire(publication: 1)
                try await world.clock.sleep(for: .seconds(600))
                let fault = try await bench.publisher.status().first?.fault
                #expect(
                    fault == Fault(.brokerCertificate, ["broker": "1", "reason": "self-signed certificate"]))
                let settings = await bench.hall.settings
                #expect(settings.count > 1)
                #expect(settings.allSatisfy { $0.encryption == .tls(verify: true, authority: "") })
                #expect(await bench.hall.arrived.isEmpty)
            }
        }
    }

    @Test func theWillAndThePresenceTellWhetherTheDeviceIsConnected() throws {
        let configuration = configuration()
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let presence = try #require(await bench.hall.arrived.first)
                #expect(presence.topic == "um/s1/7/online" && presence.retain)
                #expect(presence.payload == Array(#"{"online":true}"#.utf8))
                let will = await bench.hall.settings.first?.will
                #expect(will?.topic == presence.topic && will?.retain == true)
                #expect(will?.payload == Array(#"{"online":false}"#.utf8))
            }
        }
    }

    @Test func noMessageExceeds256KiB() throws {
        let configuration = configuration(measures: ["ElDayEnergy"])
        let meters = meters(20)
        try VirtualWorld().run { world in
            let bench = try PublishingBench(world)
            try await bench.archive.register(meters, revision: 1)
            try await bench.publisher.apply(configuration)
            let zone = ZoneOffset(minutes: 180)
            let midnight = world.wall.now.civil(in: zone).startOfDay
            for meter in 1...20 {
                let readings = (0..<100).map { index in
                    Reading(
                        .dayEnergy, at: MeterStamp(midnight.adding(seconds: Int64(index - 99) * 86_400)),
                        values: Tag.energy.map {
                            MeasuredValue($0, mantissa: .max - Int64(index), scaler: -9)
                        })
                }
                _ = try await bench.archive.store(
                    MeterSessionRows(
                        meterID: meter, serial: "S\(meter)", readAt: world.wall.now, isTimeTrusted: true,
                        zone: zone, readings: readings))
            }
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let messages = await bench.hall.documents
                #expect(messages.count > 4)
                #expect(messages.allSatisfy { $0.payload.count <= 256 * 1_024 })
                let documents = try messages.map(Document.init)
                #expect(documents.reduce(0) { $0 + $1.rows.count } == 2_000)
            }
        }
    }
}

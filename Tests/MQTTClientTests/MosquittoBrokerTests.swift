import EventLoop
import Foundation
import Glibc
import Logging
import MQTTClient
import Seams
import Testing
import Timekeeping

@Suite(.serialized) struct MosquittoBrokerTests {
    @Test func messagesOfEveryQualityArrive() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(4)
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            for qos in 0...2 {
                try await broker.publish(
                    BrokerMessage(topic: "t/\(qos)", payload: Array("m\(qos)".utf8), qos: qos))
            }
            try await broker.publish(BrokerMessage(topic: "t/empty", payload: [], qos: 1))
            await broker.disconnect()
        }
        // The subscriber's own hand-shake of QoS 2 may let later messages pass.
        let lines = subscriber.finished().split(separator: "\n").sorted()
        #expect(lines == ["t/0 m0", "t/1 m1", "t/2 m2", "t/empty (null)"])
    }

    @Test func moreMessagesThanTheLibraryMayHoldWaitForTheirPlace() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(300)
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<300 {
                    group.addTask {
                        try await broker.publish(
                            BrokerMessage(topic: "n", payload: Array("\(index)".utf8), qos: 1 + index % 2))
                    }
                }
                try await group.waitForAll()
            }
            await broker.disconnect()
        }
        let numbers = subscriber.finished().split(separator: "\n").compactMap { Int($0.dropFirst(2)) }
        #expect(numbers.sorted() == Array(0..<300))
    }

    @Test func messagesLeaveInTheOrderOfTheCallsAlsoThroughAFullWindow() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(200, qos: 1)
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        try await broker.publish(
                            BrokerMessage(topic: "n", payload: Array("\(index)".utf8), qos: 1))
                    }
                }
                try await group.waitForAll()
            }
            await broker.disconnect()
        }
        let numbers = subscriber.finished().split(separator: "\n").compactMap { Int($0.dropFirst(2)) }
        #expect(numbers == Array(0..<200))
    }

    @Test func aCancelledCallerGivesItsPlaceToTheNext() throws {
        let server = try TestBroker()
        nonisolated(unsafe) let freeze = { server.freeze() }
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            freeze()
            let start = loop.clock.now
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        await #expect(throws: BrokerError.disconnected) {
                            try await broker.publish(BrokerMessage(topic: "n", payload: [1], qos: 1))
                        }
                    }
                }
                try? await loop.clock.sleep(for: .milliseconds(50))
                group.cancelAll()
            }
            #expect(loop.clock.now - start < .seconds(5))
        }
    }

    @Test func aLargeDocumentArrivesWhole() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(1)
        let document = (0..<262_144).map { UInt8(97 + $0 % 26) }
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            try await broker.publish(BrokerMessage(topic: "big", payload: document, qos: 1))
            await broker.disconnect()
        }
        #expect(subscriber.finished() == "big \(String(decoding: document, as: UTF8.self))\n")
    }

    @Test func aBrokerThatFallsSilentIsLostWithinOneAndAHalfKeepAlives() throws {
        let server = try TestBroker()
        nonisolated(unsafe) let freeze = { server.freeze() }
        try Loop.run { [port = server.port] loop in
            let settings = BrokerSettings(host: "127.0.0.1", port: port, clientID: "t", keepAliveSeconds: 5)
            let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
            try await broker.connect()
            freeze()
            let start = loop.clock.now
            await broker.ended()
            #expect(loop.clock.now - start < .seconds(9))
            #expect(loop.clock.now - start > .seconds(5))
        }
    }

    @Test func aBrokerThatLeavesIsLostAtOnce() throws {
        let server = try TestBroker()
        nonisolated(unsafe) let stop = { server.stop() }
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, port)
            try await broker.connect()
            stop()
            let start = loop.clock.now
            await broker.ended()
            #expect(loop.clock.now - start < .seconds(2))
        }
    }

    @Test func anIdleConnectionStandsAcrossItsProbes() throws {
        let server = try TestBroker()
        try Loop.run { [port = server.port] loop in
            let settings = BrokerSettings(host: "127.0.0.1", port: port, clientID: "t", keepAliveSeconds: 5)
            let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
            try await broker.connect()
            try await loop.clock.sleep(for: .seconds(12))
            try await broker.publish(BrokerMessage(topic: "t", payload: [1], qos: 1))
            await broker.disconnect()
            await broker.ended()
        }
    }

    @Test func anEndByPlanLeavesTheWillUnsent() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(2, qos: 1)
        try Loop.run { [port = server.port] loop in
            var settings = BrokerSettings(host: "127.0.0.1", port: port, clientID: "t")
            settings.will = BrokerMessage(topic: "will", payload: Array("gone".utf8), qos: 1)
            for round in 0..<2 {
                let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
                try await broker.connect()
                try await broker.publish(BrokerMessage(topic: "t", payload: [UInt8(48 + round)], qos: 1))
                await broker.disconnect()
                try await loop.clock.sleep(for: .milliseconds(100))
            }
        }
        #expect(subscriber.finished() == "t 0\nt 1\n")
    }

    /// Settings of a client with a will.
    private func willing(_ port: Int) -> BrokerSettings {
        BrokerSettings(
            host: "127.0.0.1", port: port, clientID: "t",
            will: BrokerMessage(topic: "will", payload: Array("gone".utf8), qos: 1))
    }

    @Test(arguments: [0, 1, 2])
    func aFarewellGoesBeforeTheEndAlsoFromACancelledTask(qos: Int) throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(2, qos: 1)
        let farewell = BrokerMessage(topic: "bye", payload: Array("1".utf8), qos: qos)
        try Loop.run { [settings = willing(server.port)] loop in
            let brokers = MosquittoBrokers(loop: loop, logger: .silent)
            let broker = brokers.broker(settings)
            try await broker.connect()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    try? await loop.clock.sleep(for: .seconds(60))
                    await broker.disconnect(saying: farewell)
                }
                group.cancelAll()
            }
            // A second one tells that the will would have come before it.
            let other = brokers.broker(settings)
            try await other.connect()
            try await other.publish(BrokerMessage(topic: "t", payload: Array("2".utf8), qos: 1))
            await other.disconnect()
        }
        #expect(subscriber.finished() == "bye 1\nt 2\n")
    }

    @Test func aBrokerThatDoesNotTakeTheFarewellSendsTheWill() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(2, qos: 1)
        nonisolated(unsafe) let freeze = { server.freeze() }
        try Loop.run { [settings = willing(server.port)] loop in
            let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
            try await broker.connect()
            freeze()
            let start = loop.clock.now
            await broker.disconnect(saying: BrokerMessage(topic: "bye", payload: [49], qos: 1))
            #expect(loop.clock.now - start < .seconds(3))
        }
        server.thaw()
        // The farewell was on its way: it comes late, and the will after it.
        #expect(subscriber.finished() == "bye 1\nwill gone\n")
    }

    @Test func nobodyListeningIsUnreachable() throws {
        try Loop.run { [port = freePort()] loop in
            await #expect(throws: BrokerError.unreachable("Connection refused")) {
                try await open(loop, port).connect()
            }
        }
    }

    @Test func anUnknownNameIsUnreachableWithTheReason() throws {
        try Loop.run { loop in
            var settings = BrokerSettings(host: "no-such-host.invalid", port: 1_883, clientID: "t")
            settings.keepAliveSeconds = 30
            let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
            await #expect {
                try await broker.connect()
            } throws: { error in
                guard case .unreachable(let reason)? = error as? BrokerError else { return false }
                return reason.hasPrefix("looking up no-such-host.invalid: ")
            }
        }
    }

    @Test func aWrongPasswordIsRefused() throws {
        let directory = try TestDirectory()
        _ = try TestProcess("mosquitto_passwd", ["-b", "-c", "users", "meter", "right"], in: directory)
            .finished()
        let server = try TestBroker(
            ["allow_anonymous false", "password_file \(directory.path)/users"], in: directory)
        try Loop.run { [port = server.port] loop in
            await #expect {
                try await open(loop, port, login: "meter", password: "wrong").connect()
            } throws: { error in
                guard case .refused(let reason)? = error as? BrokerError else { return false }
                return reason.contains("not authorised")
            }
            let broker = open(loop, port, login: "meter", password: "right")
            try await broker.connect()
            await broker.disconnect()
        }
    }

    @Test func aFarEndThatSaysNothingCanBeGivenUp() throws {
        let descriptor = listenAnywhere()
        defer { close(descriptor) }
        let elapsed = try Loop.run { [port = port(of: descriptor)] loop -> Duration in
            let start = loop.clock.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: BrokerError.unreachable("stopped")) {
                        try await open(loop, port).connect()
                    }
                }
                try? await loop.clock.sleep(for: .milliseconds(50))
                group.cancelAll()
            }
            return loop.clock.now - start
        }
        #expect(elapsed < .seconds(5))
    }

    @Test func aBrokerThatDiesFailsWhatIsUnderWayAndServesAgainAfterItsRestart() throws {
        let server = try TestBroker()
        let (port, stop, start) = (server.port, { server.stop() }, { try server.start() })
        nonisolated(unsafe) let (stopServer, startServer) = (stop, start)
        try Loop.run { loop in
            let broker = open(loop, port)
            try await broker.connect()
            stopServer()
            let message = BrokerMessage(topic: "t", payload: [1], qos: 1)
            await #expect(throws: BrokerError.disconnected) { try await broker.publish(message) }
            await #expect(throws: BrokerError.disconnected) { try await broker.publish(message) }
            await #expect(throws: BrokerError.unreachable("Connection refused")) {
                try await broker.connect()
            }
            try startServer()
            try await broker.connect()
            try await broker.publish(message)
            await broker.disconnect()
        }
    }

    @Test func theWillIsPublishedWhenWeVanishAndNotWhenWeLeave() throws {
        let server = try TestBroker()
        let subscriber = try server.subscriber(2)
        try Loop.run { [port = server.port] loop in
            for topic in ["left", "vanished"] {
                let will = BrokerMessage(topic: topic, payload: Array("will".utf8), qos: 1)
                let settings = BrokerSettings(host: "127.0.0.1", port: port, clientID: topic, will: will)
                let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
                try await broker.connect()
                if topic == "left" { await broker.disconnect() }
            }
            try await loop.clock.sleep(for: .milliseconds(200))
            let broker = open(loop, port)
            try await broker.connect()
            try await broker.publish(BrokerMessage(topic: "end", payload: Array("end".utf8), qos: 1))
            await broker.disconnect()
        }
        #expect(subscriber.finished() == "vanished will\nend end\n")
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["LONG"] != nil, "takes ten seconds"))
    func aBrokerThatFreezesIsNoticedByItsKeepAlive() throws {
        let server = try TestBroker()
        nonisolated(unsafe) let freeze = { server.freeze() }
        let elapsed = try Loop.run { [port = server.port] loop -> Duration in
            let settings = BrokerSettings(host: "127.0.0.1", port: port, clientID: "t", keepAliveSeconds: 5)
            let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
            try await broker.connect()
            freeze()
            let start = loop.clock.now
            await #expect(throws: BrokerError.disconnected) {
                try await broker.publish(BrokerMessage(topic: "t", payload: [1], qos: 1))
            }
            return loop.clock.now - start
        }
        #expect(elapsed < .seconds(15))
    }

    @Test(arguments: ["", "a/#", "+/b"]) func aTopicThatCannotBePublishedIsRefused(_ topic: String) throws {
        try Loop.run { loop in
            await #expect(throws: BrokerError.invalidMessage("topic \"\(topic)\"")) {
                try await open(loop, 1).publish(BrokerMessage(topic: topic, payload: [], qos: 0))
            }
        }
    }

    @Test func publishingWithoutAConnectionFailsAtOnce() throws {
        try Loop.run { loop in
            await #expect(throws: BrokerError.disconnected) {
                try await open(loop, 1).publish(BrokerMessage(topic: "t", payload: [], qos: 1))
            }
        }
    }
}

/// A broker at loopback without encryption.
private func open(_ loop: Loop, _ port: Int, login: String = "", password: String = "") -> any Broker {
    MosquittoBrokers(loop: loop, logger: .silent).broker(
        BrokerSettings(
            host: "127.0.0.1", port: port, clientID: "test", login: login, password: Array(password.utf8)))
}

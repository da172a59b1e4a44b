// Diagnostics of lines over the API: verdicts, bursts taken apart, recordings, and no secret in any of them.

import DLMS
import Diagnosis
import Faults
import JSONText
import Lines
import Octets
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

/// A device that answers what it is told to.
private actor ScriptedDevice: SerialChannel {
    private var answers: [[UInt8]]
    private var waiting: [UInt8] = []
    private let clock: VirtualClock

    init(_ answers: [[UInt8]], clock: VirtualClock) {
        self.answers = answers
        self.clock = clock
    }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }
    func write(_ octets: [UInt8]) async throws(ChannelError) {
        if !answers.isEmpty { waiting += answers.removeFirst() }
    }
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        if waiting.isEmpty { try? await clock.sleep(until: deadline) }
        defer { waiting = [] }
        return waiting
    }
    func discardInput() async {}
    func close() async {}
    func apply(_ settings: SerialSettings) async throws(ChannelError) {}
}

@Suite struct LineRouteTests {
    private static let password = "8Secret8"

    private static func frame(_ control: HDLCControl, _ apdu: [UInt8] = [], isAnswer: Bool = false) -> [UInt8]
    {
        guard let client = HDLCAddress.client(32),
            let meter = HDLCAddress(upper: 1, lower: 17, width: .two)
        else { return [] }
        let header = isAnswer ? LogicalLinkControl.response : LogicalLinkControl.request
        let information = apdu.isEmpty ? [] : header + apdu
        return HDLCFrame(
            to: isAnswer ? client : meter, from: isAnswer ? meter : client, control,
            information: information[...]
        ).encoded
    }

    /// An association request with the password, by anybody who does not say where it stands.
    private static var association: [UInt8] {
        let value = Array(password.utf8)
        let context: [UInt8] = [0xA1, 9, 6, 7, 0x60, 0x85, 0x74, 5, 8, 1, 1]
        let mechanism: [UInt8] = [0x8A, 2, 7, 0x80, 0x8B, 7, 0x60, 0x85, 0x74, 5, 8, 2, 1]
        let secret: [UInt8] = [0xAC, UInt8(value.count + 2), 0x80, UInt8(value.count)] + value
        let body = context + mechanism + secret
        return frame(.information(sent: 0, received: 0, final: true), [0x60, UInt8(body.count)] + body)
    }

    private static let exchanges: [(request: [UInt8], answer: [UInt8])] = [
        (
            frame(.setNormalResponseMode(final: true)),
            frame(.unnumberedAcknowledge(final: true), isAnswer: true)
        ), (association, association),
        (
            frame(
                .information(sent: 1, received: 1, final: true),
                [0xC0, 1, 0xC1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0]),
            frame(
                .information(sent: 1, received: 2, final: true), [0xC4, 1, 0xC1, 0, 6, 0, 0, 0, 7],
                isAnswer: true)
                + frame(.receiveReady(received: 2, final: true), isAnswer: true)
        ),
    ]

    /// Talks on `Iface1` as a transit client would.
    private func talk(_ bench: Bench) async throws {
        await bench.wire.answer(Self.exchanges.map(\.answer))
        let request = LeaseRequest(
            line: .interface("Iface1"), leaseClass: .remote, owner: "transit 10.0.0.5", patience: .zero)
        try await bench.lines.withLease(request) { lease in
            for exchange in Self.exchanges {
                try await lease.write(exchange.request)
                _ = try await lease.read(until: bench.world.clock.now + .milliseconds(100))
            }
        }
        try await bench.world.clock.sleep(for: .seconds(1))
    }

    @Test func `a line that nobody used says what to do next`() throws {
        try running { bench, cookie in
            let reply = await bench.send(
                "GET", "/state/lines", cookie: cookie, headers: [("accept-language", "en")])
            let line = reply.json?["Lines"]?.elements?.first
            #expect(line?["line"]?.text == "Iface1")
            #expect(line?["verdict"]?["code"]?.text == "unseen")
            #expect(line?["verdict"]?["advice"]?.text?.contains("meter table") == true)
            #expect(await bench.send("GET", "/state/lines/Iface7", cookie: cookie).status == 404)
            #expect(await bench.send("GET", "/state/lines/Iface1/frames", cookie: cookie).status == 200)
        }
    }

    @Test func `bursts are taken apart, several frames in one among them`() throws {
        try running { bench, cookie in
            try await talk(bench)
            let reply = await bench.send("GET", "/state/lines/Iface1/frames?after=4", cookie: cookie)
            let frames = try #require(reply.json?["Frames"]?.elements)
            #expect(frames.count == 2)
            #expect(frames.first?["Frames"]?.elements?.first?["text"]?.text == "I get-request 1.0.1.8.0.255")
            let answers = frames.last?["Frames"]?.elements?.compactMap { $0["text"]?.text }
            #expect(answers == ["I get-response", "RR"])
            let whole = await bench.send("GET", "/state/lines/Iface1/frames/5", cookie: cookie)
            #expect(whole.json?["Frames"]?.elements?.first?["apdu"]?["obis"]?.text == "1.0.1.8.0.255")
            #expect(await bench.send("GET", "/state/lines/Iface1/frames/99", cookie: cookie).status == 404)
            let state = await bench.send("GET", "/state/lines/Iface1", cookie: cookie)
            let station = state.json?["Stations"]?.elements?.first
            #expect(station?["meter"]?.wholeNumber == 1)
            #expect(state.json?["hour"]?.elements?.count == 60)
        }
    }

    @Test func `no configured secret is in what the API tells of a line, nor in its recording`() throws {
        try running { bench, cookie in
            let begin = #"{"line":"Iface1","on":true}"#
            #expect(await bench.send("POST", "/action/lines/record", begin, cookie: cookie).status == 200)
            try await talk(bench)
            let end = #"{"line":"Iface1","on":false}"#
            #expect(await bench.send("POST", "/action/lines/record", end, cookie: cookie).status == 200)
            let hex = Array(Self.password.utf8).hex
            let spaced = Array(Self.password.utf8).map { [$0].hex }.joined(separator: " ")
            var paths = ["/state/lines", "/state/lines/Iface1", "/state/lines/Iface1/frames"]
            paths += (1...6).map { "/state/lines/Iface1/frames/\($0)" }
            for path in paths + ["/state/lines/Iface1/recording"] {
                let reply = await bench.send("GET", path, cookie: cookie)
                #expect(reply.status == 200, "\(path)")
                for secret in [Self.password, hex, spaced] {
                    #expect(!reply.text.contains(secret), "\(path)")
                }
            }
            let text = await bench.send("GET", "/state/lines/Iface1/recording", cookie: cookie).text
            #expect(text.contains("••"))
            let recording = try LineRecording(text: Array(text.utf8))
            #expect(recording.bursts.count == 6)
            #expect(recording.line == "Iface1")
        }
    }

    @Test func `a user sees lines and may neither record nor send anybody away`() throws {
        try running { bench, _ in
            let cookie = await bench.logIn("user", "user-password")
            #expect(await bench.send("GET", "/state/lines", cookie: cookie).status == 200)
            let body = #"{"line":"Iface1","on":true,"number":1}"#
            #expect(await bench.send("POST", "/action/lines/record", body, cookie: cookie).status == 403)
            #expect(await bench.send("POST", "/action/lines/drop", body, cookie: cookie).status == 403)
            #expect(await bench.send("GET", "/state/lines/Iface1/recording", cookie: cookie).status == 403)
        }
    }

    @Test func `a waiter is shown and can be sent away`() throws {
        try running { bench, cookie in
            let lines = bench.lines
            let clock = bench.world.clock
            let ends = await withTaskGroup(of: String.self) { group in
                for (owner, delay) in [("transit 10.0.0.5", 0), ("poll meter 1", 1)] {
                    group.addTask {
                        try? await clock.sleep(for: .seconds(delay))
                        let request = LeaseRequest(
                            line: .interface("Iface1"), leaseClass: .scheduled, owner: owner,
                            patience: .seconds(60))
                        do {
                            try await lines.withLease(request, isolation: nil) { _ in
                                try await clock.sleep(for: .seconds(9))
                            }
                            return "\(owner) done"
                        } catch { return "\(owner) turned away" }
                    }
                }
                try? await clock.sleep(for: .seconds(2))
                let reply = await bench.send("GET", "/state/lines", cookie: cookie)
                let line = reply.json?["Lines"]?.elements?.first
                let waiter = line?["Waiters"]?.elements?.first
                #expect(line?["holder"]?["owner"]?.text == "transit 10.0.0.5")
                #expect(line?["postponed"]?.wholeNumber == 1)
                let number = waiter?["number"]?.wholeNumber ?? 0
                let body = #"{"line":"Iface1","number":\#(number)}"#
                #expect(await bench.send("POST", "/action/lines/drop", body, cookie: cookie).status == 200)
                #expect(await bench.send("POST", "/action/lines/drop", body, cookie: cookie).status == 409)
                return await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(ends == ["poll meter 1 turned away", "transit 10.0.0.5 done"])
        }
    }

    @Test func `every finding has a title and an advice in both languages`() {
        for finding in LineFinding.allCases {
            for language in [FaultLanguage.russian, .english] {
                let texts = VerdictTexts(language: language)
                let verdict = LineVerdict(finding)
                #expect(texts.title(of: verdict) != finding.rawValue)
                #expect(!texts.advice(of: verdict).isEmpty)
            }
        }
    }
}

/// Devices of the bench's lines.
actor BenchWire: LineOpener {
    private let clock: VirtualClock
    private var answers: [[UInt8]] = []

    init(clock: VirtualClock) { self.clock = clock }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// The answers of the next device that is opened.
    func answer(_ answers: [[UInt8]]) { self.answers = answers }

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel { ScriptedDevice(answers, clock: clock) }
}

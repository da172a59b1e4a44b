// Verdicts from scripted traffic: what each rule needs, and what it leaves alone.

import DLMS
import Diagnosis
import Testing
import Timekeeping

/// Traffic written down exchange by exchange.
private struct Script {
    var observation = LineObservation()
    var now = MonotonicInstant(nanoseconds: 0)
    var number: UInt64 = 0

    static let client = HDLCAddress.client(32)
    static func meter(_ physical: Int) -> HDLCAddress? {
        HDLCAddress(upper: 1, lower: physical, width: .two)
    }
    static func frame(_ from: HDLCAddress?, _ to: HDLCAddress?, _ control: HDLCControl) -> [UInt8] {
        guard let from, let to else { return [] }
        return HDLCFrame(to: to, from: from, control).encoded
    }
    static func connect(_ physical: Int) -> [UInt8] {
        frame(client, meter(physical), .setNormalResponseMode(final: true))
    }
    static func agree(_ physical: Int) -> [UInt8] {
        frame(meter(physical), client, .unnumberedAcknowledge(final: true))
    }

    mutating func ask(_ request: [UInt8], _ answer: [UInt8] = [], after wait: Duration = .milliseconds(50)) {
        number += 1
        now = now + .seconds(1)
        observation.requested(request, number: number, at: now)
        if answer.isEmpty { return observation.gaveUp() }
        observation.heard(answer, number: number, at: now + wait)
    }
    var finding: LineFinding { LineJudge(observation).verdict.finding }
}

@Suite struct LineJudgeTests {
    @Test func `two requests without an answer say nothing yet`() {
        var script = Script()
        for _ in 0..<2 { script.ask(Script.connect(17)) }
        #expect(script.finding == .unseen)
        script.ask(Script.connect(17))
        #expect(script.finding == .noOctets)
    }

    @Test func `a line that is mended is good at its next answers`() {
        var script = Script()
        for _ in 0..<9 { script.ask(Script.connect(17)) }
        #expect(script.finding == .noOctets)
        script.ask(Script.connect(17), Script.agree(17))
        #expect(script.finding == .good)
    }

    @Test func `a frame for another client is a foreign master's`() {
        var script = Script()
        let foreign = Script.frame(
            HDLCAddress.client(16), Script.meter(90), .setNormalResponseMode(final: true))
        for index in 0..<6 {
            script.ask(Script.connect(17), Script.agree(17))
            if index > 3 { script.observation.unasked(foreign, number: 90, at: script.now) }
        }
        #expect(script.finding == .foreignMaster)
    }

    @Test func `an answer after the reader has given up is late, not a second one`() {
        var script = Script()
        for _ in 0..<4 {
            script.ask(Script.connect(17))
            script.ask(Script.connect(17), Script.agree(17) + Script.agree(17))
        }
        #expect(script.finding == .late)
    }

    @Test func `two answers to one request are two meters`() {
        var script = Script()
        for _ in 0..<3 { script.ask(Script.connect(17), Script.agree(17) + Script.agree(17)) }
        let verdict = LineJudge(script.observation).verdict
        #expect(verdict.finding == .twoAnswers)
        #expect(verdict.station?.text == "1/17")
        #expect(verdict.frames == [3, 2, 1])
    }

    @Test func `who never answered says nothing of a line where nobody did`() {
        var script = Script()
        for _ in 0..<3 { script.ask(Script.connect(17), Script.agree(17)) }
        for _ in 0..<4 { script.ask(Script.connect(18)) }
        script.ask(Script.connect(17), Script.agree(17))
        let verdict = LineJudge(script.observation).verdict
        #expect(verdict.finding == .meterSilent)
        #expect(verdict.station?.physical == 18)
        #expect(LineJudge(script.observation).verdict(on: .hdlc(logical: 1, physical: 17)).finding == .good)
    }

    @Test func `a busy far end is busy until octets come`() {
        var script = Script()
        script.observation.failed(.farEndBusy)
        script.observation.opened()
        #expect(script.finding == .hubBusy)
        script.ask(Script.connect(17), Script.agree(17))
        #expect(script.finding == .good)
    }

    @Test func `another protocol is judged by its silence and its echo alone`() {
        var script = Script()
        for _ in 0..<5 { script.ask([0x01, 0x03, 0x00, 0x10, 0x00, 0x01], [0x01, 0x03, 0x02, 0x00, 0x07]) }
        #expect(script.finding == .good)
        for _ in 0..<5 { script.ask([0x01, 0x03, 0x00, 0x10], [0x01, 0x03, 0x00, 0x10]) }
        #expect(script.finding == .echo)
    }

    @Test func `memory is bounded whatever passes`() {
        var script = Script()
        script.observation = LineObservation(exchanges: 24, stations: 8)
        for address in 16..<120 { script.ask(Script.connect(address)) }
        script.ask(Script.connect(50), [UInt8](repeating: 0x55, count: 100_000))
        script.observation.ended()
        #expect(script.observation.exchanges.count == 24)
        #expect(script.observation.stations.count <= 8)
    }
}

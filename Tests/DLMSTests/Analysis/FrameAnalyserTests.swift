import Octets
import Testing

@testable import DLMS

@Suite struct FrameAnalyserTests {
    @Test(arguments: HDLCFrameTests.golden)
    func `every golden dialogue is taken apart without an octet lost`(file: VectorFile) {
        let stream = file.steps.flatMap(\.octets)
        let units = FrameAnalyser.hdlc(stream, from: nil)
        #expect(units.first?.offset == 0)
        #expect(units.flatMap(\.octets).count == stream.count)
        #expect(units.contains { $0.error != nil } == file.isNegative)
        guard !file.isNegative else { return }
        for (unit, step) in zip(units, file.steps) {
            #expect(unit.direction == nil || (unit.direction == .request) == (step.direction == .request))
            #expect(unit.link?["frame"] != nil)
        }
    }

    @Test func `a segmented answer shows its APDU at the last segment`() throws {
        let file = try #require(HDLCFrameTests.golden.first { $0.name == "v044" })
        let units = FrameAnalyser.hdlc(file.steps.flatMap(\.octets), from: nil)
        #expect(units.map { $0.apdu != nil } == [true, false, false, false, false, true])
        #expect(units.last?.apdu?["name"] == .text("get-response"))
    }

    @Test func `passwords are covered in text and octets, damaged or not`() throws {
        let file = try #require(HDLCFrameTests.golden.first { $0.name == "v030" })
        let password = "7852775062457847"
        var octets = file.steps[0].octets
        for _ in 0..<2 {
            let unit = try #require(FrameAnalyser.hdlc(octets, from: nil).first)
            #expect(!"\(unit)".contains(password))
            #expect(!unit.hex.contains(password))
            #expect(unit.hex.contains("••••••••••••••••"))
            #expect(unit.hex.hasPrefix("7ea0"))
            octets[octets.count - 2] ^= 1
        }
        let apdu = Array(file.steps[0].octets[14..<(file.steps[0].octets.count - 3)])
        #expect(apdu.first == 0x60)
        #expect(!FrameAnalyser.apdu(apdu, from: nil).hex.contains(password))
        #expect(!FrameAnalyser.apdu(apdu.dropLast(), from: nil).hex.contains(password))
    }

    @Test func `noise and damage are told with their places, frames behind them found`() {
        let frame = HDLCFrameTests.golden[0].steps[0].octets
        let units = FrameAnalyser.hdlc([1, 2, 3] + frame + [9] + frame.dropLast(3), from: nil)
        #expect(units.map(\.offset) == [0, 3, 13, 14])
        #expect(units.map { $0.error?.code } == [.invalid, nil, .invalid, .truncated])
    }

    @Test func `frames that share a flag are both shown`() {
        let frame = HDLCFrameTests.golden[0].steps[0].octets
        let units = FrameAnalyser.hdlc(frame + frame.dropFirst(), from: nil)
        #expect(units.map(\.offset) == [0, frame.count - 1])
        #expect(units.allSatisfy { $0.error == nil && $0.octets == frame })
    }

    @Test func `wrapper units show ports and APDU`() throws {
        let unit = WrapperUnit(from: 32, to: 1, apdu: [0xC0, 1, 0xC1, 0, 8, 0, 0, 1, 0, 0, 255, 2, 0]).encoded
        let units = FrameAnalyser.wrapper(unit + unit.dropLast(), from: nil)
        #expect(units.count == 2)
        #expect(units[0].link?["sourcePort"] == .integer(32))
        #expect(units[0].apdu?["obis"] == .text("0.0.1.0.0.255"))
        #expect(units[0].direction == .request)
        #expect(units[1].error?.code == .truncated)
    }

    @Test func `any octets are taken apart, seed 3`() {
        var numbers = SeededNumbers(seed: 3)
        for _ in 0..<300 {
            var octets = HDLCFrameTests.golden.randomElement(using: &numbers)?.steps.flatMap(\.octets) ?? []
            for _ in 0..<3 where !octets.isEmpty {
                octets[Int.random(in: 0..<octets.count, using: &numbers)] = UInt8.random(
                    in: 0...255, using: &numbers)
            }
            _ = FrameAnalyser.hdlc(octets, from: nil).map(\.hex)
            _ = FrameAnalyser.wrapper(octets, from: nil).map(\.hex)
            _ = FrameAnalyser.apdu(octets, from: nil).hex
        }
    }
}

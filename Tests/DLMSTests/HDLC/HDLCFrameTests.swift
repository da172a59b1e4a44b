import Octets
import Testing

@testable import DLMS

@Suite struct HDLCFrameTests {
    static let golden = VectorFile.all().filter { $0.kind == "hdlc" }

    @Test func `there are golden dialogues`() {
        #expect(HDLCFrameTests.golden.count == 34)
    }

    @Test(arguments: HDLCFrameTests.golden)
    func `every golden frame decodes and encodes to the same octets`(file: VectorFile) throws {
        for step in file.steps {
            let inside = step.octets.dropFirst().dropLast()
            if file.isNegative {
                #expect(throws: DecodingError.self) { try HDLCFrame(between: inside) }
                continue
            }
            let frame = try HDLCFrame(between: inside)
            #expect(frame.encoded == step.octets)
            let meaning = try #require(step.meaning("link"))
            #expect(meaning.hasPrefix(frame.control.name))
            #expect(meaning.contains("segmented") == frame.isSegmented)
            #expect(meaning.contains("dst=\(octets(frame.destination)) src=\(octets(frame.source))"))
            if let sent = frame.control.sentNumber { #expect(meaning.contains("N(S)=\(sent) ")) }
            if let received = frame.control.receivedNumber { #expect(meaning.contains("N(R)=\(received) ")) }
        }
    }

    @Test func `any flipped bit is refused`() throws {
        let file = try #require(HDLCFrameTests.golden.first { $0.name == "v002" })
        for step in file.steps {
            let inside = Array(step.octets.dropFirst().dropLast())
            for bit in 0..<inside.count * 8 {
                var damaged = inside
                damaged[bit / 8] ^= 1 << (bit % 8)
                #expect(throws: DecodingError.self) { try HDLCFrame(between: damaged[...]) }
            }
        }
    }

    @Test func `every control octet is itself again or unknown`() {
        let known = (UInt8.min...UInt8.max).filter { HDLCControl($0) != nil }
        #expect(known.allSatisfy { HDLCControl($0)?.octet == $0 })
        // 128 I frames, three supervisory kinds of 16 each, six unnumbered with and without the final bit.
        #expect(known.count == 128 + 48 + 12)
    }

    @Test func `addresses of one, two and four octets read back`() throws {
        let addresses = [
            try #require(HDLCAddress(upper: 1, width: .one)),
            try #require(HDLCAddress(upper: 1, lower: 16, width: .two)),
            try #require(HDLCAddress(upper: 1, lower: 1_230, width: .four)),
            try #require(HDLCAddress(upper: 0x3FFF, lower: 0x3FFF, width: .four)),
        ]
        for address in addresses {
            var octets: [UInt8] = []
            address.append(to: &octets)
            #expect(octets.count == address.width.rawValue)
            var reader = OctetReader(octets)
            #expect(try HDLCAddress(from: &reader) == address)
            try reader.finish()
        }
        #expect(octets(addresses[2]) == "0002129d")
    }

    @Test func `addresses of three or five octets and parts that do not fit are refused`() {
        for octets in [[0, 2, 3], [0, 2, 4, 6, 1], []] as [[UInt8]] {
            var reader = OctetReader(octets)
            #expect(throws: DecodingError.self) { try HDLCAddress(from: &reader) }
        }
        #expect(HDLCAddress(upper: 128, width: .two) == nil)
        #expect(HDLCAddress(upper: 1, lower: 16, width: .one) == nil)
        #expect(HDLCAddress.client(0) == nil)
    }

    @Test func `random frames read back, seed 1`() throws {
        var numbers = SeededNumbers(seed: 1)
        for _ in 0..<300 {
            let width = HDLCAddress.Width.allCases.randomElement(using: &numbers) ?? .two
            let upper = Int.random(in: 1...126, using: &numbers)
            let lower = width == .one ? 0 : Int.random(in: 0...126, using: &numbers)
            let control = try #require(
                HDLCControl(UInt8.random(in: 0...127, using: &numbers) << 1))
            let information = numbers.octets(Int.random(in: 0...2_030, using: &numbers))
            let frame = HDLCFrame(
                to: try #require(HDLCAddress(upper: upper, lower: lower, width: width)),
                from: try #require(HDLCAddress.client(32)), control, information: information[...],
                isSegmented: Bool.random(using: &numbers))
            #expect(try HDLCFrame(between: frame.encoded.dropFirst().dropLast()) == frame)
        }
    }

    private func octets(_ address: HDLCAddress) -> String {
        var octets: [UInt8] = []
        address.append(to: &octets)
        return octets.hex
    }
}

@Suite struct HDLCParametersTests {
    @Test func `an empty field states the defaults`() throws {
        #expect(try HDLCParameters(information: []) == .standard)
        #expect(HDLCParameters.standard.maximumTransmit == 128)
    }

    @Test(arguments: [
        ("81801405020100060201000704000000010804000000 01", 256),
        ("818012 05019a 06019a 070400000001 080400000001", 154),
        ("81800c 050400000200 060400000200", 512),
    ])
    func `sizes of one, two and four octets are read`(text: String, size: Int) throws {
        let octets = try #require([UInt8](hex: text.replacing(" ", with: "")))
        let parameters = try HDLCParameters(information: octets[...])
        #expect(parameters == HDLCParameters(maximumTransmit: size, maximumReceive: size))
    }

    @Test func `limits read back and are negotiated to the smaller of both`() throws {
        let ours = HDLCParameters(
            maximumTransmit: 512, maximumReceive: 1_024, windowTransmit: 2, windowReceive: 7)
        let theirs = HDLCParameters(maximumTransmit: 256, maximumReceive: 128)
        #expect(try HDLCParameters(information: ours.encoded[...]) == ours)
        let agreed = ours.negotiated(with: theirs)
        #expect(agreed == HDLCParameters(maximumTransmit: 128, maximumReceive: 256))
    }

    @Test(arguments: ["80", "8181", "818005050200", "8180020505ff", "81800705050000000000"])
    func `damaged fields are refused`(text: String) throws {
        let octets = try #require([UInt8](hex: text))
        #expect(throws: DecodingError.self) { try HDLCParameters(information: octets[...]) }
    }
}

import Octets
import Testing

@testable import DLMS

@Suite struct DecipheringTests {
    private static func keys(_ title: [UInt8] = [], encryption: [UInt8] = Suite0.encryptionKey) throws
        -> AnalyserKeys
    {
        AnalyserKeys(try Suite0.keys(encryption: encryption), systemTitle: title, Suite0.cryptography)
    }

    @Test func `the request of the standard is shown below its ciphered fields`() throws {
        let golden = try #require(GoldenAPDU.dialogue("v100").first)
        var keys: AnalyserKeys? = try Self.keys(Suite0.clientTitle)
        let unit = FrameAnalyser.apdu(golden.octets, from: nil, &keys)
        #expect(unit.error == nil)
        #expect(unit.apdu?["invocationCounter"] == .integer(0x0123_4567))
        #expect(unit.apdu?["deciphered"]?["name"] == .text("get-request"))
    }

    @Test func `with another key the ciphered fields stay and the error says why`() throws {
        let golden = try #require(GoldenAPDU.dialogue("v100").first)
        var keys: AnalyserKeys? = try Self.keys(
            Suite0.clientTitle, encryption: Array(repeating: 1, count: 16))
        let unit = FrameAnalyser.apdu(golden.octets, from: nil, &keys)
        #expect(unit.error?.code == .protection)
        #expect(unit.error?.text == ProtectionError.notAuthentic.text)
        #expect(unit.apdu?["deciphered"] == nil && unit.apdu?["content"] != nil)
    }

    @Test(arguments: ["v111", "v112"])
    func `blocks are joined, and with the last one what they carry is shown and opened`(name: String) throws {
        let file = try #require(VectorFile.all().first { $0.name == name })
        let ek = try #require([UInt8](hex: file.header["key EK"] ?? ""))
        let ak = try #require([UInt8](hex: file.header["key AK"] ?? ""))
        let keys = try #require(SecurityKeys(encryption: ek, authentication: ak))
        let blocks = GoldenAPDU.dialogue(name).map(\.octets)
        // A block may come twice, as on a line that repeats itself.
        let octets = ([blocks[0]] + blocks).map { WrapperUnit(from: 1, to: 1, apdu: $0).encoded }
        let units = FrameAnalyser.wrapper(
            octets.flatMap(\.self), from: .response,
            keys: AnalyserKeys(keys, systemTitle: [], Suite0.cryptography))
        #expect(units.allSatisfy { $0.error == nil } && units.count == blocks.count + 1)
        #expect(units.dropLast().allSatisfy { $0.apdu?["joined"] == nil })
        let last = try #require(units.last)
        let joined = try #require(last.apdu?["joined"])
        #expect(joined["name"] == .text("general-glo-ciphering"))
        #expect(joined["deciphered"]?["name"] == .text("data-notification"))
        // Without keys the outer APDU is shown all the same; with a block missing it is damaged.
        var memory = AnalyserMemory()
        let open = blocks.map { FrameAnalyser.apdu($0, from: nil, &memory) }
        #expect(open.last?.apdu?["joined"]?["name"] == .text("general-glo-ciphering"))
        var gap = AnalyserMemory()
        let rest = blocks.dropFirst().map { FrameAnalyser.apdu($0, from: nil, &gap) }
        #expect(rest.last?.error != nil)
    }

    @Test func `titles and the dedicated key are learned from the association`() throws {
        var talk = Conversation(
            as: .reader, .lowLevel(TestMeter.password),
            server: try Suite0.server(.lowLevel(TestMeter.password)))
        var settings = ApplicationClient.Settings(
            authentication: .lowLevel(TestMeter.password), security: try Suite0.side())
        settings.usesDedicatedKey = true
        talk.client = ApplicationClient(settings: settings)
        var said = try talk.exchange(try talk.client.associate())
        said += try talk.exchange(
            try talk.client.get(TestMeter.attribute(8, LogicalName(0, 0, 1, 0, 0), 2)))
        var keys: AnalyserKeys? = try Self.keys()
        let units = said.map { FrameAnalyser.apdu($0, from: nil, &keys) }
        #expect(units.allSatisfy { $0.error == nil })
        #expect(units[0].apdu?["deciphered"]?["dedicatedKey"] == .masked)
        #expect(units[1].apdu?["deciphered"]?["name"] == .text("initiateResponse"))
        #expect(units[2].apdu?["name"] == .text("ded-get-request"))
        #expect(units[3].apdu?["deciphered"]?["name"] == .text("get-response"))
        // Without the association nobody can know the key it made.
        var none: AnalyserKeys? = try Self.keys(Suite0.clientTitle)
        #expect(FrameAnalyser.apdu(said[2], from: nil, &none).error?.text == ProtectionError.noKey.text)
    }
}

extension Conversation {
    /// One request and its answer, in order.
    fileprivate mutating func exchange(_ request: [UInt8]) throws -> [[UInt8]] {
        let answer = try #require(server.received(request, from: sap, directory: &directory))
        _ = client.received(answer)
        return [request, answer]
    }
}

import Octets
import Testing

@testable import DLMS

@Suite struct SecurityContextTests {
    private static let clockRequest = [UInt8](hex: "c0010000080000010000ff0200") ?? []

    private static let ciphered = VectorFile.all().filter {
        $0.kind == "crypto" && $0.header["key EK"] != nil && $0.name != "v104"
    }

    @Test(arguments: ciphered)
    private func `every ciphered golden dialogue opens to the text beside it`(file: VectorFile) throws {
        var octets = GoldenAPDU.dialogue(file.name).map(\.octets)
        if case .generalBlockTransfer? = octets.first.flatMap({ try? APDU(octets: $0) }) {
            octets = [
                octets.flatMap { octets -> [UInt8] in
                    guard case .generalBlockTransfer(let block)? = try? APDU(octets: octets) else {
                        return []
                    }
                    return block.data
                }
            ]
        }
        guard case .ciphered(let apdu) = try APDU(octets: try #require(octets.first)) else {
            Issue.record("not ciphered")
            return
        }
        let plain = try apdu.opened(
            key: try #require([UInt8](hex: file.header["key EK"] ?? "")),
            authenticationKey: try #require([UInt8](hex: file.header["key AK"] ?? "")),
            title: try #require([UInt8](hex: file.header["key system_title"] ?? "")), Suite0.cryptography)
        let meaning = file.steps.flatMap(\.meanings).joined()
        #expect(meaning.contains("\"plaintext\": \"\(plain.prefix(60).hex)"))
        #expect((try? APDU(octets: plain)) != nil)
    }

    @Test func `the request of the standard is sealed to the standard's octets`() throws {
        for (protection, file) in [(SecurityControl.encrypted, "v099"), (.authenticatedEncryption, "v100")] {
            var side = try Suite0.side(protection: protection)
            let golden = try #require(GoldenAPDU.dialogue(file).first).octets
            #expect(try side.seal(Self.clockRequest) == golden)
        }
    }

    @Test func `the initiate of the standard's AARQ and AARE opens under the titles of its sides`() throws {
        let release = GoldenAPDU.dialogue("v089")
        var client = try Suite0.side(Suite0.serverTitle)
        guard case .release(let request) = try APDU(octets: release[0].octets),
            case .opaque(let sealed)? = request.userInformation,
            case .ciphered(let apdu) = try APDU(octets: sealed)
        else {
            Issue.record("not as printed")
            return
        }
        client.begin(peerTitle: Suite0.clientTitle)
        guard case .initiateRequest(let initiate) = try APDU(octets: try client.open(apdu).plain) else {
            Issue.record("not an initiate")
            return
        }
        #expect(initiate.version == 6)
        #expect(initiate.conformance == .automaticProposal)
    }

    @Test func `the pass of mechanism 5 is the printed one`() throws {
        let golden = try #require(VectorFile.all().first { $0.name == "v104" })
        let side = try Suite0.side()
        let pass = HighLevelPass(
            challenge: Array("K56iVagY".utf8), ownChallenge: Array("P6wRJ21F".utf8),
            title: Suite0.clientTitle,
            counter: Suite0.counter)
        #expect(HighLevelSecurity.authenticationCode(side).reply(pass) == golden.steps.first?.octets)
    }

    @Test(arguments: [SecurityControl.authenticated, .encrypted, .authenticatedEncryption])
    func `what one side seals the other opens, in every form`(protection: SecurityControl) throws {
        var client = try Suite0.side(protection: protection)
        var server = try Suite0.side(Suite0.serverTitle, protection: protection)
        let key = Suite0.cryptography.unpredictable(16)
        client.begin(peerTitle: Suite0.serverTitle, dedicatedKey: key)
        server.begin(peerTitle: Suite0.clientTitle, dedicatedKey: key)
        for form in [SecurityContext.Form.global, .dedicated, .generalGlobal, .generalDedicated] {
            let sealed = try client.seal(Self.clockRequest, as: form)
            #expect(sealed.count <= Self.clockRequest.count + protection.overhead + 9)
            guard case .ciphered(let apdu) = try APDU(octets: sealed) else {
                Issue.record("not ciphered")
                return
            }
            let opened = try server.open(apdu)
            #expect(opened.plain == Self.clockRequest)
            #expect(opened.form == form)
            #expect(opened.control == protection)
        }
    }

    @Test func `a bit changed anywhere is refused`() throws {
        var client = try Suite0.side()
        let sealed = try client.seal(Self.clockRequest, as: .generalGlobal)
        for bit in 0..<sealed.count * 8 {
            var altered = sealed
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            guard case .ciphered(let apdu)? = try? APDU(octets: altered) else { continue }
            var server = try Suite0.side(Suite0.serverTitle)
            server.begin(peerTitle: Suite0.clientTitle)
            #expect(throws: ProtectionError.self) { try server.open(apdu) }
            #expect(server.heard == nil)
        }
    }

    @Test func `an APDU said again is a replay, one that is not authentic moves no counter`() throws {
        var client = try Suite0.side()
        var server = try Suite0.side(Suite0.serverTitle)
        server.begin(peerTitle: Suite0.clientTitle)
        guard case .ciphered(let first) = try APDU(octets: try client.seal(Self.clockRequest)),
            case .ciphered(let second) = try APDU(octets: try client.seal(Self.clockRequest))
        else {
            Issue.record("not ciphered")
            return
        }
        _ = try server.open(second)
        let last = Suite0.counter + 1
        #expect(throws: ProtectionError.replayed(counter: last, last: last)) { try server.open(second) }
        #expect(throws: ProtectionError.replayed(counter: last - 1, last: last)) { try server.open(first) }
        var forged = second
        forged.content[1] = 0xFF
        #expect(throws: ProtectionError.notAuthentic) { try server.open(forged) }
        #expect(server.heard == last)
    }

    @Test func `less protection than agreed is refused, as are other suites and forms`() throws {
        var server = try Suite0.side(Suite0.serverTitle)
        server.begin(peerTitle: Suite0.clientTitle)
        func refusal(_ control: UInt8) -> ProtectionError? {
            let content = [control, 0, 0, 0, 9] + [UInt8](repeating: 7, count: 20)
            do throws(ProtectionError) {
                _ = try server.open(CipheredAPDU(tag: 0xC8, content: content))
                return nil
            } catch { return error }
        }
        #expect(refusal(0x00) == .unprotected)
        #expect(refusal(0x10) == .unprotected)
        #expect(refusal(0x20) == .unprotected)
        #expect(refusal(0x31) == .suite(1))
        #expect(refusal(0x33) == .suite(3))
        #expect(refusal(0x70) == .form(0x70))
        #expect(refusal(0xB0) == .form(0xB0))
        #expect(refusal(0x30) == .notAuthentic)
        #expect(throws: ProtectionError.form(0xDD)) {
            try server.open(CipheredAPDU(tag: 0xDD, content: [1, 2, 3]))
        }
        #expect(throws: ProtectionError.noKey) {
            try server.open(CipheredAPDU(tag: 0xD0, content: [0x30, 0, 0, 0, 1, 0]))
        }
    }

    @Test func `suites beyond 0 are known by name and refused`() throws {
        for suite in SecuritySuite.allCases where suite != .aes128 {
            #expect(throws: ProtectionError.suite(suite.rawValue)) {
                try SecurityContext(
                    suite: suite, keys: try Suite0.keys(), title: Suite0.clientTitle,
                    cryptography: Suite0.cryptography)
            }
            #expect(ProtectionError.suite(suite.rawValue).text.contains(suite.name))
        }
    }

    @Test func `counters are used once, ascending, and end`() throws {
        var counters = InvocationCounters(5..<7)
        #expect(counters.upcoming == 5)
        #expect([counters.take(), counters.take(), counters.take()] == [5, 6, nil])
        #expect(counters.count == 0)
        var side = try Suite0.side()
        side.counters = InvocationCounters()
        #expect(throws: ProtectionError.noCounter) { try side.seal(Self.clockRequest) }
    }

    @Test func `keys print as dots`() throws {
        let keys = try Suite0.keys()
        #expect("\(keys)" == "••••")
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!dumped.contains("208") && !dumped.contains("d0"))
        #expect(SecurityKeys(encryption: [1], authentication: Suite0.authenticationKey) == nil)
    }
}

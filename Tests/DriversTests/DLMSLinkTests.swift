import DLMS
import Drivers
import Faults
import Metering
import Testing

@Suite struct DLMSLinkTests {
    private static func link(_ address: String, _ link: MeterLink = MeterLink(), password: String = "") throws
        -> DLMSLink
    {
        try DLMSLink(
            MeterPoint(
                id: 1, typeName: "SPODES", address: address, readPassword: Array(password.utf8), link: link))
    }

    @Test(arguments: [
        ("16", MeterLink(), 2, 16), ("127", MeterLink(), 2, 127), ("128", MeterLink(), 4, 128),
        ("1230", MeterLink(), 4, 1_230), ("16", MeterLink(addressOctets: 4), 4, 16),
        ("16", MeterLink(addressOctets: 1), 1, 0), ("10.0.0.7:4001", MeterLink(), 2, 16),
        ("10.0.0.7:4001", MeterLink(physical: 17), 2, 17),
    ])
    func `addresses follow the rules of the standard`(
        address: String, link: MeterLink, octets: Int, physical: Int
    ) throws {
        let made = try Self.link(address, link)
        #expect(made.serverAddress.width.rawValue == octets)
        #expect(Int(made.serverAddress.lower) == physical)
        #expect(made.serverAddress.upper == 1)
    }

    @Test func `addresses that fit no frame are faults of input`() {
        for (address, link) in [
            ("16384", MeterLink()), ("200", MeterLink(addressOctets: 2)), ("16", MeterLink(client: 0)),
        ] {
            #expect(throws: Fault.self) { try Self.link(address, link) }
        }
    }

    @Test func `automatic transport is HDLC on serial lines and both on the network`() throws {
        #expect(try Self.link("16").transports == [.hdlc])
        #expect(try Self.link("10.0.0.7:4001").transports == [.hdlc, .wrapper])
        #expect(try Self.link("10.0.0.7:4059").transports == [.wrapper, .hdlc])
        #expect(try Self.link("10.0.0.7:4059", MeterLink(transport: .hdlc)).transports == [.hdlc])
    }

    @Test func `a password makes low-level security, the public client needs none`() throws {
        guard case .lowLevel(let octets) = try Self.link("16", password: "111").authentication else {
            Issue.record("not low level")
            return
        }
        #expect(octets == Array("111".utf8))
        let open = [try Self.link("16"), try Self.link("16", MeterLink(client: 16), password: "111")]
        for link in open { if case .none = link.authentication {} else { Issue.record("not open") } }
        #expect(throws: Fault.self) { try Self.link("16", MeterLink(mechanism: 5), password: "111") }
    }
}

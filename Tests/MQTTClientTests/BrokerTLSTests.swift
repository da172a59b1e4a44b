import EventLoop
import Glibc
import Logging
import MQTTClient
import Seams
import Testing
import Timekeeping

/// TLS of the broker: what is refused, and that the reason says why.
@Suite(.serialized) struct BrokerTLSTests {
    /// Made once: RSA keys take their time.
    private static let made = Result { try TestCertificates() }
    private let certificates: TestCertificates

    init() throws { certificates = try BrokerTLSTests.made.get() }

    @Test(arguments: ["localhost", "127.0.0.1"]) func aTrustedBrokerOfTheRightNameIsUsed(_ host: String)
        throws
    {
        let server = try TestBroker(certificates.listener("server"))
        try Loop.run { [port = server.port, authority = certificates.authority] loop in
            let broker = open(loop, host, port, authority: authority)
            try await broker.connect()
            try await broker.publish(
                BrokerMessage(topic: "t", payload: Array(repeating: 7, count: 100_000), qos: 2))
            await broker.disconnect()
        }
    }

    @Test(arguments: ["tlsv1.2", "tlsv1.3"]) func theNextHandshakeIsTheShortOne(_ version: String) throws {
        let server = try TestBroker(certificates.listener("server") + ["tls_version \(version)"])
        let handshakes = try Loop.run { [port = server.port, authority = certificates.authority] loop in
            let relay = try CountingRelay(to: port)
            let opener = MosquittoBrokers(loop: loop, logger: .silent)
            var sums: [Int] = []
            for _ in 0..<3 {
                let before = relay.count
                let broker = opener.broker(
                    BrokerSettings(
                        host: "localhost", port: relay.port, clientID: "test",
                        encryption: .tls(verify: true, authority: authority)))
                try await broker.connect()
                try await broker.publish(BrokerMessage(topic: "t", payload: [1], qos: 1))
                await broker.disconnect()
                try await loop.clock.sleep(for: .milliseconds(200))
                sums.append(relay.count - before)
            }
            return sums
        }
        #expect(handshakes[1] < handshakes[0] * 7 / 10, "\(handshakes)")
        #expect(handshakes[2] < handshakes[0] * 7 / 10, "\(handshakes)")
    }

    @Test func anUnknownAuthorityIsRefused() throws {
        let reason = try refusal(of: "server", authority: certificates.stranger)
        #expect(
            reason
                == .certificate(
                    "unable to get local issuer certificate; server localhost, certificate /CN=server"))
    }

    @Test func theSystemsStoreDoesNotKnowOurAuthority() throws {
        guard case .certificate(let reason)? = try refusal(of: "server", authority: "") else {
            Issue.record("not refused for its certificate")
            return
        }
        #expect(reason.hasPrefix("unable to get local issuer certificate"))
    }

    @Test func anotherNameIsRefused() throws {
        let reason = try refusal(of: "elsewhere", authority: certificates.authority)
        #expect(reason == .certificate("hostname mismatch; server localhost, certificate /CN=elsewhere"))
    }

    @Test func anotherAddressIsRefused() throws {
        let reason = try refusal(of: "elsewhere", authority: certificates.authority, host: "127.0.0.1")
        #expect(reason == .certificate("IP address mismatch; server 127.0.0.1, certificate /CN=elsewhere"))
    }

    @Test func withoutVerificationAnyCertificateServes() throws {
        let server = try TestBroker(certificates.listener("elsewhere"))
        try Loop.run { [port = server.port] loop in
            let broker = open(loop, "localhost", port, authority: "", verify: false)
            try await broker.connect()
            await broker.disconnect()
        }
    }

    @Test func anAuthorityThatIsNoCertificateIsRefusedBeforeConnecting() throws {
        try Loop.run { loop in
            await #expect(throws: BrokerError.certificate("the authority holds no PEM certificate")) {
                try await open(loop, "localhost", 1, authority: "no PEM").connect()
            }
        }
    }

    @Test func aBrokerOfTLS11IsRefusedWithTheReason() throws {
        let port = freePort()
        let path = certificates.directory.path
        let server = try TestProcess(
            "openssl",
            [
                "s_server", "-accept", "\(port)", "-cert", "\(path)/server.pem", "-key", "\(path)/server.key",
                "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet",
            ], in: certificates.directory)
        defer { server.stop() }
        waitForPort(port)
        guard case .tlsVersion(let reason)? = try failure("localhost", port, certificates.authority) else {
            Issue.record("not refused for its version")
            return
        }
        #expect(reason.hasPrefix("TLS 1.2 or newer is needed"), "\(reason)")
    }

    @Test func aBrokerWithoutTLSIsNeverSpokenToInTheClear() throws {
        let server = try TestBroker()
        let error = try failure("localhost", server.port, certificates.authority)
        guard case .unreachable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    private func refusal(of server: String, authority: String, host: String = "localhost") throws
        -> BrokerError?
    {
        let broker = try TestBroker(certificates.listener(server))
        return try failure(host, broker.port, authority)
    }

    private func failure(_ host: String, _ port: Int, _ authority: String) throws -> BrokerError? {
        try Loop.run { loop in
            let broker = open(loop, host, port, authority: authority)
            do {
                try await broker.connect()
                return nil
            } catch {
                return error as? BrokerError
            }
        }
    }
}

/// A broker behind TLS.
private func open(
    _ loop: Loop, _ host: String, _ port: Int, authority: String, verify: Bool = true
) -> any Broker {
    MosquittoBrokers(loop: loop, logger: .silent).broker(
        BrokerSettings(
            host: host, port: port, clientID: "test",
            encryption: .tls(verify: verify, authority: authority)))
}

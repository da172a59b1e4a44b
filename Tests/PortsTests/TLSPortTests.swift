// TLS on ports of the device: what goes through, and what becomes of those who speak something else.

import CLinux
import EventLoop
import Ports
import Seams
import Security
import Testing
import Timekeeping

@Suite(.serialized) struct TLSPortTests {
    /// A certificate as the device makes it, and the door that shows it.
    private struct Bench {
        let certificate: SelfSignedCertificate
        let door: PortDoor
        let port: Int

        init(_ loop: Loop) async throws {
            certificate = try SelfSignedCertificate(
                commonName: "gateway", names: ["localhost"], addresses: ["127.0.0.1"],
                now: SystemWallClock(buildYear: 2_026).now, entropy: SystemEntropy())
            let context = try TLSServerContext(certificate: certificate.certificate, key: certificate.key)
            door = PortDoor(loop: loop, address: "127.0.0.1", tls: context)
            let probe = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
            port = probe.port
            await probe.close()
        }

        func connect(_ loop: Loop, authority: String? = nil, verify: Bool = true) async throws -> TLSChannel {
            let inner = try await raw(loop)
            let context = try TLSClientContext(
                serverName: "127.0.0.1", verify: verify, authority: authority ?? certificate.certificate)
            let session = try TLSSession(client: context)
            return TLSChannel(over: inner, session: session, clock: loop.clock, patience: .seconds(5))
        }

        func raw(_ loop: Loop) async throws -> any Channel {
            try await PortOpener(loop: loop).open(
                .tcp(host: "127.0.0.1", port: port), settings: .standard,
                until: loop.clock.now + .seconds(2))
        }
    }

    /// A server that repeats what it hears, beside `body`.
    private func withEcho(_ loop: Loop, _ body: (Bench) async throws -> Void) async throws {
        let bench = try await Bench(loop)
        let listener = try await bench.door.listen(port: bench.port, security: .tls)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while let connection = await listener.next() {
                    let channel = connection.channel
                    while let octets = try? await channel.read(until: loop.clock.now + .seconds(5)),
                        !octets.isEmpty
                    {
                        try? await channel.write(octets)
                    }
                    await channel.close()
                }
            }
            try await body(bench)
            await listener.close()
            group.cancelAll()
        }
    }

    @Test func `octets pass both ways, and the certificate is the device's`() throws {
        try Loop.run { loop in
            try await self.withEcho(loop) { bench in
                let channel = try await bench.connect(loop)
                try await channel.open()
                #expect(await channel.peerFingerprint?.count == 32)
                try await channel.write([1, 2, 3])
                #expect(try await channel.gather(3, clock: loop.clock) == [1, 2, 3])
                await channel.close()
            }
        }
    }

    @Test func `more than any buffer holds arrives whole and in order`() throws {
        try Loop.run { loop in
            try await self.withEcho(loop) { bench in
                let channel = try await bench.connect(loop)
                try await channel.open()
                let many = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                async let back = channel.gather(many.count, clock: loop.clock, patience: .seconds(20))
                try await channel.write(many)
                #expect(try await back == many)
                await channel.close()
            }
        }
    }

    @Test func `a certificate of nobody we trust is refused with its reason`() throws {
        try Loop.run { loop in
            try await self.withEcho(loop) { bench in
                let stranger = try SelfSignedCertificate(
                    commonName: "other", names: ["localhost"], addresses: ["127.0.0.1"],
                    now: SystemWallClock(buildYear: 2_026).now, entropy: SystemEntropy())
                let channel = try await bench.connect(loop, authority: stranger.certificate)
                do {
                    try await channel.open()
                    Issue.record("a stranger's certificate was taken")
                } catch let error as ChannelError {
                    #expect(error.reason.contains("certificate"), "\(error.reason)")
                }
            }
        }
    }

    @Test func `whoever speaks no TLS is closed, and the next one is served`() throws {
        try Loop.run { loop in
            try await self.withEcho(loop) { bench in
                let plain = try await bench.raw(loop)
                try await plain.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                await #expect(throws: ChannelError.self) {
                    while true {
                        let octets = try await plain.read(until: loop.clock.now + .seconds(3))
                        if octets.isEmpty { break }
                    }
                }
                let channel = try await bench.connect(loop, verify: false)
                try await channel.open()
                try await channel.write([7])
                #expect(try await channel.gather(1, clock: loop.clock) == [7])
                await channel.close()
            }
        }
    }

    @Test func `a client that finds no TLS says so`() throws {
        try Loop.run { loop in
            let bench = try await Bench(loop)
            let listener = try await bench.door.listen(port: bench.port, security: .plain)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let connection = await listener.next()
                    try await connection?.channel.write(Array("login: ".utf8))
                    try await loop.clock.sleep(for: .seconds(5))
                }
                let channel = try await bench.connect(loop)
                await #expect(throws: ChannelError.self) { try await channel.open() }
                await listener.close()
                group.cancelAll()
            }
        }
    }
}

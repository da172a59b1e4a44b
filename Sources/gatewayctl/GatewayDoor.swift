// The way to a gateway's port of remote connection: TCP, TLS, and a certificate that somebody vouches for.

import EventLoop
import Faults
import Octets
import Ports
import Remote
import Seams
import Timekeeping

/// Opens connections to one gateway.
struct GatewayDoor: Sendable {
    private let options: GatewayOptions
    private let loop: Loop

    init(_ options: GatewayOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// A client with the account of the command line.
    var client: RemoteClient {
        RemoteClient(login: options.user, password: options.password, clock: loop.clock) {
            [self] deadline throws(RemoteError) in try await connect(until: deadline)
        }
    }

    private func connect(until deadline: MonotonicInstant) async throws(RemoteError) -> any Channel {
        if options.isPlain { return try await dial(until: deadline) }
        let context = try context(verify: options.fingerprint.isEmpty)
        let channel: TLSChannel
        do throws(ChannelError) {
            channel = try await open(context, until: deadline)
        } catch {
            guard case .certificate(let reason)? = context.failure else {
                throw .unreachable("\(error.reason); a port without TLS needs --plain")
            }
            throw .unreachable(await advice(reason, until: deadline))
        }
        let shown = await channel.peerFingerprint
        guard options.fingerprint.isEmpty || shown == options.fingerprint else {
            await channel.close()
            throw .unreachable("the certificate is another one: SHA-256 \(shown?.hex ?? "none")")
        }
        return channel
    }

    private func dial(until deadline: MonotonicInstant) async throws(RemoteError) -> any Channel {
        do throws(ChannelError) {
            return try await PortOpener(loop: loop).open(
                .tcp(host: options.host, port: options.port), settings: .standard, until: deadline)
        } catch {
            throw .unreachable(error.reason)
        }
    }

    private func context(verify: Bool) throws(RemoteError) -> TLSClientContext {
        do throws(TLSFailure) {
            return try TLSClientContext(
                serverName: options.host, verify: verify, authority: options.authority)
        } catch {
            switch error {
            case .certificate(let text), .version(let text): throw .unreachable("--ca: \(text)")
            }
        }
    }

    private func open(
        _ context: TLSClientContext, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> TLSChannel {
        let inner: any Channel
        do throws(RemoteError) { inner = try await dial(until: deadline) } catch {
            if case .unreachable(let reason) = error { throw .openFailed(reason) }
            throw .openFailed("\(error)")
        }
        let session: TLSSession
        do throws(TLSError) { session = try TLSSession(client: context) } catch {
            throw .openFailed(error.reason)
        }
        let channel = TLSChannel(
            over: inner, session: session, clock: loop.clock, patience: deadline - loop.clock.now)
        try await channel.open()
        return channel
    }

    /// What to do about a certificate nobody vouches for. It is looked at in a connection over which nothing
    /// is said.
    private func advice(_ reason: String, until deadline: MonotonicInstant) async -> String {
        var text = "the gateway's certificate is not trusted: \(reason)"
        guard let context = try? context(verify: false),
            let channel = try? await open(context, until: deadline)
        else { return text }
        if let shown = await channel.peerFingerprint {
            text += "; give --fingerprint \(shown.hex) if you know this to be its own, or --ca FILE"
        }
        await channel.close()
        return text
    }
}

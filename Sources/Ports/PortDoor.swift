// Ports of the device that others connect to, on the address the daemon is bound to.

package import EventLoop
package import Seams

/// Opens TCP ports.
package struct PortDoor: ConnectionDoor {
    private let loop: Loop
    private let address: String
    private let offset: Int
    private let tls: TLSServerContext?

    /// A door at an address; `offset` is added to every port. Without `tls` only plain ports can be opened.
    package init(loop: Loop, address: String, offset: Int = 0, tls: TLSServerContext? = nil) {
        self.loop = loop
        self.address = address
        self.offset = offset
        self.tls = tls
    }

    /// Listens. Throws `openFailed` with the system's reason.
    package func listen(
        port: Int, security: ConnectionSecurity
    ) async throws(ChannelError) -> any ConnectionListener {
        let listener: TCPListener
        do throws(LoopError) {
            let host = address.isEmpty ? "0.0.0.0" : address
            listener = try await TCPListener.listen(loop: loop, host: host, port: port + offset)
        } catch {
            throw .openFailed(error.reason)
        }
        guard security == .tls else { return listener }
        guard let tls else {
            await listener.close()
            throw .openFailed("listening with TLS: there is no certificate")
        }
        return TLSListener(listener, context: tls, clock: loop.clock)
    }
}

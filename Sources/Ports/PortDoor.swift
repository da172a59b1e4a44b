// Ports of the device that others connect to, on the address the daemon is bound to.

package import EventLoop
package import Seams

/// Opens TCP ports.
package struct PortDoor: ConnectionDoor {
    private let loop: Loop
    private let address: String
    private let offset: Int

    /// A door at an address; `offset` is added to every port.
    package init(loop: Loop, address: String, offset: Int = 0) {
        self.loop = loop
        self.address = address
        self.offset = offset
    }

    /// Listens. Throws `openFailed` with the system's reason.
    package func listen(port: Int) async throws(ChannelError) -> any ConnectionListener {
        do throws(LoopError) {
            let host = address.isEmpty ? "0.0.0.0" : address
            return try await TCPListener.listen(loop: loop, host: host, port: port + offset)
        } catch {
            throw .openFailed(error.reason)
        }
    }
}

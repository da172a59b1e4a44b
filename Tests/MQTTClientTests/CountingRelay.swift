// A relay on loopback that counts what passes: what a connection really costs, both ways.

import CLinux
import Foundation
import Glibc

/// Passes connections on to a port of loopback, one at a time, on a thread of its own.
final class CountingRelay: @unchecked Sendable {
    // `@unchecked Sendable`: the count is guarded by the lock, the rest does not change.

    let port: Int
    private let target: Int
    private let listener: Int32
    private let lock = NSLock()
    private var octets = 0

    init(to target: Int) throws {
        listener = listenAnywhere()
        port = MQTTClientTests.port(of: listener)
        self.target = target
        let thread = Thread { [self] in serve() }
        thread.start()
    }

    /// Octets of both directions so far.
    var count: Int { lock.withLock { octets } }

    private func serve() {
        while true {
            let near = accept(listener, __SOCKADDR_ARG(__sockaddr__: nil), nil)
            guard near >= 0 else { return }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            if linux_connect(far, loopback(port: target), 16) == 0 { pass(near, far) }
            close(near)
            close(far)
        }
    }

    /// Copies until one side is done.
    private func pass(_ near: Int32, _ far: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var ends = [near, far].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&ends, 2, -1) > 0 else { return }
            for (index, end) in ends.enumerated() where end.revents != 0 {
                let count = read(end.fd, &buffer, buffer.count)
                guard count > 0 else { return }
                lock.withLock { octets += count }
                var sent = 0
                while sent < count {
                    let step = buffer.withUnsafeBytes { bytes in
                        send(
                            index == 0 ? far : near, bytes.baseAddress! + sent, count - sent,
                            Int32(MSG_NOSIGNAL))
                    }
                    guard step > 0 else { return }
                    sent += step
                }
            }
        }
    }
}

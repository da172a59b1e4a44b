// The few socket calls that connecting and listening share.

import CLinux
import EventLoop

/// Non-blocking TCP sockets.
enum TCPSocket {
    /// A socket that does not block and is not inherited.
    static func make(family: Int32) throws(LoopError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw LoopError(reason: SystemReason.last) }
        return descriptor
    }

    /// Small requests leave at once; a peer that vanished without a word is noticed within a minute.
    static func tune(_ descriptor: Int32) {
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 10)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    /// The same of a connection that somebody made to us: what is sent to a peer that vanished is not
    /// tried for a quarter of an hour either.
    static func tuneAccepted(_ descriptor: Int32) {
        tune(descriptor)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 60_000)
    }

    /// Sets one integer option; an option the kernel lacks is no reason to fail.
    static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether a peer is there.
    static func isConnected(_ descriptor: Int32) -> Bool {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            linux_getpeername(descriptor, bytes.baseAddress, &length) == 0
        }
    }

    /// Numeric address of the far end, an IPv4 address also where it comes inside an IPv6 one; empty when it
    /// has gone.
    static func peer(_ descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            guard linux_getpeername(descriptor, bytes.baseAddress, &length) == 0 else { return "" }
            // Family (2), port (2), then the address; an IPv6 one behind four octets of flow.
            let family = Int32(bytes.load(as: UInt16.self))
            if family == AF_INET { return bytes[4..<8].map(String.init).joined(separator: ".") }
            guard family == AF_INET6 else { return "" }
            if bytes[8..<18].allSatisfy({ $0 == 0 }), bytes[18] == 0xFF, bytes[19] == 0xFF {
                return bytes[20..<24].map(String.init).joined(separator: ".")
            }
            let groups = stride(from: 8, to: 24, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }
            return groups.joined(separator: ":")
        }
    }

    /// The port a listening socket got.
    static func localPort(_ descriptor: Int32) -> Int {
        var storage = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = withUnsafeMutableBytes(of: &storage) { bytes in
            linux_getsockname(descriptor, bytes.baseAddress, &length)
        }
        // The port lies at the same place in both families.
        return Int(UInt16(bigEndian: storage.sin6_port))
    }
}

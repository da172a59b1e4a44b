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

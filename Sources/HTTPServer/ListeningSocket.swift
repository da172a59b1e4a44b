// A listening socket made by hand, because evhttp's own lacks TCP_NODELAY and a deep backlog.

import CEvent
import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// Makes listening sockets and names far ends.
enum ListeningSocket {
    /// A non-blocking listening descriptor and the port it got. TCP_NODELAY is set here and inherited by
    /// every accepted connection: without it a TLS answer waits for the client's delayed acknowledgement.
    static func open(address: String, port: Int, backlog: Int32) throws(HTTPServerError) -> (Int32, Int) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(address, String(port), &hints, &found)
        guard failure == 0, let found else {
            throw HTTPServerError(reason: "address \(address): \(String(cString: gai_strerror(failure)))")
        }
        defer { freeaddrinfo(found) }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(found.pointee.ai_family, kind, 0)
        guard descriptor >= 0 else { throw error("opening a socket", address, port) }
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        guard
            bind(
                descriptor, __CONST_SOCKADDR_ARG(__sockaddr__: found.pointee.ai_addr),
                found.pointee.ai_addrlen) == 0,
            listen(descriptor, backlog) == 0
        else {
            let reason = error("listening on", address, port)
            close(descriptor)
            throw reason
        }
        return (descriptor, localPort(of: descriptor))
    }

    /// Numeric address of the far end; empty when it has gone.
    static func peer(of descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let isKnown = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getpeername(descriptor, __SOCKADDR_ARG(__sockaddr__: address), &length) == 0
                    && getnameinfo(
                        address, length, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
            }
        }
        guard isKnown else { return "" }
        return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func localPort(of descriptor: Int32) -> Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getsockname(descriptor, __SOCKADDR_ARG(__sockaddr__: address), &length) == 0 else {
                    return 0
                }
                // The port lies at the same place in IPv4 and IPv6 addresses.
                return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            }
        }
    }

    private static func error(_ attempt: String, _ address: String, _ port: Int) -> HTTPServerError {
        HTTPServerError(reason: "\(attempt) \(address):\(port): \(String(cString: strerror(errno)))")
    }
}

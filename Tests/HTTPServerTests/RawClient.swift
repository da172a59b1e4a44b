// A blocking client over a bare socket, for tests that must say exactly which octets go out and when.

import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// One connection to a port of this machine.
final class RawClient {
    let descriptor: Int32

    /// Connects to 127.0.0.1; receiving gives up after `patience` milliseconds of silence.
    init(port: Int, patience: Int = 1_000) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: patience / 1_000, tv_usec: patience % 1_000 * 1_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo("127.0.0.1", String(port), nil, &found) == 0, let found else { return }
        _ = connect(
            descriptor, __CONST_SOCKADDR_ARG(__sockaddr__: found.pointee.ai_addr), found.pointee.ai_addrlen)
        freeaddrinfo(found)
    }

    deinit { Glibc.close(descriptor) }

    /// Sends all octets; false when the far end has gone.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Everything until the far end closes or is silent, and whether it closed.
    func receive(atMost limit: Int = .max) -> (text: String, closed: Bool) {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.count < limit {
            let count = recv(descriptor, &buffer, min(buffer.count, limit - all.count), 0)
            if count <= 0 {
                return (String(decoding: all, as: UTF8.self), count == 0 || errno == ECONNRESET)
            }
            all += buffer.prefix(count)
        }
        return (String(decoding: all, as: UTF8.self), false)
    }
}

/// Runs blocking code on a thread of its own: the shared pool has as many threads as cores, and tests that
/// run a loop hold them.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let work = Unmanaged.passRetained(ThreadWork { continuation.resume(returning: body()) })
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { @Sendable context in
                guard let context else { return nil }
                Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, work.toOpaque())
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

// Names to addresses without blocking the loop: libevent's evdns instead of getaddrinfo(3), which may hold
// a thread for half a minute when the mobile network has lost its name server. A base is made per lookup,
// so that a resolv.conf rewritten by DHCP counts at once.

import CEvent
import CLinux
package import Timekeeping

/// A socket address of any family.
package struct SocketAddress: Sendable, Hashable {
    /// The system's `sockaddr`, with the length of its family.
    package let octets: [UInt8]
    /// `AF_INET` or `AF_INET6`.
    package let family: Int32
    /// The address in digits, without port.
    package let digits: String

    /// Copies what the system gave; nil when it has no digits.
    init?(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        octets = [UInt8](UnsafeRawBufferPointer(start: address, count: Int(length)))
        family = Int32(address.pointee.sa_family)
        digits = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// Hands the address to a system call.
    package func withSystemAddress<Value>(_ body: (UnsafeRawPointer, UInt32) -> Value) -> Value {
        octets.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("an address has octets") }
            return body(base, UInt32(bytes.count))
        }
    }
}

/// Looks names up on the loop.
package actor Resolver {
    private let loop: Loop

    /// A resolver on `loop`.
    package init(loop: Loop) { self.loop = loop }

    /// The loop's thread, which evdns must be used on.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Stream-socket addresses of `host` (a name, or an address in digits) with `port`, best first. Throws
    /// the resolver's reason, or "timed out" at `deadline`.
    package func addresses(
        of host: String, port: Int, until deadline: MonotonicInstant
    ) async throws(LoopError) -> [SocketAddress] {
        let digits = Resolver.parse(host, port: port)
        if !digits.isEmpty { return digits }
        guard let lookup = Lookup(loop: loop) else { throw LoopError(reason: "starting the resolver") }
        lookup.ask(host, port: port)
        let token = loop.schedule(at: deadline) { lookup.wakeup.signal() }
        await lookup.wakeup.wait()
        loop.cancel(token)
        if lookup.isPending {
            lookup.cancel()
            throw LoopError(reason: "looking up \(host): \(Task.isCancelled ? "stopped" : "timed out")")
        }
        if let reason = lookup.reason { throw LoopError(reason: "looking up \(host): \(reason)") }
        return lookup.found
    }

    /// An address in digits needs nobody's help, and most meters have one.
    private static func parse(_ host: String, port: Int) -> [SocketAddress] {
        var hints = hints
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        return addresses(in: list)
    }

    private static var hints: addrinfo {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_protocol = Int32(IPPROTO_TCP)
        return hints
    }

    private static func addresses(in list: UnsafeMutablePointer<addrinfo>?) -> [SocketAddress] {
        var found: [SocketAddress] = []
        var next = list
        while let entry = next {
            let length = entry.pointee.ai_addrlen
            if let address = entry.pointee.ai_addr.flatMap({ SocketAddress($0, length: length) }) {
                found.append(address)
            }
            next = entry.pointee.ai_next
        }
        return found
    }

    /// One question under way.
    private final class Lookup: @unchecked Sendable {
        // `@unchecked Sendable`: everything is touched on the loop's thread only.
        let wakeup = Wakeup()
        private(set) var found: [SocketAddress] = []
        private(set) var reason: String?
        private(set) var isPending = true
        private let loop: Loop
        private let dns: OpaquePointer
        private var request: OpaquePointer?

        init?(loop: Loop) {
            guard let dns = evdns_base_new(loop.base, 0) else { return nil }
            self.loop = loop
            self.dns = dns
            // Without resolv.conf names of the hosts file still resolve.
            let parts =
                DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC | DNS_OPTION_HOSTSFILE
            _ = evdns_base_resolv_conf_parse(dns, Int32(parts), "/etc/resolv.conf")
        }

        func ask(_ host: String, port: Int) {
            var hints = Resolver.hints
            let context = Unmanaged.passRetained(self).toOpaque()
            let request = evdns_getaddrinfo(
                dns, host, String(port), &hints,
                { @Sendable code, list, context in
                    guard let context else { return }
                    Unmanaged<Lookup>.fromOpaque(context).takeRetainedValue().finish(code: code, list: list)
                }, context)
            // An answer known at once has been told already, and leaves no request.
            if isPending { self.request = request }
        }

        /// Gives up; the callback comes all the same and lets go of this object.
        func cancel() { if let request { evdns_getaddrinfo_cancel(request) } }

        private func finish(code: Int32, list: UnsafeMutablePointer<addrinfo>?) {
            isPending = false
            request = nil
            if code != 0 { reason = String(cString: evutil_gai_strerror(code)) }
            found = Resolver.addresses(in: list)
            if let list { evutil_freeaddrinfo(list) }
            if found.isEmpty, reason == nil { reason = "no address" }
            wakeup.signal()
            // The other half of the question (A, AAAA) may be on its way through libevent's queue and still
            // needs the base.
            _ = loop.schedule(at: LoopClock.monotonicNow + .seconds(1)) { evdns_base_free(self.dns, 0) }
        }
    }
}

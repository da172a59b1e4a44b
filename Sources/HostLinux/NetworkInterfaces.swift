// The machine's Ethernet interfaces as the manual shows them: address, mask, gateway.

import CLinux
import Seams

#if canImport(Glibc)
    import Glibc
#endif

/// Asking the kernel about interfaces.
enum NetworkInterfaces {
    /// All but loopback, by name, IPv4 only as the device's pages have it; empty text where nothing is set.
    static func present() -> [HostInterface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        let gateways = defaultGateways()
        var found: [String: HostInterface] = [:]
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            guard entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) == 0, let raw = entry.pointee.ifa_name
            else { continue }
            let name = String(cString: raw)
            var interface =
                found[name]
                ?? HostInterface(name: name, address: "", mask: "", gateway: gateways[name] ?? "")
            if let address = digits(entry.pointee.ifa_addr), interface.address.isEmpty {
                interface.address = address
                interface.mask = digits(entry.pointee.ifa_netmask) ?? ""
            }
            found[name] = interface
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// Every IPv4 address of the machine, loopback included.
    static func addresses() -> Set<String> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: Set<String> = []
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            if let address = digits(entry.pointee.ifa_addr) { found.insert(address) }
        }
        return found
    }

    private static func digits(_ address: UnsafeMutablePointer<sockaddr>?) -> String? {
        guard let address, Int32(address.pointee.sa_family) == AF_INET else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET_ADDRSTRLEN))
        return UnsafeMutableRawPointer(address).withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            internet in
            inet_ntop(AF_INET, &internet.pointee.sin_addr, &text, socklen_t(text.count)).map {
                String(cString: $0)
            }
        }
    }

    /// Default routes of /proc/net/route: little-endian hexadecimal addresses.
    private static func defaultGateways() -> [String: String] {
        var gateways: [String: String] = [:]
        for line in ProcFile.lines("/proc/net/route").dropFirst() {
            let columns = line.split(separator: "\t")
            guard columns.count > 2, columns[1] == "00000000", let raw = UInt32(columns[2], radix: 16),
                raw != 0
            else { continue }
            let octets = (0..<4).map { String(raw >> ($0 * 8) & 0xFF) }
            gateways[String(columns[0])] = octets.joined(separator: ".")
        }
        return gateways
    }
}

// Arguments that lead through a gateway far away (REQ-523, REQ-524): where it is, who we are there, and how
// we know that it is the one we mean.

import FoundationEssentials
import Octets
import Remote

/// The gateway of a command line.
struct GatewayOptions: Sendable {
    /// Name or address.
    let host: String
    /// TCP port.
    let port: Int
    /// Account.
    let user: String
    /// Its password.
    let password: RemotePassword
    /// For the gateway's answer and for its line together; zero is at once or not at all.
    let patience: Duration
    /// No TLS.
    let isPlain: Bool
    /// PEM text of certificates to trust; empty for the system's.
    let authority: String
    /// SHA-256 of the certificate that is trusted whoever signed it; empty for none.
    let fingerprint: [UInt8]

    /// The port of remote connection.
    static let usualPort = 19_524
    /// Names with a value. The long ones are those of the system that others may know.
    static let valued: Set<String> = [
        "via", "remoteServerAddr", "user", "user-password-file", "timeout",
        "remoteServerConnectionTimeout", "ca", "fingerprint",
    ]
    /// Flags.
    static let flags: Set<String> = ["plain"]
    /// Holds the password where no file does.
    static let variable = "GATEWAYCTL_PASSWORD"

    /// `HOST:PORT`, as it was meant.
    var text: String { "\(host):\(port)" }

    /// Reads the arguments; nil without an address: then everything happens at this machine.
    init?(_ list: ArgumentList, address name: String = "via") throws(UsageError) {
        guard let text = list[name] ?? list["remoteServerAddr"] else {
            let stray = Self.valued.union(Self.flags).subtracting(["via"]).sorted().first {
                list[$0] != nil || list.has($0)
            }
            if let stray { throw UsageError("--\(stray) is of no use without --\(name)") }
            return nil
        }
        (host, port) = try Self.place(text, name)
        user = list["user"] ?? "admin"
        password = RemotePassword(try Self.password(list))
        let given = list["timeout"] ?? list["remoteServerConnectionTimeout"] ?? "10"
        guard let seconds = Double(given), (0...3_600).contains(seconds) else {
            throw UsageError("--timeout must be 0…3600 seconds, not \(given)")
        }
        patience = .milliseconds(Int(seconds * 1_000))
        isPlain = list.has("plain")
        authority = try list["ca"].map { path throws(UsageError) in try Self.file(path, "ca") } ?? ""
        let digits = list["fingerprint"].map { $0.filter { $0 != ":" } } ?? ""
        guard let octets = [UInt8](hex: digits), [0, 32].contains(octets.count) else {
            throw UsageError("--fingerprint must be 64 hexadecimal digits, a SHA-256")
        }
        fingerprint = octets
        guard !isPlain || (authority.isEmpty && fingerprint.isEmpty) else {
            throw UsageError("--plain shows no certificate: it takes neither --ca nor --fingerprint")
        }
    }

    private static func place(_ text: String, _ name: String) throws(UsageError) -> (String, Int) {
        // Digits of IPv6 stand in brackets when a port follows.
        let isBracketed = text.hasPrefix("[")
        let body = isBracketed ? String(text.dropFirst()) : text
        let host = isBracketed ? body.prefix { $0 != "]" } : body.prefix { $0 != ":" }
        let rest = body.dropFirst(host.count + (isBracketed ? 1 : 0))
        if !host.isEmpty {
            if rest.isEmpty { return (String(host), usualPort) }
            if rest.hasPrefix(":"), let port = Int(rest.dropFirst()), (1...65_535).contains(port) {
                return (String(host), port)
            }
        }
        throw UsageError("--\(name) must be HOST or HOST:PORT, not \(text)")
    }

    private static func password(_ list: ArgumentList) throws(UsageError) -> String {
        if let path = list["user-password-file"] {
            return String(try file(path, "user-password-file").prefix { !$0.isNewline })
        }
        guard let text = ProcessInfo.processInfo.environment[variable] else {
            throw UsageError("the gateway's password: --user-password-file F, or \(variable)")
        }
        return text
    }

    private static func file(_ path: String, _ name: String) throws(UsageError) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count < 1 << 20 else {
            throw UsageError("--\(name) \(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
}

// Where the admin listens: HTTP, and HTTPS from the first start with a certificate of the gateway's own
// making, kept in DATA/tls and replaceable there (decision D10). Servers of the device that speak TLS show
// the same certificate, unless DATA/tls holds `ports.pem` and `ports.key`.

import EventLoop
import HTTPServer
import HostLinux
import Seams
import Security
import Timekeeping
import WebAdmin

/// The listeners of a gateway.
struct Listeners {
    /// For the HTTP door.
    let all: [HTTPListener]
    /// For the page that lists them.
    let servers: [ListeningServer]
    /// For ports of the device that speak TLS.
    let ports: TLSServerContext

    /// Plain HTTP and HTTPS on the bound address. Throws when the certificate can neither be read nor made.
    init(_ options: GatewayOptions, data: POSIXFiles, wall: any WallClock, entropy: any Entropy) throws {
        let (http, https) = (80 + options.portOffset, 443 + options.portOffset)
        let context = try Listeners.context(data: data, wall: wall, entropy: entropy)
        ports = try Listeners.kept("ports", in: data) ?? context
        all = [
            HTTPListener(address: options.bind, port: http),
            HTTPListener(address: options.bind, port: https, tls: context),
        ]
        servers = [ListeningServer(type: "http", port: http), ListeningServer(type: "https", port: https)]
    }

    /// A certificate and its key that lie in DATA/tls; nil when there are none.
    private static func kept(_ name: String, in data: POSIXFiles) throws -> TLSServerContext? {
        guard let certificate = try? data.read("tls/\(name).pem"),
            let key = try? data.read("tls/\(name).key")
        else { return nil }
        return try TLSServerContext(
            certificate: String(decoding: certificate, as: UTF8.self),
            key: String(decoding: key, as: UTF8.self))
    }

    private static func context(
        data: POSIXFiles, wall: any WallClock, entropy: any Entropy
    ) throws -> TLSServerContext {
        if let context = try kept("server", in: data) { return context }
        let made = try SelfSignedCertificate(
            commonName: "gateway", names: ["gateway", "localhost"], addresses: ["192.168.0.1", "127.0.0.1"],
            now: wall.now, entropy: entropy)
        try data.makeDirectory("tls")
        try data.write(Array(made.key.utf8), to: "tls/server.key")
        try data.write(Array(made.certificate.utf8), to: "tls/server.pem")
        return try TLSServerContext(certificate: made.certificate, key: made.key)
    }
}

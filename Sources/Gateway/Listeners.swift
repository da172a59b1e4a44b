// Where the admin listens: HTTP, and HTTPS from the first start with a certificate of the gateway's own
// making, kept in DATA/tls and replaceable there (decision D10).

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

    /// Plain HTTP and HTTPS on the bound address. Throws when the certificate can neither be read nor made.
    init(_ options: GatewayOptions, data: POSIXFiles, wall: any WallClock, entropy: any Entropy) throws {
        let (http, https) = (80 + options.portOffset, 443 + options.portOffset)
        let context = try Listeners.context(options, data: data, wall: wall, entropy: entropy)
        all = [
            HTTPListener(address: options.bind, port: http),
            HTTPListener(address: options.bind, port: https, tls: context),
        ]
        servers = [ListeningServer(type: "http", port: http), ListeningServer(type: "https", port: https)]
    }

    private static func context(
        _ options: GatewayOptions, data: POSIXFiles, wall: any WallClock, entropy: any Entropy
    ) throws -> TLSServerContext {
        if let certificate = try? data.read("tls/server.pem"), let key = try? data.read("tls/server.key") {
            return try TLSServerContext(
                certificate: String(decoding: certificate, as: UTF8.self),
                key: String(decoding: key, as: UTF8.self))
        }
        let made = try SelfSignedCertificate(
            commonName: "gateway", names: ["gateway", "localhost"], addresses: ["192.168.0.1", "127.0.0.1"],
            now: wall.now, entropy: entropy)
        try data.makeDirectory("tls")
        try data.write(Array(made.key.utf8), to: "tls/server.key")
        try data.write(Array(made.certificate.utf8), to: "tls/server.pem")
        return try TLSServerContext(certificate: made.certificate, key: made.key)
    }
}

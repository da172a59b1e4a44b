// Certificates made for one test run by the openssl command.

import Foundation

/// Two authorities and servers' certificates, in a directory.
struct TestCertificates: Sendable {
    let directory: TestDirectory
    /// PEM text of the authority that signed the servers.
    private(set) var authority = ""
    /// PEM text of an authority that signed nothing here.
    private(set) var stranger = ""

    init() throws {
        directory = try TestDirectory()
        directory.removeAtExit()
        for name in ["authority", "stranger"] {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days", "30",
                "-subj", "/CN=test \(name)", "-keyout", "\(name).key", "-out", "\(name).pem")
        }
        authority = try directory.read("authority.pem")
        stranger = try directory.read("stranger.pem")
        try issue("server", names: "DNS:localhost,IP:127.0.0.1")
        try issue("elsewhere", names: "DNS:broker.example")
    }

    /// A server's certificate; RSA, because TLS 1.1 of the old server knows nothing else.
    private func issue(_ name: String, names: String) throws {
        try directory.write("subjectAltName=\(names)\n", to: "\(name).ext")
        try openssl(
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out",
            "\(name).csr")
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-days", "30", "-extfile", "\(name).ext", "-out", "\(name).pem")
    }

    private func openssl(_ arguments: String...) throws {
        _ = try TestProcess("openssl", arguments, in: directory).finished()
    }

    /// Lines of the broker's configuration for one of the servers.
    func listener(_ name: String) -> [String] {
        [
            "allow_anonymous true", "certfile \(directory.path)/\(name).pem",
            "keyfile \(directory.path)/\(name).key",
        ]
    }
}

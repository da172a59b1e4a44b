// A real mosquitto on loopback for these suites: own port, own directory, stopped by its process identifier.

import CLinux
import Foundation
import Glibc

/// A directory that goes with its value.
final class TestDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("mqtt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    /// Removes it when the process ends: for what a suite makes once and never lets go of.
    func removeAtExit() {
        setenv("TEST_DIRECTORY_OF_CERTIFICATES", path, 1)
        atexit {
            guard let path = getenv("TEST_DIRECTORY_OF_CERTIFICATES") else { return }
            try? FileManager.default.removeItem(atPath: String(cString: path))
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }
}

/// A child process, ended with its value.
final class TestProcess {
    private let process = Process()
    private let output = Pipe()

    init(_ command: String, _ arguments: [String], in directory: TestDirectory) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory.path)
        process.environment = ProcessInfo.processInfo.environment.merging(["PATH": "/usr/bin:/usr/sbin:/bin"])
        { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    deinit { stop() }

    /// Ends it; SIGKILL, for these programs have nothing to lose.
    func stop() {
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func freeze() { kill(process.processIdentifier, SIGSTOP) }
    func thaw() { kill(process.processIdentifier, SIGCONT) }

    /// What it wrote, once it has ended by itself or ten seconds are over.
    func finished() -> String {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        var status = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&status, 1, 10_000) == 1 {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            octets += piece[..<count]
        }
        stop()
        return String(decoding: octets, as: UTF8.self)
    }
}

/// A broker.
final class TestBroker {
    let port: Int
    let directory: TestDirectory
    private var process: TestProcess?

    /// Starts with `lines` of configuration after the listener's.
    init(_ lines: [String] = ["allow_anonymous true"], in directory: TestDirectory? = nil) throws {
        self.directory = try directory ?? TestDirectory()
        port = freePort()
        let text =
            ["listener \(port) 127.0.0.1", "max_inflight_messages 0", "max_queued_messages 10000"]
            + ["queue_qos0_messages true", "user \(NSUserName())"] + lines
        try self.directory.write(text.joined(separator: "\n") + "\n", to: "broker.conf")
        try start()
    }

    func start() throws {
        process = try TestProcess("mosquitto", ["-c", directory.path + "/broker.conf"], in: directory)
        waitForPort(port)
    }

    func stop() { process?.stop() }

    /// Stops it without closing anything, as a broken network would look.
    func freeze() { process?.freeze() }

    /// Lets it go on.
    func thaw() { process?.thaw() }

    /// A subscriber that ends after `count` messages; ready when this returns.
    func subscriber(_ count: Int, topic: String = "#", qos: Int = 2) throws -> TestProcess {
        let client = "sub-\(UUID().uuidString)"
        let common = ["-h", "127.0.0.1", "-p", String(port), "-i", client, "-q", String(qos), "-t", topic]
        // A session that stays is subscribed before the messages are sent, whenever they are fetched.
        _ = try TestProcess("mosquitto_sub", common + ["-c", "-E"], in: directory).finished()
        return try TestProcess("mosquitto_sub", common + ["-c", "-v", "-C", String(count)], in: directory)
    }
}

/// A TCP port of loopback that was free a moment ago.
func freePort() -> Int {
    let descriptor = listenAnywhere()
    defer { close(descriptor) }
    return port(of: descriptor)
}

/// A socket that accepts connections into its backlog and says nothing.
func listenAnywhere() -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = linux_bind(descriptor, loopback(port: 0), 16)
    listen(descriptor, 16)
    return descriptor
}

/// The port a socket is bound to.
func port(of descriptor: Int32) -> Int {
    var address = [UInt8](repeating: 0, count: 16)
    var length: UInt32 = 16
    _ = linux_getsockname(descriptor, &address, &length)
    return Int(address[2]) << 8 | Int(address[3])
}

/// A `sockaddr_in` of 127.0.0.1, octet by octet.
func loopback(port: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt16(AF_INET)) { Array($0) } + [UInt8(port >> 8), UInt8(port & 0xFF), 127, 0, 0, 1]
        + [UInt8](repeating: 0, count: 8)
}

/// Waits until somebody listens, ten seconds at most.
func waitForPort(_ port: Int) {
    for _ in 0..<500 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        if linux_connect(descriptor, loopback(port: port), 16) == 0 { return }
        usleep(20_000)
    }
}

import CLinux
import Glibc
import HostLinux
import Logging
import Seams
import Testing
import Timekeeping

@Suite struct LinuxHostTests {
    @Test func theStateTellsIdentityAndMachine() async throws {
        let host = LinuxHost(
            model: "УМ SMART", serialNumber: "200000963651", version: "1.2.3", dataPath: "/tmp")
        let state = await host.state()
        #expect(state.model == "УМ SMART")
        #expect(state.serialNumber == "200000963651")
        #expect(state.version == "1.2.3")
        #expect(state.freeOctets > 0)
        #expect(state.uptimeSeconds > 0)
        #expect(!state.interfaces.contains { $0.name == "lo" })
        #expect(state.interfaces.allSatisfy { $0.address.isEmpty == $0.mask.isEmpty })
    }

    @Test func aRestartNobodyPermittedIsRefused() async {
        let host = LinuxHost(model: "", serialNumber: "", version: "", dataPath: "/tmp")
        let refusal = "restarting the device: not permitted on this machine"
        await #expect { try await host.restart() } throws: { "\($0)" == refusal }
    }

    @Test func aDirectoryHasOneGateway() throws {
        let directory = try temporaryDirectory()
        var lock: DataLock? = try DataLock(directory: directory)
        #expect { try DataLock(directory: directory) } throws: {
            "\($0)" == "locking \(directory): in use by process \(getpid())"
        }
        withExtendedLifetime(lock) {}
        lock = nil
        _ = try DataLock(directory: directory)
    }

    @Test func aMissingDirectoryIsRefusedWithTheReason() {
        #expect { try DataLock(directory: "/nonexistent") } throws: {
            "\($0)" == "locking /nonexistent: No such file or directory"
        }
    }
}

@Suite struct ServiceNotifierTests {
    @Test func withoutAManagerNothingIsSent() {
        let notifier = ServiceNotifier { _ in nil }
        #expect(notifier.watchdogInterval == nil)
        #expect(!notifier.ready())
    }

    @Test func theWatchdogIsFedTwiceAsOftenAsAsked() {
        let ours = ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"]
        #expect(ServiceNotifier { ours[$0] }.watchdogInterval == .seconds(15))
        let others = ["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"]
        #expect(ServiceNotifier { others[$0] }.watchdogInterval == nil)
    }

    @Test func theManagerIsToldInItsWords() throws {
        let path = try temporaryDirectory() + "/notify"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try #require(linux_bind(descriptor, &address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0)
        let notifier = ServiceNotifier { $0 == "NOTIFY_SOCKET" ? path : nil }
        var told: [String] = []
        for sent in [notifier.ready(), notifier.alive(), notifier.status("2\nlines"), notifier.stopping()] {
            #expect(sent)
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            told.append(String(decoding: buffer[..<max(0, count)], as: UTF8.self))
        }
        #expect(told == ["READY=1", "WATCHDOG=1", "STATUS=2 lines", "STOPPING=1"])
    }
}

@Suite struct StandardErrorLogTests {
    @Test func aLineUnderSystemdCarriesItsPriority() throws {
        let text = try logged(isJournal: true) { log in
            log.write(
                level: .warning, label: "lines", message: "line failed",
                metadata: [(.line, "Iface1"), (.error, "No such \"file\"")])
        }
        #expect(text == "<4>lines: line failed line=Iface1 error=\"No such 'file'\"\n")
    }

    @Test func aLineElsewhereCarriesTimeAndLevel() throws {
        let text = try logged(isJournal: false) { log in
            log.write(level: .error, label: "archive", message: "full", metadata: [])
        }
        #expect(
            try #/20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d\d\dZ error archive: full\n/#.wholeMatch(in: text) != nil
        )
    }

    @Test func aTextFromOutsideCannotForgeALine() throws {
        let text = try logged(isJournal: true) { log in
            log.write(
                level: .info, label: "http", message: "bad\n<3>forged", metadata: [(.path, "/\r\n\u{1B}[0m")])
        }
        #expect(text.split(separator: "\n").count == 1)
        #expect(!text.contains("\u{1B}"))
    }

    @Test func aReaderThatSleepsLosesLinesAndIsToldHowMany() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let log = StandardErrorLog(descriptor: ends[1], isJournal: true)
        let long = String(repeating: "x", count: 3_000)
        for _ in 0..<40 { log.write(level: .info, label: "a", message: long, metadata: []) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        _ = read(ends[0], &buffer, buffer.count)
        log.write(level: .info, label: "a", message: "awake", metadata: [])
        let count = read(ends[0], &buffer, buffer.count)
        let text = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        #expect(
            try #/<4>logging: lines dropped count=\d+\n<6>a: awake\n/#.wholeMatch(in: text) != nil, "\(text)")
    }

    private func logged(isJournal: Bool, _ body: (StandardErrorLog) -> Void) throws -> String {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        body(StandardErrorLog(descriptor: ends[1], isJournal: isJournal))
        var buffer = [UInt8](repeating: 0, count: 8_192)
        let count = read(ends[0], &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }
}

/// A fresh directory below /tmp.
func temporaryDirectory() throws -> String {
    var template = Array("/tmp/host-tests-XXXXXX".utf8CString)
    let path: String? = template.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress, let made = mkdtemp(base) else { return nil }
        return String(cString: made)
    }
    return try #require(path)
}

@Suite struct TrustedWallClockTests {
    @Test func aMachineWithoutABackupClockIsBelievedFromItsBuildYearOn() {
        let clock = TrustedWallClock(buildYear: 2020, backupPath: "/nonexistent")
        #expect(clock.isTrusted)
        #expect(clock.now > WallTime(unixSeconds: 1_577_836_800))
        let early = TrustedWallClock(buildYear: 2200, backupPath: "/nonexistent")
        #expect(early.doubt == .beforeBuild)
    }

    @Test func whatIsNoBackupClockCannotKeepTheTime() {
        // A device that opens and answers no question of a clock: only a steered kernel is believed then.
        let clock = TrustedWallClock(buildYear: 2020, backupPath: "/dev/null")
        #expect(clock.doubt == nil || clock.doubt == .backupInvalid)
    }
}

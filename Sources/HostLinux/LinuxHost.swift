// The machine behind the seam `Host`: what the header strip and «Главная» show, the clock, and the restart.

import CLinux
package import Seams
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// The machine did not do what was asked.
package struct HostError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was attempted: `setting the clock`.
    package let attempt: String
    /// The system's reason, or ours.
    package let reason: String

    /// Attempt and reason in one line.
    package var description: String { "\(attempt): \(reason)" }

    /// The calling thread's last error.
    static func last(_ attempt: String) -> HostError {
        HostError(attempt: attempt, reason: String(cString: strerror(errno)))
    }
}

/// This Linux machine.
package struct LinuxHost: Host {
    private let model: String
    private let serialNumber: String
    private let version: String
    private let dataPath: String
    private let clock: TrustedWallClock?
    private let permitsRestart: Bool

    /// The machine, with the identity of the factory configuration. `dataPath` is where data lie.
    /// `clock` is told of times that a person sets (R1). Restarting is refused unless `permitsRestart`: a
    /// gateway on somebody's laptop must not take it down.
    package init(
        model: String, serialNumber: String, version: String, dataPath: String,
        clock: TrustedWallClock? = nil, permitsRestart: Bool = false
    ) {
        self.clock = clock
        self.model = model
        self.serialNumber = serialNumber
        self.version = version
        self.dataPath = dataPath
        self.permitsRestart = permitsRestart
    }

    /// Every IPv4 address of the machine now.
    package static var ownAddresses: Set<String> { NetworkInterfaces.addresses() }

    /// The state now: getifaddrs, statvfs, /proc/self/io, CLOCK_BOOTTIME; some tens of microseconds.
    package func state() async -> HostState {
        var uptime = timespec()
        clock_gettime(CLOCK_BOOTTIME, &uptime)
        return HostState(
            model: model, serialNumber: serialNumber, version: version,
            interfaces: NetworkInterfaces.present(), freeOctets: freeOctets(),
            writtenOctets: LinuxHost.writtenOctets(), uptimeSeconds: Int64(uptime.tv_sec))
    }

    /// Sets CLOCK_REALTIME; throws `HostError` without the capability to.
    package func setClock(_ time: WallTime) async throws {
        var wanted = timespec(tv_sec: Int(time.unixSeconds), tv_nsec: Int(time.nanoseconds))
        guard clock_settime(CLOCK_REALTIME, &wanted) == 0 else { throw HostError.last("setting the clock") }
        clock?.confirmByPerson()
    }

    /// Asks the first process for the orderly restart that Ctrl-Alt-Delete means; every init system knows it.
    package func restart() async throws {
        let attempt = "restarting the device"
        guard permitsRestart else {
            throw HostError(attempt: attempt, reason: "not permitted on this machine")
        }
        guard kill(1, SIGINT) == 0 else { throw HostError.last(attempt) }
    }

    private func freeOctets() -> Int64 {
        var status = statvfs()
        guard statvfs(dataPath, &status) == 0 else { return 0 }
        return Int64(clamping: status.f_bavail) * Int64(clamping: status.f_frsize)
    }

    /// `write_bytes` of this process: what went to storage, page cache excluded.
    private static func writtenOctets() -> Int64 {
        for line in ProcFile.lines("/proc/self/io") where line.hasPrefix("write_bytes: ") {
            return Int64(line.dropFirst(13)) ?? 0
        }
        return 0
    }
}

/// Small text files of the kernel.
enum ProcFile {
    /// The lines of a file, at most 64 KiB of it; none when it cannot be read.
    static func lines(_ path: String) -> [Substring] {
        let descriptor = linux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: 65_536)
        var filled = 0
        while filled < octets.count {
            let count = octets.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
            }
            guard count > 0 else { break }
            filled += count
        }
        return String(decoding: octets[..<filled], as: UTF8.self).split(separator: "\n")
    }
}

// CLOCK_REALTIME with rule R1 over it: what kernel and backup clock show is handed to `TimeTrust`, and the
// host that sets the clock for a person says so. The one wall clock of a gateway.

import CLinux
import Seams
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// The world's time as this machine believes it, and whether it may be acted on.
package final class TrustedWallClock: WallClock, @unchecked Sendable {
    // `@unchecked Sendable`: `trust`, `backup` and `backupReadAt` are touched under the mutex only.
    private var mutex = pthread_mutex_t()
    private var trust: TimeTrust
    private var backup: TimeTrust.BackupClock
    private var backupReadAt: Duration
    private let backupPath: String

    /// The backup clock is asked once in so long: some hang on a slow bus.
    private static let backupPace = Duration.seconds(10)

    /// A clock that distrusts years before `buildYear`. `backupPath` names the backup clock's device.
    package init(buildYear: Int, backupPath: String = "/dev/rtc0") {
        let start = CivilStamp(year: buildYear, month: 1, day: 1)
        trust = TimeTrust(
            notBefore: start.map { WallTime(civil: $0, offset: .utc) } ?? WallTime(unixSeconds: .max))
        self.backupPath = backupPath
        backup = BackupClockReader.read(backupPath)
        backupReadAt = TrustedWallClock.uptime
        pthread_mutex_init(&mutex, nil)
    }

    deinit { pthread_mutex_destroy(&mutex) }

    /// UTC as the system believes.
    package var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(unixSeconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Whether the time may be acted on.
    package var isTrusted: Bool { doubt == nil }

    /// Why it may not; nil when it may.
    package var doubt: TimeTrust.Doubt? { looking { $0.doubt } }

    /// A person has set or confirmed the time.
    func confirmByPerson() { looking { $0.confirmByPerson() } }

    /// Looks at the machine and then does `body`.
    private func looking<Result>(_ body: (inout TimeTrust) -> Result) -> Result {
        pthread_mutex_lock(&mutex)
        defer { pthread_mutex_unlock(&mutex) }
        let uptime = TrustedWallClock.uptime
        if uptime - backupReadAt >= TrustedWallClock.backupPace {
            backup = BackupClockReader.read(backupPath)
            backupReadAt = uptime
        }
        trust.look(
            TimeTrust.Look(
                time: now, uptime: uptime, backup: backup, isSteered: TrustedWallClock.isSteered))
        return body(&trust)
    }

    /// CLOCK_BOOTTIME: sleep of the machine is no step of its clock.
    private static var uptime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    /// Whether somebody keeps the kernel's clock synchronised (STA_UNSYNC of adjtimex is off).
    private static var isSteered: Bool {
        var state = timex()
        let clock = adjtimex(&state)
        return clock >= 0 && clock != TIME_ERROR && state.status & STA_UNSYNC == 0
    }
}

/// Reads the clock that runs while the machine is off.
enum BackupClockReader {
    /// Its state and, when it is sound, its time. A kernel or chip that cannot tell whether the time was lost
    /// counts as sound.
    static func read(_ path: String) -> TimeTrust.BackupClock {
        let descriptor = linux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else {
            let isAbsent = [ENOENT, ENXIO, ENODEV].contains(errno)
            return isAbsent ? .absent : readAttribute(of: path)
        }
        defer { close(descriptor) }
        var flags: Int32 = 0
        if linux_rtc_lost(descriptor, &flags) == 0, flags != 0 { return .invalid }
        var seconds: Int64 = 0
        guard linux_rtc_time(descriptor, &seconds) == 0 else { return .invalid }
        return .valid(WallTime(unixSeconds: seconds))
    }

    /// The kernel's own file of the clock, which anybody may read while the device is another's; it has no
    /// text while the clock's time is impossible.
    private static func readAttribute(of path: String) -> TimeTrust.BackupClock {
        let name = path.split(separator: "/").last ?? ""
        let text = ProcFile.lines("/sys/class/rtc/\(name)/since_epoch").first
        guard let seconds = text.flatMap({ Int64($0) }) else { return .invalid }
        return .valid(WallTime(unixSeconds: seconds))
    }
}

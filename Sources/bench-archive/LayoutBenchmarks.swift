// The figures of the layout, in absolute numbers: octets on disk a row and octets written a session as rows
// really arrive (one half-hour of one meter a session, meters in turn), the newest value of a thousand
// meters, and how long an open after a power cut takes.

import Archive
import Glibc
import Metering
import Seams
import Timekeeping

extension ArchiveBenchmarks {
    /// `archive-row-octets` and `archive-write`: a ring of twenty meters filled and then turned, every
    /// session one row of four channels with its two outcomes.
    func layout() async throws {
        let (meters, depthDays, turnedDays) = (20, 100, 30)
        let path = directory + "/ring.sqlite"
        let archive = try await open(
            "ring.sqlite", RetentionDepths([.powerProfile: .days(depthDays)]), meters)
        for index in 0..<depthDays * 48 { try await storeHalfHour(index, meters, in: archive) }
        let before = writtenOctets()
        let turned = turnedDays * 48
        for index in 0..<turned {
            try await storeHalfHour(depthDays * 48 + index, meters, in: archive)
            // As the archive's own service does once a day.
            if index % 48 == 6 { try await archive.pruneProfiles() }
        }
        let written = writtenOctets() - before
        let rows = try await archive.fills().first { $0.measure == .powerProfile }?.rows ?? 0
        var information = stat()
        stat(path, &information)
        report(
            "archive-row-octets", Double(information.st_size) / Double(rows), unit: "octets", target: 56,
            detail: "\(information.st_size) octets of file for \(rows) rows of \(meters) meters")
        let sessions = turned * meters
        let session = Double(written) / Double(sessions)
        report(
            "archive-write", session * 17_520 / 1_073_741_824, unit: "GiB", target: 0.25,
            detail: "\(Int(session)) octets a session, \(sessions) sessions of one row, log and checkpoints")
    }

    /// `archive-latest-1000`: wall time of one question, after one that warms the statement.
    func latest() async throws {
        let (meters, days) = (1_000, 4)
        let archive = try await open("latest.sqlite", RetentionDepths(), meters)
        for day in 0..<days {
            for meter in 1...meters { _ = try await archive.store(Session(meter: meter, day: day).rows()) }
        }
        var times: [Int64] = []
        for _ in 0..<11 {
            let start = monotonicNanoseconds()
            let rows = try await archive.latest(.powerProfile)
            times.append(monotonicNanoseconds() - start)
            guard rows.count == meters else { throw BenchFailure(description: "\(rows.count) rows") }
        }
        report(
            "archive-latest-1000", Double(times.sorted()[5]) / 1_000_000, unit: "ms", target: 20,
            detail: "\(meters) meters with \(days * 48) half-hours each, median of 11")
    }

    /// `archive-open`: the process that filled 1 GiB is killed with its log unfinished; then opened from a
    /// cold cache.
    func openAfterCut() async throws {
        let path = directory + "/large.sqlite"
        try fillAndDie(path)
        for suffix in ["", "-wal"] { forgetCache(of: path + suffix) }
        var information = stat()
        stat(path, &information)
        let octets = Int64(information.st_size)
        stat(path + "-wal", &information)
        let start = monotonicNanoseconds()
        let archive = try MeterArchive(path: path, wall: FixedWall(now: Session.end))
        let elapsed = monotonicNanoseconds() - start
        guard await archive.newestSequence > 0 else { throw BenchFailure(description: "an empty archive") }
        report(
            "archive-open", Double(elapsed) / 1_000_000, unit: "ms", target: 200,
            detail: "\(octets) octets, log of \(information.st_size), cold cache")
    }

    /// One session of each meter: its half-hour `index` and nothing else.
    private func storeHalfHour(_ index: Int, _ meters: Int, in archive: MeterArchive) async throws {
        for meter in 1...meters {
            var rows = Session(meter: meter, day: index / 48).rows()
            rows.readings = [rows.readings[index % 48]]
            rows.readAt = WallTime(
                civil: rows.readings[0].stamp.civil.adding(seconds: 180), offset: ArchiveBenchmarks.zone)
            rows.outcomes = [ItemOutcome(nil), ItemOutcome(.powerProfile)]
            _ = try await archive.store(rows)
        }
    }

    /// Runs `bench-archive --fill PATH`, which ends by its own SIGKILL.
    private func fillAndDie(_ path: String) throws {
        let arguments = ["/proc/self/exe", "--fill", path]
        var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for string in strings { free(string) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/proc/self/exe", nil, nil, &strings, environ) == 0 else {
            throw BenchFailure(description: "cannot start the filling process")
        }
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status & 0x7F == SIGKILL else {
            throw BenchFailure(description: "the filling process ended with \(status)")
        }
    }
}

/// Fills an archive to 1 GiB and dies with the log unfinished.
struct LargeWriter {
    let path: String

    /// Never returns unless something fails.
    func run() async throws {
        let depths = RetentionDepths([.powerProfile: .days(10_000)])
        let archive = try MeterArchive(path: path, depths: depths, wall: FixedWall(now: Session.end))
        let meters = 60
        try await archive.register((1...meters).map { RegisteredMeter(id: $0) }, revision: 1)
        var day = 0
        while try await archive.fileSize().octets < 1 << 30 {
            for meter in 1...meters {
                var session = Session(meter: meter, day: day).rows()
                for further in 1..<50 {
                    session.readings += Session(meter: meter, day: day + further).rows().readings
                }
                session.readAt = WallTime(
                    civil: Session.begin.adding(seconds: Int64(day + 51) * 86_400), offset: .utc)
                _ = try await archive.store(session)
            }
            day += 50
        }
        kill(getpid(), SIGKILL)
    }
}

/// Octets this process gave to write calls: log, checkpoints and everything else.
private func writtenOctets() -> Int64 {
    guard let file = fopen("/proc/self/io", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    while fgets(&line, 128, file) != nil {
        let octets = line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
        let text = String(decoding: octets, as: UTF8.self)
        if text.hasPrefix("wchar: ") { return Int64(text.dropFirst(7)) ?? 0 }
    }
    return 0
}

private func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Writes a file's pages out and drops them from the page cache.
private func forgetCache(of path: String) {
    let descriptor = Glibc.open(path, O_RDONLY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    close(descriptor)
}

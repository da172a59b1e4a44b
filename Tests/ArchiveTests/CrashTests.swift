// `kill -9` at random moments under load: the archive opens, is sound, and holds every session that was
// called durable. 20 moments; 200 when the environment says LONG=1.

import Archive
import Glibc
import Metering
import Storage
import Testing
import Timekeeping
import VirtualTime

@Suite struct CrashTests {
    /// A child process that prints a line for each durable session.
    private struct Writer {
        let process: pid_t
        let output: UnsafeMutablePointer<FILE>

        init(path: String) throws {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
            posix_spawn_file_actions_addclose(&actions, ends[0])
            posix_spawn_file_actions_addclose(&actions, ends[1])
            let arguments = [try Writer.executable(), "--write", path]
            var strings: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
            defer { for string in strings { free(string) } }
            var process: pid_t = 0
            let result = posix_spawn(&process, strings[0]!, &actions, nil, &strings, environ)
            try #require(result == 0, "posix_spawn: \(String(cString: strerror(result)))")
            close(ends[1])
            self.process = process
            output = try #require(fdopen(ends[0], "r"))
        }

        /// `bench-archive` beside the test's own executable.
        private static func executable() throws -> String {
            var buffer = [CChar](repeating: 0, count: 4_096)
            let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
            try #require(count > 0)
            // The test bundle may be run by a helper of the toolchain: then its path is an argument.
            let own = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
            for path in [own] + CommandLine.arguments where path.contains("/") {
                var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                while parts.count > 1 {
                    let candidate = parts.joined(separator: "/") + "/bench-archive"
                    if access(candidate, X_OK) == 0 { return candidate }
                    parts = parts.dropLast()
                }
            }
            Issue.record("bench-archive is not built")
            return ""
        }

        /// Meter and day of the next durable session; nil when the child has gone.
        func next() -> (meter: Int, day: Int)? {
            var line = [CChar](repeating: 0, count: 64)
            guard fgets(&line, 64, output) != nil else { return nil }
            let octets = line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:))
            let numbers = String(decoding: octets, as: UTF8.self).split(separator: " ").compactMap { Int($0) }
            return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
        }

        /// Kills the child and returns what it had still called durable.
        func kill() -> [(meter: Int, day: Int)] {
            Glibc.kill(process, SIGKILL)
            var rest: [(meter: Int, day: Int)] = []
            while let session = next() { rest.append(session) }
            fclose(output)
            waitpid(process, nil, 0)
            return rest
        }
    }

    @Test func noDurableSessionIsLostWhenTheProcessIsKilled() async throws {
        let moments = getenv("LONG").map { String(cString: $0) } == "1" ? 200 : 20
        let bench = ArchiveBench(now: "2026-02-05T00:00:00")
        let chance = SeededEntropy(seed: 20_261_121)
        var durable: [Int: Set<Int>] = [:]
        for moment in 1...moments {
            let writer = try Writer(path: bench.path)
            let wanted = 1 + Int(chance.next() % 40)
            for _ in 0..<wanted {
                guard let session = writer.next() else { break }
                durable[session.meter, default: []].insert(session.day)
            }
            usleep(UInt32(chance.next() % 3_000))
            for session in writer.kill() { durable[session.meter, default: []].insert(session.day) }
            let archive = try bench.open()
            #expect(try await archive.complaints(thorough: true).isEmpty, "after kill \(moment)")
            for (meter, days) in durable.sorted(by: { $0.key < $1.key }) {
                let rows = try await archive.rows(ArchiveQuery(.powerProfile, meters: [meter]))
                let present = Dictionary(grouping: rows) { row in
                    Int((row.reading.stamp.civil.minutes - 1 - 13_150_080) / 1_440)
                }
                for day in days { #expect(present[day]?.count == 48, "day \(day) of meter \(meter)") }
                // A session is whole or not there at all.
                #expect(present.values.allSatisfy { $0.count == 48 })
            }
        }
        #expect(durable.values.reduce(0) { $0 + $1.count } > moments)
    }
}

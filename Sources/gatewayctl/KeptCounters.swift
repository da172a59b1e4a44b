// Invocation counters from one call of the program to the next: a small file of the user's own state, one
// line a series. A block is on disk before any of it is used, and calls at the same time wait for each
// other.

import Faults
import FoundationEssentials
import Glibc
import HostLinux
import Seams

/// Where counters are kept.
enum CounterPlace: Sendable {
    /// Nowhere: the meter is asked for its newest at every call.
    case nowhere
    /// In a file.
    case file(String)

    /// Reads `--counters FILE|none`; without it the file is `gatewayctl/counters` below XDG_STATE_HOME, or
    /// below `.local/state` of the home.
    init(_ list: ArgumentList) {
        if let text = list["counters"] {
            self = text == "none" ? .nowhere : .file(text)
            return
        }
        let environment = ProcessInfo.processInfo.environment
        // By the rule of XDG a relative path there is none.
        let given = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let base = given ?? environment["HOME"].map { $0 + "/.local/state" }
        self = base.map { .file($0 + "/gatewayctl/counters") } ?? .nowhere
    }

    /// The store of counters there.
    var store: any CounterStore {
        switch self {
        case .nowhere: RunCounters()
        case .file(let path): KeptCounters(path)
        }
    }
}

/// Counters in a file that only its owner reads.
struct KeptCounters: CounterStore {
    private let files: POSIXFiles
    private let name: String
    private let path: String

    /// The file at a path; it is made with the first block.
    init(_ path: String) {
        self.path = path
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        files = POSIXFiles(root: folder)
    }

    /// Reserves a block. Throws `archive.write` when it cannot be kept, for then it may not be used.
    func reserve(_ count: UInt32, of series: String, notBelow least: UInt32) async throws -> Range<UInt32> {
        do throws(FileTreeError) { try files.makeDirectory("") } catch { throw failed("\(error)") }
        let lock = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw failed("the lock beside it cannot be made") }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failed("the lock beside it cannot be had") }
        }
        var counters = try read()
        let begin = max(counters[series] ?? 1, least)
        guard begin < UInt32.max - count else {
            throw Fault(.meterKeys, ["detail": "invocation counters are used up"])
        }
        counters[series] = begin + count
        let lines = counters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        do throws(FileTreeError) {
            try files.write(Array(lines.joined().utf8), to: "\(name).new")
            try files.rename("\(name).new", to: name)
            try files.synchronize(directory: "")
        } catch { throw failed("\(error)") }
        return begin..<begin + count
    }

    /// What is kept. A file that is damaged is not begun anew: a counter might be used twice.
    private func read() throws(Fault) -> [String: UInt32] {
        guard access(path, F_OK) == 0 else { return [:] }
        let octets: [UInt8]
        do throws(FileTreeError) { octets = try files.read(name) } catch { throw failed("\(error)") }
        var counters: [String: UInt32] = [:]
        for line in String(decoding: octets, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let next = UInt32(words[1]), counters[String(words[0])] == nil else {
                throw failed("it is damaged")
            }
            counters[String(words[0])] = next
        }
        return counters
    }

    private func failed(_ reason: String) -> Fault {
        Fault(.archiveWrite, ["detail": "\(path): \(reason); --counters none does without"])
    }
}

// `bench-archive`: the archive's figures against plain C (tools/bench runs it), and the load of the crash
// test.

import Archive
import Faults
import Glibc

private let help = """
    bench-archive [--in DIR] [NAME…]   measure archive-ingest, archive-query-year, archive-row-octets with
                                       archive-write, archive-latest-1000, archive-open; a JSON object a line
    bench-archive --fill FILE          fill FILE to 1 GiB and die
    bench-archive --write FILE         store sessions into FILE without end, printing each that is durable
    """

private func measure(_ names: [String], in directory: String) async throws {
    let benchmarks = ArchiveBenchmarks(directory: directory)
    if names.isEmpty || names.contains("archive-ingest") { try await benchmarks.ingest() }
    if names.isEmpty || names.contains("archive-query-year") { try await benchmarks.queryYear() }
    if names.isEmpty || names.contains("archive-row-octets") || names.contains("archive-write") {
        try await benchmarks.layout()
    }
    if names.isEmpty || names.contains("archive-latest-1000") { try await benchmarks.latest() }
    if names.isEmpty || names.contains("archive-open") { try await benchmarks.openAfterCut() }
}

private func complain(_ text: String) {
    let line = Array("bench-archive: \(text)\n".utf8)
    _ = write(2, line, line.count)
}

private func main(_ arguments: [String]) async -> Int32 {
    do {
        if arguments.first == "--help" {
            print(help)
        } else if arguments.first == "--write", arguments.count == 2 {
            try await LoadWriter(path: arguments[1]).run()
        } else if arguments.first == "--fill", arguments.count == 2 {
            try await LargeWriter(path: arguments[1]).run()
        } else if arguments.first == "--in", arguments.count >= 2 {
            try await measure(Array(arguments.dropFirst(2)), in: arguments[1])
        } else {
            var template = Array("/tmp/bench-archive-XXXXXX".utf8CString)
            let directory = template.withUnsafeMutableBufferPointer { buffer in
                buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "."
            }
            try await measure(arguments, in: directory)
            for name in ["swift", "c", "year", "ring", "latest", "large"] {
                for suffix in ["", "-wal", "-shm"] { unlink("\(directory)/\(name).sqlite\(suffix)") }
            }
            rmdir(directory)
        }
        return 0
    } catch let fault as Fault {
        complain("\(fault.code.rawValue) \(fault.parameters)")
    } catch {
        complain("\(error)")
    }
    return 1
}

exit(await main(Array(CommandLine.arguments.dropFirst())))

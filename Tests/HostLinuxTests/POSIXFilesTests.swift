// The file tree of the real machine, in a temporary directory.

import Glibc
import HostLinux
import Seams
import Testing

@Suite("POSIXFiles")
struct POSIXFilesTests {
    /// A tree in a directory of its own, removed afterwards.
    private func withTree(_ body: (POSIXFiles) throws -> Void) throws {
        var template = Array("/tmp/posix-files-XXXXXX".utf8CString)
        let root = try #require(mkdtemp(&template).map { String(cString: $0) })
        let above = POSIXFiles(root: "/tmp")
        defer { try? above.remove(String(root.dropFirst("/tmp/".count))) }
        try body(POSIXFiles(root: root + "/etc"))
    }

    @Test("files are written, linked, renamed, listed and removed")
    func operations() throws {
        try withTree { files in
            try files.makeDirectory("revisions/1")
            try files.makeDirectory("revisions/1")
            try files.write(Array("one".utf8), to: "revisions/1/a.json")
            try files.link("revisions/1/a.json", to: "revisions/1/b.json")
            try files.write([UInt8](repeating: 7, count: 100_000), to: "revisions/1/c.json")
            #expect(try files.names(in: "revisions/1") == ["a.json", "b.json", "c.json"])
            #expect(try files.read("revisions/1/b.json") == Array("one".utf8))
            #expect(try files.read("revisions/1/c.json").count == 100_000)
            try files.rename("revisions/1", to: "revisions/2")
            try files.synchronize(directory: "revisions")
            #expect(try files.names(in: "revisions") == ["2"])
            try files.remove("revisions")
            #expect(try files.names(in: "revisions").isEmpty)
            try files.remove("revisions")
        }
    }

    @Test("a pointer leads to its newest target and can be read through")
    func pointer() throws {
        try withTree { files in
            for name in ["1", "2"] {
                try files.makeDirectory("revisions/\(name)")
                try files.write(Array(name.utf8), to: "revisions/\(name)/a.json")
            }
            #expect(try files.pointer("current") == nil)
            try files.point("current", to: "revisions/1")
            try files.point("current", to: "revisions/2")
            #expect(try files.pointer("current") == "revisions/2")
            #expect(try files.read("current/a.json") == Array("2".utf8))
            #expect(try files.names(in: "") == ["current", "revisions"])
        }
    }

    @Test("what is missing is told apart from what failed, and nobody else may read secrets")
    func faults() throws {
        try withTree { files in
            #expect(throws: FileTreeError.missing("x.json")) { try files.read("x.json") }
            try files.makeDirectory("")
            try files.write([1], to: "secret.json")
            var status = stat()
            #expect(stat(files.root + "/secret.json", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            #expect(throws: FileTreeError.self) { try files.write([1], to: "secret.json/below") }
        }
    }
}

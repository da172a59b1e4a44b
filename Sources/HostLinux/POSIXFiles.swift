// The file tree of the real machine: plain POSIX calls, each forced to the device where the seam promises it
// (decision D7). Used for the configuration's revisions; small files only, so blocking calls do no harm.

package import Seams

#if canImport(Glibc)
    import Glibc
#endif

/// Files below a directory of the machine.
package struct POSIXFiles: FileTree {
    /// The root, an absolute or working-directory path without a final `/`.
    package let root: String

    /// The tree below `root`.
    package init(root: String) { self.root = root }

    /// open, read.
    package func read(_ path: String) throws(FileTreeError) -> [UInt8] {
        let descriptor = open(absolute(path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count == 0 { return octets }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("read", path)
            }
            octets += piece[..<count]
        }
    }

    /// open with truncation, write, fsync. Readable by the owner only: revisions hold secrets.
    package func write(_ octets: [UInt8], to path: String) throws(FileTreeError) {
        let descriptor = open(absolute(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var offset = 0
        while offset < octets.count {
            let count = octets.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write", path)
            }
            offset += count
        }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    /// mkdir of every component.
    package func makeDirectory(_ path: String) throws(FileTreeError) {
        var current = absolute("").hasPrefix("/") ? "" : "."
        for component in absolute(path).split(separator: "/") {
            current += "/" + component
            if mkdir(current, 0o700) != 0, errno != EEXIST { throw failure("mkdir", path) }
        }
    }

    /// opendir, readdir.
    package func names(in path: String) throws(FileTreeError) -> [String] {
        guard let stream = opendir(absolute(path)) else {
            if errno == ENOENT { return [] }
            throw failure("opendir", path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// link.
    package func link(_ path: String, to newPath: String) throws(FileTreeError) {
        guard Glibc.link(absolute(path), absolute(newPath)) == 0 else { throw failure("link", newPath) }
    }

    /// rename.
    package func rename(_ path: String, to newPath: String) throws(FileTreeError) {
        guard Glibc.rename(absolute(path), absolute(newPath)) == 0 else { throw failure("rename", path) }
    }

    /// readlink.
    package func pointer(_ path: String) throws(FileTreeError) -> String? {
        var target = [CChar](repeating: 0, count: 4_096)
        let count = readlink(absolute(path), &target, target.count)
        guard count >= 0 else {
            if errno == ENOENT || errno == EINVAL { return nil }
            throw failure("readlink", path)
        }
        return String(decoding: target.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// symlink under another name, rename over the old one, fsync of the directory.
    package func point(_ path: String, to target: String) throws(FileTreeError) {
        let fresh = path + ".new"
        _ = unlink(absolute(fresh))
        guard symlink(target, absolute(fresh)) == 0 else { throw failure("symlink", path) }
        try rename(fresh, to: path)
        try synchronize(directory: parent(of: path))
    }

    /// unlink, or rmdir after everything inside.
    package func remove(_ path: String) throws(FileTreeError) {
        if unlink(absolute(path)) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw failure("unlink", path) }
        for name in try names(in: path) { try remove(path + "/" + name) }
        guard rmdir(absolute(path)) == 0 else { throw failure("rmdir", path) }
    }

    /// open of the directory, fsync.
    package func synchronize(directory path: String) throws(FileTreeError) {
        let descriptor = open(absolute(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("fsync", path) }
    }

    private func absolute(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

    private func parent(of path: String) -> String {
        path.split(separator: "/").dropLast().joined(separator: "/")
    }

    private func failure(_ operation: String, _ path: String) -> FileTreeError {
        errno == ENOENT
            ? .missing(path)
            : .failed(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }
}

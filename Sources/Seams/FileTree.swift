// The few file operations that configuration needs to be atomic and durable (decision D7). `HostLinux`
// implements them with POSIX calls, `VirtualTime` in memory with failures on demand.

/// Why a file operation did not happen.
package enum FileTreeError: Error, Sendable, Hashable {
    /// There is nothing at the path.
    case missing(String)
    /// The operation failed; the system's reason.
    case failed(operation: String, path: String, reason: String)
}

/// Files below one root directory. Paths are relative to it, with `/`, never with `..`.
package protocol FileTree: Sendable {
    /// The whole contents of a file.
    func read(_ path: String) throws(FileTreeError) -> [UInt8]
    /// Makes or replaces a file and forces its contents to the device.
    func write(_ octets: [UInt8], to path: String) throws(FileTreeError)
    /// Makes a directory and those above it; harmless when it is there.
    func makeDirectory(_ path: String) throws(FileTreeError)
    /// Names in a directory in ascending order; empty when there is none.
    func names(in path: String) throws(FileTreeError) -> [String]
    /// Gives an existing file a second name.
    func link(_ path: String, to newPath: String) throws(FileTreeError)
    /// Renames, replacing what has the new name.
    func rename(_ path: String, to newPath: String) throws(FileTreeError)
    /// The target of a symbolic link; nil when there is none.
    func pointer(_ path: String) throws(FileTreeError) -> String?
    /// Makes a symbolic link lead to `target`, in one step even if it led elsewhere, and forces it to the
    /// device.
    func point(_ path: String, to target: String) throws(FileTreeError)
    /// Removes a file, a link or a directory with everything in it; harmless when nothing is there.
    func remove(_ path: String) throws(FileTreeError)
    /// Forces the names in a directory to the device.
    func synchronize(directory path: String) throws(FileTreeError)
}

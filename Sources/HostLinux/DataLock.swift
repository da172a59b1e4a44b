// One gateway per data directory: an advisory lock the kernel drops with the process, however that ends.

import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// The right to use a data directory; ends when the value is gone.
package final class DataLock: Sendable {
    private let descriptor: Int32

    /// Locks `directory` by its file `lock`. Throws `HostError`, naming the process that holds it.
    package init(directory: String) throws(HostError) {
        let path = directory + "/lock"
        let attempt = "locking \(directory)"
        var descriptor = linux_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        // A device that takes no writes any more is no reason not to run: a lock needs none.
        if descriptor < 0, errno == EROFS { descriptor = linux_open(path, O_RDONLY | O_CLOEXEC, 0) }
        guard descriptor >= 0 else { throw HostError.last(attempt) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            let holder = ProcFile.lines(path).first.map { "in use by process \($0)" }
            throw HostError(
                attempt: attempt,
                reason: code == EWOULDBLOCK ? holder ?? "in use" : String(cString: strerror(code)))
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        _ = text.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}

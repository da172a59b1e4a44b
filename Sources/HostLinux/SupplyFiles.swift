// Supply lines behind files of the kernel: the value of a GPIO line, the brightness of a LED, anything that
// is switched by writing 1 or 0. Which file is which line is said when the gateway is started (`--supply`).

import CLinux
package import Seams

#if canImport(Glibc)
    import Glibc
#endif

/// Supply lines of this machine.
package struct SupplyFiles: SupplySwitch {
    private let paths: [Int: String]

    /// Lines by number with the file of each, which must be there when the line is switched.
    package init(_ paths: [Int: String]) { self.paths = paths }

    /// Writes `1` or `0`. Throws the system's reason.
    package func set(_ line: Int, on isOn: Bool) async throws(SupplyFault) {
        guard let path = paths[line] else { throw .absent }
        // Never blocks the one thread: a named pipe without a reader is refused instead.
        let descriptor = linux_open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0)
        guard descriptor >= 0 else { throw SupplyFiles.fault(path) }
        defer { close(descriptor) }
        var text: [UInt8] = [isOn ? 0x31 : 0x30, 0x0A]
        guard write(descriptor, &text, text.count) == text.count else { throw SupplyFiles.fault(path) }
    }

    private static func fault(_ path: String) -> SupplyFault {
        .failed("\(path): \(String(cString: strerror(errno)))")
    }
}

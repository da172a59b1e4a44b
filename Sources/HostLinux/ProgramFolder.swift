// Where files that come with the program are: beside the executable, upwards, so that a build inside the
// repository and an installation under one prefix both start without arguments.

#if canImport(Glibc)
    import Glibc
#endif

/// The folder of the running program and those above it.
package enum ProgramFolder {
    /// `name` in the nearest folder above the executable that has it, or in its `share/gateway`; nil in none.
    package static func above(_ name: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return nil }
        var folder = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            for candidate in ["\(folder)/\(name)", "\(folder)/share/gateway/\(name)"]
            where access(candidate, R_OK) == 0 {
                return candidate
            }
        }
        return nil
    }
}

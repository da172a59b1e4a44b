// Where the factory set and the pages are when the command line does not say: beside the executable, upwards,
// so that a build inside the repository and an installation under one prefix both start without arguments.

import HostLinux

#if canImport(Glibc)
    import Glibc
#endif

/// Folders that come with the program.
enum InstallationPaths {
    /// The factory set: `etc/factory` of the nearest folder above the executable that has one.
    static func factory(_ given: String) -> String? { given.isEmpty ? above("etc/factory") : given }

    /// The pages: `www` of the nearest folder above the executable that has `index.html` in it.
    static func pages(_ given: String) -> String? {
        if !given.isEmpty { return given }
        return above("www/index.html").map { String($0.dropLast("/index.html".count)) }
    }

    private static func above(_ name: String) -> String? {
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

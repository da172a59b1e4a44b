// Where the factory set and the pages are when the command line does not say: beside the executable, upwards,
// so that a build inside the repository and an installation under one prefix both start without arguments.

import HostLinux

#if canImport(Glibc)
    import Glibc
#endif

/// Folders that come with the program.
enum InstallationPaths {
    /// The factory set: `etc/factory` of the nearest folder above the executable that has one.
    static func factory(_ given: String) -> String? {
        given.isEmpty ? ProgramFolder.above("etc/factory") : given
    }

    /// The pages: `www` of the nearest folder above the executable that has `index.html` in it.
    static func pages(_ given: String) -> String? {
        if !given.isEmpty { return given }
        return ProgramFolder.above("www/index.html").map { String($0.dropLast("/index.html".count)) }
    }

    /// The makers' profiles: `meters/spodes` beside the factory set, else as the factory set is found.
    static func meterProfiles(factory: String) -> String? {
        let beside = factory + "/../meters/spodes"
        return access(beside, R_OK) == 0 ? beside : ProgramFolder.above("etc/meters/spodes")
    }
}

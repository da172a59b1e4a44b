// How many descriptors a program may have open. The soft limit is 1,024 almost everywhere, for the sake of
// select(2); a gateway with a thousand meters behind TCP needs more, and nothing here calls select.

import CLinux

/// The limit of open descriptors of this process.
package enum OpenFileLimit {
    /// As many as the largest site may need: meters behind TCP, clients of the admin and of transit, brokers.
    package static let wanted: UInt = 16_384

    /// The present soft limit; 0 when the system does not tell.
    package static var soft: UInt { read().map { UInt($0.rlim_cur) } ?? 0 }

    /// Raises the soft limit to what is wanted, as far as the hard one allows; never lowers it.
    package static func raise(to wanted: UInt = wanted) {
        guard var limit = read() else { return }
        let allowed = min(rlim_t(wanted), limit.rlim_max)
        guard limit.rlim_cur < allowed else { return }
        limit.rlim_cur = allowed
        // A refusal leaves what there was: fewer meters at a time, told by each that cannot be opened.
        _ = setrlimit(RLIMIT_NOFILE, &limit)
    }

    private static func read() -> rlimit? {
        var limit = rlimit()
        return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit : nil
    }
}

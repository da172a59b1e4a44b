// Keeps the daemon small on a device of little memory: what is freed goes back to the system. A password hash
// takes 16 MiB for a moment; glibc would learn from its release to keep blocks of that size, one in every
// thread's arena.

import CLinux

/// The allocator's manners.
package enum MemoryThrift {
    /// Large blocks are mapped and unmapped one by one, and threads share one arena. To be called before the
    /// first thread is made; harmless later. (`mallopt`: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_ARENA_MAX.)
    package static func adopt() {
        mallopt(M_MMAP_THRESHOLD, 256 << 10)
        mallopt(M_TRIM_THRESHOLD, 512 << 10)
        mallopt(M_ARENA_MAX, 1)
    }
}

// The oldest kernels that the gateway runs on (REQ-520): 2.6.23, and 3.1 on 32-bit ARM.

import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// A release of Linux, as `uname` tells it.
package struct KernelVersion: Sendable, Hashable, Comparable {
    private let numbers: [Int]

    /// Reads `6.1.0-18-amd64`; nil when it begins with no number.
    package init?(_ release: String) {
        let head = release.prefix { $0.isNumber || $0 == "." }
        let numbers = head.split(separator: ".").prefix(3).compactMap { Int($0) }
        guard !numbers.isEmpty else { return nil }
        self.numbers = numbers + Array(repeating: 0, count: 3 - numbers.count)
    }

    /// The older one is the smaller one.
    package static func < (left: Self, right: Self) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }

    /// Why a machine is too old; nil when it is not, or when its release cannot be read.
    package static func refusal(release: String, machine: String) -> String? {
        let isSmallARM = machine.hasPrefix("arm") && !machine.hasPrefix("arm64")
        let least = isSmallARM ? "3.1" : "2.6.23"
        guard let own = KernelVersion(release), let limit = KernelVersion(least), own < limit else {
            return nil
        }
        return "Linux \(release) on \(machine) is too old: \(least) or newer is needed"
    }

    /// The same of this machine.
    package static var refusal: String? {
        var names = utsname()
        guard uname(&names) == 0 else { return nil }
        return refusal(release: text(of: names.release), machine: text(of: names.machine))
    }

    private static func text(of field: some Any) -> String {
        withUnsafeBytes(of: field) { octets in String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

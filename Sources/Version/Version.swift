// What this build calls itself (decision D16): on the command line, in the API and in messages.

import CVersion

/// The version stamp.
package enum Version {
    /// Release number.
    package static let number = "0.2.0"

    /// Release number and, where the manifest knew it, the commit: `0.2.0+1a2b3c4`.
    package static let text: String = {
        let commit = String(cString: gateway_commit())
        guard !commit.isEmpty else { return number }
        let isModified = commit.hasSuffix("-modified")
        return "\(number)+\(commit.prefix(7))\(isModified ? ".modified" : "")"
    }()
}

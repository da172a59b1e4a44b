// Standard output and standard error.

import Glibc
import JSONText

/// The two streams of a command.
enum Terminal {
    /// One line on standard error.
    static func tell(_ text: String) { write(Array((text + "\n").utf8), to: 2) }

    /// Text on standard output; the exit code of having shown it.
    static func show(_ text: String) -> Int32 {
        write(Array(text.utf8), to: 1)
        return Exit.good
    }

    /// Octets on a descriptor, all of them or as many as it takes.
    static func write(_ octets: [UInt8], to descriptor: Int32) {
        var rest = octets[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// Everything on a descriptor up to `bound` octets; nil when it cannot be read.
    static func readAll(from descriptor: Int32, bound: Int) -> [UInt8]? {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while all.count <= bound {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 { return nil }
            if count == 0 { return all }
            all += buffer[..<count]
        }
        return nil
    }
}

/// A command's answer as one line of JSON.
enum JSONLine {
    /// An object of members in this order, and a line end.
    static func octets(_ members: [(String, JSONValue)]) -> [UInt8] {
        JSONValue.object(members.map { JSONMember($0.0, $0.1) }).octets + [10]
    }
}

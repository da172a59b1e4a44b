// A recording of a line as text, in both directions: written by the gateway, read by `metersim --replay` and
// by people. Described in Lines.md of the documentation.
//
//   # um-line-recording 1
//   # line Iface1
//   # settings 9600,8n1
//   # began 2026-11-22T12:00:00.000+03:00
//   0.000 >> 7e a0 0a 00 02 00 23 41 93 •• •• 7e
//   0.085 << 7e a0 …
//
// A line is one burst: seconds since the beginning, direction, octets; `••` stands for an octet that is kept
// secret.

package import DLMS
import Octets

/// One burst of a recording.
package struct RecordedBurst: Sendable, Hashable {
    /// Since the recording began, to the millisecond.
    package var at: Duration
    /// Which way it went.
    package var direction: TrafficDirection
    /// Its octets, zero where hidden.
    package var octets: [UInt8]
    /// Places of hidden octets.
    package var hidden: [Range<Int>]

    /// A burst.
    package init(at: Duration, direction: TrafficDirection, octets: [UInt8], hidden: [Range<Int>] = []) {
        self.at = at
        self.direction = direction
        self.octets = octets
        self.hidden = hidden
    }

    /// Whether an octet is hidden.
    package func isHidden(_ index: Int) -> Bool { hidden.contains { $0.contains(index) } }
}

/// Why a text is no recording.
package struct LineRecordingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Line of the text, from 1.
    package var line: Int
    /// What is wrong there, in English.
    package var reason: String

    /// `line 7: the octets are no hexadecimal text`
    package var description: String { "line \(line): \(reason)" }
}

/// A recording.
package struct LineRecording: Sendable, Hashable {
    /// Name of the line.
    package var line: String
    /// Speed and format; empty of a connection.
    package var settings: String
    /// When it began, ISO 8601.
    package var began: String
    /// In order of time.
    package var bursts: [RecordedBurst]

    /// A recording.
    package init(line: String, settings: String, began: String, bursts: [RecordedBurst]) {
        self.line = line
        self.settings = settings
        self.began = began
        self.bursts = bursts
    }

    /// The longest text read, octets.
    package static let textLimit = 8 << 20
    /// The longest burst read, octets.
    package static let burstLimit = 4_096
    private static let mark = "# um-line-recording 1"

    // MARK: Text

    /// The text, UTF-8.
    package var text: [UInt8] {
        var text = "\(Self.mark)\n# line \(line)\n"
        if !settings.isEmpty { text += "# settings \(settings)\n" }
        text += "# began \(began)\n"
        for burst in bursts {
            let milliseconds = burst.at.milliseconds
            let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
            text += "\(milliseconds / 1_000).\(fraction) \(burst.direction == .request ? ">>" : "<<")"
            for index in burst.octets.indices {
                text += burst.isHidden(index) ? " ••" : " " + [burst.octets[index]].hex
            }
            text += "\n"
        }
        return Array(text.utf8)
    }

    /// Reads a text. Throws at the first line that is not as described; blank lines and other comments are
    /// skipped.
    package init(text: [UInt8]) throws(LineRecordingError) {
        guard text.count <= Self.textLimit else {
            throw LineRecordingError(line: 1, reason: "longer than \(Self.textLimit) octets")
        }
        self.init(line: "", settings: "", began: "", bursts: [])
        var number = 0
        for piece in text.split(separator: 10, omittingEmptySubsequences: false) {
            number += 1
            let line = String(decoding: piece, as: UTF8.self).trimmed
            if number == 1, line != Self.mark {
                throw LineRecordingError(line: 1, reason: "the first line must be “\(Self.mark)”")
            }
            if line.isEmpty { continue }
            if line.hasPrefix("#") {
                take(comment: line)
            } else {
                bursts.append(try Self.burst(line, number, after: bursts.last?.at ?? .zero))
            }
        }
    }

    private mutating func take(comment: String) {
        let words = comment.split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count == 3 else { return }
        switch words[1] {
        case "line": line = words[2]
        case "settings": settings = words[2]
        case "began": began = words[2]
        default: break
        }
    }

    private static func burst(
        _ line: String, _ number: Int, after last: Duration
    ) throws(LineRecordingError) -> RecordedBurst {
        let words = line.split(separator: " ")
        guard words.count >= 3, let at = Duration(seconds: words[0]), at >= last else {
            throw LineRecordingError(line: number, reason: "no seconds that follow on those before")
        }
        guard words[1] == ">>" || words[1] == "<<" else {
            throw LineRecordingError(line: number, reason: "the direction must be >> or <<")
        }
        guard words.count - 2 <= burstLimit else {
            throw LineRecordingError(line: number, reason: "more than \(burstLimit) octets")
        }
        var burst = RecordedBurst(at: at, direction: words[1] == ">>" ? .request : .response, octets: [])
        for word in words.dropFirst(2) {
            if word == "••" {
                let index = burst.octets.count
                burst.octets.append(0)
                if let end = burst.hidden.last?.upperBound, end == index {
                    burst.hidden[burst.hidden.count - 1] =
                        burst.hidden[burst.hidden.count - 1].lowerBound..<index + 1
                } else {
                    burst.hidden.append(index..<index + 1)
                }
            } else {
                guard word.utf8.count == 2, word.allSatisfy(\.isHexDigit), let octet = UInt8(word, radix: 16)
                else {
                    throw LineRecordingError(line: number, reason: "the octets are no hexadecimal text")
                }
                burst.octets.append(octet)
            }
        }
        return burst
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// `12.085`: seconds with three digits behind the point, up to a year; nil for anything else.
    fileprivate init?(seconds text: Substring) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 3, parts[0].utf8.count <= 8,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let seconds = Int64(parts[0]), let milliseconds = Int64(parts[1])
        else { return nil }
        self = .milliseconds(seconds * 1_000 + milliseconds)
    }
}

extension String {
    /// Without blanks and returns at its ends.
    fileprivate var trimmed: String {
        let blanks: Set<Character> = [" ", "\t", "\r"]
        let rest = drop { blanks.contains($0) }
        guard let last = rest.lastIndex(where: { !blanks.contains($0) }) else { return "" }
        return String(rest[...last])
    }
}

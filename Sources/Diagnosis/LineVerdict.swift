// What is wrong with a line, and what shows it (R29): one word, the station it is about where it is about
// one, numbers and the requests to look at. Texts for people are made at the edge from the word.

/// What a line suffers from.
package enum LineFinding: String, Sendable, Hashable, CaseIterable {
    /// Too little was asked to tell.
    case unseen
    /// Nothing is wrong.
    case good
    /// Device or host cannot be opened.
    case unopened
    /// The far end accepts and closes at once: another client has it.
    case hubBusy
    /// Not one octet: no power, wires off, wrong interface.
    case noOctets
    /// What is sent comes back.
    case echo
    /// Octets without a frame: speed, format, swapped wires.
    case garbage
    /// The format of the line is 7E1 and it is read as 8N1.
    case parity
    /// Somebody else asks on the same wire.
    case foreignMaster
    /// Two meters answer at one address.
    case twoAnswers
    /// Checks fail, the more the longer the frame.
    case noise
    /// The meter refuses the link or the association.
    case refused
    /// The meter refuses the password.
    case password
    /// Answers come after the reader has given up.
    case late
    /// One meter is silent while others of the line answer.
    case meterSilent
    /// One meter is not understood while others of the line are.
    case meterGarbled
}

/// A verdict.
package struct LineVerdict: Sendable, Hashable {
    /// A number that supports it.
    package struct Evidence: Sendable, Hashable {
        /// What is counted: `asked`, `silent`, `good`, `bad`…
        package var name: String
        /// How many.
        package var count: Int

        /// A number.
        package init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// What it is.
    package var finding: LineFinding
    /// Whom it is about; nil for the whole line.
    package var station: Station?
    /// The system's reason, of a line that cannot be opened.
    package var reason: String?
    /// What shows it.
    package var evidence: [Evidence]
    /// Trace numbers of requests that show it, newest first, at most five.
    package var frames: [UInt64]

    /// A verdict.
    package init(
        _ finding: LineFinding, station: Station? = nil, reason: String? = nil, evidence: [Evidence] = [],
        frames: [UInt64] = []
    ) {
        self.finding = finding
        self.station = station
        self.reason = reason
        self.evidence = evidence
        self.frames = Array(frames.prefix(5))
    }
}

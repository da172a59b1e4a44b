// What tells, in two or three requests, whether a meter's journals are worth opening (R28): the word of
// alarms and how full each journal is.

/// The word of alarms, SPODES object 0.0.97.98.0. The meter keeps a bit set until it is taken back.
package struct AlarmWord: OptionSet, Sendable, Hashable {
    /// Bits as the meter sent them.
    package let rawValue: UInt32
    /// A word.
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Self-diagnosis failed.
    package static let selfDiagnosis = AlarmWord(rawValue: 1 << 0)
    /// Power was lost.
    package static let powerLoss = AlarmWord(rawValue: 1 << 1)
    /// The journal of power quality has grown.
    package static let quality = AlarmWord(rawValue: 1 << 2)
    /// A magnet.
    package static let magnet = AlarmWord(rawValue: 1 << 3)
    /// The terminal cover was opened.
    package static let terminalCover = AlarmWord(rawValue: 1 << 4)
    /// The case was opened.
    package static let caseOpened = AlarmWord(rawValue: 1 << 5)
    /// The limit of power was exceeded.
    package static let powerLimit = AlarmWord(rawValue: 1 << 6)
    /// The relay switched off for any of five reasons.
    package static let relay = AlarmWord(rawValue: 0b11111 << 7)
    /// A discrete input changed.
    package static let inputs = AlarmWord(rawValue: 1 << 12)
    /// The meter was programmed.
    package static let programming = AlarmWord(rawValue: 1 << 13)
    /// The limit of imbalance was exceeded.
    package static let imbalance = AlarmWord(rawValue: 1 << 14)
    /// Current flows although the relay is open: its contacts are welded or bridged. No meter says so; the
    /// gateway does, from what it reads.
    package static let bridgedRelay = AlarmWord(rawValue: 1 << 31)
    /// The word of one bit for programs; a bit without a name is told by its number.
    package var name: String {
        switch self {
        case .selfDiagnosis: "diagnosis"
        case .powerLoss: "power"
        case .quality: "quality"
        case .magnet: "magnet"
        case .terminalCover: "cover"
        case .caseOpened: "case"
        case .powerLimit: "limit"
        case .inputs: "input"
        case .programming: "program"
        case .imbalance: "imbalance"
        case .bridgedRelay: "bridge"
        case _ where AlarmWord.relay.contains(self): "relay"
        default: "bit-\(rawValue.trailingZeroBitCount)"
        }
    }

    /// What must reach the publisher within a minute (R28).
    package static let urgent: AlarmWord = [
        .powerLoss, .magnet, .terminalCover, .caseOpened, .bridgedRelay,
    ]
}

/// The state of a meter's alarms.
package struct AlarmState: Sendable, Hashable {
    /// How full a journal of the meter is.
    package struct Fill: Sendable, Hashable {
        /// Rows in it.
        package var entries: Int
        /// Rows it can hold; 0 when not told.
        package var capacity: Int

        /// A fill.
        package init(entries: Int, capacity: Int) {
            self.entries = entries
            self.capacity = capacity
        }
    }

    /// The word; nil when the meter has none.
    package var word: AlarmWord?
    /// Fills by the meter's own journal number (n of 0.0.99.98.n for SPODES).
    package var fills: [UInt8: Fill]

    /// A state.
    package init(word: AlarmWord?, fills: [UInt8: Fill]) {
        self.word = word
        self.fills = fills
    }

    /// The state with the fills of `earlier` for journals that were not asked for now.
    package func joined(with earlier: AlarmState?) -> AlarmState {
        AlarmState(word: word, fills: fills.merging(earlier?.fills ?? [:]) { now, _ in now })
    }

    /// Whether one of these journals may hold something new since `earlier`. A full ring does not grow any
    /// more, so a full one always may.
    package func mayHoldNews(since earlier: AlarmState?) -> Bool {
        guard let earlier, word == earlier.word else { return true }
        return fills.contains { number, fill in
            earlier.fills[number] != fill || (fill.capacity > 0 && fill.entries >= fill.capacity)
        }
    }
}

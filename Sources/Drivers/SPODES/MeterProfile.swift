// What makers of SPODES meters do differently, as data: one JSON file a maker in `etc/meters/spodes`, chosen
// by the type and maker that a meter tells. It holds switches that a meter in the field needed, and nothing
// that the driver finds out by itself.

import DLMS
package import Metering
import SPODES

/// The switches of one maker's meters.
package struct MeterProfile: Sendable, Hashable {
    /// Name of its file, without the ending; empty for the profile of everybody else.
    package var name = ""
    /// Parts of the type text (0.0.96.1.1) that the profile is for, in lower case.
    package var models: [String] = []
    /// Parts of the maker's name (0.0.96.1.3) that the profile is for, in lower case.
    package var makers: [String] = []
    /// Where present values stand that the standard has no code for, or another meaning; none for values
    /// that the meter does not have there.
    package var registers: [Tag: [OBISCode]] = [:]
    /// Powers of ten of values whose register does not tell its own.
    package var scalers: [Tag: Int8] = [:]
    /// Codes of the maker's own in a journal, each with the code of the standard that means the same.
    package var codes: [UInt8: [Int: Int]] = [:]
    /// Most attributes one list may name; nil leaves it to what the meter agrees to, 1 is no list.
    package var listLimit: Int?
    /// Longest information field and window proposed in SNRM; nil proposes nothing, which suits most meters.
    package var proposal: Proposal?
    /// Silence between two DISC that end a broken session, seconds; 0 for meters that need only one.
    package var disconnectSilence = 5

    /// Limits proposed in SNRM.
    package struct Proposal: Sendable, Hashable {
        /// Longest information field, 32…2030 octets.
        package var information = 128
        /// I frames in one go, 1…7.
        package var window = 1

        /// Limits of 128 octets and one frame, to be changed.
        package init() {}
    }

    /// The profile of meters that need none.
    package static let standard = MeterProfile()

    init() {}

    /// The codes a present value may be found at, in the order to try.
    func registers(of tag: Tag) -> [OBISCode] {
        guard !registers.isEmpty, let own = registers[tag] else { return RegisterTable.codes(for: tag) }
        return own
    }

    /// The power of ten of a register that does not tell its own; nil when nobody knows.
    func scaler(of code: OBISCode) -> Int8? {
        guard !scalers.isEmpty else { return nil }
        return scalers.first { registers(of: $0.key).contains(code) }?.value
    }

    /// The standard's code for what a journal of the meter says.
    func code(_ code: Int, inJournal number: UInt8) -> Int { codes[number]?[code] ?? code }

    /// What is known of a meter's lists before it was asked for any.
    var listHabit: ListHabit { ListHabit(longest: listLimit ?? Int.max) }

    /// How links are opened.
    var linkManner: LinkManner {
        let proposal = proposal.map {
            HDLCParameters(
                maximumTransmit: $0.information, maximumReceive: $0.information, windowTransmit: $0.window,
                windowReceive: $0.window)
        }
        return LinkManner(proposal: proposal, disconnectSilence: .seconds(disconnectSilence))
    }
}

/// All profiles there are.
package struct MeterProfiles: Sendable, Hashable {
    /// No maker's profile: every meter gets the standard one.
    package static let none = MeterProfiles([])

    /// The profiles, by name.
    package let all: [MeterProfile]
    /// The texts they are chosen by, in octets, with the profile's index: every session asks.
    private let (models, makers): ([Sign], [Sign])

    private struct Sign: Sendable, Hashable {
        var octets: [UInt8]
        var length: Int
        var profile: Int
    }

    /// A set of profiles.
    package init(_ all: [MeterProfile]) {
        let all = all.sorted { $0.name < $1.name }
        func signs(_ texts: KeyPath<MeterProfile, [String]>) -> [Sign] {
            all.indices.flatMap { index in
                all[index][keyPath: texts].map {
                    Sign(octets: Array($0.utf8), length: $0.count, profile: index)
                }
            }
        }
        (models, makers) = (signs(\.models), signs(\.makers))
        self.all = all
    }

    /// The profile of a meter by what it says of itself: the one with the longest text that fits, a type
    /// before a maker; the standard one where none fits.
    package func profile(model: String, maker: String) -> MeterProfile {
        best(of: models, in: model) ?? best(of: makers, in: maker) ?? .standard
    }

    private func best(of signs: [Sign], in told: String) -> MeterProfile? {
        guard !told.isEmpty, !signs.isEmpty else { return nil }
        let octets = Array(told.lowercased().utf8)
        var best: Sign?
        // Of texts of one length the last one counts.
        for sign in signs where sign.length >= best?.length ?? 0 {
            if octets.contains(run: sign.octets) { best = sign }
        }
        return best.map { all[$0.profile] }
    }
}

extension [UInt8] {
    /// Whether some octets stand in it side by side.
    fileprivate func contains(run other: [UInt8]) -> Bool {
        guard let first = other.first else { return true }
        guard other.count <= count else { return false }
        return (0...count - other.count).contains { start in
            self[start] == first && self[start..<start + other.count].elementsEqual(other)
        }
    }
}

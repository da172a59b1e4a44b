// Which register holds which value, both ways (GOST R 58940-2020, tables 11.1, B.1–B.4, V.1–V.4; angles by
// IEC 62056-6-1, table 17). Where vendors differ a value has several codes, the most common first. Used by
// the client driver for columns and present values, and by the simulated meter for its object list.

package import Metering

/// OBIS codes of values.
package enum RegisterTable {
    /// The codes a present value may be found at, in the order to try; empty for values no register holds.
    package static func codes(for tag: Tag) -> [OBISCode] { codesByPlace[Int(tag.place)] }

    /// The tag of a register's code; nil for registers the gateway has no name for.
    package static func tag(of code: OBISCode) -> Tag? { tagByCode[code] }

    /// The tag and form of a column of the load profile; nil for columns that are no mean power. D=29 is the
    /// energy of the interval, D=53 (Nartis) its mean demand.
    package static func profileColumn(_ code: OBISCode) -> (tag: Tag, form: ValueForm)? {
        guard code.a == 1, code.b == 0, code.e == 0, let tag = profileTags[code.c] else { return nil }
        return switch code.d {
        case 29: (tag, .increment)
        case 53: (tag, .demand)
        default: nil
        }
    }

    /// The code of a load profile column for a tag and form; nil for other tags and for registers.
    package static func profileCode(_ tag: Tag, _ form: ValueForm) -> OBISCode? {
        guard let quantity = profileTags.first(where: { $0.value == tag })?.key, form != .register else {
            return nil
        }
        return OBISCode(1, 0, quantity, form == .increment ? 29 : 53, 0)
    }

    private static let profileTags: [UInt8: Tag] = [1: .pPlus, 2: .pMinus, 3: .qPlus, 4: .qMinus]

    /// The codes of every tag by its place in the declaration.
    private static let codesByPlace: [[OBISCode]] = Tag.allCases.map { codesByTag[$0] ?? [] }

    private static let codesByTag: [Tag: [OBISCode]] = {
        var table: [Tag: [OBISCode]] = [:]
        for (index, tag) in Tag.energy.enumerated() {
            // Five registers each of A+, A−, R+, R−: the sum and four tariffs.
            table[tag] = [OBISCode(1, 0, UInt8(index / 5 + 1), 8, UInt8(index % 5))]
        }
        for (tag, codes) in quality { table[tag] = codes.map { OBISCode(1, 0, $0.0, 7, $0.1) } }
        return table
    }()

    /// Value groups C and E; A-B is 1-0, D is 7 (instantaneous).
    private static let quality: [(Tag, [(UInt8, UInt8)])] = [
        // A single-phase meter has 12 and 11 instead of 32 and 31.
        (.uA, [(32, 0), (12, 0)]), (.uB, [(52, 0)]), (.uC, [(72, 0)]),
        (.uAB, [(12, 1)]), (.uBC, [(12, 2)]), (.uCA, [(12, 3)]),
        (.iA, [(31, 0), (11, 0)]), (.iB, [(51, 0)]), (.iC, [(71, 0)]), (.iN, [(91, 0)]),
        (.iDiff, [(91, 131)]),
        (.pS, [(1, 0)]), (.pA, [(21, 0)]), (.pB, [(41, 0)]), (.pC, [(61, 0)]),
        (.qS, [(3, 0)]), (.qA, [(23, 0)]), (.qB, [(43, 0)]), (.qC, [(63, 0)]),
        (.sS, [(9, 0)]), (.sA, [(29, 0)]), (.sB, [(49, 0)]), (.sC, [(69, 0)]),
        // Angles are not in the standard: CE308 has 10, 21, 2; Mercury 234 has 1, 12, 2.
        (.angAB, [(81, 10), (81, 1)]), (.angBC, [(81, 21), (81, 12)]), (.angAC, [(81, 2), (81, 20)]),
        (.angUIA, [(81, 4)]), (.angUIB, [(81, 15)]), (.angUIC, [(81, 26)]),
        (.kPS, [(13, 0)]), (.kPA, [(33, 0)]), (.kPB, [(53, 0)]), (.kPC, [(73, 0)]),
        // Milur 107S keeps the imbalance of currents at 128.
        (.kQS, [(131, 0)]), (.kQA, [(128, 0)]), (.kQB, [(129, 0)]), (.kQC, [(130, 0)]),
        (.freq, [(14, 0)]),
    ]

    private static let tagByCode: [OBISCode: Tag] = {
        var table: [OBISCode: Tag] = [:]
        for (tag, codes) in codesByTag { for code in codes { table[code] = tag } }
        return table
    }()
}

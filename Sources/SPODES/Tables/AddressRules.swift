// Where a meter may be found on its line: what makers derive the physical HDLC address from (R10, GOST R
// 58940 p. 46), and what a logical device name tells of its bearer. Used by the search of a line.

/// Rules of addresses.
package enum AddressRules {
    /// Physical addresses that the meter table takes.
    package static let accepted = 1...16_381
    /// From here on they are free for meters; below are reserved ones.
    package static let firstFree = 16
    /// What meters are delivered with when the address does not follow from the serial number: 16 of most
    /// makers and of Nartis-100 and 300, 17 of the Nartis I series.
    package static let usual = [16, 17]

    /// Addresses that a serial number suggests, the likeliest first: 16 + its last four digits (Milur 107S),
    /// 1000 + its last four digits (manual 4.4.1.1: 5022173 at 3173), its last four, three and two digits.
    /// Empty for a text without digits.
    package static func addresses(ofSerial serial: String) -> [Int] {
        let digits = serial.utf8.filter { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return [] }
        func last(_ count: Int) -> Int { digits.suffix(count).reduce(0) { $0 * 10 + Int($1 - 0x30) } }
        let all = [16 + last(4), 1_000 + last(4), last(4), last(3), last(2)]
        var seen: Set<Int> = []
        return all.filter { accepted.contains($0) && $0 >= firstFree && seen.insert($0).inserted }
    }

    /// The maker's three letters of a logical device name; empty when it does not begin with letters.
    package static func maker(ofDeviceName name: String) -> String {
        let letters = name.prefix(3)
        return letters.count == 3 && letters.allSatisfy(\.isLetter) ? String(letters) : ""
    }

    /// What follows the maker's letters, without leading zeros: the serial number at all makers seen.
    package static func serial(ofDeviceName name: String) -> String {
        let rest = maker(ofDeviceName: name).isEmpty ? name[...] : name.dropFirst(3)
        let number = rest.drop { $0 == "0" }
        return number.isEmpty ? "" : String(number)
    }
}

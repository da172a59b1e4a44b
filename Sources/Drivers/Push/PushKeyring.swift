// The keys of the meter table against ciphered pushes: a meter's push bears its own system title, which the
// table does not have. The key that made it authentic tells whose it is; which title that was is remembered
// and tried first. A stranger's push costs a round of all keys: how often strangers may send is the
// receiver's to bound, for a title that is not authentic may be anybody's and must not shut its owner out.

import DLMS
import Octets

/// Keys of the rows that have some.
package struct PushKeyring: Sendable {
    /// One pair of keys and the rows that share it.
    private struct Entry: Sendable {
        let keys: SecurityKeys
        var meterIDs: [Int]
    }

    private var entries: [Entry] = []
    /// Which entry a title belongs to.
    private var places: [[UInt8]: Int] = [:]
    private let cryptography: (any Cryptography)?

    /// Titles remembered; beyond that it is begun anew.
    private static let capacity = 4_096

    /// A ring without keys.
    package init() { cryptography = nil }

    /// The keys of points, in table order.
    init(_ points: [MeterPoint], _ cryptography: (any Cryptography)?) {
        self.cryptography = cryptography
        var known: [SecurityKeys: Int] = [:]
        for point in points {
            let keys = SecurityKeys(
                encryption: point.keys.encryptionKey, authentication: point.keys.authenticationKey)
            guard let keys else { continue }
            if let place = known[keys] {
                entries[place].meterIDs.append(point.id)
            } else {
                known[keys] = entries.count
                entries.append(Entry(keys: keys, meterIDs: [point.id]))
            }
        }
    }

    /// The octets inside an authentic push and whose key it was; nil for every other.
    mutating func open(_ apdu: CipheredAPDU) -> (plain: [UInt8], seal: MeterPush.Seal)? {
        // Only the general form bears a title, and only authentic ones say whose they are.
        guard let cryptography, apdu.form == .generalGlobal, let title = apdu.systemTitle,
            title.count == SecurityKeys.titleLength, let counter = apdu.invocationCounter,
            apdu.securityControl.map({ SecurityControl(rawValue: $0).isAuthenticated }) == true
        else { return nil }
        let first = places[title]
        for place in (first.map { [$0] } ?? []) + entries.indices.filter({ $0 != first }) {
            let keys = entries[place].keys
            let opened = try? apdu.opened(
                key: keys.encryption, authenticationKey: keys.authentication, title: title, cryptography)
            guard let plain = opened else { continue }
            if places.count >= PushKeyring.capacity { places.removeAll() }
            places[title] = place
            let digest = cryptography.digest(title + keys.encryption, by: .sha256)
            let seal = MeterPush.Seal(
                meterIDs: entries[place].meterIDs, series: "push " + digest.prefix(16).hex, counter: counter)
            return (plain, seal)
        }
        return nil
    }
}

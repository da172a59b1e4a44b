// Supply lines of the digital interfaces (api 2.4, /settings/dout): four outputs that feed the interfaces of
// meters which have no supply of their own. A row that is `toggle` leaves it to «Настройки цифровых
// интерфейсов»: the line is on while an interface takes its supply from it.

import Faults
package import JSONText

/// One supply line.
package struct SupplyRow: ConfigurationRecord {
    /// What a person wants of it.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// On while an interface takes its supply from it.
        case automatic = "toggle"
        /// Always on.
        case on
        /// Always off.
        case off
    }

    /// Number of the line, 1…4: that of the interface beside it.
    package var line: Int
    /// What is wanted.
    package var state: State

    /// A row.
    package init(line: Int, state: State = .automatic) {
        self.line = line
        self.state = state
    }

    /// The devices the API names the lines by, first line first.
    private static let addresses = ["/dev/ttyUSB3", "/dev/ttyUSB2", "/dev/ttyUSB1", "/dev/ttyUSB0"]

    /// Reads a row.
    package init(from reader: inout RecordReader, previous: SupplyRow?) {
        let address = reader.text("addr", length: 0...64)
        let place = SupplyRow.addresses.firstIndex(of: address)
        if place == nil {
            let allowed = SupplyRow.addresses.joined(separator: ", ")
            reader.refuse(.inputRange, "addr", ["value": address, "allowed": allowed])
        }
        line = (place ?? 0) + 1
        state = reader.choice("state", fallback: previous?.state ?? .automatic)
    }

    /// The address the API has for the line.
    package var address: String { SupplyRow.address(of: line) }

    /// The address the API has for a line, 1…4.
    package static func address(of line: Int) -> String { addresses[(line - 1) % addresses.count] }

    /// Every line, with the state of `rows` or the standard one.
    package static func completed(_ rows: [SupplyRow]) -> [SupplyRow] {
        (1...addresses.count).map { line in rows.first { $0.line == line } ?? SupplyRow(line: line) }
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [JSONMember("id", line - 1), JSONMember("addr", address), JSONMember("state", state.rawValue)]
    }

    /// The address.
    package var key: String { address }
    /// The `addr` member of a client's JSON.
    package static func key(of json: JSONValue) -> String? { json["addr"]?.text }
}

extension GatewayConfiguration {
    /// Supply lines that are to be on.
    package var suppliesOn: Set<Int> {
        let taken = Set(interfaces.map(\.supply))
        let wanted = SupplyRow.completed(supplies).filter { row in
            row.state == .on || (row.state == .automatic && taken.contains(row.line))
        }
        return Set(wanted.map(\.line))
    }
}

// «Дискретные входы» (api 2.13 events/din, manual 4.5.3): which change of which input of the device is an
// event. Several rows may watch one input; each has its own filter.

package import JSONText

/// One row of the table of discrete inputs.
package struct DiscreteInputRow: NumberedRecord {
    /// «Ожидаемое состояние», by the numbers of the API.
    package enum Expectation: Int, Sendable, Hashable, CaseIterable {
        /// «Не проверять»: never an event.
        case ignored = 0
        /// «Появление сигнала».
        case appearance = 1
        /// «Исчезновение сигнала».
        case disappearance = 2
        /// «Изменение состояния сигнала».
        case change = 3
    }
    /// Number of the row, from 1.
    package var id: Int
    /// Number of the device's input, 1…3.
    package var input: Int
    /// What is an event.
    package var expectation: Expectation
    /// How long a level must last before it counts, milliseconds: contacts bounce.
    package var filterMilliseconds: Int

    /// Inputs of the device.
    package static let inputs = 1...3
    /// Filter of a row that names none, milliseconds.
    package static let standardFilterMilliseconds = 50

    /// A row.
    package init(
        id: Int, input: Int, expectation: Expectation,
        filterMilliseconds: Int = DiscreteInputRow.standardFilterMilliseconds
    ) {
        self.id = id
        self.input = input
        self.expectation = expectation
        self.filterMilliseconds = filterMilliseconds
    }

    /// Reads a row; the filter, ours, may be absent.
    package init(from reader: inout RecordReader, previous: DiscreteInputRow?) {
        id = reader.integer("id", in: 1...1_000_000)
        input = reader.integer("addr", in: DiscreteInputRow.inputs)
        expectation = Expectation(rawValue: reader.integer("type", in: 0...3)) ?? .ignored
        let filter = previous?.filterMilliseconds ?? DiscreteInputRow.standardFilterMilliseconds
        filterMilliseconds = reader.integer("filter", in: 0...60_000, fallback: filter)
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("addr", input), JSONMember("type", expectation.rawValue),
            JSONMember("filter", filterMilliseconds),
        ]
    }
}

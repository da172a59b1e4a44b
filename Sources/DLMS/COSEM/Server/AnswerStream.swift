// The octets of an answer, made as they are sent. A profile's rows are encoded one at a time, so a transfer
// in progress holds about one block, however long the archive is.

import Octets

/// Octets of parts that may be lazy, taken from the front.
struct AnswerStream: Sendable {
    /// A stretch of the answer.
    enum Part: Sendable {
        case octets([UInt8])
        case rows(LazyRows)
    }

    private var parts: [Part]
    private var partIndex = 0
    private var rowIndex = 0
    private var pending: [UInt8]

    /// Parts, behind octets that stand before them.
    init(_ parts: [Part], behind prefix: [UInt8] = []) {
        self.parts = parts
        pending = prefix
    }

    /// The parts of one value, without a result octet.
    static func parts(of answer: AttributeAnswer) -> [Part] {
        switch answer {
        case .value(let value): return [.octets(value.encoded)]
        case .failure: return []
        case .rows(let rows):
            var header = OctetWriter()
            header.octet(DataTag.array.rawValue)
            header.length(rows.count)
            return [.octets(header.octets), .rows(rows)]
        }
    }

    /// Whether at most `count` octets are left.
    mutating func fits(in count: Int) -> Bool {
        fill(beyond: count)
        return pending.count <= count
    }

    /// Takes up to `count` octets from the front, and whether nothing is left after them.
    mutating func take(_ count: Int) -> (octets: [UInt8], isLast: Bool) {
        fill(beyond: count)
        if pending.count <= count {
            defer { pending = [] }
            return (pending, true)
        }
        let taken = Array(pending.prefix(count))
        pending.removeFirst(taken.count)
        return (taken, false)
    }

    /// Leaves out the first `count` octets, which are waiting already.
    mutating func drop(_ count: Int) { pending.removeFirst(count) }

    /// Encodes until more than `count` octets wait or nothing is left to encode.
    private mutating func fill(beyond count: Int) {
        while pending.count <= count, partIndex < parts.count {
            switch parts[partIndex] {
            case .octets(let octets):
                pending += octets
                partIndex += 1
            case .rows(let rows) where rowIndex < rows.count:
                var row = OctetWriter()
                rows.row(rowIndex).encode(into: &row)
                row.append(to: &pending)
                rowIndex += 1
            case .rows:
                rowIndex = 0
                partIndex += 1
            }
        }
    }
}

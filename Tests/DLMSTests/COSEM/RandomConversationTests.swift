import Octets
import Testing

@testable import DLMS

/// Any sizes, any selections: what the client joins is what the object holds.
@Suite struct RandomConversationTests {
    @Test(arguments: 1...12)
    func `whatever is agreed and asked, the answer is the object's own`(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let offered: Conformance = [
            .get, .set, .action, .selectiveAccess, .blockTransferGet, .blockTransferSet, .multipleReferences,
        ]
        let theirs = UInt16.random(in: 40...600, using: &numbers)
        let ours = UInt16.random(in: 40...1200, using: &numbers)
        var talk = Conversation(
            as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A)),
            server: TestMeter.server(conformance: offered, maximumPDU: theirs),
            directory: TestMeter.directory(rows: 300), maximumPDU: ours)
        _ = try talk.associate()
        for _ in 0..<60 {
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: try selected(&talk, &numbers)
            case 1: try written(&talk, &numbers)
            case 2: try listed(&talk, &numbers)
            default:
                #expect(
                    try talk.get(TestMeter.attribute(3, TestMeter.energy, 2)).value
                        == .doubleLongUnsigned(123_456))
            }
            #expect(talk.client.isOpen, "seed \(seed)")
        }
        #expect(talk.longestAnswer <= max(Int(min(ours, theirs)), 68), "seed \(seed)")
        #expect(talk.longestRequest <= max(Int(theirs), 60), "seed \(seed)")
    }

    private func selected(_ talk: inout Conversation, _ numbers: inout SeededNumbers) throws {
        let from = UInt32.random(in: 0...320, using: &numbers)
        let to = UInt32.random(in: 0...320, using: &numbers)
        let selection = EntryDescriptor(fromEntry: from, toEntry: to).selection
        let key = ObjectKey(classID: 7, logicalName: TestMeter.profile)
        guard case .rows(let rows)? = talk.directory.object(key)?.attribute(2, selection: selection) else {
            Issue.record("no rows")
            return
        }
        #expect(try talk.get(TestMeter.attribute(7, TestMeter.profile, 2), selection).value == rows.value)
    }

    private func written(_ talk: inout Conversation, _ numbers: inout SeededNumbers) throws {
        let name = TestMeter.attribute(1, TestMeter.note, 2)
        let value = DataValue.octetString(numbers.octets(0...2000))
        #expect(talk.run(try talk.client.set(name, to: value)) == .completed(.set(.success)))
        #expect(try talk.get(name).value == value)
    }

    private func listed(_ talk: inout Conversation, _ numbers: inout SeededNumbers) throws {
        let known = [
            TestMeter.attribute(3, TestMeter.energy, 2), TestMeter.attribute(1, TestMeter.note, 2),
            TestMeter.attribute(7, TestMeter.profile, 3),
            TestMeter.attribute(1, LogicalName(9, 9, 9, 9, 9), 2),
        ]
        let wanted = (0..<Int.random(in: 1...3, using: &numbers)).compactMap { _ in
            known.randomElement(using: &numbers)
        }
        var single: [GetDataResult] = []
        for attribute in wanted {
            guard case .completed(.get(let result)) = try talk.get(attribute) else { continue }
            single.append(result)
        }
        let together = talk.run(try talk.client.getList(wanted.map { AttributeRequest($0) }))
        #expect(together == .completed(.list(single)))
    }
}

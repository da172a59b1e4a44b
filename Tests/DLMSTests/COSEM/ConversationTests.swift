import Octets
import Testing

@testable import DLMS

@Suite struct ConversationTests {
    @Test func `a reader associates with its password and reads a register`() throws {
        var talk = Conversation(as: .reader, .lowLevel(TestMeter.password))
        let expected = ApplicationClient.Negotiated(
            conformance: .usualGrant.union(.blockTransferSet), serverMaximumPDU: 400, systemTitle: nil)
        #expect(try talk.associate() == .completed(.associated(expected)))
        #expect(
            try talk.get(TestMeter.attribute(3, TestMeter.energy, 2)).value == .doubleLongUnsigned(123_456))
        let scaler = try #require(try talk.get(TestMeter.attribute(3, TestMeter.energy, 3)).value)
        #expect(ScalerUnit(scaler) == ScalerUnit(scaler: 0, unit: 30))
        #expect(
            try talk.get(TestMeter.attribute(3, TestMeter.energy, 1)).value == .octetString(TestMeter.energy))
    }

    @Test func `a wrong password is refused with diagnostic 13 and closes`() throws {
        var talk = Conversation(as: .reader, .lowLevel([1, 2, 3]))
        #expect(try talk.associate() == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
        #expect(!talk.client.isOpen)
        #expect(throws: ApplicationError.self) {
            try talk.client.get(TestMeter.attribute(3, TestMeter.energy, 2))
        }
        #expect(talk.server.associatedClients.isEmpty)
    }

    @Test func `a client without a password is told that one is required`() throws {
        var talk = Conversation(as: .reader, .none)
        #expect(try talk.associate() == .failed(.refused(.rejectedPermanent, .mechanismRequired)))
    }

    @Test func `high level security passes both ways, and a server without the key is found out`() throws {
        var talk = Conversation(
            as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A, challenge: "my turn!")))
        guard case .completed(.associated) = try talk.associate() else {
            Issue.record("refused")
            return
        }
        #expect(talk.server.associatedClients == [.configurator])
        var stranger = Conversation(
            as: .configurator,
            .highLevel(
                HighLevelSecurity(
                    mechanism: .highLevel, makeChallenge: { Array("12345678".utf8) },
                    reply: { $0.challenge.map { $0 ^ 0x5A } }, verify: { _, _ in false })))
        #expect(try stranger.associate() == .failed(.serverNotAuthentic))
        var thief = Conversation(as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 1)))
        #expect(try thief.associate() == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
        #expect(thief.server.associatedClients.isEmpty)
    }

    @Test func `an undefined object is error 4, a forbidden attribute error 3`() throws {
        var talk = try Conversation.reader()
        let nowhere = TestMeter.attribute(1, LogicalName(0, 0, 96, 1, 5), 2)
        #expect(try talk.get(nowhere) == .completed(.get(.accessError(.objectUndefined))))
        let secret = TestMeter.attribute(15, .currentAssociation, 7)
        #expect(try talk.get(secret) == .completed(.get(.accessError(.readWriteDenied))))
    }

    @Test func `the public client sees the clock only`() throws {
        var talk = Conversation(as: .publicClient, .none)
        _ = try talk.associate()
        #expect(
            try talk.get(TestMeter.attribute(8, LogicalName(0, 0, 1, 0, 0), 2)).value
                == .octetString(TestMeter.noon))
        #expect(
            try talk.get(TestMeter.attribute(3, TestMeter.energy, 2))
                == .completed(.get(.accessError(.objectUndefined))))
    }

    @Test(arguments: [32, 64, 100, 128, 137, 138, 139, 256, 266, 267, 400, 1200] as [UInt16])
    func `sixty days of half-hours come by blocks no longer than agreed`(size: UInt16) throws {
        var talk = try Conversation.reader(server: TestMeter.server(maximumPDU: 1200), maximumPDU: size)
        let value = try #require(try talk.get(TestMeter.attribute(7, TestMeter.profile, 2)).value)
        let rows = try #require(value.elements)
        #expect(rows.count == 2880)
        #expect(rows.last?.elements?[1] == .doubleLongUnsigned(2879))
        #expect(talk.longestAnswer <= max(Int(size), 58))
        #expect(talk.exchanges > 2)
    }

    @Test func `a range holds both its ends and only the columns asked`() throws {
        var talk = try Conversation.reader()
        let rows = HalfHours(count: 2880)
        let range = RangeDescriptor(
            from: rows.stamp(at: 100), to: rows.stamp(at: 103), columns: [TestMeter.columns[1]])
        let value = try talk.get(TestMeter.attribute(7, TestMeter.profile, 2), range.selection).value
        #expect(value == .array((100...103).map { .structure([.doubleLongUnsigned(UInt32($0))]) }))
    }

    @Test func `a range without rows is an empty array`() throws {
        var talk = try Conversation.reader()
        var day = TestMeter.noon
        day.date.year = 2030
        let answer = try talk.get(
            TestMeter.attribute(7, TestMeter.profile, 2), RangeDescriptor(from: day, to: day).selection)
        #expect(answer.value == .array([]))
    }

    @Test(arguments: [
        (EntryDescriptor(fromEntry: 3, toEntry: 5), [2, 3, 4]),
        (EntryDescriptor(fromEntry: 2879, toEntry: 0), [2878, 2879]),
        (EntryDescriptor(fromEntry: 5000, toEntry: 0), []),
        (EntryDescriptor(fromEntry: 5, toEntry: 3), []),
    ])
    func `entries count from 1, and 0 is the last`(entry: EntryDescriptor, indices: [Int]) throws {
        var talk = try Conversation.reader()
        let value = try talk.get(TestMeter.attribute(7, TestMeter.profile, 2), entry.selection).value
        #expect(value?.elements?.map { $0.elements?[1].wholeNumber } == indices.map(Int64.init))
    }

    @Test func `columns of an entry selection are numbered too`() throws {
        var talk = try Conversation.reader()
        let entry = EntryDescriptor(fromEntry: 1, toEntry: 1, fromColumn: 2, toColumn: 2)
        let value = try talk.get(TestMeter.attribute(7, TestMeter.profile, 2), entry.selection).value
        #expect(value == .array([.structure([.doubleLongUnsigned(0)])]))
    }

    @Test func `a list is answered in order, errors in their places, also by blocks`() throws {
        let offered = Conformance.usualGrant.union(.multipleReferences)
        let requests = [
            AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2)),
            AttributeRequest(TestMeter.attribute(1, LogicalName(9, 9, 9, 9, 9), 2)),
            AttributeRequest(TestMeter.attribute(7, TestMeter.profile, 3)),
        ]
        for size in [64, 1200] as [UInt16] {
            var talk = try Conversation.reader(
                server: TestMeter.server(conformance: offered), maximumPDU: size)
            let answer = talk.run(try talk.client.getList(requests))
            guard case .completed(.list(let results)) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(results.count == 3)
            #expect(results[0] == .data(.doubleLongUnsigned(123_456)))
            #expect(results[1] == .accessError(.objectUndefined))
            #expect(results[2] == .data(.array(TestMeter.columns.map(\.value))))
        }
    }

    @Test func `what was not agreed is not asked`() throws {
        var talk = try Conversation.reader()
        #expect(throws: ApplicationError.notOffered(.multipleReferences)) {
            try talk.client.getList([AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2))])
        }
        #expect(talk.client.isOpen)
    }

    @Test func `a request longer than the server takes is not sent`() throws {
        var talk = try Conversation.reader(server: TestMeter.server(maximumPDU: 40))
        let range = RangeDescriptor(from: TestMeter.noon, to: TestMeter.noon)
        #expect(throws: ApplicationError.requestTooLong(octets: 64, limit: 40)) {
            try talk.client.get(TestMeter.attribute(7, TestMeter.profile, 2), selection: range.selection)
        }
    }

    @Test func `the configurator writes, long values by blocks; the reader may not`() throws {
        let name = TestMeter.attribute(1, TestMeter.note, 2)
        let long = DataValue.octetString((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        var talk = Conversation(as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A)))
        _ = try talk.associate()
        #expect(talk.run(try talk.client.set(name, to: long)) == .completed(.set(.success)))
        #expect(talk.longestRequest <= 400)
        #expect(try talk.get(name).value == long)
        #expect(talk.run(try talk.client.set(name, to: .unsigned(1))) == .completed(.set(.typeUnmatched)))
        var reader = try Conversation.reader()
        #expect(
            reader.run(try reader.client.set(name, to: .octetString([2])))
                == .completed(.set(.readWriteDenied)))
    }

    @Test func `the relay goes off by the configurator and stays for the reader`() throws {
        let off = MethodDescriptor(classID: 70, logicalName: DisconnectControlObject.usualName, method: 1)
        var talk = Conversation(as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A)))
        _ = try talk.associate()
        #expect(
            talk.run(try talk.client.action(off, with: .integer(0)))
                == .completed(.action(ActionOutcome(.success))))
        #expect(
            try talk.get(TestMeter.attribute(70, DisconnectControlObject.usualName, 3)).value
                == .enumerated(0))
        var reader = try Conversation.reader()
        #expect(
            reader.run(try reader.client.action(off, with: .integer(0)))
                == .completed(.action(ActionOutcome(.readWriteDenied))))
    }

    @Test func `the object list of the current association tells rights`() throws {
        var talk = try Conversation.reader()
        let value = try #require(try talk.get(TestMeter.attribute(15, .currentAssociation, 2)).value)
        let elements = try #require(value.elements).compactMap(ObjectListElement.init)
        #expect(elements == talk.directory.objectList(for: .reader))
        #expect(elements.first { $0.key.classID == 7 }?.rights.selectors == [2: [1, 2]])
    }

    @Test func `release closes both sides`() throws {
        var talk = try Conversation.reader()
        #expect(talk.run(try talk.client.release()) == .completed(.released))
        #expect(talk.server.associatedClients.isEmpty)
        #expect(throws: ApplicationError.self) { try talk.client.release() }
        #expect(throws: Never.self) { try talk.associate() }
    }
}

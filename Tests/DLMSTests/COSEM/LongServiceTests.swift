import Octets
import Testing

@testable import DLMS

/// Services that take several APDUs, in order and out of it, and objects that refuse what was done to them.
@Suite struct LongServiceTests {
    /// Remembers the parameters of its one method and gives them back.
    private struct Echo: InterfaceObject {
        static let classID: UInt16 = 9
        static let attributeCount: Int8 = 2
        static let methodCount: Int8 = 1
        let logicalName = LogicalName(0, 0, 10, 0, 0)
        var parameters = DataValue.nullData

        func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
            index == 2 ? .value(parameters) : .failure(.objectUndefined)
        }

        mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
            parameters = value
            return .success
        }

        mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
            self.parameters = parameters ?? .nullData
            return ActionOutcome(.success, returned: .data(self.parameters))
        }
    }

    /// A directory that takes nothing back.
    private struct Sealed: ObjectDirectory {
        func objectList(for client: ClientSAP) -> [ObjectListElement] {
            [ObjectListElement(key: Echo().key, version: 0, rights: .reading(2, writable: [2], methods: [1]))]
        }
        func object(_ key: ObjectKey) -> (any InterfaceObject)? { key == Echo().key ? Echo() : nil }
        mutating func store(_ object: any InterfaceObject, after change: ObjectChange) -> DataAccessResult {
            .temporaryFailure
        }
    }

    private static let everything: Conformance = [
        .get, .set, .action, .blockTransferGet, .blockTransferSet, .blockTransferAction, .multipleReferences,
    ]
    private let method = MethodDescriptor(classID: 9, logicalName: Echo().logicalName, method: 1)
    private let attribute = AttributeDescriptor(classID: 9, logicalName: Echo().logicalName, attribute: 2)

    private func conversation(maximumPDU: UInt16 = 100) throws -> Conversation {
        var objects = StoredObjects()
        objects.add(Echo(), rights: [.reader: .reading(2, writable: [2], methods: [1])])
        return try Conversation.reader(
            server: TestMeter.server(conformance: LongServiceTests.everything, maximumPDU: maximumPDU),
            directory: objects, conformance: LongServiceTests.everything)
    }

    private func answer(_ talk: inout Conversation, to request: APDU) -> APDU? {
        talk.server.received(request.encoded, from: .reader, directory: &talk.directory)
            .flatMap { try? APDU(octets: $0) }
    }

    @Test func `long parameters of a method go by blocks no longer than agreed`() throws {
        var talk = try conversation()
        let long = DataValue.octetString((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
        // The echo would be longer than an APDU, so the result comes without it.
        #expect(
            talk.run(try talk.client.action(method, with: long))
                == .completed(.action(ActionOutcome(.success))))
        #expect(talk.longestRequest <= 100)
        #expect(talk.exchanges > 10)
        #expect(try talk.get(attribute).value == long)
        let short = ActionOutcome(.success, returned: .data(.unsigned(7)))
        #expect(talk.run(try talk.client.action(method, with: .unsigned(7))) == .completed(.action(short)))
    }

    @Test func `without blocks agreed long parameters are not sent`() throws {
        var talk = try Conversation.reader(server: TestMeter.server(maximumPDU: 64))
        let long = DataValue.octetString([UInt8](repeating: 1, count: 100))
        #expect(throws: ApplicationError.requestTooLong(octets: 115, limit: 64)) {
            try talk.client.action(method, with: long)
        }
        #expect(talk.client.isOpen)
    }

    @Test func `a long answer of a method is joined from its blocks`() throws {
        var talk = try conversation()
        let request = try talk.client.action(method)
        let invoke = InvokeID(octet: request[2])
        var outcome = OctetWriter()
        ActionOutcome(.success, returned: .data(.octetString([1, 2, 3]))).encode(into: &outcome)
        let octets = outcome.octets
        func block(_ number: UInt32, _ raw: some Collection<UInt8>, isLast: Bool) -> [UInt8] {
            APDU.actionResponse(
                .withBlock(invoke, DataBlock(isLast: isLast, number: number, rawData: Array(raw)))
            ).encoded
        }
        let next = APDU.actionRequest(.nextBlock(invoke, blockNumber: 1)).encoded
        #expect(talk.client.received(block(1, octets.prefix(3), isLast: false)) == .sendAPDU(next))
        let whole = ActionOutcome(.success, returned: .data(.octetString([1, 2, 3])))
        #expect(
            talk.client.received(block(2, octets.dropFirst(3), isLast: true)) == .completed(.action(whole)))
    }

    @Test func `blocks of a SET out of order end it`() throws {
        var talk = try conversation()
        let invoke = InvokeID(confirmed: 1)
        let first = APDU.setRequest(
            .withFirstDataBlock(
                invoke, AttributeRequest(attribute), DataBlock(isLast: false, number: 1, rawData: [9])))
        let third = APDU.setRequest(.withDataBlock(invoke, DataBlock(isLast: true, number: 3, rawData: [0])))
        #expect(answer(&talk, to: first) == .setResponse(.dataBlock(invoke, blockNumber: 1)))
        #expect(
            answer(&talk, to: third)
                == .setResponse(.lastDataBlock(invoke, .dataBlockNumberInvalid, blockNumber: 3)))
        #expect(
            answer(&talk, to: third)
                == .setResponse(.lastDataBlock(invoke, .noLongSetInProgress, blockNumber: 3)))
    }

    @Test func `joined octets that are no value are refused`() throws {
        var talk = try conversation()
        let invoke = InvokeID(confirmed: 1)
        let cut = DataBlock(isLast: true, number: 1, rawData: [9, 5, 1])
        let set = APDU.setRequest(.withFirstDataBlock(invoke, AttributeRequest(attribute), cut))
        #expect(
            answer(&talk, to: set) == .setResponse(.lastDataBlock(invoke, .typeUnmatched, blockNumber: 1)))
        let list = APDU.setRequest(.withListAndFirstDataBlock(invoke, [AttributeRequest(attribute)], cut))
        #expect(
            answer(&talk, to: list)
                == .setResponse(.lastDataBlockWithList(invoke, [.typeUnmatched], blockNumber: 1)))
        let action = APDU.actionRequest(.withFirstBlock(invoke, method, cut))
        #expect(answer(&talk, to: action) == .actionResponse(.normal(invoke, ActionOutcome(.typeUnmatched))))
    }

    @Test func `blocks of an ACTION out of order end it`() throws {
        var talk = try conversation()
        let invoke = InvokeID(confirmed: 1)
        let first = APDU.actionRequest(
            .withFirstBlock(invoke, method, DataBlock(isLast: false, number: 1, rawData: [9])))
        let wrong = APDU.actionRequest(.withBlock(invoke, DataBlock(isLast: true, number: 1, rawData: [0])))
        #expect(answer(&talk, to: first) == .actionResponse(.nextBlock(invoke, blockNumber: 1)))
        #expect(
            answer(&talk, to: wrong) == .actionResponse(.normal(invoke, ActionOutcome(.longActionAborted))))
        #expect(
            answer(&talk, to: wrong)
                == .actionResponse(.normal(invoke, ActionOutcome(.noLongActionInProgress))))
    }

    @Test func `several methods at once answer in order`() throws {
        var talk = try conversation()
        let invoke = InvokeID(confirmed: 1)
        let nowhere = MethodDescriptor(classID: 9, logicalName: LogicalName(9, 9, 9, 9, 9), method: 1)
        let request = APDU.actionRequest(.withList(invoke, [nowhere, method], [.nullData, .unsigned(1)]))
        let expected = [
            ActionOutcome(.objectUndefined), ActionOutcome(.success, returned: .data(.unsigned(1))),
        ]
        #expect(answer(&talk, to: request) == .actionResponse(.withList(invoke, expected)))
    }

    @Test func `what the directory does not take back is the answer`() throws {
        var server = TestMeter.server()
        var sealed = Sealed()
        let initiate = InitiateRequest(conformance: .automaticProposal, maximumPDU: 400)
        let hello = AARQ(
            mechanism: .lowLevel, authenticationValue: TestMeter.password, userInformation: .request(initiate)
        )
        _ = server.received(APDU.aarq(hello).encoded, from: .reader, directory: &sealed)
        let invoke = InvokeID(confirmed: 1)
        let set = APDU.setRequest(.normal(invoke, AttributeRequest(attribute), .unsigned(1)))
        #expect(
            server.received(set.encoded, from: .reader, directory: &sealed)
                == APDU.setResponse(.normal(invoke, .temporaryFailure)).encoded)
        let action = APDU.actionRequest(.normal(invoke, method, .unsigned(1)))
        #expect(
            server.received(action.encoded, from: .reader, directory: &sealed)
                == APDU.actionResponse(.normal(invoke, ActionOutcome(.temporaryFailure))).encoded)
    }

    @Test func `until the challenge is met nothing is served`() throws {
        var talk = Conversation(as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A)))
        let hello = try talk.client.associate()
        _ = talk.server.received(hello, from: .configurator, directory: &talk.directory)
        let get = APDU.getRequest(
            .normal(InvokeID(confirmed: 1), AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2))))
        let answer = talk.server.received(get.encoded, from: .configurator, directory: &talk.directory)
        #expect(answer == APDU.exceptionResponse(.serviceNotAllowed).encoded)
        #expect(talk.server.associatedClients.isEmpty)
    }
}

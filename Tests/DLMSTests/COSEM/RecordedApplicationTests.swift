import Octets
import Testing

@testable import DLMS

/// Every APDU of the golden dialogues in the machine it is for, whole dialogues or not: what a client asked
/// ours asks in the same octets, what a server said ours takes, and our server says it to the same request.
@Suite struct RecordedApplicationTests {
    private static let clock = AttributeDescriptor(
        classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), attribute: 2)
    private static let requests = GoldenAPDU.all.filter { $0.direction == .request }
    private static let answers = GoldenAPDU.all.filter { $0.direction == .response }

    /// A client that agreed to everything.
    private static func client() throws -> ApplicationClient {
        var client = ApplicationClient(settings: .init(authentication: .none))
        _ = try client.associate()
        let grant = InitiateResponse(conformance: Conformance(rawValue: 0xFF_FFFF), maximumPDU: 1_200)
        _ = client.received(APDU.aare(AARE(userInformation: .response(grant))).encoded)
        return client
    }

    /// The invoke identifier goes round with us; recorded clients kept one.
    private static func unnumbered(_ octets: [UInt8]) -> [UInt8] {
        guard let tag = octets.first, (0xC0...0xC7).contains(tag), octets.count > 2 else { return octets }
        return Array(octets[..<2]) + Array(octets[3...])
    }

    // MARK: - The client

    @Test(arguments: requests)
    private func `what a recorded client asked ours asks in the same octets`(golden: GoldenAPDU) throws {
        var client = try Self.client()
        let made: [UInt8]
        switch try APDU(octets: golden.octets) {
        case .getRequest(.normal(_, let request)):
            made = try client.get(request.attribute, selection: request.selection)
        case .getRequest(.withList(_, let requests)): made = try client.getList(requests)
        case .getRequest(.next(_, let number)):
            let invoke = InvokeID(octet: try client.get(Self.clock)[2])
            var action = ApplicationClient.Action.failed(.tooLong)
            for block in 1...number {
                let block = GetDataBlock(isLast: false, number: block, result: .rawData([0]))
                action = client.received(APDU.getResponse(.withDataBlock(invoke, block)).encoded)
            }
            guard case .sendAPDU(let next) = action else { throw ApplicationError.misuse("\(action)") }
            made = next
        case .setRequest(.normal(_, let request, let value)):
            made = try client.set(request.attribute, to: value, selection: request.selection)
        // Several attributes in one SET is nothing a reader of ours does; the server is asked below.
        case .setRequest: return
        case .actionRequest(.normal(_, let method, let parameters)):
            made = try client.action(method, with: parameters)
        case .aarq(let request):
            var stranger = try Self.associating(request)
            made = try stranger.associate()
        case .release(let request):
            // With a ciphered initiate it is sealed in `SecurityContextTests`.
            guard request.userInformation == nil else { return }
            made = try client.release()
        default:
            Issue.record("nobody makes \(golden.octets.hex)")
            return
        }
        #expect(Self.unnumbered(made).hex == Self.unnumbered(golden.octets).hex)
    }

    /// A client with the secret, proposal and title of an AARQ.
    private static func associating(_ request: AARQ) throws -> ApplicationClient {
        guard case .request(let proposal)? = request.userInformation else {
            throw ApplicationError.misuse("a sealed AARQ")
        }
        let value = request.authenticationValue ?? []
        let authentication: Authentication
        switch request.mechanism {
        case nil, AuthenticationMechanism.none?: authentication = .none
        case .lowLevel?: authentication = .lowLevel(value)
        case let mechanism?:
            authentication = .highLevel(
                HighLevelSecurity(
                    mechanism: mechanism, makeChallenge: { value }, reply: { $0.challenge },
                    verify: { _, _ in true }))
        }
        var settings = ApplicationClient.Settings(authentication: authentication)
        settings.conformance = proposal.conformance
        settings.maximumPDU = proposal.maximumPDU
        settings.systemTitle = request.titles.first { $0.tag == 0xA6 }?.octetString
        return ApplicationClient(settings: settings)
    }

    @Test(arguments: answers)
    private func `what a recorded server said is taken for what it is`(golden: GoldenAPDU) throws {
        var client = try Self.client()
        var answer = golden.octets
        func taken(_ made: [UInt8]) -> ApplicationClient.Action {
            answer[2] = made[2]
            return client.received(answer)
        }
        switch try APDU(octets: golden.octets) {
        case .getResponse(.normal(_, let result)):
            #expect(taken(try client.get(Self.clock)) == .completed(.get(result)))
        case .getResponse(.withList(_, let results)):
            let names = results.map { _ in AttributeRequest(Self.clock) }
            #expect(taken(try client.getList(names)) == .completed(.list(results)))
        case .getResponse(.withDataBlock(_, let block)): try takes(block, answer)
        case .setResponse(.normal(_, let result)):
            #expect(taken(try client.set(Self.clock, to: .nullData)) == .completed(.set(result)))
        case .actionResponse(.normal(_, let outcome)):
            let method = MethodDescriptor(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), method: 6)
            #expect(taken(try client.action(method)) == .completed(.action(outcome)))
        case .aare(let aare): try associates(golden.octets, aare)
        case .release:
            _ = try client.release()
            #expect(client.received(golden.octets) == .completed(.released))
        case .dataNotification(let push):
            #expect(client.received(golden.octets) == .notified(.dataNotification(push)))
        case .setResponse:
            // To several attributes at once, or to blocks of them, which no client of ours writes.
            guard case .failed = taken(try client.set(Self.clock, to: .nullData)) else {
                return #expect(Bool(false), "taken")
            }
        // Sealed ones are opened in `SecurityContextTests`; nothing of them is heard without a key.
        case .ciphered:
            guard case .failed = client.received(golden.octets) else { return #expect(Bool(false), "heard") }
        case .generalBlockTransfer(let block):
            #expect(client.received(golden.octets) == .ignored(.generalBlockTransfer(block)))
        default: Issue.record("nobody takes \(golden.octets.hex)")
        }
        #expect(golden.octets.first == 0x63 || client.isOpen)
    }

    /// A block in its turn: the next one is asked for, or the answer is whole.
    private func takes(_ block: GetDataBlock, _ octets: [UInt8]) throws {
        var client = try Self.client()
        let invoke = try client.get(Self.clock)[2]
        for number in 1..<max(1, block.number) {
            let before = GetDataBlock(isLast: false, number: number, result: .rawData([]))
            _ = client.received(
                APDU.getResponse(.withDataBlock(InvokeID(octet: invoke), before)).encoded)
        }
        var octets = octets
        octets[2] = invoke
        switch client.received(octets) {
        case .sendAPDU(let next):
            #expect(!block.isLast)
            let wanted = APDU.getRequest(.next(InvokeID(octet: invoke), blockNumber: block.number))
            #expect(next.hex == wanted.encoded.hex)
        // The end of a value whose beginning another block holds.
        case .failed(.undecodable), .completed: #expect(block.isLast)
        case let other: Issue.record("\(other)")
        }
    }

    private func associates(_ octets: [UInt8], _ answer: AARE) throws {
        var authentication = Authentication.none
        if let mechanism = answer.mechanism, answer.authenticationValue != nil {
            authentication = .highLevel(
                HighLevelSecurity(
                    mechanism: mechanism, makeChallenge: { Array("a challenge".utf8) },
                    reply: { $0.challenge.reversed() }, verify: { _, _ in true }))
        }
        var client = ApplicationClient(settings: .init(authentication: authentication))
        _ = try client.associate()
        switch client.received(octets) {
        case .completed(.associated(let agreed)):
            #expect(answer.result == .accepted && answer.diagnostic == .none)
            guard case .response(let initiate)? = answer.userInformation else {
                Issue.record("accepted without a response")
                return
            }
            #expect(agreed.conformance == initiate.conformance)
            #expect(agreed.serverMaximumPDU == initiate.maximumPDU)
        case .sendAPDU(let proof):
            #expect(answer.diagnostic == .authenticationRequired)
            guard case .actionRequest(.normal(_, _, .octetString(let reply)?)) = try APDU(octets: proof)
            else {
                Issue.record("no proof")
                return
            }
            #expect(reply == answer.authenticationValue.map { $0.reversed() })
        case .failed(.refused(let result, let diagnostic)):
            #expect(result == answer.result && diagnostic == answer.diagnostic)
        case let other: Issue.record("\(other)")
        }
    }

    // MARK: - The server

    /// An object that says what a recorded one said.
    private struct Recorded<Class: RecordedClass>: InterfaceObject {
        static var classID: UInt16 { Class.number }
        static var attributeCount: Int8 { 10 }
        static var methodCount: Int8 { 10 }
        let logicalName: LogicalName
        var answers: [Int8: GetDataResult] = [:]
        var result = DataAccessResult.success
        var outcome = ActionOutcome(.success)

        func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
            switch answers[index] {
            case .data(let value)?: .value(value)
            case .accessError(let error)?: .failure(error)
            case nil: .failure(.objectUndefined)
            }
        }

        mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult { result }
        mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome { outcome }
    }

    /// A directory of one kind of object under the names of a request.
    private static func directory<Class: RecordedClass>(
        _ kind: Class.Type, _ names: [AttributeDescriptor], _ results: [GetDataResult],
        _ result: DataAccessResult, _ outcome: ActionOutcome, into objects: inout StoredObjects
    ) {
        for (name, answer) in zip(names, results) where name.object.classID == Class.number {
            let object = Recorded<Class>(
                logicalName: name.object.logicalName, answers: [name.attribute: answer], result: result,
                outcome: outcome)
            objects.add(
                object, rights: [.reader: .reading(10, writable: Set(2...10), methods: Set(1...10))])
        }
    }

    /// Pairs of one request and its one answer.
    private static let exchanges: [(request: GoldenAPDU, answer: GoldenAPDU)] = zip(
        GoldenAPDU.all, GoldenAPDU.all.dropFirst()
    ).filter { request, answer in
        guard request.file == answer.file, request.direction == .request, answer.direction == .response,
            GoldenAPDU.dialogue(request.file).count == 2
        else { return false }
        switch try? APDU(octets: request.octets) {
        case .getRequest, .actionRequest(.normal), .setRequest(.normal): return true
        default: return false
        }
    }

    @Test(arguments: exchanges.map(\.request.file))
    private func `a recorded request is answered by our server as it was`(file: String) throws {
        let (request, answer) = try #require(Self.exchanges.first { $0.request.file == file })
        var names: [AttributeDescriptor] = []
        switch try APDU(octets: request.octets) {
        case .getRequest(.normal(_, let one)): names = [one.attribute]
        case .getRequest(.withList(_, let list)): names = list.map(\.attribute)
        case .setRequest(.normal(_, let one, _)): names = [one.attribute]
        case .actionRequest(.normal(_, let method, _)):
            names = [
                AttributeDescriptor(
                    classID: method.object.classID, logicalName: method.object.logicalName, attribute: 2)
            ]
        default: Issue.record("another request")
        }
        var (results, result, outcome) = (
            [GetDataResult](), DataAccessResult.success, ActionOutcome(.success)
        )
        switch try APDU(octets: answer.octets) {
        case .getResponse(.normal(_, let one)): results = [one]
        case .getResponse(.withList(_, let list)): results = list
        case .setResponse(.normal(_, let one)): (results, result) = ([.data(.nullData)], one)
        case .actionResponse(.normal(_, let one)): (results, outcome) = ([.data(.nullData)], one)
        default: Issue.record("another answer")
        }
        var objects = StoredObjects()
        Self.directory(ClassOfData.self, names, results, result, outcome, into: &objects)
        Self.directory(ClassOfRegister.self, names, results, result, outcome, into: &objects)
        Self.directory(ClassOfProfile.self, names, results, result, outcome, into: &objects)
        Self.directory(ClassOfClock.self, names, results, result, outcome, into: &objects)
        let everything = Conformance(rawValue: 0x00_FF1F)
        var server = ApplicationServer(profiles: [
            AssociationProfile(
                client: .reader, authentication: .none, conformance: everything, maximumPDU: 1_200)
        ])
        let hello = InitiateRequest(conformance: everything, maximumPDU: 1_200)
        let aarq = APDU.aarq(AARQ(userInformation: .request(hello))).encoded
        _ = server.received(aarq, from: .reader, directory: &objects)
        let said = try #require(server.received(request.octets, from: .reader, directory: &objects))
        // Some meters drop the bits of priority; ours says all of the identifier again.
        #expect(said[2] & 0x0F == answer.octets[2] & 0x0F)
        #expect(Self.unnumbered(said).hex == Self.unnumbered(answer.octets).hex)
    }

    @Test func `as many exchanges are played as the dialogues hold`() {
        #expect(Self.exchanges.count >= 17)
        #expect(Self.requests.count >= 35 && Self.answers.count >= 40)
    }
}

/// The number of a class that recorded objects are of.
private protocol RecordedClass: Sendable { static var number: UInt16 { get } }
private enum ClassOfData: RecordedClass { static let number: UInt16 = 1 }
private enum ClassOfRegister: RecordedClass { static let number: UInt16 = 3 }
private enum ClassOfProfile: RecordedClass { static let number: UInt16 = 7 }
private enum ClassOfClock: RecordedClass { static let number: UInt16 = 8 }

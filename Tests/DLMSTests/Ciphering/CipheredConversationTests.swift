import Octets
import Testing

@testable import DLMS

@Suite struct CipheredConversationTests {
    private static let clock = TestMeter.attribute(8, LogicalName(0, 0, 1, 0, 0), 2)

    private static func talk(
        _ authentication: Authentication = .lowLevel(TestMeter.password),
        server: ApplicationServer? = nil, dedicated: Bool = false,
        protection: SecurityControl = .authenticatedEncryption, encryption: [UInt8] = Suite0.encryptionKey
    ) throws -> Conversation {
        let server = try server ?? Suite0.server(.lowLevel(TestMeter.password))
        var talk = Conversation(as: .reader, authentication, server: server)
        var settings = ApplicationClient.Settings(
            authentication: authentication, security: try Suite0.side(encryption: encryption))
        settings.security?.protection = protection
        settings.usesDedicatedKey = dedicated
        talk.client = ApplicationClient(settings: settings)
        return talk
    }

    private static func isAssociated(_ action: ApplicationClient.Action) -> Bool {
        if case .completed(.associated) = action { true } else { false }
    }

    @Test(arguments: [false, true])
    func `an archive of sixty days comes ciphered, by blocks, no longer than agreed`(dedicated: Bool) throws {
        var talk = try Self.talk(dedicated: dedicated)
        talk.client.security?.counters = InvocationCounters(1..<100_000)
        #expect(Self.isAssociated(try talk.associate()))
        let value = try #require(try talk.get(TestMeter.attribute(7, TestMeter.profile, 2)).value)
        #expect(value.elements?.count == 2880)
        #expect(talk.longestAnswer <= 400)
        #expect(talk.longestRequest <= 400)
        let sealed = try talk.client.get(Self.clock)
        #expect(sealed.first == (dedicated ? 0xD0 : 0xC8))
        let answer = talk.server.received(sealed, from: .reader, directory: &talk.directory)
        #expect(answer?.first == (dedicated ? 0xD4 : 0xCC))
        _ = talk.client.received(try #require(answer))
        #expect(talk.run(try talk.client.release()) == .completed(.released))
    }

    @Test(arguments: 2...6 as ClosedRange<UInt8>, [false, true])
    func `every mechanism of high level security opens, ciphered and in the clear`(
        mechanism: UInt8, isCiphered: Bool
    ) throws {
        let server = try Suite0.server(
            .highLevel(try Suite0.highLevel(mechanism, title: Suite0.serverTitle)),
            policy: isCiphered ? .full : [])
        var talk = try Self.talk(
            .highLevel(try Suite0.highLevel(mechanism)), server: server,
            protection: isCiphered ? .authenticatedEncryption : .none)
        #expect(Self.isAssociated(try talk.associate()))
        #expect(try talk.get(Self.clock).value == .octetString(TestMeter.noon))
        #expect(talk.server.associatedClients == [.reader])
    }

    @Test(arguments: [2, 3, 4, 6] as [UInt8])
    func `a wrong secret is refused by the server, and found out by the client`(mechanism: UInt8) throws {
        let server = try Suite0.server(.highLevel(try Suite0.highLevel(mechanism)))
        var thief = try Self.talk(
            .highLevel(try Suite0.highLevel(mechanism, secret: "Secret")), server: server)
        #expect(try thief.associate() == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
        #expect(thief.server.associatedClients.isEmpty)
        var careless = try Suite0.highLevel(mechanism, secret: "impostor")
        careless.verify = { _, _ in true }
        var talk = try Self.talk(
            .highLevel(try Suite0.highLevel(mechanism)), server: try Suite0.server(.highLevel(careless)))
        #expect(try talk.associate() == .failed(.serverNotAuthentic))
    }

    @Test func `our own challenge sent back proves nothing`() throws {
        for mechanism: UInt8 in [2, 3, 4, 6] {
            let side = try Suite0.highLevel(mechanism)
            let pass = HighLevelPass(
                challenge: [1, 2, 3, 4, 5, 6, 7, 8], ownChallenge: [1, 2, 3, 4, 5, 6, 7, 8])
            let reply = try #require(side.reply(pass))
            #expect(!side.verify(pass, reply))
        }
    }

    @Test func `with another key the meter refuses, and the client does not try on`() throws {
        var talk = try Self.talk(encryption: Array(repeating: 1, count: 16))
        #expect(try talk.associate() == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
        #expect(talk.exchanges == 1)
    }

    @Test func `a policy of full protection refuses the clear and the half protected`() throws {
        var clear = Conversation(
            as: .reader, .lowLevel(TestMeter.password),
            server: try Suite0.server(.lowLevel(TestMeter.password)))
        #expect(try clear.associate() == .failed(.refused(.rejectedPermanent, .contextNotSupported)))
        var half = try Self.talk(protection: .authenticated)
        #expect(try half.associate() == .failed(.refused(.rejectedPermanent, .contextNotSupported)))
        var talk = try Self.talk()
        _ = try talk.associate()
        let plain = APDU.getRequest(.normal(InvokeID(confirmed: 1), AttributeRequest(Self.clock))).encoded
        let answer = talk.server.received(plain, from: .reader, directory: &talk.directory)
        #expect(answer == APDU.exceptionResponse(.serviceNotAllowed).encoded)
        #expect(try talk.get(Self.clock).value == .octetString(TestMeter.noon))
    }

    @Test func `a request said again is answered with the counter expected, in a new association too`() throws
    {
        var talk = try Self.talk()
        let hello = try talk.client.associate()
        let welcome = try #require(talk.server.received(hello, from: .reader, directory: &talk.directory))
        #expect(Self.isAssociated(talk.client.received(welcome)))
        let request = try talk.client.get(Self.clock)
        let first = talk.server.received(request, from: .reader, directory: &talk.directory)
        #expect(first?.first == 0xCC)
        let expected = APDU.exceptionResponse(
            ExceptionResponse(stateError: 2, serviceError: 6, invocationCounter: Suite0.counter + 2)
        ).encoded
        #expect(talk.server.received(request, from: .reader, directory: &talk.directory) == expected)
        talk.server.linkClosed(by: .reader)
        #expect(talk.server.received(hello, from: .reader, directory: &talk.directory) == expected)
    }

    @Test func `an answer said again or left open is refused by the client`() throws {
        var talk = try Self.talk()
        _ = try talk.associate()
        let request = try talk.client.get(Self.clock)
        let answer = try #require(talk.server.received(request, from: .reader, directory: &talk.directory))
        #expect(talk.client.received(answer).value != nil)
        _ = try talk.client.get(Self.clock)
        guard case .failed(.protection(.replayed)) = talk.client.received(answer) else {
            Issue.record("taken twice")
            return
        }
        _ = try talk.client.get(Self.clock)
        #expect(talk.client.received([0xC4, 1, 0xC1, 0, 0x11, 5]) == .failed(.protection(.unprotected)))
        #expect(talk.client.isOpen)
        // A server whose counters are those of an old association is a recording of it.
        var settings = talk.client.settings
        settings.heardCounters = [Suite0.serverTitle: try #require(talk.client.security?.heard)]
        settings.security?.counters = InvocationCounters(Suite0.counter + 200..<Suite0.counter + 300)
        talk.client = ApplicationClient(settings: settings)
        talk.server.nextCounter = 1
        guard case .failed(.protection(.replayed)) = try talk.associate() else {
            Issue.record("an old counter was taken")
            return
        }
    }

    @Test func `without counters nothing is sent`() throws {
        var talk = try Self.talk()
        talk.client.security?.counters = InvocationCounters()
        #expect(throws: ApplicationError.protection(.noCounter)) { try talk.client.associate() }
        talk.client.security?.counters = InvocationCounters(7..<8)
        #expect(Self.isAssociated(try talk.associate()))
        #expect(throws: ApplicationError.protection(.noCounter)) { try talk.client.get(Self.clock) }
        talk.client.security?.counters = InvocationCounters(8..<9)
        #expect(try talk.get(Self.clock).value != nil)
    }

    @Test func `the server tells its policy, and the counter to go on from to anybody`() throws {
        var talk = try Self.talk()
        _ = try talk.associate()
        let setup = { TestMeter.attribute(64, .securitySetup, $0) }
        #expect(try talk.get(setup(2)).value == .enumerated(SecurityPolicy.full.rawValue))
        #expect(try talk.get(setup(3)).value == .enumerated(0))
        #expect(try talk.get(setup(4)).value == .octetString(Suite0.clientTitle))
        #expect(try talk.get(setup(5)).value == .octetString(Suite0.serverTitle))
        let used = try #require(talk.client.security?.counters.upcoming) - 1
        var stranger = Conversation(as: .publicClient, .none, server: talk.server)
        _ = try stranger.associate()
        let counter = TestMeter.attribute(1, .invocationCounter, 2)
        #expect(try stranger.get(counter).value == .doubleLongUnsigned(used))
        #expect(try stranger.get(setup(2)) == .completed(.get(.accessError(.objectUndefined))))
        let context = TestMeter.attribute(15, .currentAssociation, 4)
        let name = DLMSObjectIdentifier.octets(branch: DLMSObjectIdentifier.contextBranch, value: 3)
        #expect(try talk.get(context).value == .octetString(name))
    }

    @Test func `another mechanism named by the server is taken only where we may change to it`() throws {
        let server = try Suite0.server(.highLevel(try Suite0.highLevel(4)))
        var talk = try Self.talk(.highLevel(try Suite0.highLevel(3)), server: server)
        #expect(
            try talk.associate() == .failed(.refused(.rejectedPermanent, .mechanismNotRecognised)))
        // A meter that takes any proposal and names its own in the answer.
        var answer = AARE(
            userInformation: .response(InitiateResponse(conformance: .usualGrant, maximumPDU: 400)))
        answer.diagnostic = .authenticationRequired
        answer.mechanism = .highLevelSHA1
        answer.authenticationValue = Array("meter's!".utf8)
        let octets = APDU.aare(answer).encoded
        for alternatives in [[], [try Suite0.highLevel(4)]] {
            var settings = ApplicationClient.Settings(authentication: .highLevel(try Suite0.highLevel(3)))
            settings.alternatives = alternatives
            var client = ApplicationClient(settings: settings)
            _ = try client.associate()
            let action = client.received(octets)
            #expect(client.namedMechanism == .highLevelSHA1)
            guard !alternatives.isEmpty else {
                #expect(action == .failed(.refused(.accepted, .authenticationRequired)))
                continue
            }
            let digest = Suite0.cryptography.digest(Array("meter's!secret".utf8), by: .sha1)
            guard case .sendAPDU(let reply) = action else {
                Issue.record("no reply")
                continue
            }
            #expect(reply.suffix(20).elementsEqual(digest))
        }
    }

    @Test func `a push in a ciphered association is handed out sealed, and not in the clear`() throws {
        var talk = try Self.talk()
        _ = try talk.associate()
        let push = APDU.dataNotification(DataNotification(longInvokeID: 1, body: .unsigned(5)))
        #expect(talk.client.received(push.encoded) == .failed(.protection(.unprotected)))
        var meter = try Suite0.side(Suite0.serverTitle, from: talk.server.nextCounter)
        _ = try talk.client.get(Self.clock)
        #expect(talk.client.received(try meter.seal(push.encoded)) == .notified(push))
        talk.server.nextCounter += 1
        #expect(talk.client.isOpen == false)
    }
}

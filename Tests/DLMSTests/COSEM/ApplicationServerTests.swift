import Octets
import Testing

@testable import DLMS

@Suite struct ApplicationServerTests {
    private var server = TestMeter.server()
    private var directory = TestMeter.directory()

    private mutating func ask(_ octets: [UInt8], as client: ClientSAP = .reader) -> APDU? {
        server.received(octets, from: client, directory: &directory).flatMap { try? APDU(octets: $0) }
    }

    private mutating func associate(proposal: Conformance = .automaticProposal, maximumPDU: UInt16 = 1200)
        -> APDU?
    {
        let initiate = InitiateRequest(conformance: proposal, maximumPDU: maximumPDU)
        let request = AARQ(
            mechanism: .lowLevel, authenticationValue: TestMeter.password, userInformation: .request(initiate)
        )
        return ask(APDU.aarq(request).encoded)
    }

    private let getProfile = APDU.getRequest(
        .normal(InvokeID(octet: 0x81), AttributeRequest(TestMeter.attribute(7, TestMeter.profile, 2))))

    @Test mutating func `services outside an association are not allowed`() {
        #expect(ask(getProfile.encoded) == .exceptionResponse(.serviceNotAllowed))
    }

    @Test mutating func `the association of one client is not that of another`() {
        _ = associate()
        #expect(ask(getProfile.encoded, as: .publicClient) == .exceptionResponse(.serviceNotAllowed))
        server.linkClosed(by: .reader)
        #expect(ask(getProfile.encoded) == .exceptionResponse(.serviceNotAllowed))
    }

    @Test mutating func `a wrong password is answered as the meters of the field do`() throws {
        let initiate = InitiateRequest(conformance: .automaticProposal, maximumPDU: 256)
        let request = AARQ(
            mechanism: .lowLevel, authenticationValue: [9], userInformation: .request(initiate))
        server.profiles[1].conformance = Conformance(rawValue: 0x18_1D)
        server.profiles[1].maximumPDU = 384
        let answer = server.received(APDU.aarq(request).encoded, from: .reader, directory: &directory)
        #expect(answer?.hex == GoldenAPDU.dialogue("v030")[1].octets.hex)
    }

    @Test mutating func `after a wrong answer the challenge is spent, and the right one opens nothing`()
        throws
    {
        let proposal = InitiateRequest(conformance: .usualGrant, maximumPDU: 400)
        let request = AARQ(
            mechanism: .highLevel, authenticationValue: Array("my turn!".utf8),
            userInformation: .request(proposal))
        guard case .aare(let answer)? = ask(APDU.aarq(request).encoded, as: .configurator),
            let challenge = answer.authenticationValue
        else {
            Issue.record("no challenge")
            return
        }
        let invoke = InvokeID(octet: 0xC1)
        func proof(_ octets: [UInt8]) -> [UInt8] {
            let method = MethodDescriptor(
                classID: AssociationObject.classID, logicalName: .currentAssociation, method: 1)
            return APDU.actionRequest(.normal(invoke, method, .octetString(octets))).encoded
        }
        let denied = APDU.actionResponse(.normal(invoke, ActionOutcome(.readWriteDenied)))
        #expect(ask(proof(challenge), as: .configurator) == denied)
        #expect(server.wrongAnswers == 1)
        let right = challenge.map { $0 ^ 0x5A }
        #expect(ask(proof(right), as: .configurator) == .exceptionResponse(.serviceNotAllowed))
        #expect(server.associatedClients.isEmpty)
    }

    @Test mutating func `short names, unknown clients and bad proposals are refused with their reasons`() {
        let initiate = UserInformation.request(
            InitiateRequest(conformance: .automaticProposal, maximumPDU: 256))
        let short = AARQ(context: .shortNames, userInformation: initiate)
        guard case .aare(let answer)? = ask(APDU.aarq(short).encoded) else {
            Issue.record("no AARE")
            return
        }
        #expect(answer.diagnostic == .contextNotSupported)
        guard
            case .aare(let stranger)? = ask(
                APDU.aarq(AARQ(userInformation: initiate)).encoded, as: .init(rawValue: 7))
        else {
            Issue.record("no AARE")
            return
        }
        #expect(stranger.result == .rejectedPermanent)
        guard case .aare(let tiny)? = associate(maximumPDU: 12),
            case .aare(let nothing)? = associate(proposal: [.read])
        else {
            Issue.record("no AARE")
            return
        }
        #expect(tiny.userInformation == .error(ConfirmedServiceError(service: 1, errorClass: 6, value: 3)))
        #expect(nothing.userInformation == .error(ConfirmedServiceError(service: 1, errorClass: 6, value: 2)))
    }

    @Test mutating func `an unconfirmed-looking request is answered with its own octet`() {
        // The samples of GOST R 58940 ask with 81 and are answered.
        _ = associate()
        guard case .getResponse(.withDataBlock(let invoke, let block))? = ask(getProfile.encoded) else {
            Issue.record("no block")
            return
        }
        #expect(invoke.octet == 0x81)
        #expect(block.number == 1)
        #expect(!block.isLast)
    }

    @Test mutating func `a wrong block number ends the transfer`() {
        _ = associate()
        _ = ask(getProfile.encoded)
        let wrong = APDU.getRequest(.next(InvokeID(octet: 0xC1), blockNumber: 2))
        #expect(
            ask(wrong.encoded)
                == .getResponse(
                    .withDataBlock(
                        InvokeID(octet: 0xC1),
                        GetDataBlock(isLast: true, number: 2, result: .accessError(.dataBlockNumberInvalid))))
        )
        let right = APDU.getRequest(.next(InvokeID(octet: 0xC1), blockNumber: 1))
        #expect(
            ask(right.encoded)
                == .getResponse(
                    .withDataBlock(
                        InvokeID(octet: 0xC1),
                        GetDataBlock(isLast: true, number: 1, result: .accessError(.noLongGetInProgress)))))
    }

    @Test mutating func `a block asked after the last is no long get in progress`() {
        _ = associate()
        directory = TestMeter.directory(rows: 30)
        var last: GetDataBlock?
        var request = getProfile
        while last?.isLast != true {
            guard case .getResponse(.withDataBlock(let invoke, let block))? = ask(request.encoded) else {
                Issue.record("no block")
                return
            }
            last = block
            request = .getRequest(.next(invoke, blockNumber: block.number))
        }
        guard case .getResponse(.withDataBlock(_, let extra))? = ask(request.encoded) else {
            Issue.record("no block")
            return
        }
        #expect(extra.isLast)
        #expect(extra.result == .accessError(.noLongGetInProgress))
    }

    @Test mutating func `without block transfer a long answer is an error, not an overlong APDU`() {
        _ = associate(proposal: [.get])
        guard case .getResponse(.normal(_, .accessError(let error)))? = ask(getProfile.encoded) else {
            Issue.record("no error")
            return
        }
        #expect(error == .otherReason)
    }

    @Test mutating func `services that were not agreed are refused`() {
        _ = associate(proposal: [.get])
        let set = APDU.setRequest(
            .normal(
                InvokeID(octet: 0xC1), AttributeRequest(TestMeter.attribute(1, TestMeter.note, 2)),
                .unsigned(1)))
        #expect(ask(set.encoded) == .exceptionResponse(ExceptionResponse(stateError: 1, serviceError: 2)))
    }

    @Test mutating func `garbage and ciphered requests are answered with exceptions`() {
        _ = associate()
        #expect(ask([0xC0, 1]) == .exceptionResponse(.otherReason))
        #expect(ask([0xC8, 1, 0]) == .exceptionResponse(.serviceNotSupported))
        #expect(ask([0xC4, 1, 0xC1, 0, 0]) == nil)
    }

    @Test mutating func `the shift of the clock is left to the directory, within its range`() {
        var clock = ClockObject(time: TestMeter.noon)
        #expect(clock.invoke(6, with: .long(-900)).result == .success)
        #expect(clock.adjustment == .shift(seconds: -900))
        #expect(clock.invoke(6, with: .long(1000)).result == .otherReason)
        #expect(clock.invoke(6, with: .unsigned(1)).result == .typeUnmatched)
        #expect(clock.setAttribute(2, to: .octetString(TestMeter.noon)) == .success)
        #expect(clock.adjustment == .set(TestMeter.noon))
        #expect(clock.setAttribute(2, to: .octetString([1])) == .typeUnmatched)
    }

    @Test(arguments: [(0, 1), (1, 2), (2, 1), (3, 2), (4, 1), (5, 2), (6, 2)] as [(UInt8, UInt8)])
    func `the relay comes back by its mode`(mode: UInt8, state: UInt8) {
        var relay = DisconnectControlObject(state: .connected, mode: mode)
        _ = relay.invoke(1, with: .integer(0))
        #expect(relay.state == (mode == 0 ? .connected : .disconnected))
        _ = relay.invoke(2, with: .integer(0))
        #expect(relay.state.rawValue == state)
    }

    @Test mutating func `rows are made one block ahead at most`() {
        let counter = RowCounter()
        directory.add(
            ProfileGenericObject(
                TestMeter.profile, rows: counter, captureObjects: TestMeter.columns,
                capturePeriodSeconds: 1800,
                profileEntries: 100_000),
            rights: [.reader: ProfileGenericObject.usualRights])
        _ = associate()
        guard case .getResponse(.withDataBlock)? = ask(getProfile.encoded) else {
            Issue.record("no block")
            return
        }
        // A row of 5 octets and blocks of at most 400: no row is made twice, nor any beyond the first block.
        #expect(counter.made.value < 100)
    }

    @Test(arguments: [51, 52] as [UInt64])
    mutating func `noise never traps the server`(seed: UInt64) {
        var generator = SeededNumbers(seed: seed)
        _ = associate()
        for _ in 0..<5_000 {
            let head: [UInt8] = [
                [0xC0, 0xC1, 0xC3, 0x60, 0x62].randomElement(using: &generator) ?? 0,
                UInt8.random(in: 0...6, using: &generator), 0xC1,
            ]
            let answer = server.received(
                head + generator.octets(0...30), from: .reader, directory: &directory)
            #expect(answer?.isEmpty != true, "seed \(seed)")
        }
    }
}

/// Rows that count how many were made.
private struct RowCounter: ProfileRows {
    /// A tally shared by the copies of the rows; the test is single-threaded.
    final class Tally: @unchecked Sendable { var value = 0 }

    let made = Tally()
    var count: Int { 100_000 }
    func stamp(at index: Int) -> DateTimeValue { TestMeter.noon }
    func row(at index: Int) -> [DataValue] {
        made.value += 1
        return [.unsigned(UInt8(truncatingIfNeeded: index))]
    }
}

import Octets
import Testing

@testable import DLMS

/// Every form of every service, filled at random, reads back as itself.
@Suite struct RandomAPDUTests {
    @Test(arguments: 1...8)
    func `whatever can be written reads back`(seed: Int) throws {
        var maker = APDUMaker(seed: UInt64(seed))
        for _ in 0..<300 {
            let apdu = maker.apdu()
            let octets = apdu.encoded
            let again = try APDU(octets: octets)
            #expect(again.encoded == octets, "seed \(seed)")
            #expect(throws: DecodingError(.trailing, at: 0, "")) { try APDU(octets: octets + [0]) }
        }
    }

    @Test(arguments: 1...4)
    func `every form has fields with distinct names`(seed: Int) throws {
        var maker = APDUMaker(seed: UInt64(seed))
        for _ in 0..<300 {
            guard case .fields(let fields) = maker.apdu().fields else {
                Issue.record("no fields")
                return
            }
            #expect(Set(fields.map(\.name)).count == fields.count, "\(fields.map(\.name))")
        }
    }
}

/// Makes APDUs of any form.
struct APDUMaker {
    private var numbers: SeededNumbers

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    mutating func apdu() -> APDU {
        switch numbers.next() % 12 {
        case 0: .getRequest(getRequest())
        case 1: .getResponse(getResponse())
        case 2: .setRequest(setRequest())
        case 3: .setResponse(setResponse())
        case 4: .actionRequest(actionRequest())
        case 5: .actionResponse(actionResponse())
        case 6: .aarq(aarq())
        case 7: .aare(aare())
        case 8: .eventNotification(event())
        case 9: .dataNotification(push())
        case 10: .release(release())
        default: .exceptionResponse(exception())
        }
    }

    private mutating func number<Number: FixedWidthInteger>() -> Number {
        Number(truncatingIfNeeded: numbers.next())
    }
    private mutating func coin() -> Bool { numbers.next() & 1 == 1 }
    private mutating func invoke() -> InvokeID { InvokeID(octet: number()) }
    private mutating func value() -> DataValue { DataValue.random(using: &numbers, depth: 2) }
    private mutating func list<Item>(_ item: (inout APDUMaker) -> Item) -> [Item] {
        (0..<Int(numbers.next() % 4)).map { _ in item(&self) }
    }

    private mutating func attribute() -> AttributeDescriptor {
        AttributeDescriptor(
            classID: number(),
            logicalName: LogicalName(number(), number(), number(), number(), number(), number()),
            attribute: number())
    }

    private mutating func method() -> MethodDescriptor {
        let attribute = attribute()
        return MethodDescriptor(
            classID: attribute.object.classID, logicalName: attribute.object.logicalName, method: number())
    }

    private mutating func request() -> AttributeRequest {
        let selection = coin() ? AccessSelection(selector: number(), parameters: value()) : nil
        return AttributeRequest(attribute(), selection: selection)
    }

    private mutating func block() -> DataBlock {
        DataBlock(isLast: coin(), number: number(), rawData: numbers.octets(0...300))
    }

    private mutating func result() -> DataAccessResult { DataAccessResult(rawValue: number()) }
    private mutating func getResult() -> GetDataResult { coin() ? .data(value()) : .accessError(result()) }
    private mutating func outcome() -> ActionOutcome {
        ActionOutcome(ActionResult(rawValue: number()), returned: coin() ? getResult() : nil)
    }

    private mutating func getRequest() -> GetRequest {
        switch numbers.next() % 3 {
        case 0: .normal(invoke(), request())
        case 1: .next(invoke(), blockNumber: number())
        default: .withList(invoke(), list { $0.request() })
        }
    }

    private mutating func getResponse() -> GetResponse {
        switch numbers.next() % 4 {
        case 0: .normal(invoke(), getResult())
        case 1:
            .withDataBlock(
                invoke(),
                GetDataBlock(isLast: coin(), number: number(), result: .rawData(numbers.octets(0...300))))
        case 2:
            .withDataBlock(invoke(), GetDataBlock(isLast: true, number: 1, result: .accessError(result())))
        default: .withList(invoke(), list { $0.getResult() })
        }
    }

    private mutating func setRequest() -> SetRequest {
        switch numbers.next() % 5 {
        case 0: .normal(invoke(), request(), value())
        case 1: .withFirstDataBlock(invoke(), request(), block())
        case 2: .withDataBlock(invoke(), block())
        case 3: .withList(invoke(), list { $0.request() }, list { $0.value() })
        default: .withListAndFirstDataBlock(invoke(), list { $0.request() }, block())
        }
    }

    private mutating func setResponse() -> SetResponse {
        switch numbers.next() % 5 {
        case 0: .normal(invoke(), result())
        case 1: .dataBlock(invoke(), blockNumber: number())
        case 2: .lastDataBlock(invoke(), result(), blockNumber: number())
        case 3: .lastDataBlockWithList(invoke(), list { $0.result() }, blockNumber: number())
        default: .withList(invoke(), list { $0.result() })
        }
    }

    private mutating func actionRequest() -> ActionRequest {
        switch numbers.next() % 6 {
        case 0: .normal(invoke(), method(), coin() ? value() : nil)
        case 1: .nextBlock(invoke(), blockNumber: number())
        case 2: .withList(invoke(), list { $0.method() }, list { $0.value() })
        case 3: .withFirstBlock(invoke(), method(), block())
        case 4: .withListAndFirstBlock(invoke(), list { $0.method() }, block())
        default: .withBlock(invoke(), block())
        }
    }

    private mutating func actionResponse() -> ActionResponse {
        switch numbers.next() % 4 {
        case 0: .normal(invoke(), outcome())
        case 1: .withBlock(invoke(), block())
        case 2: .withList(invoke(), list { $0.outcome() })
        default: .nextBlock(invoke(), blockNumber: number())
        }
    }

    private mutating func initiateRequest() -> InitiateRequest {
        var initiate = InitiateRequest(conformance: Conformance(rawValue: number()), maximumPDU: number())
        if coin() { initiate.dedicatedKey = numbers.octets(16...16) }
        initiate.responseAllowed = coin()
        if coin() { initiate.qualityOfService = number() }
        return initiate
    }

    private mutating func initiateResponse() -> InitiateResponse {
        var initiate = InitiateResponse(conformance: Conformance(rawValue: number()), maximumPDU: number())
        if coin() { initiate.qualityOfService = number() }
        initiate.vaaName = number()
        return initiate
    }

    private mutating func titles(_ tag: UInt8) -> [ACSETitle] {
        coin() ? [ACSETitle(tag: tag, content: [4, 8] + numbers.octets(8...8))] : []
    }

    private mutating func aarq() -> AARQ {
        var apdu = AARQ(context: ApplicationContext(rawValue: number()))
        apdu.titles = titles(0xA6)
        if coin() { apdu.mechanism = AuthenticationMechanism(rawValue: number()) }
        if coin() { apdu.authenticationValue = numbers.octets(0...64) }
        apdu.userInformation = coin() ? .request(initiateRequest()) : .opaque([0x21] + numbers.octets(1...60))
        return apdu
    }

    private mutating func aare() -> AARE {
        var apdu = AARE(
            context: ApplicationContext(rawValue: number()), result: AssociationResult(rawValue: number()),
            diagnostic: coin() ? .serviceUser(number()) : .serviceProvider(number()))
        apdu.titles = titles(0xA4)
        if coin() { apdu.mechanism = AuthenticationMechanism(rawValue: number()) }
        if coin() { apdu.authenticationValue = numbers.octets(0...64) }
        switch numbers.next() % 3 {
        case 0: apdu.userInformation = .response(initiateResponse())
        case 1:
            apdu.userInformation = .error(
                ConfirmedServiceError(service: number(), errorClass: number(), value: number()))
        default: break
        }
        return apdu
    }

    private mutating func release() -> Release {
        Release(
            coin() ? .request : .response, reason: coin() ? number() : nil,
            userInformation: coin() ? .response(initiateResponse()) : nil)
    }

    private mutating func event() -> EventNotification {
        EventNotification(
            time: coin() ? numbers.octets(12...12) : nil, attribute: attribute(), value: value())
    }

    private mutating func push() -> DataNotification {
        var apdu = DataNotification(
            longInvokeID: number(), dateTime: coin() ? DateTimeValue(octets: numbers.octets(12...12)) : nil,
            body: value())
        apdu.hasTaggedDateTime = apdu.dateTime != nil && coin()
        return apdu
    }

    private mutating func exception() -> ExceptionResponse {
        let isCounter = coin()
        return ExceptionResponse(
            stateError: number(), serviceError: isCounter ? 6 : 3,
            invocationCounter: isCounter ? number() : nil)
    }
}

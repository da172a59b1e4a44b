import Octets
import Testing

@testable import DLMS

@Suite struct NotificationStreamTests {
    private static func items(_ octets: [UInt8], pieces: Int = .max) -> [NotificationStream.Item] {
        var stream = NotificationStream()
        var items: [NotificationStream.Item] = []
        var rest = octets[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            rest = rest.dropFirst(piece.count)
            stream.append(piece)
            while let item = stream.next() { items.append(item) }
        }
        return items
    }

    private static func wrapped(_ apdu: [UInt8]) -> [UInt8] {
        WrapperUnit(from: 1, to: 48, apdu: apdu).encoded
    }

    private static func golden(_ name: String) throws -> [UInt8] {
        try #require(GoldenAPDU.dialogue(name).first).octets
    }

    @Test func `the golden push of a wrapper comes as sealed, in any pieces`() throws {
        let file = try #require(VectorFile.all().first { $0.name == "v106" })
        let octets = try #require(file.steps.first).octets
        for pieces in [1, 3, 7, octets.count] {
            let items = Self.items(octets + octets, pieces: pieces)
            #expect(items.count == 2)
            guard case .sealed(let apdu)? = items.first else {
                Issue.record("not sealed")
                return
            }
            #expect(apdu.invocationCounter == 486)
        }
    }

    @Test(arguments: ["v111", "v112"])
    func `golden blocks of a push join to one sealed APDU, and a gap loses all of it`(file: String) throws {
        let blocks = GoldenAPDU.dialogue(file).map { Self.wrapped($0.octets) }
        let items = Self.items(blocks.flatMap(\.self))
        #expect(items.count == 1)
        guard case .sealed(let apdu)? = items.first else {
            Issue.record("not sealed")
            return
        }
        #expect(apdu.name == "general-glo-ciphering")
        let gap = Self.items((blocks.prefix(1) + blocks.dropFirst(2)).flatMap(\.self))
        #expect(
            gap.first == .refused(.blocks) && !gap.contains { if case .sealed = $0 { true } else { false } })
    }

    @Test func `what is no notification is refused`() throws {
        let request = try Self.golden("v099")
        #expect(Self.items(Self.wrapped([0x60, 0])) == [.refused(.malformed)])
        #expect(
            Self.items(Self.wrapped(APDU.exceptionResponse(.otherReason).encoded)) == [.refused(.unexpected)])
        #expect(Self.items([0xC0, 1, 2, 3, 4, 5, 6, 7, 8]) == [.refused(.framing)])
        guard case .sealed? = Self.items(Self.wrapped(request)).first else {
            Issue.record("a ciphered request is for the owner of keys to open")
            return
        }
        #expect(NotificationStream.notification(in: request) == .refused(.unexpected))
    }

    @Test func `a unit longer than a push may be is refused at its head`() {
        let head: [UInt8] = [0, 1, 0, 1, 0, 48, 0x40, 1]
        #expect(Self.items(head).first == .refused(.framing))
    }

    @Test func `blocks without end are given up at the bound`() {
        var refused = 0
        var stream = NotificationStream()
        for number in UInt16(1)...200 {
            let block = GeneralBlockTransfer(
                control: 0x40, number: number, acknowledged: 0, data: Array(repeating: 0, count: 1_000))
            stream.append(Self.wrapped(APDU.generalBlockTransfer(block).encoded))
            while let item = stream.next() { if item == .refused(.blocks) { refused += 1 } }
        }
        #expect(refused == 200 - NotificationStream.bound / 1_000)
    }

    @Test func `bodies that name their values are read by name`() throws {
        // Aidon: name, value, scaler and unit in structures of their own.
        guard case .notification(let aidon) = NotificationStream.item(in: try Self.golden("v114")),
            case .named(let values) = aidon.body
        else {
            Issue.record("not named")
            return
        }
        #expect(values.count == 9 && values[3].logicalName == LogicalName(1, 0, 1, 7, 0))
        #expect(values[3].value == .doubleLongUnsigned(1_362) && values[3].scaling?.elements?.count == 2)
        #expect(values[0].scaling == nil)
        // Kaifa: bare values.
        guard case .notification(let kaifa) = NotificationStream.item(in: try Self.golden("v109")) else {
            Issue.record("not a notification")
            return
        }
        guard case .bare(let elements) = kaifa.body else {
            Issue.record("not bare")
            return
        }
        #expect(elements.count == 13)
        #expect(kaifa.body.values(by: nil) == nil)
        #expect(kaifa.body.values(by: Array(repeating: .clock, count: 12)) == nil)
        #expect(kaifa.body.values(by: Array(repeating: .clock, count: 13))?.count == 13)
    }

    @Test func `names and values in turn are pairs, and one name alone is not`() {
        let name: (UInt8) -> DataValue = { .octetString([1, 0, $0, 8, 0, 255]) }
        let body = PushBody(
            .structure([.octetString(Array("LGZ".utf8)), name(1), .unsigned(5), name(2), .unsigned(6)]))
        #expect(
            body
                == .named([
                    PushedValue(LogicalName(1, 0, 1, 8, 0), value: .unsigned(5)),
                    PushedValue(LogicalName(1, 0, 2, 8, 0), value: .unsigned(6)),
                ]))
        let setup = DataValue.structure([.octetString([0, 0, 25, 9, 0, 255]), .unsigned(5), .unsigned(6)])
        #expect(PushBody(setup) == .bare(setup.elements ?? []))
    }

    @Test func `a list of objects in front names what follows, itself among it or not`() {
        let own = CaptureObject(classID: 40, logicalName: LogicalName(0, 0, 25, 9, 0))
        let energy = CaptureObject(classID: 3, logicalName: LogicalName(1, 0, 1, 8, 0))
        let list = DataValue.array([own.value, energy.value])
        guard case .named(let values) = PushBody(.structure([list, .unsigned(5)])) else {
            Issue.record("not named")
            return
        }
        #expect(values.map(\.logicalName) == [LogicalName(0, 0, 25, 9, 0), LogicalName(1, 0, 1, 8, 0)])
        #expect(values[1].classID == 3 && values[1].value == .unsigned(5))
        let alone = PushBody(.structure([.array([energy.value]), .unsigned(5)]))
        #expect(alone == .named([PushedValue(classID: 3, LogicalName(1, 0, 1, 8, 0), value: .unsigned(5))]))
    }

    @Test func `an event names its attribute`() throws {
        let event = EventNotification(
            attribute: AttributeDescriptor(
                classID: 1, logicalName: LogicalName(0, 0, 97, 98, 0), attribute: 2),
            value: .doubleLongUnsigned(16))
        let item = NotificationStream.item(in: APDU.eventNotification(event).encoded)
        guard case .notification(let notification) = item else {
            Issue.record("not a notification")
            return
        }
        #expect(notification.isEvent)
        #expect(
            notification.body
                == .named([
                    PushedValue(
                        classID: 1, LogicalName(0, 0, 97, 98, 0), value: .doubleLongUnsigned(16))
                ]))
    }
}

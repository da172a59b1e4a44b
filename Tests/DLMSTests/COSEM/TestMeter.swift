// A small logical device for the tests of both machines: clock, registers, a relay, a long profile made row
// by row.

import Octets

@testable import DLMS

/// Half-hours made when asked; counts how many were made at most once each.
struct HalfHours: ProfileRows {
    var count: Int

    func stamp(at index: Int) -> DateTimeValue {
        let minutes = index % 48 * 30
        return DateTimeValue(
            date: DateValue(year: 2024, month: UInt8(1 + index / 48 / 28), day: UInt8(1 + index / 48 % 28)),
            time: TimeValue(hour: UInt8(minutes / 60), minute: UInt8(minutes % 60), second: 0))
    }

    func row(at index: Int) -> [DataValue] {
        [.octetString(stamp(at: index)), .doubleLongUnsigned(UInt32(index)), .doubleLongUnsigned(7)]
    }
}

enum TestMeter {
    static let password = Array("12345678".utf8)
    static let energy = LogicalName(1, 0, 1, 8, 0)
    static let profile = LogicalName(1, 0, 99, 1, 0)
    static let note = LogicalName(0, 0, 96, 1, 10)
    static let columns = [
        CaptureObject.clock, CaptureObject(classID: 3, logicalName: LogicalName(1, 0, 1, 29, 0)),
        CaptureObject(classID: 3, logicalName: LogicalName(1, 0, 2, 29, 0)),
    ]
    static let noon = DateTimeValue(
        date: DateValue(year: 2024, month: 3, day: 1, dayOfWeek: 5),
        time: TimeValue(hour: 12, minute: 0, second: 0))

    static func directory(rows: Int = 60 * 48) -> StoredObjects {
        var table = StoredObjects()
        let everybody: [ClientSAP] = [.reader, .configurator]
        func add(_ object: any InterfaceObject, _ rights: AccessRights, writes: AccessRights? = nil) {
            var map = Dictionary(uniqueKeysWithValues: everybody.map { ($0, rights) })
            if let writes { map[.configurator] = writes }
            if object.key.classID == 8 { map[.publicClient] = .reading(9) }
            table.add(object, rights: map)
        }
        add(
            ClockObject(time: noon), .reading(9, methods: [3, 6]),
            writes: .reading(9, writable: [2, 3], methods: [3, 6]))
        add(
            RegisterObject(
                energy, value: .doubleLongUnsigned(123_456), scalerUnit: ScalerUnit(scaler: 0, unit: 30)),
            .reading(3))
        add(DataObject(note, value: .octetString([1])), .reading(2), writes: .reading(2, writable: [2]))
        add(
            ProfileGenericObject(
                profile, rows: HalfHours(count: rows), captureObjects: columns, capturePeriodSeconds: 1800,
                profileEntries: 8640),
            ProfileGenericObject.usualRights)
        add(
            DisconnectControlObject(state: .connected), .reading(4),
            writes: .reading(4, writable: [4], methods: [1, 2]))
        add(HDLCSetupObject(LogicalName(0, 1, 22, 0, 0), deviceAddress: 16), .reading(9))
        return table
    }

    static func server(
        conformance: Conformance = .usualGrant.union([.blockTransferSet]), maximumPDU: UInt16 = 400
    ) -> ApplicationServer {
        ApplicationServer(profiles: [
            AssociationProfile(
                client: .publicClient, authentication: .none, conformance: conformance, maximumPDU: maximumPDU
            ),
            AssociationProfile(
                client: .reader, authentication: .lowLevel(password), conformance: conformance,
                maximumPDU: maximumPDU),
            AssociationProfile(
                client: .configurator, authentication: .highLevel(exclusiveOr(key: 0x5A)),
                conformance: conformance,
                maximumPDU: maximumPDU),
        ])
    }

    /// Stands in for a cipher: the reply is the challenge with every octet changed by the key.
    static func exclusiveOr(key: UInt8, challenge: String = "challenge") -> HighLevelSecurity {
        HighLevelSecurity(
            mechanism: .highLevel, makeChallenge: { Array(challenge.utf8) },
            reply: { $0.challenge.map { $0 ^ key } }, verify: { $0.challenge.map { $0 ^ key } == $1 })
    }

    static func attribute(_ classID: UInt16, _ name: LogicalName, _ index: Int8) -> AttributeDescriptor {
        AttributeDescriptor(classID: classID, logicalName: name, attribute: index)
    }
}

/// A client and a server joined without a link; counts APDUs and keeps the longest of either way.
struct Conversation {
    var client: ApplicationClient
    var server: ApplicationServer
    var directory: StoredObjects
    var sap: ClientSAP
    var exchanges = 0
    var longestRequest = 0
    var longestAnswer = 0

    init(
        as sap: ClientSAP, _ authentication: Authentication, server: ApplicationServer = TestMeter.server(),
        directory: StoredObjects = TestMeter.directory(), conformance: Conformance = .automaticProposal,
        maximumPDU: UInt16 = 1200
    ) {
        client = ApplicationClient(
            settings: ApplicationClient.Settings(
                authentication: authentication, conformance: conformance, maximumPDU: maximumPDU))
        self.server = server
        self.directory = directory
        self.sap = sap
    }

    /// A reader already associated.
    static func reader(
        server: ApplicationServer = TestMeter.server(), directory: StoredObjects = TestMeter.directory(),
        conformance: Conformance = .automaticProposal, maximumPDU: UInt16 = 1200
    ) throws -> Conversation {
        var talk = Conversation(
            as: .reader, .lowLevel(TestMeter.password), server: server, directory: directory,
            conformance: conformance, maximumPDU: maximumPDU)
        _ = try talk.associate()
        return talk
    }

    mutating func associate() throws -> ApplicationClient.Action { run(try client.associate()) }

    mutating func get(
        _ attribute: AttributeDescriptor, _ selection: AccessSelection? = nil
    ) throws -> ApplicationClient.Action {
        run(try client.get(attribute, selection: selection))
    }

    /// Carries APDUs to and fro until the service ends.
    mutating func run(_ first: [UInt8]) -> ApplicationClient.Action {
        var request = first
        while true {
            exchanges += 1
            longestRequest = max(longestRequest, request.count)
            guard let answer = server.received(request, from: sap, directory: &directory) else {
                return client.fail(.unexpected("silence"))
            }
            longestAnswer = max(longestAnswer, answer.count)
            switch client.received(answer) {
            case .sendAPDU(let next): request = next
            case let ended: return ended
            }
        }
    }
}

extension ApplicationClient.Action {
    /// The value of a GET that ended well.
    var value: DataValue? {
        if case .completed(.get(.data(let value))) = self { value } else { nil }
    }
}

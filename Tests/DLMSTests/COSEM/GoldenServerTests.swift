import Octets
import Testing

@testable import DLMS

/// Golden dialogues played against our server: its answers are those of the standard's annex, octet by octet.
@Suite struct GoldenServerTests {
    private static let values: [(LogicalName, DataValue)] = [
        (LogicalName(0, 0, 128, 0, 0), .octetString(decimalDigits)), (LogicalName(0, 0, 128, 1, 0), zeros),
    ]
    /// The annex fills fifty octets with 01 02 … 50, written in decimal digits.
    private static let decimalDigits: [UInt8] = (1...50).map { UInt8($0 / 10 * 16 + $0 % 10) }
    private static let zeros = DataValue.visibleString(Array("000".utf8))

    private func play(
        _ file: String, maximumPDU: UInt16 = 1024,
        values: [(LogicalName, DataValue)] = GoldenServerTests.values
    ) throws -> StoredObjects {
        var objects = StoredObjects()
        for (name, value) in values {
            objects.add(DataObject(name, value: value), rights: [.publicClient: .reading(2, writable: [2])])
        }
        let everything: Conformance = [
            .get, .set, .action, .multipleReferences, .blockTransferGet, .blockTransferSet,
        ]
        var server = ApplicationServer(profiles: [
            AssociationProfile(
                client: .publicClient, authentication: .none, conformance: everything, maximumPDU: maximumPDU)
        ])
        let initiate = InitiateRequest(conformance: everything, maximumPDU: maximumPDU)
        let hello = APDU.aarq(AARQ(userInformation: .request(initiate))).encoded
        _ = server.received(hello, from: .publicClient, directory: &objects)
        var awaited: [UInt8]?
        for golden in GoldenAPDU.dialogue(file) {
            switch golden.direction {
            case .request:
                awaited = server.received(golden.octets, from: .publicClient, directory: &objects)
            case .response:
                #expect(awaited?.hex == golden.octets.hex, "\(golden)")
                awaited = nil
            }
        }
        return objects
    }

    private func held(_ objects: StoredObjects, _ name: LogicalName) -> DataValue? {
        (objects.object(ObjectKey(classID: 1, logicalName: name)) as? DataObject)?.value
    }

    @Test func `GET with list`() throws { _ = try play("v091") }

    @Test func `GET with list by blocks of forty octets`() throws { _ = try play("v093", maximumPDU: 40) }

    @Test(arguments: ["v095", "v097"])
    func `SET with list, whole and by blocks, leaves the values behind`(file: String) throws {
        let empty: [(LogicalName, DataValue)] = [
            (LogicalName(0, 0, 128, 0, 0), .octetString([])),
            (LogicalName(0, 0, 128, 1, 0), .visibleString([])),
        ]
        let objects = try play(file, values: empty)
        for (name, value) in GoldenServerTests.values { #expect(held(objects, name) == value) }
    }
}

import Octets
import Testing

@testable import DLMS

@Suite struct InterfaceObjectTests {
    private func value(_ object: any InterfaceObject, _ index: Int8) -> DataValue? {
        switch object.attribute(index, selection: nil) {
        case .value(let value): value
        case .rows(let rows): rows.value
        case .failure: nil
        }
    }

    private static let objects: [any InterfaceObject] = [
        DataObject(LogicalName(0, 0, 96, 1, 0), value: .unsigned(1)),
        RegisterObject(TestMeter.energy, value: .unsigned(1), scalerUnit: ScalerUnit(scaler: -3, unit: 30)),
        ExtendedRegisterObject(
            TestMeter.energy, value: .unsigned(1), scalerUnit: ScalerUnit(scaler: 0, unit: 27),
            captureTime: TestMeter.noon),
        ProfileGenericObject(
            TestMeter.profile, rows: StoredRows([]), captureObjects: TestMeter.columns,
            capturePeriodSeconds: 1800, profileEntries: 10),
        ClockObject(time: TestMeter.noon),
        AssociationObject(
            objectList: [], client: .reader, conformance: .usualGrant, maximumPDU: 400, mechanism: .lowLevel),
        HDLCSetupObject(LogicalName(0, 1, 22, 0, 0), deviceAddress: 17),
        DisconnectControlObject(state: .connected),
    ]

    @Test(arguments: InterfaceObjectTests.objects)
    func `every attribute of the class is there and none beyond`(object: any InterfaceObject) {
        let count = type(of: object).attributeCount
        let isAssociation = object is AssociationObject
        for index in 2...count where !(isAssociation && index == 7) { #expect(value(object, index) != nil) }
        #expect(value(object, count + 1) == nil)
        #expect(value(object, 0) == nil)
        #expect(value(object, -1) == nil)
    }

    @Test(arguments: InterfaceObjectTests.objects)
    func `methods beyond the class are refused`(object: any InterfaceObject) {
        var object = object
        #expect(object.invoke(type(of: object).methodCount + 1, with: nil).result != .success)
        #expect(object.invoke(-1, with: nil).result != .success)
    }

    @Test func `the association tells partners, context, services and mechanism`() {
        let association = AssociationObject(
            objectList: [], client: .reader, conformance: .usualGrant, maximumPDU: 400, mechanism: .lowLevel)
        #expect(value(association, 3) == .structure([.integer(32), .longUnsigned(1)]))
        #expect(value(association, 4)?.stringOctets?.hex == "60857405080101")
        #expect(value(association, 5)?.elements?[0] == .bitString(BitString(octets: [0x00, 0x10, 0x1D])))
        #expect(value(association, 6)?.stringOctets?.hex == "60857405080201")
        #expect(value(association, 7) == nil)
        #expect(value(association, 8) == .enumerated(2))
    }

    @Test func `port parameters keep to the ranges of the standard`() {
        var port = HDLCSetupObject(LogicalName(0, 1, 22, 0, 0), deviceAddress: 17)
        #expect(port.setAttribute(9, to: .longUnsigned(0x10)) == .success)
        #expect(port.setAttribute(9, to: .longUnsigned(0x0F)) == .typeUnmatched)
        #expect(port.setAttribute(7, to: .longUnsigned(6001)) == .typeUnmatched)
        #expect(port.setAttribute(8, to: .longUnsigned(0)) == .success)
        #expect(port.setAttribute(3, to: .unsigned(7)) == .readWriteDenied)
        #expect(port.deviceAddress == 0x10)
    }

    @Test func `an element of the object list reads back from its structure`() throws {
        let rights = AccessRights(
            attributes: [1: .readOnly, 2: .readAndWrite, 3: AttributeAccessMode.none], methods: [1, 6],
            selectors: [2: [1, 2]])
        let element = ObjectListElement(
            key: ObjectKey(classID: 7, logicalName: TestMeter.profile), version: 1, rights: rights)
        #expect(ObjectListElement(try DataValue(octets: element.value.encoded)) == element)
        #expect(ObjectListElement(.structure([.unsigned(1)])) == nil)
    }

    @Test func `the object list of a real meter is read as far as it goes`() throws {
        // The first segment of a KPZ meter's list of 415 objects, cut in the middle of an element.
        let file = try #require(VectorFile.all().first { $0.name == "v062" })
        let octets = try #require(file.steps.first?.octets)
        // Flag, format, addresses, control, HCS, LLC, block header and array header stand before the first
        // element.
        var reader = OctetReader(octets.dropFirst(27))
        let first = try #require(ObjectListElement(try DataValue(from: &reader)))
        #expect(first.key == ObjectKey(classID: 15, logicalName: .currentAssociation))
        #expect(first.rights.attributes[1] == .readOnly)
    }

    @Test func `a range bound without a year is open`() {
        let rows = StoredRows((1...5).map { [stamp(day: $0), .unsigned($0)] })
        let profile = ProfileGenericObject(
            TestMeter.profile, rows: rows, captureObjects: Array(TestMeter.columns.prefix(2)),
            capturePeriodSeconds: 86_400, profileEntries: 5)
        let any = DataValue.octetString([UInt8](repeating: 0xFF, count: 12))
        let bounds: [(DataValue, DataValue, [UInt8])] = [
            (any, any, [1, 2, 3, 4, 5]), (stamp(day: 3), any, [3, 4, 5]), (.nullData, stamp(day: 2), [1, 2]),
            (stamp(day: 4), stamp(day: 2), []),
        ]
        for (from, to, days) in bounds {
            let range = RangeDescriptor(restricting: .clock, from: from, to: to)
            guard case .rows(let answer) = profile.attribute(2, selection: range.selection) else {
                Issue.record("no rows")
                continue
            }
            #expect(answer.value.elements?.compactMap { $0.elements?[1] } == days.map(DataValue.unsigned))
        }
    }

    @Test func `selections that make no sense are refused`() {
        let profile = ProfileGenericObject(
            TestMeter.profile, rows: StoredRows([]), captureObjects: TestMeter.columns,
            capturePeriodSeconds: 1800, profileEntries: 10)
        let energy = CaptureObject(classID: 3, logicalName: TestMeter.energy)
        let selections: [(AccessSelection, DataAccessResult)] = [
            (AccessSelection(selector: 1, parameters: .nullData), .typeUnmatched),
            (AccessSelection(selector: 3, parameters: .nullData), .typeUnmatched),
            (
                RangeDescriptor(restricting: energy, from: .nullData, to: .nullData).selection,
                .scopeOfAccessViolated
            ),
            (
                RangeDescriptor(restricting: .clock, from: .unsigned(1), to: .nullData).selection,
                .typeUnmatched
            ),
            (
                RangeDescriptor(from: TestMeter.noon, to: TestMeter.noon, columns: [energy]).selection,
                .scopeOfAccessViolated
            ),
            (
                EntryDescriptor(fromEntry: 1, toEntry: 0, fromColumn: 9, toColumn: 0).selection,
                .scopeOfAccessViolated
            ),
        ]
        for (selection, expected) in selections {
            guard case .failure(let error) = profile.attribute(2, selection: selection) else {
                Issue.record("answered \(selection)")
                continue
            }
            #expect(error == expected)
        }
    }

    private func stamp(day: UInt8) -> DataValue {
        .octetString(
            DateTimeValue(
                date: DateValue(year: 2024, month: 2, day: day),
                time: TimeValue(hour: 0, minute: 0, second: 0)))
    }
}

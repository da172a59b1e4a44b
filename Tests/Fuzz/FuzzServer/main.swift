// A meter asked anything by an associated reader: requests cut from any octets, long transfers included.

import DLMS

/// A profile whose rows are made when asked.
struct Rows: ProfileRows {
    let count = 300
    let start = DateTimeValue(
        date: DateValue(year: 2024, month: 1, day: 1), time: TimeValue(hour: 0, minute: 0, second: 0))
    func stamp(at index: Int) -> DateTimeValue { start }
    func row(at index: Int) -> [DataValue] { [.octetString(start), .doubleLongUnsigned(UInt32(index))] }
}

/// The objects of the golden dialogues, everything allowed.
func directory() -> StoredObjects {
    var table = StoredObjects()
    let all = AccessRights.reading(9, writable: [2, 3, 4, 7, 8, 9], methods: [1, 2, 3, 6])
    let columns = [CaptureObject.clock, CaptureObject(classID: 3, logicalName: LogicalName(1, 0, 1, 29, 0))]
    for name in [LogicalName(1, 0, 99, 1, 0), LogicalName(1, 0, 98, 1, 0)] {
        let profile = ProfileGenericObject(
            name, rows: Rows(), captureObjects: columns, capturePeriodSeconds: 1800, profileEntries: 300)
        table.add(profile, rights: [.reader: all])
    }
    table.add(ClockObject(time: Rows().start), rights: [.reader: all])
    table.add(DataObject(LogicalName(0, 0, 128, 0, 0), value: .octetString([])), rights: [.reader: all])
    table.add(DisconnectControlObject(state: .connected), rights: [.reader: all])
    return table
}

/// A reader and the meter it has associated with; made once, for they are values and each input takes copies.
let associated: (ApplicationClient, ApplicationServer, StoredObjects)? = {
    let profile = AssociationProfile(
        client: .reader, authentication: .none, conformance: Conformance(rawValue: 0xFF_FFFF), maximumPDU: 100
    )
    var server = ApplicationServer(profiles: [profile])
    var objects = directory()
    var client = ApplicationClient(settings: .init(conformance: Conformance(rawValue: 0xFF_FFFF)))
    guard let hello = try? client.associate(),
        let welcome = server.received(hello, from: .reader, directory: &objects)
    else { return nil }
    _ = client.received(welcome)
    return client.isOpen ? (client, server, objects) : nil
}()

/// Called by libFuzzer with each input.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard var (client, server, objects) = associated else { preconditionFailure("not associated") }
    // Each request is as long as its first octet says; the last takes what is left.
    var rest = UnsafeBufferPointer(start: start, count: count)[...]
    while let length = rest.popFirst() {
        let request = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(request.count)
        guard let answer = server.received(request, from: .reader, directory: &objects) else { continue }
        precondition(answer.count <= 100 || request.first != 0xC0, "no longer than agreed")
        precondition((try? APDU(octets: answer))?.encoded == answer, "an answer can be read")
        _ = try? client.get(
            AttributeDescriptor(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), attribute: 2))
        _ = client.received(request)
        _ = client.received(answer)
    }
    return 0
}

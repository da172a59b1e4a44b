// Ciphered APDUs of any octets through both openings: a meter and a reader under keys, and the analyser that
// knows them. Nothing but what was sealed opens, and no counter is taken twice.

import DLMS
import Seams
import Security

/// Challenges need not be good here.
struct PlainEntropy: Entropy {
    func octets(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
}

let cryptography: any Cryptography = MeterCryptography(entropy: PlainEntropy())
let serverTitle = Array("MMM\0\0\0\0\u{1}".utf8)
let clientTitle = Array("UMS\0\0\0\0\u{1}".utf8)
let key = (0..<16).map { UInt8($0) }

/// One side with a thousand counters.
func side(_ title: [UInt8]) -> SecurityContext? {
    guard let keys = SecurityKeys(encryption: key, authentication: key.reversed()) else { return nil }
    return
        (try? SecurityContext(
            keys: keys, title: title, counters: InvocationCounters(1..<1_000), cryptography: cryptography))
        ?? nil
}

/// An associated pair and the meter's clock; made once, for they are values and each input takes copies.
let associated: (ApplicationClient, ApplicationServer, StoredObjects)? = {
    guard let own = side(clientTitle) else { return nil }
    let security = ServerSecurity(keys: own.keys, cryptography: cryptography)
    let profile = AssociationProfile(
        client: .reader, authentication: .none, conformance: Conformance(rawValue: 0xFF_FFFF),
        maximumPDU: 200, security: security)
    var server = ApplicationServer(profiles: [profile], systemTitle: serverTitle)
    var objects = StoredObjects()
    let noon = DateTimeValue(
        date: DateValue(year: 2024, month: 1, day: 1), time: TimeValue(hour: 12, minute: 0, second: 0))
    objects.add(ClockObject(time: noon), rights: [.reader: .reading(9, writable: [2])])
    var client = ApplicationClient(
        settings: .init(conformance: Conformance(rawValue: 0xFF_FFFF), security: own))
    guard let hello = try? client.associate(),
        let welcome = server.received(hello, from: .reader, directory: &objects)
    else { return nil }
    _ = client.received(welcome)
    return client.isOpen ? (client, server, objects) : nil
}()

/// Called by libFuzzer with each input: its first octet says how the rest is used.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard var (client, server, objects) = associated else { preconditionFailure("not associated") }
    guard let kind = input.first else { return 0 }
    let rest = Array(input.dropFirst())
    // As it is: anything but an exception would mean that it had opened without the key.
    if let answer = server.received(rest, from: .reader, directory: &objects), kind & 1 == 0 {
        precondition((try? APDU(octets: answer))?.encoded == answer, "an answer can be read")
        if case .ciphered? = try? APDU(octets: answer) { preconditionFailure("opened without the key") }
    }
    let clock = AttributeDescriptor(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), attribute: 2)
    guard let request = try? client.get(clock) else { return 0 }
    if case .completed = client.received(rest) { preconditionFailure("taken without the key") }
    // Sealed by the right side: any text may come out of a true peer.
    guard var meter = side(serverTitle), var reader = side(clientTitle) else { return 0 }
    meter.counters = InvocationCounters(500..<600)
    reader.counters = InvocationCounters(500..<600)
    if !rest.isEmpty {
        if let sealed = try? meter.seal(rest) {
            _ = client.received(sealed)
            if case .completed = client.received(sealed) { preconditionFailure("a replay was taken") }
        }
        if let sealed = try? reader.seal(rest, as: .generalGlobal) {
            _ = server.received(sealed, from: .reader, directory: &objects)
            let again = server.received(sealed, from: .reader, directory: &objects)
            precondition(again?.first == 0xD8 || again == nil, "a replay was served")
        }
    }
    _ = server.received(request, from: .reader, directory: &objects)
    var keys: AnalyserKeys? = AnalyserKeys(meter.keys, systemTitle: serverTitle, cryptography)
    _ = FrameAnalyser.apdu(rest, from: nil, &keys).hex
    return 0
}

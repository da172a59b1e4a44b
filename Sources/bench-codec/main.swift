// `bench-codec`: the codec's figures beside a twin in the same process (tools/bench runs it): the frame check
// against one octet a step, small units encoded and decoded, a month of a load profile decoded. What others'
// codecs need for the same is measured by Tests/Bench/codec.py.

import DLMS
import Glibc
import Octets

private let help = """
    bench-codec fcs               nanoseconds of the frame check of 140 octets, ours and octet by octet
    bench-codec units HEX HEX…    nanoseconds of encoding each request and decoding the answer behind it
    bench-codec month             nanoseconds of decoding a month of half-hours of four channels
    bench-codec decode COUNT HEX  decodes the unit COUNT times, for counting allocations
    """

/// CPU time of this process in nanoseconds.
private func processorNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The least time of one call over some rounds of many: the machine can only make it longer.
private func leastNanoseconds(calls: Int, _ body: () throws -> Void) rethrows -> Double {
    var least = Double.infinity
    for _ in 0..<9 {
        let began = processorNanoseconds()
        for _ in 0..<calls { try body() }
        least = min(least, Double(processorNanoseconds() - began) / Double(calls))
    }
    return least
}

/// The check as every textbook has it: one look-up an octet, over plain memory as ours.
private struct OctetwiseCheck {
    private let table: [UInt16] = (0..<256).map { (octet: UInt16) -> UInt16 in
        (0..<8).reduce(octet) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x8408 : value >> 1 }
    }

    func check(_ octets: [UInt8]) -> UInt16 {
        var register: UInt16 = 0xFFFF
        octets.withUnsafeBytes { octets in
            table.withUnsafeBufferPointer { table in
                for octet in octets {
                    register = register >> 8 ^ table[Int((register ^ UInt16(octet)) & 0xFF)]
                }
            }
        }
        return ~register
    }
}

private func frameCheck() -> String? {
    let frame = (0..<140).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let twin = OctetwiseCheck()
    guard twin.check(frame) == CRC16.x25(frame) else { return nil }
    var sum: UInt64 = 0
    let ours = leastNanoseconds(calls: 100_000) { sum &+= UInt64(CRC16.x25(frame)) }
    let theirs = leastNanoseconds(calls: 100_000) { sum &+= UInt64(twin.check(frame)) }
    // What is never looked at would not be computed.
    return sum == 0 ? nil : #"{"ours":\#(ours),"twin":\#(theirs)}"#
}

/// Requests are encoded from values and answers decoded to them, as a client does.
private func units(_ words: [String]) throws -> String? {
    let units = words.compactMap { [UInt8](hex: $0) }
    guard units.count == words.count, !units.isEmpty, units.count.isMultiple(of: 2) else { return nil }
    let indices = stride(from: 0, to: units.count, by: 2)
    let requests = try indices.map { try APDU(octets: units[$0]) }
    let answers = indices.map { units[$0 + 1] }
    var sum = 0
    let time = try leastNanoseconds(calls: 20_000) {
        for index in requests.indices { sum += requests[index].encoded.count }
        for answer in answers {
            if case .getResponse(let response) = try APDU(octets: answer) {
                sum += Int(response.invoke.octet)
            }
        }
    }
    return sum == 0 ? nil : #"{"nanoseconds":\#(time),"pairs":\#(requests.count)}"#
}

/// The answer to a range of 1,440 rows: stamp and four energies of an interval.
private func month() throws -> String? {
    let rows = (0..<1_440).map { index in
        let stamp: [UInt8] = [
            0x07, 0xEA, 11, UInt8(index / 48 + 1), 0xFF, UInt8(index % 48 / 2), UInt8(index % 2 * 30), 0,
            0xFF, 0xFF, 0x4C, 0,
        ]
        return DataValue.structure(
            [.octetString(stamp)] + (1...4).map { .doubleLongUnsigned(UInt32(index * $0)) })
    }
    let reply = DataValue.array(rows).encoded
    var count = 0
    let time = try leastNanoseconds(calls: 20) {
        var reader = OctetReader(reply)
        if case .array(let rows) = try DataValue(from: &reader) { count += rows.count }
    }
    return count == 0 ? nil : #"{"nanoseconds":\#(time),"octets":\#(reply.count),"rows":\#(rows.count)}"#
}

private func decode(_ words: [String]) throws -> String? {
    guard words.count == 2, let count = Int(words[0]), let unit = [UInt8](hex: words[1]) else {
        return nil
    }
    var sum = 0
    for _ in 0..<count {
        if case .getResponse(let response) = try APDU(octets: unit) { sum += Int(response.invoke.octet) }
    }
    return #"{"sum":\#(sum)}"#
}

private func result(_ words: [String]) throws -> String? {
    switch words.first {
    case "--help": help
    case "fcs": frameCheck()
    case "units": try units(Array(words.dropFirst()))
    case "month": try month()
    case "decode": try decode(Array(words.dropFirst()))
    default: nil
    }
}

if let text = try result(Array(CommandLine.arguments.dropFirst())) {
    print(text)
} else {
    print(help)
    exit(64)
}

// Samples of the network and events of a meter.

import Archive
import Faults
import Metering
import Octets
import RTU327
import Timekeeping

extension HeadEndAnswers {
    /// GETTESTS: stored snapshots of the network's parameters.
    func network(
        of asked: AskedMeter, from start: UInt32, count: Int
    ) async throws(Fault) -> HeadEndAnswer {
        let rows = try await rows(.momentQuality, of: asked, from: start, limit: max(count, 1))
        let quantities = NetworkMask.usual.quantities
        let samples = rows.prefix(count).map { row in
            NetworkSamples.Sample(
                time: UInt32(clamping: asked.meter.time(of: row.reading.stamp)),
                values: quantities.map { $0.value(in: row.reading) ?? absentValue })
        }
        let elements = UInt8(settings.profile.number(of: "elm"))
        let answer = NetworkSamples(elements: elements, samples: samples)
        return samples.isEmpty ? empty(answer.data) : .good(answer.data)
    }

    /// GETMTRLOG: events the protocol has numbers for; others are left out rather than given numbers of our
    /// own.
    func log(of asked: AskedMeter, from start: UInt32, count: Int) async throws(Fault) -> HeadEndAnswer {
        let isExclusive = settings.profile.says("log_tstart_exclusive", "true")
        let first = isExclusive ? UInt32(clamping: Int64(start) + 1) : start
        var events: [MeterEvent] = []
        for (journal, codes) in HeadEndAnswers.eventTypes {
            let rows = try await rows(.journal(journal), of: asked, from: first, limit: max(count, 1))
            for row in rows.prefix(count) {
                guard let state = row.reading[.eventState]?.mantissa,
                    let type = state == 0 ? codes.first : codes.second
                else { continue }
                events.append(
                    MeterEvent(time: UInt32(clamping: asked.meter.time(of: row.reading.stamp)), type: type))
            }
        }
        if settings.profile.says("log_order", "time") {
            // Sorting keeps events of one second in the order of the journals.
            events = events.enumerated().sorted {
                ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
            }
            .map(\.element)
        }
        guard !events.isEmpty, count > 0 else { return empty([]) }
        var writer = OctetWriter(capacity: count * 6)
        for event in events.prefix(min(count, Packet.longestData / 6)) { event.encode(into: &writer) }
        return .good(writer.octets)
    }

    /// The protocol's numbers of the events of a journal: when it says 0, and when it says 1.
    private static let eventTypes: [(Journal, (first: UInt16?, second: UInt16?))] = [
        (.power, (0, 1)), (.timeCorrection, (2, 3)), (.reset, (6, nil)), (.coverOpened, (9, nil)),
        (.phaseA, (209, 208)), (.phaseB, (211, 210)), (.phaseC, (213, 212)),
    ]

    /// The ten digits of a meter's number, in the profile's order.
    func number(of asked: AskedMeter) -> String {
        let digits = asked.number.description
        return settings.profile.says("autoread_nsh_reversed", "true") ? String(digits.reversed()) : digits
    }
}

extension NetworkQuantity {
    /// The quantity in a snapshot: kW, kVA, Hz, A, V, degrees.
    func value(in reading: Reading) -> Double? {
        switch self {
        case .activePowerA: reading.thousands(.pA)
        case .activePowerB: reading.thousands(.pB)
        case .activePowerC: reading.thousands(.pC)
        case .apparentPowerA: reading.thousands(.sA)
        case .apparentPowerB: reading.thousands(.sB)
        case .apparentPowerC: reading.thousands(.sC)
        case .frequency: reading[.freq]?.double
        case .currentA: reading[.iA]?.double
        case .currentB: reading[.iB]?.double
        case .currentC: reading[.iC]?.double
        case .voltageA: reading[.uA]?.double
        case .voltageB: reading[.uB]?.double
        case .voltageC: reading[.uC]?.double
        case .angleA: reading[.angUIA]?.double
        case .angleB: reading[.angUIB]?.double
        case .angleC: reading[.angUIC]?.double
        case .angleAB: reading[.angAB]?.double
        case .angleAC: reading[.angAC]?.double
        }
    }
}

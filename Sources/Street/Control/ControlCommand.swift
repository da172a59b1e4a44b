// The control socket's language: one JSON object a line, one answer a line. `metersim` reads and writes the
// lines; what they mean is here, so that tests need no socket.

import FoundationEssentials
import SPODES

/// One command: exactly one of the members.
struct ControlCommand: Decodable {
    /// Changes faults.
    var set: FaultChange?
    /// Tells lines, meters and faults.
    var get: Selection?
    /// Tells counters and turnarounds.
    var stats: StatisticsRequest?

    /// Lines and meters meant; all when absent.
    struct Selection: Decodable {
        var line: String?
        var meter: Int?
    }

    /// What `stats` may say.
    struct StatisticsRequest: Decodable {
        var line: String?
        /// Forgets turnarounds and the span of first and last octet after telling them.
        var reset: Bool?
    }
}

/// New values of faults; what is absent stays.
struct FaultChange: Decodable {
    var line: String?
    var meter: Int?

    // Of the line
    var echo: Bool?
    var noise: Double?
    var unplugged: Bool?
    var babble: Double?
    var turnTime: Double?

    // Of meters
    var silent: Bool?
    var delay: DelayText?
    var delays: [String: DelayText]?
    var late: Double?
    var loss: Double?
    var midnightBusy: Double?
    var wrongFCS: Double?
    var garbage: Double?
    var noiseBefore: Int?
    var truncate: Int?
    var refusePassword: Bool?
    var pdu: Int?
    /// Something that happens to the meters now: a name of `MeterHappening`.
    var happen: String?

    /// Whether something of the line is said.
    var concernsLine: Bool {
        echo != nil || noise != nil || unplugged != nil || babble != nil || turnTime != nil
    }

    /// Applies what concerns the line itself, but for the plug.
    func apply(to faults: inout SimulatedLine.Faults) {
        if let echo { faults.echoes = echo }
        if let noise { faults.noise = min(max(noise, 0), 1) }
        if let babble { faults.babble = min(max(babble, 0), 1) }
        if let turnTime { faults.turnTime = Duration(milliseconds: turnTime) }
    }

    /// Applies what concerns a meter.
    func apply(to faults: inout StationFaults) {
        if let silent { faults.isSilent = silent }
        if let delay {
            for requestClass in RequestClass.allCases {
                faults.delays[requestClass] = delay.value(requestClass)
            }
        }
        for (name, delay) in delays ?? [:] {
            if let requestClass = RequestClass(rawValue: name) {
                faults.delays[requestClass] = delay.value(requestClass)
            }
        }
        if let late { faults.lateness = Duration(milliseconds: late) }
        if let loss { faults.loss = min(max(loss, 0), 1) }
        if let midnightBusy { faults.midnightBusy = Duration(milliseconds: midnightBusy) }
        if let wrongFCS { faults.wrongFCS = min(max(wrongFCS, 0), 1) }
        if let garbage { faults.garbage = min(max(garbage, 0), 1) }
        if let noiseBefore { faults.noiseBefore = min(max(noiseBefore, 0), 1_000) }
        if let truncate { faults.truncateAfter = truncate < 0 ? nil : truncate }
        if let refusePassword { faults.refusesPassword = refusePassword }
        if let pdu { faults.pduSize = pdu <= 0 ? nil : max(pdu, 32) }
    }

    /// The first thing that cannot be meant; nil when all can.
    var fault: String? {
        for name in (delays ?? [:]).keys.sorted() where RequestClass(rawValue: name) == nil {
            return "delays.\(name): one of \(RequestClass.allCases.map(\.rawValue).joined(separator: ", "))"
        }
        if let happen, MeterHappening(rawValue: happen) == nil {
            return "happen: one of \(MeterHappening.allCases.map(\.rawValue).joined(separator: ", "))"
        }
        return nil
    }
}

/// An answering time: milliseconds, `"typical"`, or a log-normal distribution.
enum DelayText: Decodable {
    case fixed(Double)
    case typical
    case mobile
    case powerLine
    case spread(Spread)

    struct Spread: Decodable {
        var median: Double
        var sigma: Double
        var min: Double?
        var max: Double?
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .fixed(number)
        } else if let word = try? container.decode(String.self), word == "typical" {
            self = .typical
        } else if let word = try? container.decode(String.self), word == "gsm" {
            self = .mobile
        } else if let word = try? container.decode(String.self), word == "plc" {
            self = .powerLine
        } else {
            self = .spread(try container.decode(Spread.self))
        }
    }

    func value(_ requestClass: RequestClass) -> Delay {
        switch self {
        case .fixed(let milliseconds): return .fixed(Duration(milliseconds: milliseconds))
        case .typical: return .typical(requestClass)
        case .mobile: return .mobile
        case .powerLine: return .powerLine
        case .spread(let spread):
            let low = Duration(milliseconds: spread.min ?? 0)
            let high = Duration(milliseconds: spread.max ?? 600_000)
            return .logNormal(
                median: Duration(milliseconds: spread.median), sigma: spread.sigma,
                limits: low...max(low, high))
        }
    }
}

extension Duration {
    /// Milliseconds with fraction, 0 … ten minutes.
    init(milliseconds: Double) {
        self = .microseconds(Int64((min(max(milliseconds, 0), 600_000) * 1_000).rounded()))
    }
}

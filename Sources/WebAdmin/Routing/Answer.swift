// Answers in the device's manner: compact JSON, the status text for old clients, faults by path for our own
// pages (decision D3, api 1.6).

import Faults
import JSONText
import Seams

/// What a route comes back with.
enum Answer: Sendable {
    /// JSON octets, 200, perhaps with the revision as entity tag.
    case json([UInt8], revision: Int? = nil)
    /// Anything else.
    case response(HTTPResponse)
    /// The route has answered through the exchange itself.
    case streamed

    /// A JSON value.
    static func value(_ value: JSONValue, revision: Int? = nil) -> Answer {
        .json(value.octets, revision: revision)
    }

    /// `{"res":0}`, what every successful write says.
    static func done(_ more: [(String, JSONValue)] = [], revision: Int? = nil) -> Answer {
        .value(.make([("res", .integer(0))] + more), revision: revision)
    }
}

extension JSONValue {
    /// An object of members in this order.
    static func make(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(members.map { JSONMember($0.0, $0.1) })
    }
}

/// Status codes of faults.
enum FaultStatus {
    /// The HTTP status a fault is answered with.
    static func of(_ code: FaultCode) -> Int {
        switch code {
        case .inputNotJSON, .relayOne: 400
        case .sessionMissing: 401
        case .loginRefused, .rightMissing, .passwordMustChange, .originRefused: 403
        case .notFound: 404
        case .revisionConflict: 412
        case .tooManyAttempts: 429
        case .lineBusy, .hubBusy: 423
        case .inputMissing, .inputType, .inputRange, .inputFormat, .inputDuplicate, .inputUnknownReference,
            .inputTooLarge, .unknownMeasure, .seasonUnsupported, .administratorMissing, .brokerTLSVersion,
            .meterTypeUnknown, .meterParentNotHub, .meterParentCycle, .meterParentOwn, .timeUntrusted,
            .meterNoRelay, .meterLevelMissing, .meterSerialChanged,
            .serverListen, .relayReady, .relayUnchanged, .relayUnknown, .spreadsheetTooLarge:
            409
        case .archiveFull, .stopped, .spreadsheetFailed: 503
        default: 500
        }
    }

    /// `403 Forbidden`: the whole body for old clients.
    static func text(_ status: Int) -> String {
        let phrases: [Int: String] = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
            405: "Method Not Allowed", 409: "Conflict", 412: "Precondition Failed", 423: "Locked",
            429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
            503: "Service Unavailable",
        ]
        return "\(status) \(phrases[status] ?? "Refused")"
    }
}

/// Writes faults for whoever asks.
enum FaultAnswer {
    /// The answer to a request that met faults. `status` overrides what the first fault means.
    static func response(
        _ faults: [Fault], status: Int? = nil, wantsFaults: Bool, language: FaultLanguage
    ) -> HTTPResponse {
        let first = faults.first ?? Fault(.internalError)
        let status = status ?? FaultStatus.of(first.code)
        guard wantsFaults else {
            let type = status == 401 || status == 403 ? "text/html" : "application/json"
            return HTTPResponse(
                status: status, headers: [("Content-Type", type), ("Cache-Control", "no-store")],
                body: Array(FaultStatus.text(status).utf8))
        }
        let document = JSONValue.make([
            ("res", .integer(Int64(status))), ("code", .string(first.code.rawValue)),
            ("text", .string(FaultCatalogue.text(of: first, in: language))),
            ("faults", .array(faults.map { json(of: $0, language: language) })),
        ])
        return HTTPResponse(
            status: status,
            headers: [("Content-Type", "application/vnd.um+json"), ("Cache-Control", "no-store")],
            body: document.octets)
    }

    /// `{path, code, params, text}`.
    static func json(of fault: Fault, language: FaultLanguage) -> JSONValue {
        let parameters = fault.parameters.sorted { $0.key < $1.key }.map {
            ($0.key, JSONValue.string($0.value))
        }
        return .make([
            ("path", .string(fault.path)), ("code", .string(fault.code.rawValue)),
            ("params", .make(parameters)),
            ("text", .string(FaultCatalogue.text(of: fault, in: language))),
        ])
    }
}

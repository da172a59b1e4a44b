// Faults as one English line (decision D15: the command line speaks English): what was attempted, what
// happened, and the stable code.

import Faults
import Remote

/// One line of a fault.
enum FaultLine {
    /// `opening a session of meter 16: the meter does not answer (meter.silent)`
    static func text(of fault: Fault) -> String {
        var line = ""
        if let attempt = fault.parameters["attempt"] { line += attempt }
        if let meter = fault.parameters["meter"] {
            line += line.isEmpty ? "meter \(meter)" : " of meter \(meter)"
        }
        if !line.isEmpty { line += ": " }
        line += phrase(fault.code)
        let known: Set = ["attempt", "meter"]
        let facts = fault.parameters.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }
        if !facts.isEmpty { line += ", " + facts.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
        if !fault.path.isEmpty { line += " at \(fault.path)" }
        return line + " (\(fault.code.rawValue))"
    }

    /// One line of what became of a conversation with a gateway: its own faults as they are, as if the meter
    /// hung on this machine.
    static func text(of error: RemoteError, at gateway: GatewayOptions) -> String {
        let whole = "connecting to the gateway \(gateway.text): "
        switch error {
        case .refused(let fault): return text(of: fault)
        case .unreachable(let reason): return whole + reason
        case .silent: return whole + "no answer within \(gateway.patience)"
        case .foreign(let reason): return whole + "this is no server of remote connection: \(reason)"
        case .broken(let reason): return "the connection to the gateway \(gateway.text) broke: \(reason)"
        }
    }

    private static func phrase(_ code: FaultCode) -> String {
        switch code {
        case .meterSilent: "the meter does not answer"
        case .meterEngaged: "somebody else may have a link with the meter"
        case .meterSlow: "the meter answers, but not within the time given"
        case .meterGarbage: "octets came that are no frame; check speed, parity and wires"
        case .meterRefusedPassword: "the meter refused the password"
        case .meterKeys: "the meter and the ciphering keys do not fit"
        case .meterRefused: "the meter refused"
        case .meterProtocol: "the meter broke the rules of the protocol"
        case .meterUnsupported: "the meter does not have it"
        case .meterDataAccess: "the meter refused access"
        case .meterTypeUnknown: "unknown type of meter"
        case .meterNoRelay: "the meter has no relay"
        case .meterSerialChanged: "another meter answered"
        case .relayReady: "the relay is ready; press the button at the meter to switch it on"
        case .relayUnchanged: "the meter took the command, but the relay did not switch within 10 s"
        case .relayUnknown: "the command was sent, no answer came; read the relay's state"
        case .relayCurrent: "the relay is off, but current still flows"
        case .archiveWrite: "counters could not be kept"
        case .lineBusy: "the line is busy"
        case .hubBusy: "the far end accepts the connection and closes it: it serves another client"
        case .lineOpenFailed: "the line could not be opened"
        case .lineClosed: "the line has closed"
        case .lineMissing: "there is no such line"
        case .loginRefused: "the gateway refused the login or the password"
        case .rightMissing: "the account has no right to remote connection; it takes an administrator"
        case .passwordMustChange: "the factory password holds no longer: set one at the gateway's pages"
        case .tooManyAttempts: "too many failed logins; wait"
        case .remoteVersion: "the gateway speaks another version of remote connection"
        case .remoteSession: "the gateway has given the line back"
        case .timeUntrusted: "the gateway does not trust its clock"
        case .stopped: "it was stopped at the gateway"
        case .inputRange: "value out of range"
        default: "failed"
        }
    }
}

// Why a dialogue with a DLMS meter ended, and the fault a person is told (R22, D15).

package import DLMS
package import Faults
import Octets
package import Seams
package import Timekeeping

/// Thrown out of a session that gave its line back in the middle of a long answer: the line was wanted by
/// somebody who cannot wait (R27). What was asked is to be asked again; the meter is not to blame.
package struct GaveWay: Error, Sendable, Hashable {
    /// The only one there is.
    package init() {}
}

/// Thrown instead of beginning a session with a meter that somebody else may have a link with: a transit
/// client that only thinks, or that left without a farewell (D5). The meter is not to blame.
package struct MeterEngaged: Error, Sendable, Hashable {
    /// When that link has timed out at the meter.
    package var until: MonotonicInstant

    /// Engaged until then.
    package init(until: MonotonicInstant) { self.until = until }
}

/// The end of a dialogue.
package enum DialogueFailure: Error, Sendable, Hashable {
    /// No octet came.
    case silent
    /// Octets came, but no frame: wrong speed, swapped wires, two meters at once. `sample` is their
    /// beginning.
    case garbage(sample: String)
    /// The link was refused or lost.
    case link(HDLCFailure)
    /// The application layer refused or failed.
    case application(ApplicationError)
    /// The channel has gone.
    case channel(ChannelError)
    /// The task was cancelled.
    case cancelled
    /// Somebody more urgent wanted the line in the middle of a long answer; nothing is wrong with the meter.
    case gaveWay
    /// Somebody else may have a link with the meter until then.
    case engaged(until: MonotonicInstant)
    /// No invocation counters could be reserved: nothing may be sent.
    case counters(Fault)
    /// No time was left to begin the next request.
    case timeUp

    /// Whether opening the link anew may help: the meter forgot us.
    package var isLinkLost: Bool {
        switch self {
        case .link(.disconnectedMode), .link(.frameReject): true
        default: false
        }
    }

    /// Whether the meter has heard a higher counter than ours from somebody.
    var isCounterRefused: Bool {
        if case .application(.exception(let exception)) = self { return exception.serviceError == 6 }
        return false
    }

    /// What is thrown to a driver's caller: cancellation and giving way as what they are, all else as a
    /// fault.
    package func told(meter: Int, attempting what: String) -> any Error {
        switch self {
        case .cancelled: CancellationError()
        case .gaveWay: GaveWay()
        case .engaged(let until): MeterEngaged(until: until)
        case .counters(let fault): fault
        default: fault(meter: meter, attempting: what)
        }
    }

    /// The fault to tell, with what was attempted.
    package func fault(meter: Int, attempting what: String) -> Fault {
        var parameters = ["meter": String(meter), "attempt": what]
        func fault(_ code: FaultCode, _ detail: String = "") -> Fault {
            if !detail.isEmpty { parameters["detail"] = detail }
            return Fault(code, parameters)
        }
        switch self {
        case .silent, .link(.silent): return fault(.meterSilent)
        case .garbage(let sample): return fault(.meterGarbage, sample)
        case .link(.disconnectedMode): return fault(.meterRefused, "DM")
        case .link(.frameReject(let reason)): return fault(.meterProtocol, "FRMR \(reason)")
        case .link(.violation(let text)): return fault(.meterProtocol, text)
        case .link(.tooLong): return fault(.meterProtocol, "answer too long")
        case .application(let error):
            return fault(DialogueFailure.code(of: error), DialogueFailure.text(of: error))
        case .timeUp: return fault(.meterSlow)
        case .cancelled, .gaveWay: return fault(.stopped)
        case .engaged: return fault(.meterEngaged)
        case .counters(let own): return own
        case .channel(.farEndBusy): return fault(.hubBusy)
        case .channel(.openFailed(let reason)): return fault(.lineOpenFailed, reason)
        case .channel(.closed(let reason)): return fault(.lineClosed, reason)
        case .channel(.unsupportedSettings(let reason)): return fault(.lineOpenFailed, reason)
        }
    }

    /// Diagnostics 11…14 are about the password: the meter must be left alone (R22); every other refusal is
    /// not.
    private static func code(of error: ApplicationError) -> FaultCode {
        switch error {
        case .refused(_, let diagnostic) where diagnostic.isAboutAuthentication: .meterRefusedPassword
        case .refused, .initiateRefused: .meterRefused
        case .notOffered, .ciphered, .protection(.suite), .protection(.form): .meterUnsupported
        // Where keys do not fit, the meter must be left alone as after a wrong password.
        case .protection(.notAuthentic), .protection(.title), .serverNotAuthentic: .meterKeys
        case .exception(let exception) where exception.serviceError == 5: .meterKeys
        case .misuse: .internalError
        default: .meterProtocol
        }
    }

    private static func text(of error: ApplicationError) -> String {
        switch error {
        case .refused(_, let diagnostic): diagnostic.text
        case .undecodable(let error): "\(error.text) at \(error.offset)"
        case .unexpected(let what), .misuse(let what), .ciphered(let what): what
        case .exception(let exception): "exception \(exception.stateError)/\(exception.serviceError)"
        case .blockOutOfOrder(let expected, let received): "block \(received) instead of \(expected)"
        case .requestTooLong(let octets, let limit): "request of \(octets) octets, meter takes \(limit)"
        case .notOffered: "service not offered"
        case .tooLong: "answer too long"
        case .initiateRefused, .serviceError: "service error"
        case .serverNotAuthentic: "meter does not hold the key"
        case .protection(let error): error.text
        }
    }
}

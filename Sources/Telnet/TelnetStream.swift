// Telnet as serial port servers speak it (RFC 854, RFC 855): octets of the line with commands woven in. The
// octet 255 begins a command, and stands twice where it is data. `ComPortServer` reads with it.

/// The octets of the protocol.
package enum Telnet {
    /// IAC: a command follows, or data when it stands twice.
    package static let escape: UInt8 = 255
    static let dont: UInt8 = 254
    static let `do`: UInt8 = 253
    static let wont: UInt8 = 252
    static let will: UInt8 = 251
    static let begin: UInt8 = 250
    static let end: UInt8 = 240

    /// Data as they travel: every 255 doubled.
    package static func escaped(_ octets: [UInt8]) -> [UInt8] {
        guard octets.contains(escape) else { return octets }
        return octets.flatMap { $0 == escape ? [escape, escape] : [$0] }
    }
}

/// One thing a stream says.
package enum TelnetWord: Sendable, Hashable {
    /// Who may, shall, or will not do what an option names.
    package enum Verb: Sendable, Hashable {
        case `do`, dont, will, wont
    }

    /// Octets of the line, at least one.
    case data([UInt8])
    /// WILL, WONT, DO or DONT of an option.
    case negotiation(Verb, option: UInt8)
    /// What was said about an option, 255 undoubled; at most `TelnetStream.longestParameters` octets.
    case parameters(option: UInt8, [UInt8])
}

/// Takes a stream apart, however it is cut into pieces.
package struct TelnetStream: Sendable {
    private enum State: Sendable {
        case data, escaped
        case verb(TelnetWord.Verb)
        case option
        case parameters(UInt8)
        case parametersEscaped(UInt8)
    }

    private var state = State.data
    private var parameters: [UInt8] = []
    private var isTooLong = false

    /// More octets than any parameter of ours has; what is longer is left out whole.
    package static let longestParameters = 256

    /// A stream before its first octet.
    package init() {}

    /// The words of octets that came, data joined. Commands that mean nothing to a serial port are left out.
    package mutating func received(_ octets: [UInt8]) -> [TelnetWord] {
        var words: [TelnetWord] = []
        var data: [UInt8] = []
        for octet in octets {
            guard let word = take(octet, &data) else { continue }
            if !data.isEmpty { words.append(.data(data)) }
            data = []
            words.append(word)
        }
        if !data.isEmpty { words.append(.data(data)) }
        return words
    }

    /// A word that ends with this octet; octets of the line go to `data`.
    private mutating func take(_ octet: UInt8, _ data: inout [UInt8]) -> TelnetWord? {
        switch state {
        case .data:
            if octet == Telnet.escape { state = .escaped } else { data.append(octet) }
        case .escaped: command(octet, &data)
        case .verb(let verb):
            state = .data
            return .negotiation(verb, option: octet)
        case .option:
            // IAC in the place of an option: the sender has begun anew.
            state = octet == Telnet.escape ? .escaped : .parameters(octet)
            (parameters, isTooLong) = ([], false)
        case .parameters(let option):
            if octet == Telnet.escape { state = .parametersEscaped(option) } else { add(octet) }
        case .parametersEscaped(let option): return endOrGoOn(octet, option, &data)
        }
        return nil
    }

    private mutating func command(_ octet: UInt8, _ data: inout [UInt8]) {
        switch octet {
        case Telnet.escape:
            data.append(octet)
            state = .data
        case Telnet.do: state = .verb(.do)
        case Telnet.dont: state = .verb(.dont)
        case Telnet.will: state = .verb(.will)
        case Telnet.wont: state = .verb(.wont)
        case Telnet.begin: state = .option
        default: state = .data
        }
    }

    /// After IAC within parameters: their end, an octet 255, or a command because the end was forgotten.
    private mutating func endOrGoOn(
        _ octet: UInt8, _ option: UInt8, _ data: inout [UInt8]
    ) -> TelnetWord? {
        switch octet {
        case Telnet.end:
            state = .data
            return isTooLong ? nil : .parameters(option: option, parameters)
        case Telnet.escape:
            add(octet)
            state = .parameters(option)
        default: command(octet, &data)
        }
        return nil
    }

    private mutating func add(_ octet: UInt8) {
        guard parameters.count < TelnetStream.longestParameters else {
            isTooLong = true
            return
        }
        parameters.append(octet)
    }
}

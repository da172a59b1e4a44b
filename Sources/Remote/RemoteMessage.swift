// The messages of remote connection, version 1: a length of four octets, a type, a body; nothing is guessed
// from what came before. Both sides speak them over TLS or a plain connection. RemoteConnection.md describes
// them for others who want to.
//
//     client: hello, login, then errand … or borrow or resume, in one flight
//     server: welcome, admitted, then output … done, or waiting, lent, or resumed; or refused
//     either way on a lent line: data, taken, alive, goodbye

package import Faults
package import Octets
package import Seams

/// One message.
package enum RemoteMessage: Sendable, Hashable {
    // Either side
    /// A piece of the line's octets, whole; pieces are numbered from 0 in each direction.
    case data(number: UInt64, octets: [UInt8])
    /// All pieces below a number have been handed on: they need not be kept any longer.
    case taken(number: UInt64)
    /// Nothing to say, but still there.
    case alive
    /// The end, as wished.
    case goodbye

    // Client
    /// The first message: versions that the client speaks.
    case hello(lowest: UInt8, highest: UInt8)
    /// An account of the device.
    case login(name: String, password: RemotePassword)
    /// One conversation with one meter, and how long it may wait for the line.
    case errand(patience: UInt32, order: [UInt8])
    /// A line is wanted: an interface 1…4, its format (nil is the device's own) and how long to wait.
    case borrow(interface: UInt8, settings: SerialSettings?, patience: UInt32)
    /// Back after a broken connection: whose, and the number of the next piece that is awaited.
    case resume(token: [UInt8], next: UInt64)

    // Server
    /// The version that is spoken from here on.
    case welcome(version: UInt8)
    /// The account may do this.
    case admitted
    /// Somebody else has the line.
    case waiting
    /// The line is the client's; how to come back, and how many seconds it is kept for a client that is lost.
    case lent(token: [UInt8], graceSeconds: UInt16)
    /// The line is still the client's; the number of the next piece that is awaited.
    case resumed(next: UInt64)
    /// Part of an errand's answer.
    case output([UInt8])
    /// Something odd about an errand that is no failure.
    case remark(Fault)
    /// The errand is done.
    case done
    /// It cannot be; then the connection ends.
    case refused(Fault)

    /// The version of this file.
    package static let version: UInt8 = 1
    /// Octets of a token.
    package static let tokenLength = 16
    /// Largest piece of a line's octets: above the largest frames of any meter.
    package static let pieceLimit = 4_096
    /// Largest part of an answer.
    package static let outputLimit = 32_768
    /// Largest errand.
    package static let orderLimit = 65_536
    /// Largest message of somebody who has logged in.
    package static let limit = orderLimit + 64
    /// Largest message of somebody who has not.
    package static let strangerLimit = 2_200
    /// Begins the body of `hello`.
    static let magic: [UInt8] = Array("GWRC".utf8)
    static let textLimit = 1_024
}

/// A password on its way; prints as dots (D12).
package struct RemotePassword: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The text.
    package let revealed: String

    /// A password.
    package init(_ text: String) { revealed = text }

    /// Dots.
    package var description: String { "••••" }
    /// Hides the text from `dump`.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension RemoteMessage {
    /// Type octets; those of servers have the highest bit.
    private enum Code: UInt8 {
        case hello = 1
        case login = 2
        case errand = 3
        case borrow = 4
        case resume = 5
        case data = 0x10
        case taken = 0x11
        case alive = 0x12
        case goodbye = 0x13
        case welcome = 0x81
        case admitted = 0x82
        case waiting = 0x83
        case lent = 0x84
        case resumed = 0x85
        case output = 0x86
        case remark = 0x87
        case done = 0x88
        case refused = 0x89
    }

    /// The message with its length in front.
    package var octets: [UInt8] {
        var body = OctetWriter()
        encode(into: &body)
        var whole = OctetWriter(capacity: body.count + 4)
        whole.big(UInt32(body.count))
        whole.append(body.octets)
        return whole.octets
    }

    private func encode(into writer: inout OctetWriter) {
        writer.octet(code.rawValue)
        switch self {
        case .hello(let lowest, let highest):
            writer.append(RemoteMessage.magic)
            writer.octet(lowest)
            writer.octet(highest)
        case .login(let name, let password):
            writer.text(name)
            writer.text(password.revealed)
        case .errand(let patience, let order):
            writer.big(patience)
            writer.append(order)
        case .borrow(let interface, let settings, let patience):
            writer.octet(interface)
            writer.text(settings?.text ?? "")
            writer.big(patience)
        case .resume(let token, let next):
            writer.append(token)
            writer.big(next)
        case .data(let number, let octets):
            writer.big(number)
            writer.append(octets)
        case .taken(let number), .resumed(let number): writer.big(number)
        case .welcome(let version): writer.octet(version)
        case .lent(let token, let graceSeconds):
            writer.append(token)
            writer.big(graceSeconds)
        case .output(let octets): writer.append(octets)
        case .remark(let fault), .refused(let fault): writer.fault(fault)
        case .alive, .goodbye, .admitted, .waiting, .done: break
        }
    }

    private var code: Code {
        switch self {
        case .data: .data
        case .taken: .taken
        case .alive: .alive
        case .goodbye: .goodbye
        case .hello: .hello
        case .login: .login
        case .errand: .errand
        case .borrow: .borrow
        case .resume: .resume
        case .welcome: .welcome
        case .admitted: .admitted
        case .waiting: .waiting
        case .lent: .lent
        case .resumed: .resumed
        case .output: .output
        case .remark: .remark
        case .done: .done
        case .refused: .refused
        }
    }

    /// Reads a message behind its length. Throws for anything else than one whole message.
    package init(from octets: ArraySlice<UInt8>) throws(DecodingError) {
        var reader = OctetReader(octets)
        let raw = try reader.octet("type of a message")
        guard let code = Code(rawValue: raw) else { throw DecodingError(.unsupported, at: 0, "message") }
        switch code {
        case .hello, .login, .errand, .borrow, .resume:
            self = try RemoteMessage.ofClient(code, from: &reader)
        case .data:
            let number = try reader.big(UInt64.self)
            self = .data(
                number: number, octets: try reader.rest(1...RemoteMessage.pieceLimit, "a piece"))
        case .taken: self = .taken(number: try reader.big(UInt64.self))
        case .alive: self = .alive
        case .goodbye: self = .goodbye
        case .welcome: self = .welcome(version: try reader.octet("version"))
        case .admitted: self = .admitted
        case .waiting: self = .waiting
        case .lent:
            let token = try reader.array(RemoteMessage.tokenLength, "token")
            self = .lent(token: token, graceSeconds: try reader.big(UInt16.self))
        case .resumed: self = .resumed(next: try reader.big(UInt64.self))
        case .output: self = .output(try reader.rest(1...RemoteMessage.outputLimit, "an answer"))
        case .remark: self = .remark(try reader.fault())
        case .done: self = .done
        case .refused: self = .refused(try reader.fault())
        }
        try reader.finish("end of a message")
    }

    private static func ofClient(_ code: Code, from reader: inout OctetReader) throws(DecodingError) -> Self {
        switch code {
        case .hello:
            guard try reader.array(magic.count, "magic") == magic else {
                throw DecodingError(.unsupported, at: 1, "another protocol")
            }
            return .hello(
                lowest: try reader.octet("lowest version"), highest: try reader.octet("highest version"))
        case .login:
            let name = try reader.text("login")
            return .login(name: name, password: RemotePassword(try reader.text("password")))
        case .errand:
            let patience = try reader.big(UInt32.self)
            return .errand(patience: patience, order: try reader.rest(1...orderLimit, "an errand"))
        case .borrow:
            let interface = try reader.octet("interface")
            guard (1...4).contains(interface) else { throw DecodingError(.invalid, at: 1, "interface") }
            let text = try reader.text("format")
            let settings = SerialSettings(text)
            guard text.isEmpty || settings != nil else { throw DecodingError(.invalid, at: 2, "format") }
            return .borrow(
                interface: interface, settings: settings, patience: try reader.big(UInt32.self))
        default:
            let token = try reader.array(tokenLength, "token")
            return .resume(token: token, next: try reader.big(UInt64.self))
        }
    }
}

extension OctetWriter {
    /// A text behind its length.
    fileprivate mutating func text(_ text: String) {
        let octets = Array(text.utf8.prefix(RemoteMessage.textLimit))
        big(UInt16(octets.count))
        append(octets)
    }

    /// Code, path and facts.
    fileprivate mutating func fault(_ fault: Fault) {
        text(fault.code.rawValue)
        text(fault.path)
        let facts = fault.parameters.sorted { $0.key < $1.key }.prefix(16)
        octet(UInt8(facts.count))
        for (name, value) in facts {
            text(name)
            text(value)
        }
    }
}

extension OctetReader {
    fileprivate mutating func text(_ what: String) throws(DecodingError) -> String {
        let count = Int(try big(UInt16.self))
        guard count <= RemoteMessage.textLimit else { throw DecodingError(.tooLong, at: position, what) }
        let octets = try array(count, what)
        // A text that was cut or is no UTF-8 is repaired: it is shown, or compared and found wrong.
        return String(decoding: octets, as: UTF8.self)
    }

    /// Whatever is left, within bounds.
    fileprivate mutating func rest(
        _ range: ClosedRange<Int>, _ what: String
    ) throws(DecodingError) -> [UInt8] {
        guard remaining <= range.upperBound else { throw DecodingError(.tooLong, at: position, what) }
        guard remaining >= range.lowerBound else { throw DecodingError(.truncated, at: position, what) }
        return try array(remaining, what)
    }

    /// A fault; a code of a newer version is an internal one here, told with its name.
    fileprivate mutating func fault() throws(DecodingError) -> Fault {
        let name = try text("code of a fault")
        let path = try text("path of a fault")
        var facts: [String: String] = [:]
        for _ in 0..<(try octet("facts of a fault")) {
            let key = try text("name of a fact")
            facts[key] = try text("a fact")
        }
        guard let code = FaultCode(rawValue: name) else {
            facts["code"] = name
            return Fault(.internalError, facts, path: path)
        }
        return Fault(code, facts, path: path)
    }
}

// The server of the COM port option (RFC 2217): a client far away sets speed and format of the line it
// talks to. What the client says becomes actions in its order; whoever drives the line carries them out and
// says what is in force then, and that is what the client is told. `TransitSession` drives it.
//
//   option 44, client to server c, answer c + 100
//   0 signature · 1 speed · 2 data bits · 3 parity · 4 stop bits · 5 control · 6 line state · 7 modem state
//   8 suspend · 9 resume · 10, 11 masks of states · 12 purge

/// Speed and format as the option tells them.
package struct ComPortFormat: Sendable, Hashable {
    /// Parity bit.
    package enum Parity: UInt8, Sendable, Hashable, CaseIterable { case none = 1, odd, even, mark, space }
    /// Bits a second.
    package var speedBaud: Int
    /// 5…8.
    package var dataBits: Int
    /// Parity bit.
    package var parity: Parity
    /// 1 or 2.
    package var stopBits: Int

    /// A format.
    package init(speedBaud: Int, dataBits: Int, parity: Parity, stopBits: Int) {
        self.speedBaud = speedBaud
        self.dataBits = dataBits
        self.parity = parity
        self.stopBits = stopBits
    }
}

/// What is to be done for a client.
package enum ComPortAction: Sendable, Hashable {
    /// These go to the line as they are.
    case toLine([UInt8])
    /// These go to the client as they are.
    case toClient([UInt8])
    /// A part of the format is to be so, if `format(with:as:)` knows it; afterwards `answer` tells the client
    /// what is in force.
    case set(ComPortSetting, Int)
    /// What has been received and not passed on is of no more use.
    case purge
}

/// The part of the format a client has set.
package enum ComPortSetting: UInt8, Sendable, Hashable {
    case speed = 1, dataBits, parity, stopBits
}

/// One client's COM port.
package struct ComPortServer: Sendable {
    private enum Side: Sendable { case off, asked, on }

    private var stream = TelnetStream()
    private var ours: [UInt8: Side] = [:]
    private var theirs: [UInt8: Side] = [:]
    /// Whether the client has been told of the wires of a modem; some wait for it.
    private var hasToldWires = false
    /// What the line runs at.
    package var format: ComPortFormat

    private static let binary: UInt8 = 0
    private static let goAhead: UInt8 = 3
    private static let option: UInt8 = 44
    /// Options that are agreed to; each way on its own.
    private static let known: Set<UInt8> = [binary, goAhead, option]
    /// What is shown to those who ask who this is.
    private static let signature = Array("meter gateway".utf8)
    /// Carrier, data set ready, clear to send: a line of meters has no such wires, and clients wait for them.
    private static let modemState: UInt8 = 0xB0
    /// Nothing waits to be sent.
    private static let lineState: UInt8 = 0x60

    /// A port of a client that has just connected, on a line of `format`.
    package init(_ format: ComPortFormat) { self.format = format }

    /// What the client is told first: octets are data, not text, and the line may be set.
    package mutating func opening() -> [UInt8] {
        (ours[ComPortServer.binary], theirs[ComPortServer.binary]) = (.asked, .asked)
        ours[ComPortServer.goAhead] = .asked
        theirs[ComPortServer.option] = .asked
        return [
            Telnet.escape, Telnet.will, ComPortServer.binary, Telnet.escape, Telnet.do, ComPortServer.binary,
            Telnet.escape, Telnet.will, ComPortServer.goAhead, Telnet.escape, Telnet.do, ComPortServer.option,
        ]
    }

    /// What octets of the client ask for, in their order.
    package mutating func received(_ octets: [UInt8]) -> [ComPortAction] {
        var actions: [ComPortAction] = []
        for word in stream.received(octets) {
            switch word {
            case .data(let data): actions.append(.toLine(data))
            case .negotiation(let verb, let option):
                actions += negotiate(verb, option)
                if option == ComPortServer.option, verb == .do || verb == .will { actions += tellWires() }
            case .parameters(ComPortServer.option, let parameters):
                guard let code = parameters.first else { continue }
                actions += tellWires() + command(code, Array(parameters.dropFirst()))
            case .parameters: continue
            }
        }
        return actions
    }

    /// The format in force with one part of it changed; nil when the client has asked only, by a zero, or for
    /// a parity that there is not.
    package func format(with setting: ComPortSetting, as number: Int) -> ComPortFormat? {
        guard number != 0 else { return nil }
        var wanted = format
        switch setting {
        case .speed: wanted.speedBaud = number
        case .dataBits: wanted.dataBits = number
        case .parity:
            guard let parity = ComPortFormat.Parity(rawValue: UInt8(clamping: number)) else { return nil }
            wanted.parity = parity
        case .stopBits: wanted.stopBits = number
        }
        return wanted
    }

    /// Tells the client what is in force of the part that it has set.
    package func answer(_ setting: ComPortSetting) -> [UInt8] {
        let value: [UInt8] =
            switch setting {
            case .speed: bigEndian(UInt32(clamping: format.speedBaud))
            case .dataBits: [UInt8(clamping: format.dataBits)]
            case .parity: [format.parity.rawValue]
            case .stopBits: [UInt8(clamping: format.stopBits)]
            }
        return told(setting.rawValue, value)
    }

    // MARK: - Options

    private mutating func negotiate(_ verb: TelnetWord.Verb, _ option: UInt8) -> [ComPortAction] {
        let isKnown = ComPortServer.known.contains(option)
        switch verb {
        case .do:
            return agreed(isKnown, &ours[option, default: .off], Telnet.will, Telnet.wont, option)
        case .will:
            return agreed(isKnown, &theirs[option, default: .off], Telnet.do, Telnet.dont, option)
        case .dont: return ended(&ours, Telnet.wont, option)
        case .wont: return ended(&theirs, Telnet.dont, option)
        }
    }

    /// Only a change is answered, or two sides would answer each other for ever (RFC 854).
    private func agreed(
        _ isKnown: Bool, _ side: inout Side, _ yes: UInt8, _ no: UInt8, _ option: UInt8
    ) -> [ComPortAction] {
        guard isKnown else { return [.toClient([Telnet.escape, no, option])] }
        defer { side = .on }
        return side == .off ? [.toClient([Telnet.escape, yes, option])] : []
    }

    /// A client that takes the option may have been asked first, and then says nothing of it: whatever it
    /// says with the option will do.
    private mutating func tellWires() -> [ComPortAction] {
        guard !hasToldWires else { return [] }
        hasToldWires = true
        return [.toClient(told(7, [ComPortServer.modemState]))]
    }

    private func ended(_ sides: inout [UInt8: Side], _ no: UInt8, _ option: UInt8) -> [ComPortAction] {
        guard ComPortServer.known.contains(option) else { return [] }
        let wasOn = sides[option] == .on
        sides[option] = .off
        return wasOn ? [.toClient([Telnet.escape, no, option])] : []
    }

    // MARK: - Commands of the option

    private func command(_ code: UInt8, _ value: [UInt8]) -> [ComPortAction] {
        if let setting = ComPortSetting(rawValue: code) {
            guard value.count == (setting == .speed ? 4 : 1) else { return [] }
            return [.set(setting, value.reduce(0) { $0 << 8 | Int($1) })]
        }
        switch code {
        case 0: return value.isEmpty ? [.toClient(told(0, ComPortServer.signature))] : []
        case 5: return value.first.map { [.toClient(told(5, [control($0)]))] } ?? []
        case 6: return [.toClient(told(6, [ComPortServer.lineState]))]
        case 7: return [.toClient(told(7, [ComPortServer.modemState]))]
        case 10, 11: return value.first.map { [.toClient(told(code, [$0]))] } ?? []
        case 12:
            guard let what = value.first, (1...3).contains(what) else { return [] }
            // What was written is on the line already: there is only the receiving side to purge.
            return (what == 2 ? [] : [.purge]) + [.toClient(told(12, [what]))]
        // Suspending is what TCP does by itself when the client reads no more.
        default: return []
        }
    }

    /// What is in force of flow control and of wires that an RS-485 line does not have.
    private func control(_ asked: UInt8) -> UInt8 {
        switch asked {
        // Flow control out, then in: none.
        case 0...3, 17, 19: 1
        case 13...16, 18: 14
        // No break is sent.
        case 4...6: 6
        case 7: 8
        case 10: 11
        // DTR and RTS as the client likes.
        default: asked
        }
    }

    private func told(_ code: UInt8, _ value: [UInt8]) -> [UInt8] {
        [Telnet.escape, Telnet.begin, ComPortServer.option, code + 100] + Telnet.escaped(value)
            + [Telnet.escape, Telnet.end]
    }

    private func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

// One side of a conversation each. RTU327 is strictly one request, one answer, matched by the packet number
// alone: an answer does not say which command it is for.
//
// server:  octets ── packet ──► password? ── no ──► 10
//                    │             command known? ── no ──► 5
//                    │                parameters right? ── no ──► 6
//                    │                    └──► a request for whoever has the data
//                    └ wrong check ──► 60

package import Octets

/// What a server does next.
package enum ServerAction: Sendable, Hashable {
    /// Send these octets: a refusal that needs no data.
    case send([UInt8], ResultCode)
    /// Find the answer, and give it to `answer(to:…)`.
    case find(Request, number: UInt16)
    /// Close the connection.
    case close
}

/// The server's half of a connection: packets in, refusals or requests out.
package struct ServerExchange: Sendable {
    private var decoder = PacketDecoder(bound: Packet.longestRequest)
    private let passwords: [[UInt8]]
    private let profile: QuirkProfile

    /// A server that takes any of `passwords`, each of four octets; none takes anything.
    package init(passwords: [[UInt8]], profile: QuirkProfile = .usual) {
        self.passwords = passwords
        self.profile = profile
    }

    /// Whether a packet has begun that is not whole: its rest has five seconds.
    package var isInsidePacket: Bool { decoder.isInsidePacket }

    /// Octets came from the client. Call `next` until nil before giving more.
    package mutating func received(_ octets: [UInt8]) { decoder.append(octets) }

    /// The rest of a packet did not come: what there is of it is thrown away.
    package mutating func timeRanOut() { decoder.reset() }

    /// What to do about the octets received; nil when more are needed.
    package mutating func next() -> ServerAction? {
        while let item = decoder.next() {
            switch item.content {
            case .success(let packet): return action(on: packet)
            case .failure:
                if let number = item.numberOfDamaged { return refuse(number, .damagedRequest) }
                if profile.says("bad_length", "close") { return .close }
            }
        }
        return nil
    }

    private func action(on packet: Packet) -> ServerAction {
        guard isRight(packet.password) else { return refuse(packet.number, .wrongPassword) }
        guard let command = Command(rawValue: packet.code),
            !command.isAboutOwnJournal || profile.says("journal_commands", "on")
        else { return refuse(packet.number, .unknownCommand) }
        do throws(DecodingError) {
            return .find(try Request(command, from: packet.data), number: packet.number)
        } catch {
            return refuse(packet.number, .badParameters)
        }
    }

    /// Compares with every password, whatever the outcome of the ones before: the time tells nothing.
    private func isRight(_ given: [UInt8]) -> Bool {
        guard !passwords.isEmpty else { return true }
        var isRight = false
        for password in passwords {
            var difference: UInt8 = 0
            for (left, right) in zip(password, given) { difference |= left ^ right }
            isRight = isRight || difference == 0
        }
        return isRight
    }

    private func refuse(_ number: UInt16, _ code: ResultCode) -> ServerAction {
        .send(ServerExchange.answer(to: number, code), code)
    }

    /// The octets of an answer; data only with a good result.
    package static func answer(to number: UInt16, _ code: ResultCode, _ data: [UInt8] = []) -> [UInt8] {
        Packet(number: number, code: code.rawValue, data: code == .good ? data : []).encoded
    }
}

/// The client's half: numbers its requests and takes the answer of the last one only.
package struct ClientExchange: Sendable {
    private var decoder = PacketDecoder()
    private var number: UInt16
    private let password: [UInt8]

    /// A client that begins to count at `number`.
    package init(password: [UInt8] = [0, 0, 0, 0], number: UInt16 = 1) {
        self.password = password
        self.number = number
    }

    /// The octets of a request; answers to earlier ones are no longer taken.
    package mutating func ask(_ request: Request) -> [UInt8] {
        number &+= 1
        decoder.reset()
        return request.packet(number: number, password: password).encoded
    }

    /// Octets came: the data of the answer, nil when more are needed. Throws what a server refused, or what
    /// is wrong with the octets.
    package mutating func received(_ octets: [UInt8]) throws(ExchangeError) -> [UInt8]? {
        decoder.append(octets)
        while let item = decoder.next() {
            switch item.content {
            case .failure(let error):
                if item.numberOfDamaged == number { throw .damaged(error) }
            case .success(let packet):
                guard packet.number == number else { continue }
                guard packet.code != 0 else { return packet.data }
                throw .refused(packet.code)
            }
        }
        return nil
    }
}

/// Why there is no answer.
package enum ExchangeError: Error, Sendable, Hashable {
    /// The result of the server: a `ResultCode`, or a number not in the list.
    case refused(UInt8)
    /// The answer is damaged.
    case damaged(DecodingError)
}

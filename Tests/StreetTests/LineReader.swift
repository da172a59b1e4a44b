// A minimal reader for tests: the client machines of `DLMS` over a channel, no retries, no driver.

import DLMS
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping

struct LineReader {
    struct Silence: Error {}

    let channel: any Channel
    let clock: any MonotonicClock
    private var link: HDLCClient?
    private var frames = HDLCFrameDecoder()
    private var units = WrapperDecoder()
    private var application: ApplicationClient
    private let client: Int

    /// A reader by HDLC, or by the wrapper when `address` is nil.
    init(
        _ channel: any Channel, clock: any MonotonicClock, address: Int?, password: String, client: Int = 32,
        information: Int = 128
    ) throws {
        self.channel = channel
        self.clock = clock
        self.client = client
        let secret = Array(password.utf8)
        application = ApplicationClient(
            settings: ApplicationClient.Settings(authentication: secret.isEmpty ? .none : .lowLevel(secret)))
        if let address {
            let proposal = HDLCParameters(maximumTransmit: information, maximumReceive: information)
            link = HDLCClient(
                HDLCClient.Settings(
                    client: try #require(HDLCAddress.client(client)),
                    server: try #require(HDLCAddress(upper: 1, lower: address, width: .two)),
                    proposal: proposal))
        }
    }

    /// Opens link and association.
    mutating func open() async throws -> ApplicationClient.Outcome {
        if var link {
            _ = try await drive(&link, link.connect())
            self.link = link
        }
        return try await converse(try application.associate())
    }

    /// Closes the link.
    mutating func close() async throws {
        guard var link else { return }
        _ = try await drive(&link, link.disconnect())
        self.link = link
    }

    /// GET of an attribute.
    mutating func get(
        _ classID: UInt16, _ code: OBISCode, _ attribute: Int8 = 2, selection: AccessSelection? = nil
    ) async throws -> GetDataResult {
        let descriptor = AttributeDescriptor(
            classID: classID, logicalName: LogicalName(code), attribute: attribute)
        guard
            case .get(let result) = try await converse(try application.get(descriptor, selection: selection))
        else { throw Silence() }
        return result
    }

    /// Rows of a profile between two stamps.
    mutating func rows(_ code: OBISCode, from: CivilStamp, to: CivilStamp) async throws -> [[DataValue]] {
        let range = RangeDescriptor(from: DateTimeValue(from), to: DateTimeValue(to))
        guard case .data(let value) = try await get(7, code, 2, selection: range.selection) else {
            throw Silence()
        }
        return try #require(value.elements).map { try #require($0.elements) }
    }

    private mutating func converse(_ first: [UInt8]) async throws -> ApplicationClient.Outcome {
        var apdu = first
        while true {
            switch application.received(try await exchange(apdu)) {
            case .sendAPDU(let next): apdu = next
            case .completed(let outcome): return outcome
            case .failed(let error): throw error
            case .ignored, .notified: throw Silence()
            }
        }
    }

    private mutating func exchange(_ apdu: [UInt8]) async throws -> [UInt8] {
        guard var link else {
            try await channel.write(WrapperUnit(from: UInt16(client), to: 1, apdu: apdu).encoded)
            while true {
                units.append(try await heard())
                if let item = units.next() { return try item.content.get().apdu }
            }
        }
        let answer = try await drive(&link, link.send(apdu))
        self.link = link
        return answer
    }

    private mutating func drive(_ link: inout HDLCClient, _ first: [HDLCClient.Action]) async throws
        -> [UInt8]
    {
        var actions = first
        while true {
            for action in actions {
                switch action {
                case .send(let octets): try await channel.write(octets)
                case .received(let apdu): return apdu
                case .connected, .disconnected: return []
                case .failed(let failure): throw failure
                case .await, .notified: break
                }
            }
            actions = []
            frames.append(try await heard())
            while let item = frames.next() { actions += link.frameReceived(try item.content.get()) }
        }
    }

    private func heard() async throws -> [UInt8] {
        let octets = try await channel.read(until: clock.now + .seconds(5))
        if octets.isEmpty { throw Silence() }
        return octets
    }
}

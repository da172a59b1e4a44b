import DLMS
import Diagnosis
import Octets
import Seams
import Street
import Synchronization
import Testing
import Timekeeping

@Suite struct ReplayStationTests {
    private static let meter = HDLCAddress(upper: 1, lower: 17, width: .two)
    private static let get: [UInt8] = [0xC0, 1, 0xC1, 0, 3, 1, 0, 1, 8, 0, 255, 2, 0]
    private static let got: [UInt8] = [0xC4, 1, 0xC1, 0, 6, 0, 0, 0, 7]

    private static func frame(_ client: Int, _ control: HDLCControl, _ apdu: [UInt8] = []) throws -> [UInt8] {
        let information = apdu.isEmpty ? [] : LogicalLinkControl.request + apdu
        return HDLCFrame(
            to: try #require(meter), from: try #require(HDLCAddress.client(client)), control,
            information: information[...]
        ).encoded
    }

    private static func answer(_ control: HDLCControl, _ apdu: [UInt8] = []) throws -> [UInt8] {
        let information = apdu.isEmpty ? [] : LogicalLinkControl.response + apdu
        return HDLCFrame(
            to: try #require(HDLCAddress.client(32)), from: try #require(meter), control,
            information: information[...]
        ).encoded
    }

    /// Link, an association hidden as a whole, one register.
    private static func recording() throws -> LineRecording {
        let association = try frame(32, .information(sent: 0, received: 0, final: true), [0x60, 1, 0])
        let bursts: [(Int, TrafficDirection, [UInt8], Bool)] = [
            (0, .request, try frame(32, .setNormalResponseMode(final: true)), false),
            (50, .response, try answer(.unnumberedAcknowledge(final: true)), false),
            (100, .request, association, true),
            (
                150, .response, try answer(.information(sent: 0, received: 1, final: true), [0x61, 1, 0]),
                false
            ),
            (200, .request, try frame(32, .information(sent: 5, received: 1, final: true), get), false),
            (320, .response, try answer(.information(sent: 3, received: 6, final: true), got), false),
        ]
        return LineRecording(
            line: "Iface1", settings: "", began: "",
            bursts: bursts.map { at, direction, octets, isHidden in
                RecordedBurst(
                    at: .milliseconds(at), direction: direction,
                    octets: isHidden ? [UInt8](repeating: 0, count: octets.count) : octets,
                    hidden: isHidden ? [0..<octets.count] : [])
            })
    }

    /// A station, and what it complains of.
    private final class Desk: Sendable {
        let complaints = Mutex<[String]>([])
    }

    private func station(_ desk: Desk) throws -> ReplayStation {
        ReplayStation(try Self.recording(), characterTime: .zero) { text in
            desk.complaints.withLock { $0.append(text) }
        }
    }

    private func ask(_ station: inout ReplayStation, _ octets: [UInt8]) -> [StationAnswer] {
        station.received(
            octets, at: MonotonicInstant(nanoseconds: 0), wall: WallTime(unixSeconds: 1_772_316_000))
    }

    private func frame(_ answers: [StationAnswer]) throws -> HDLCFrame {
        let octets = try #require(answers.first).octets
        return try HDLCFrame(between: octets[1..<octets.count - 1])
    }

    @Test func `another client with other numbers gets the recorded answers in its own`() throws {
        let desk = Desk()
        var station = try station(desk)
        #expect(station.answerable == 3)
        let agreed = try frame(ask(&station, try Self.frame(48, .setNormalResponseMode(final: true))))
        #expect(agreed.control == .unnumberedAcknowledge(final: true))
        #expect(agreed.destination == HDLCAddress.client(48))
        let secret: [UInt8] = [0x60, 3, 1, 2, 3]
        _ = ask(&station, try Self.frame(48, .information(sent: 0, received: 0, final: true), secret))
        var request = Self.get
        request[2] = 0xC7
        let octets = try Self.frame(48, .information(sent: 1, received: 1, final: true), request)
        let answers = ask(&station, octets)
        let answered = try frame(answers)
        #expect(answered.control == .information(sent: 1, received: 2, final: true))
        #expect(
            Array(answered.information) == LogicalLinkControl.response + [0xC4, 1, 0xC7, 0, 6, 0, 0, 0, 7])
        #expect(answers.first?.delay == .milliseconds(120))
        // The same frame once more is answered in the same words.
        #expect(ask(&station, octets).first?.octets == answers.first?.octets)
        #expect(desk.complaints.withLock { $0 } == [])
    }

    @Test func `what nothing recorded is like is told and not answered`() throws {
        let desk = Desk()
        var station = try station(desk)
        var request = Self.get
        request[8] = 9
        #expect(
            ask(&station, try Self.frame(48, .information(sent: 0, received: 0, final: true), request)) == [])
        let ciphered: [UInt8] = [0xC8, 3, 1, 2, 3]
        #expect(
            ask(&station, try Self.frame(48, .information(sent: 1, received: 0, final: true), ciphered)) == []
        )
        let complaints = desk.complaints.withLock { $0 }
        #expect(complaints.count == 2)
        #expect(complaints.first?.contains("nothing recorded is like it") == true)
        #expect(complaints.last?.contains("ciphered requests never repeat") == true)
    }

    @Test func `others on the wire are left alone`() throws {
        let desk = Desk()
        var station = try station(desk)
        let other = try #require(HDLCAddress(upper: 1, lower: 18, width: .two))
        let octets = HDLCFrame(
            to: other, from: try #require(HDLCAddress.client(32)), .setNormalResponseMode(final: true)
        ).encoded
        #expect(ask(&station, octets) == [])
        #expect(desk.complaints.withLock { $0 } == [])
    }
}

// Answers to head-ends from the archive: nothing here speaks to a meter, so a head-end that catches up a
// month does not hold up a poll (REQ-117). Energies leave in kWh and kvarh, powers in kW, times in seconds
// of UTC whatever the zone of the meter (R2); what is not stored is -1 (R20).

package import Archive
import Faults
import Metering
import Octets
package import RTU327
package import Seams
import Timekeeping

/// An answer: a result, and data when it is good.
package struct HeadEndAnswer: Sendable, Hashable {
    /// The result.
    package var code: ResultCode
    /// The data.
    package var data: [UInt8]

    /// A refusal.
    static func refusal(_ code: ResultCode) -> HeadEndAnswer { HeadEndAnswer(code: code, data: []) }
    /// Data.
    static func good(_ data: [UInt8]) -> HeadEndAnswer { HeadEndAnswer(code: .good, data: data) }
}

/// The archive in RTU327's words.
package actor HeadEndAnswers {
    let archive: MeterArchive
    let wall: any WallClock
    private let shifting: any ClockShifting
    private nonisolated let clock: any MonotonicClock
    private(set) var settings = HeadEndSettings()
    private var meters = HeadEndMeters()

    /// Answers from `archive`; nothing is served before `apply`.
    package init(
        archive: MeterArchive, clock: any MonotonicClock, wall: any WallClock, shifting: any ClockShifting
    ) {
        self.archive = archive
        self.clock = clock
        self.wall = wall
        self.shifting = shifting
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes over another configuration.
    package func apply(_ settings: HeadEndSettings) async {
        self.settings = settings
        await renumber()
    }

    /// Meters that share a number, by it: they are not served until one of them is told apart.
    package var sharedNumbers: [MeterNumber: [Int]] { meters.shared }

    private func renumber() async { meters = HeadEndMeters(settings.meters, await archive.lives(of: [])) }

    /// Answers a request.
    package func answer(_ request: Request) async -> HeadEndAnswer {
        do {
            switch request {
            case .version: return .good(Array("020102".utf8))
            case .time: return .good(littleEndian(wall.now.unixSeconds))
            case .shiftTime(let seconds): return await shift(Int(seconds))
            case .lastLogNumber, .log: return .refusal(.noMoreData)
            case .parameters, .registers, .profile, .network, .readings, .meterLog:
                guard let number = request.meter, let asked = await find(number) else {
                    return .refusal(resultOfKey("unknown_meter_rr"))
                }
                return try await answer(request, of: asked)
            }
        } catch {
            return .refusal(.storeFailed)
        }
    }

    private func answer(_ request: Request, of asked: AskedMeter) async throws(Fault) -> HeadEndAnswer {
        switch request {
        case .parameters: try await parameters(of: asked)
        case .registers(_, let mask, let time): try await registers(of: asked, mask, at: time)
        case .profile(_, let mask, let start, let count):
            try await profile(of: asked, mask, from: start, count: Int(count))
        case .network(_, let start, let count):
            try await network(of: asked, from: start, count: Int(count))
        case .readings(_, let start, let channel, let count):
            try await readings(of: asked, channel, from: start, count: Int(count))
        case .meterLog(_, let start, let count):
            try await log(of: asked, from: start, count: Int(count))
        case .version, .time, .shiftTime, .lastLogNumber, .log: .refusal(.unknownCommand)
        }
    }

    /// A number that is not known may be a meter's that told its serial since.
    private func find(_ number: MeterNumber) async -> AskedMeter? {
        if let asked = meters[number], await isPresent(asked) { return asked }
        await renumber()
        return meters[number]
    }

    private func isPresent(_ asked: AskedMeter) async -> Bool {
        guard let life = await archive.life(of: asked.meter.id) else { return false }
        return asked.lives.contains(life.key)
            && (life.serial.isEmpty || MeterNumber(serial: life.serial) != nil)
    }

    private func shift(_ seconds: Int) async -> HeadEndAnswer {
        guard settings.isProtected else { return .refusal(.noRights) }
        let limit = settings.profile.number(of: "settime_limit_s")
        guard limit == 0 || seconds.magnitude <= limit, seconds.magnitude <= HeadEndAnswers.greatestStep
        else { return .refusal(.badParameters) }
        return await shifting.shift(seconds: seconds) ? .good([]) : .refusal(.serverError)
    }

    /// One source alone moves the clock no further (R1).
    private static let greatestStep = 60

    /// The result a key of the profile names.
    func resultOfKey(_ key: String) -> ResultCode {
        ResultCode(rawValue: UInt8(settings.profile.number(of: key))) ?? .noDataForInterval
    }

    /// What is said when nothing is stored: a refusal, or a good answer without rows.
    func empty(_ data: @autoclosure () -> [UInt8]) -> HeadEndAnswer {
        let code = resultOfKey("empty_rr")
        return code == .good ? .good(data()) : .refusal(code)
    }

    private func littleEndian(_ seconds: Int64) -> [UInt8] {
        var writer = OctetWriter(capacity: 4)
        writer.little(UInt32(clamping: seconds))
        return writer.octets
    }
}

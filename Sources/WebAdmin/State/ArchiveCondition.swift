// What the page «Архив» says beside its table: the file and the flash memory under it, what will be lost and
// when, what was damaged and came back.

import Archive
import Faults
import JSONText
import Seams
import Timekeeping

/// The condition of the archive in the words of the API.
struct ArchiveCondition {
    private let size: (octets: Int64, freeInside: Int64)
    private let free: Int64
    private let wear: DeviceWear
    private let trouble: ArchiveTrouble?
    private let isAway: Bool
    private let repairs: [ArchiveRepair]
    private let checked: WallTime?
    private let growth: Double
    private let endurance: Int64
    private let now: WallTime
    private let offset: ZoneOffset
    private let language: FaultLanguage

    /// So long a repair stays on the page, and so near a full disk is told, seconds.
    private static let month: Int64 = 30 * 86_400
    /// What every meter keeps at least: 36 starts of days; 180 days of hours, that is 90 of half-hours [G].
    private static let meterDays: (daily: Int64, profile: Int64) = (36, 90)

    /// Asks archive and machine.
    init(
        _ parts: WebAdminParts, fills: [ArchiveFill], offset: ZoneOffset, enduranceTerabytes: Int,
        language: FaultLanguage
    ) async throws {
        let host = await parts.host.state()
        size = try await parts.archive.fileSize()
        free = host.freeOctets
        if host.writtenOctets > 0 { try? await parts.archive.noteWritten(host.writtenOctets) }
        wear = try await parts.archive.wear()
        trouble = await parts.archive.trouble
        isAway = await parts.archive.isAway
        repairs = try await parts.archive.repairs()
        checked = try await parts.archive.lastChecked()
        endurance = Int64(enduranceTerabytes) * 1_000_000_000_000
        growth = ArchiveCondition.growth(fills, octets: size.octets - size.freeInside)
        now = parts.wall.now
        self.offset = offset
        self.language = language
    }

    /// Octets a day that kinds whose rings are not full yet add to the file.
    private static func growth(_ fills: [ArchiveFill], octets: Int64) -> Double {
        let rows = fills.reduce(0) { $0 + $1.rows }
        guard rows > 1_000 else { return 0 }
        var rowsADay = 0.0
        for fill in fills where fill.share < 0.99 {
            guard let span = fill.span else { continue }
            let days = Double(span.upperBound.seconds - span.lowerBound.seconds) / 86_400
            if days >= 1 { rowsADay += Double(fill.rows) / days }
        }
        return rowsADay * Double(octets) / Double(rows)
    }

    /// `{octets, free, written, since?, endurance, years?}`.
    var file: JSONValue {
        var members: [(String, JSONValue)] = [
            ("octets", .integer(size.octets)), ("free", .integer(free)), ("written", .integer(wear.octets)),
        ]
        if let since = wear.since { members.append(("since", time(since))) }
        members.append(("endurance", .integer(endurance)))
        if let years { members.append(("years", .number((years * 10).rounded() / 10))) }
        return .make(members)
    }

    /// Years until the flash memory is worn out at the present rate; nil before a day was counted.
    private var years: Double? {
        guard let since = wear.since, wear.octets > 0 else { return nil }
        let elapsed = now.unixSeconds - since.unixSeconds
        guard elapsed >= 86_400 else { return nil }
        let left = Double(max(endurance - wear.octets, 0))
        return min(left / Double(wear.octets) * Double(elapsed) / (365.25 * 86_400), 1_000)
    }

    /// `[{level, code, text}]`, the worst first.
    var notices: JSONValue {
        var found: [JSONValue] = []
        if let trouble { found.append(notice("err", stopped(trouble))) }
        for repair in repairs where repair.endedAt == nil || isRecent(repair.at) {
            found.append(notice(repair.endedAt == nil ? "err" : "warn", replaced(repair)))
        }
        if trouble == nil, growth > 0, free > 0 {
            let days = Double(free) / growth
            if days < 60 {
                let full = now.adding(seconds: Int64(days * 86_400))
                found.append(notice("warn", Fault(.archiveFilling, ["time": day(full)])))
            }
        }
        return .array(found)
    }

    /// `{state, text, last?}`.
    var integrity: JSONValue {
        var members: [(String, JSONValue)] = []
        if let repair = repairs.first, repair.endedAt == nil || isRecent(repair.at) {
            members = [
                ("state", .string(repair.endedAt == nil ? "run" : "warn")),
                ("text", .string(FaultCatalogue.text(of: replaced(repair), in: language))),
            ]
        } else if checked != nil {
            let text = FaultCatalogue.text(of: Fault(.archiveSound), in: language)
            members = [("state", .string("ok")), ("text", .string(text))]
        } else {
            members = [("state", .string("idle"))]
        }
        if let checked { members.append(("last", time(checked))) }
        return .make(members)
    }

    private func stopped(_ trouble: ArchiveTrouble) -> Fault {
        func until(_ days: Int64) -> String { day(trouble.since.adding(seconds: days * 86_400)) }
        let meters = ArchiveCondition.meterDays
        return Fault(
            isAway ? .archiveAway : .archiveStopped,
            [
                "time": minute(trouble.since), "reason": trouble.fault.parameters["reason"] ?? "",
                "days": until(meters.daily), "profile": until(meters.profile),
            ])
    }

    private func replaced(_ repair: ArchiveRepair) -> Fault {
        Fault(
            .archiveReplaced,
            [
                "time": minute(repair.at), "rows": String(repair.rows), "holes": String(repair.holes),
                "path": repair.path,
            ])
    }

    private func notice(_ level: String, _ fault: Fault) -> JSONValue {
        .make([
            ("level", .string(level)), ("code", .string(fault.code.rawValue)),
            ("text", .string(FaultCatalogue.text(of: fault, in: language))),
        ])
    }

    private func isRecent(_ time: WallTime) -> Bool {
        now.unixSeconds - time.unixSeconds < ArchiveCondition.month
    }

    private func time(_ time: WallTime) -> JSONValue { .string(time.iso8601(in: offset)) }

    /// `2026-11-25`.
    private func day(_ time: WallTime) -> String { String(time.iso8601(in: offset).prefix(10)) }

    /// `2026-11-25 14:30`.
    private func minute(_ time: WallTime) -> String {
        let text = time.iso8601(in: offset)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }
}

extension WebAdmin {
    /// Counts what goes to the device, so that the page can tell years of flash life; until cancelled.
    func countWrittenOctets() async {
        while true {
            do { try await parts.clock.sleep(for: .seconds(600)) } catch { return }
            let octets = await parts.host.state().writtenOctets
            if octets > 0 { try? await parts.archive.noteWritten(octets) }
        }
    }
}

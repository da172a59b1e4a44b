// The archive as a store: how full, what would be lost when, what was set aside or corrected (R13, R14, R17,
// R18). Ours; the page «Архив» shows it.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let archiveRoutes: [Route] = [
        Route("GET", "/state/archive", .read) { try await $0.archiveState($1) },
        Route("GET", "/archive/quarantine", .read) { try await $0.quarantine($1) },
        Route("GET", "/archive/unbalanced", .read) { try await $0.unbalanced($1) },
        Route("GET", "/archive/changes", .read) { try await $0.corrections($1) },
        Route("GET", "/archive/clocks", .read) { try await $0.clocks($1) },
    ]

    /// `{Kinds: [{measure, depth, unit, rows, fill, oldest?, newest?, unsent?, loss?}], Journals: [the same],
    /// File: {octets, free, written, since?, endurance, years?}, Notices: [{level, code, text}],
    /// Integrity: {state, text, last?}}`; of journals those with events.
    private func archiveState(_ context: RequestContext) async throws -> Answer {
        let site = await parts.store.current.configuration
        let offset = site.time.offset
        let depths = await parts.archive.depths
        func time(_ stamp: CivilStamp) -> JSONValue {
            .string(WallTime(civil: stamp, offset: offset).iso8601(in: offset))
        }
        func json(_ fill: ArchiveFill) -> JSONValue {
            var members: [(String, JSONValue)] = [
                ("measure", .string(fill.measure.rawValue)),
                ("depth", .integer(Int64(depths[fill.measure].number))),
                ("unit", .string(depths[fill.measure].unit)),
                ("rows", .integer(Int64(fill.rows))),
                ("fill", .number((fill.share * 1_000).rounded() / 1_000)),
            ]
            if let span = fill.span {
                members += [("oldest", time(span.lowerBound)), ("newest", time(span.upperBound))]
            }
            if let unsent = fill.unsent { members.append(("unsent", .integer(Int64(unsent)))) }
            if let loss = fill.firstLoss { members.append(("loss", time(loss))) }
            return .make(members)
        }
        let fills = try await parts.archive.fills()
        let condition = try await ArchiveCondition(
            parts, fills: fills, offset: offset, enduranceTerabytes: site.site.flashEnduranceTerabytes,
            language: context.language)
        return .value(
            .make([
                ("Kinds", .array(fills.filter { $0.measure.journal == nil }.map(json))),
                ("Journals", .array(fills.filter { $0.measure.journal != nil }.map(json))),
                ("File", condition.file), ("Notices", condition.notices),
                ("Integrity", condition.integrity),
            ]))
    }

    /// `?limit&before` → `{Rows: [{id, meter, measure, ts, text}]}`, newest first.
    private func quarantine(_ context: RequestContext) async throws -> Answer {
        let (before, limit, offset) = try await page(context)
        let rows = try await parts.archive.quarantined(before: before, limit: limit)
        return WebAdmin.listing(
            rows.map { row in
                let reason: FaultCode = row.isFuture ? .archiveRowFuture : .archiveRowClock
                return [
                    ("id", .integer(row.position)), ("meter", .integer(Int64(row.meterID))),
                    ("measure", .string(row.measure.rawValue)),
                    ("ts", .string(WallTime(civil: row.stamp, offset: offset).iso8601(in: offset))),
                    ("text", .string(FaultCatalogue.text(of: Fault(reason), in: context.language))),
                ]
            })
    }

    /// `?limit&before` → `{Rows: [{id, meter, measure, ts, old, new}]}`, newest first; `old` is the gain of
    /// the register and `new` the sum of the profile, in Wh.
    private func unbalanced(_ context: RequestContext) async throws -> Answer {
        let (before, limit, offset) = try await page(context)
        let rows = try await parts.archive.unbalanced(before: before, limit: limit)
        return WebAdmin.listing(
            rows.map { row in
                func wattHours(_ mantissa: Int64) -> JSONValue {
                    .number(MeasuredValue(.aPlus0, mantissa: mantissa, scaler: row.balance.scaler).double)
                }
                return [
                    ("id", .integer(row.position)), ("meter", .integer(Int64(row.meterID))),
                    ("measure", .string(Measure.dayEnergy.rawValue)),
                    ("ts", .string(WallTime(civil: row.balance.day, offset: offset).iso8601(in: offset))),
                    ("tag", .string(Tag.aPlus0.rawValue)), ("old", wattHours(row.balance.registerGain)),
                    ("new", wattHours(row.balance.profileSum)),
                ]
            })
    }

    /// `?limit&before` → `{Rows: [{id, meter, measure, ts, time, old}]}`, newest first.
    private func corrections(_ context: RequestContext) async throws -> Answer {
        let (before, limit, offset) = try await page(context)
        let rows = try await parts.archive.corrections(before: before, limit: limit)
        return WebAdmin.listing(
            rows.map { row in
                [
                    ("id", .integer(row.position)), ("meter", .integer(Int64(row.meterID))),
                    ("measure", .string(row.measure.rawValue)),
                    ("ts", .string(WallTime(civil: row.period, offset: offset).iso8601(in: offset))),
                    ("time", .string(row.replacedAt.iso8601(in: offset))), ("old", .string(row.old)),
                ]
            })
    }

    /// `?limit&before&meter` → `{Rows: [{id, meter, serial, ts, old, new?, how, by, code?, text?}]}`, newest
    /// first: corrections of meter clocks, `old` and `new` in seconds of meter minus gateway; without `new`
    /// nobody knows what came of it.
    private func clocks(_ context: RequestContext) async throws -> Answer {
        let (before, limit, offset) = try await page(context)
        let meter = try WebAdmin.number("meter", in: context, 0...Int.max, otherwise: 0)
        let entries = try await parts.archive.clockEntries(
            meter: meter > 0 ? meter : nil, before: before, limit: limit)
        return WebAdmin.listing(
            entries.map { entry in
                var members: [(String, JSONValue)] = [
                    ("id", .integer(entry.number)), ("meter", .integer(Int64(entry.meterID))),
                    ("serial", .string(entry.serial)), ("ts", .string(entry.at.iso8601(in: offset))),
                    ("old", .integer(Int64(entry.before))),
                ]
                if let after = entry.after { members.append(("new", .integer(Int64(after)))) }
                members.append(("how", .string(entry.manner == .shifted ? "shift" : "set")))
                members.append(("by", .string(entry.occasion == .event ? "event" : "person")))
                if let fault = entry.fault {
                    members.append(("code", .string(fault.code.rawValue)))
                    members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
                }
                return members
            })
    }

    private func page(
        _ context: RequestContext
    ) async throws(Faults) -> (before: Int64?, limit: Int, offset: ZoneOffset) {
        let limit = try WebAdmin.number("limit", in: context, 1...1_000, otherwise: 100)
        let before = try WebAdmin.number("before", in: context, 0...Int.max, otherwise: 0)
        return (before > 0 ? Int64(before) : nil, limit, await parts.store.current.configuration.time.offset)
    }

    private static func listing(_ rows: [[(String, JSONValue)]]) -> Answer {
        .value(.make([("Rows", .array(rows.map { .make($0) }))]))
    }
}

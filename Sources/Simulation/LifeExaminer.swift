// Compares what a gateway has archived and published with what the street's meters hold, past every
// protocol. It knows nothing of polling: a row the meter holds is in the archive, with the meter's own
// numbers, under the meter's own serial number, once; and the broker has it.

import Archive
import JSONText
import Metering
import Runtime
import SPODES
import Seams
import StorageSimulation
import Street
import Timekeeping
import VirtualTime

/// What was found by one examination.
package struct ExaminationFindings: Sendable {
    /// Rows compared.
    package var rows = 0
    /// What is wrong, in words.
    package var offences: [String] = []

    mutating func offend(_ text: @autoclosure () -> String) {
        if offences.count < 40 { offences.append(text()) }
    }
}

/// Remembers what was compared and what arrived.
actor LifeExaminer {
    let site: VirtualSite
    let lines: [(name: String, addresses: [String])]
    /// Whether the meters' journals are collected.
    let keepsJournals: Bool
    /// What a gateway may hold in memory.
    let limits: HoldingLimits
    /// The most it has held at an examination.
    var mostHeld = GatewayHoldings()
    /// Events compared.
    var eventsCompared = 0
    /// How often a row arrived, by its key.
    private var arrived: [ArrivedRow: UInt8] = [:]
    /// The stamp read last: the rows of a message have the same ones, meter by meter.
    private var newestStamp: (text: String, stamp: CivilStamp)?
    private var doubled = 0
    private var compared: [Int: CivilStamp] = [:]
    private var doubtsSeen = 0
    private var bootsSeen = 1
    /// A digest of everything published, in order (FNV-1a, 64 bits).
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var messages = 0
    private(set) var rowsCompared = 0
    /// Days that rightly do not balance, by meter, as they were found.
    var excusedDays: Set<ExcusedDay> = []
    /// Counts of the mornings so far.
    var mornings = MorningTally()

    private struct ArrivedRow: Hashable {
        var measure: Measure
        var meter: Int
        var serial: String
        var stamp: CivilStamp
    }

    init(
        _ site: VirtualSite, lines: [(name: String, addresses: [String])], keepsJournals: Bool = false,
        limits: HoldingLimits = HoldingLimits()
    ) {
        self.keepsJournals = keepsJournals
        self.limits = limits
        self.site = site
        self.lines = lines
    }

    /// Compares everything since the last time, or since ever when `wholly`. Rows may have been sent twice
    /// where the gateway could not know that they had arrived: it lost its power or its connection, or could
    /// not write its cursor down. `faults` are those since the last time. Meters of `ailing` are compared
    /// another time; rows younger than `underWay` seconds may still be under way.
    func examine(
        _ gateway: VirtualGateway, boots: Int, after faults: [SimulatedFault.Kind], wholly: Bool,
        except ailing: Set<Int> = [], underWay: Int64 = 2 * 3_600
    ) async throws -> ExaminationFindings {
        var found = ExaminationFindings()
        let mayRepeat = faults.contains { $0.isOfDisk || $0.repeatsRows }
        try await receive(into: &found)
        let doubts = await site.broker.doubts
        if doubled > 0, doubts == doubtsSeen, boots == bootsSeen, !mayRepeat {
            found.offend("\(doubled) rows were sent twice without a reason")
        }
        (doubled, doubtsSeen, bootsSeen) = (0, doubts, boots)
        var (meter, truths) = (0, [Int: MeterTruth]())
        for line in lines {
            guard let wire = site.wires[line.name] else { continue }
            let wall = site.world.wall.now
            let truth = await wire.withLine { StreetTruth($0, wall: wall) }
            for address in line.addresses {
                meter += 1
                truths[meter] = truth.meters[address]
                guard let holder = truth.meters[address], !ailing.contains(meter) else { continue }
                if keepsJournals { try await compareJournals(meter, holder, gateway, into: &found) }
                let end = holder.clock.adding(seconds: -underWay)
                try await compare(meter, holder, gateway, until: end, wholly: wholly, into: &found)
            }
        }
        try await compareBalances(truths, gateway, underWay: underWay, into: &found)
        for offence in await site.witness.takeOffences() { found.offend(offence) }
        for line in lines {
            let overlaps = await site.wires[line.name]?.overlaps ?? 0
            if overlaps > 0 { found.offend("\(line.name): \(overlaps) times two sent at once") }
        }
        try await weigh(gateway, into: &found)
        rowsCompared += found.rows
        return found
    }

    /// Takes what has arrived at the broker.
    func receive(into found: inout ExaminationFindings) async throws {
        for message in await site.broker.takeMessages() where !message.retain {
            messages += 1
            var sum = digest
            for octet in message.payload { sum = (sum ^ UInt64(octet)) &* 0x100_0000_01B3 }
            digest = sum
            let document = try JSONValue(parsing: message.payload)
            for part in document["measures"]?.elements ?? [] {
                guard let measure = Measure(rawValue: part["measure"]?.text ?? ""),
                    measure != .momentEnergy, measure != .momentQuality
                else { continue }
                for device in part["devices"]?.elements ?? [] { note(measure, device) }
            }
        }
    }

    /// Whether a row has reached the broker.
    func hasArrived(_ measure: Measure, _ meter: Int, _ serial: String, _ stamp: CivilStamp) -> Bool {
        arrived[ArrivedRow(measure: measure, meter: meter, serial: serial, stamp: stamp)] != nil
    }

    private func note(_ measure: Measure, _ device: JSONValue) {
        let (meter, serial) = (device["id"]?.wholeNumber ?? 0, device["serial"]?.text ?? "")
        for row in device["vals"]?.elements ?? [] {
            guard let stamp = stamp(row["ts"]?.text ?? "") else { continue }
            let key = ArrivedRow(measure: measure, meter: meter, serial: serial, stamp: stamp)
            let before = arrived[key] ?? 0
            // A corrected row comes again, and says so.
            if before > 0, row["rev"] == nil { doubled += 1 }
            arrived[key] = before == .max ? before : before + 1
        }
    }

    /// `2026-03-01T00:30:00+03:00`: what the meter's clock showed, without the offset.
    private func stamp(_ text: String) -> CivilStamp? {
        if let newestStamp, newestStamp.text == text { return newestStamp.stamp }
        guard let told = WallTime(iso8601: String(text.prefix(19)), local: .utc) else { return nil }
        let stamp = told.civil(in: .utc)
        newestStamp = (text, stamp)
        return stamp
    }

    // MARK: - One meter

    private static let archives: [(ArchiveProfile, Measure)] = [
        (.load, .powerProfile), (.day, .dayEnergy), (.month, .monthEnergy),
    ]

    private func compare(
        _ meter: Int, _ holder: MeterTruth, _ gateway: VirtualGateway, until end: CivilStamp, wholly: Bool,
        into found: inout ExaminationFindings
    ) async throws {
        // From just after a midnight on: a window that begins within an interval, or at its end, has only
        // some of the interval's rows.
        let begin = wholly ? nil : compared[meter]?.adding(seconds: -86_400).startOfDay.adding(seconds: 1)
        let start = begin ?? CivilStamp(seconds: 0)
        guard start < end else { return }
        compared[meter] = end
        for (profile, measure) in LifeExaminer.archives {
            let held = holder.rows(profile, in: start...end)
            let stored = try await gateway.runtime.archive.rows(
                ArchiveQuery(measure, meters: [meter], windows: [start...end], billing: .all))
            found.rows += held.count
            let own = stored.filter { $0.life.serial == holder.serial }
            let byStamp = Dictionary(grouping: own, by: \.reading.stamp.civil)
            let name = "meter \(meter) (\(holder.serial)) \(measure.rawValue)"
            for row in held {
                // It comes with the next month's end: nothing tells of it before.
                if profile == .month, holder.isUnexpectedMonth(row.stamp) { continue }
                guard let rows = byStamp[row.stamp] else {
                    found.offend("\(name): \(row.stamp) is missing")
                    continue
                }
                if rows.count > 1 { found.offend("\(name): \(row.stamp) is there \(rows.count) times") }
                if let difference = LifeExaminer.difference(row, rows[0].reading) {
                    found.offend("\(name): \(row.stamp) \(difference)")
                }
                // Only calendar months are told to others (R19).
                let isTold = profile != .month || row.stamp == row.stamp.startOfMonth
                if isTold != hasArrived(measure, meter, holder.serial, row.stamp) {
                    found.offend("\(name): \(row.stamp) \(isTold ? "never arrived" : "was told as a month")")
                }
            }
            let heldStamps = Set(held.map(\.stamp))
            // Older rows have left the meter's own ring.
            let began = max(holder.lifeBegan(profile), held.first?.stamp ?? end)
            for row in own where row.reading.stamp.civil > began && row.reading.stamp.civil < end {
                let stamp = row.reading.stamp.civil
                if !heldStamps.contains(stamp), !holder.lostInTheDark(stamp) {
                    found.offend("\(name): \(stamp) is archived and the meter has no such row")
                }
            }
        }
    }

    /// What of the meter's numbers the archive has otherwise; nil when all agree.
    private static func difference(_ row: MeterTruth.Row, _ reading: Reading) -> String? {
        for (tag, value) in row.values {
            guard let stored = reading.values.first(where: { $0.tag == tag }) else {
                return "lacks \(tag)"
            }
            if stored.double != value.double {
                return "has \(tag) \(stored.double), the meter \(value.double)"
            }
        }
        return nil
    }
}

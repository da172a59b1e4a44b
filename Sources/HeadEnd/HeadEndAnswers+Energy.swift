// Parameters, registers, profile and readings by tariffs.

import Archive
import Faults
import Metering
import Octets
import RTU327
import Timekeeping

extension HeadEndAnswers {
    /// GETSHPRM.
    func parameters(of asked: AskedMeter) async throws(Fault) -> HeadEndAnswer {
        let ratios = try await ratios(of: asked)
        let type = settings.profile.says("typ_sh", "mapped") ? asked.meter.type : MeterParameters.noType
        let parameters = MeterParameters(
            type: type, currentRatio: ratios.current, voltageRatio: ratios.voltage, multiplier: 1,
            interval: try await interval(of: asked), objectType: asked.meter.objectType,
            objectNumber: asked.meter.objectNumber, feederNumber: asked.meter.feederNumber)
        return .good(parameters.data)
    }

    /// Minutes of the profile's interval; half an hour while no row is stored.
    private func interval(of asked: AskedMeter) async throws(Fault) -> UInt8 {
        let newest = try await archive.latest(.powerProfile, meters: [asked.meter.id]).first?.reading
        let minutes = newest?.intervalMinutes ?? 30
        return minutes == 0 ? 30 : minutes
    }

    /// GETPOK: of the month, the day, the moment, whichever has the very time asked for; else the newest
    /// before it within the profile's window.
    func registers(
        of asked: AskedMeter, _ mask: ChannelMask, at time: UInt32
    ) async throws(Fault) -> HeadEndAnswer {
        let end = Int64(time)
        let isExact = settings.profile.says("pok_lookup", "exact")
        let window = isExact ? 0 : settings.profile.number(of: "pok_window_s")
        let start = UInt32(clamping: end - Int64(window))
        var best: (time: Int64, reading: Reading)?
        for measure in [Measure.monthEnergy, .dayEnergy, .momentEnergy] {
            let rows = try await rows(measure, of: asked, from: start, to: end, limit: .max)
            guard let row = rows.last?.reading else { continue }
            let found = asked.meter.time(of: row.stamp)
            if best.map({ found > $0.time }) ?? true { best = (found, row) }
        }
        guard let best else { return empty([]) }
        let ratio = try await ratio(of: asked)
        var writer = OctetWriter(capacity: 32)
        for channel in mask.channels {
            let value = channel.register(tariff: 0).flatMap { best.reading.thousands($0) }
            writer.little((value.map { $0 * ratio } ?? absentValue).bitPattern)
        }
        return .good(writer.octets)
    }

    /// GETLP. Times of intervals are implied by the end of the last one, so an answer never steps over a
    /// missing interval in silence: it ends before it, or has -1 in its place.
    func profile(
        of asked: AskedMeter, _ mask: ChannelMask, from start: UInt32, count: Int
    ) async throws(Fault) -> HeadEndAnswer {
        let longest = min(count, ProfileStretch.longest(channels: mask.channels.count))
        guard longest > 0 else { return empty(ProfileStretch(end: start, intervals: []).data) }
        let step = Int64(try await interval(of: asked)) * 60
        // Told by the beginning, the first interval ends a step later.
        let isBeginning = settings.profile.says("lp_tstart", "interval_start") && start > 0
        let first = isBeginning ? UInt32(clamping: Int64(start) + 1) : start
        // From zero means from the oldest stored one; else the range asked for is not left.
        let last = start == 0 ? Int64.max : Int64(start) + Int64(longest) * step - (isBeginning ? 0 : 1)
        let found = try await rows(.powerProfile, of: asked, from: first, to: last, limit: longest)
        let stretch = try await stretch(found.prefix(longest), mask, asked, step: step, limit: longest)
        guard let stretch else { return empty(ProfileStretch(end: start, intervals: []).data) }
        return .good(stretch.data)
    }

    private func stretch(
        _ rows: ArraySlice<ArchivedRow>, _ mask: ChannelMask, _ asked: AskedMeter, step: Int64, limit: Int
    ) async throws(Fault) -> ProfileStretch? {
        let ratio = try await ratio(of: asked)
        let fills = settings.profile.says("lp_gap", "fill")
        let tellsFlags = settings.profile.says("lp_stat", "flags")
        let (channels, nothing) = (mask.channels, mask.channels.map { _ in absentValue })
        var stretch: ProfileStretch?
        for row in rows {
            let time = asked.meter.time(of: row.reading.stamp)
            let values = channels.map { channel in
                row.reading.intervalEnergy(channel.power).map { $0 * ratio } ?? absentValue
            }
            let isPart = tellsFlags && row.reading[.isPart]?.mantissa == 1
            let interval = ProfileStretch.Interval(values: values, state: isPart ? 1 : 0)
            guard var present = stretch else {
                stretch = ProfileStretch(end: UInt32(clamping: time), intervals: [interval])
                continue
            }
            let missing = (time - Int64(present.end)) / step - 1
            if missing != 0 {
                guard fills, missing > 0, present.intervals.count + Int(missing) < limit else { break }
                present.intervals += (0..<missing).map { _ in .init(values: nothing) }
            }
            present.intervals.append(interval)
            present.end = UInt32(clamping: time)
            stretch = present
        }
        return stretch
    }

    /// GETAUTOREAD: starts of months and days, each moment once.
    func readings(
        of asked: AskedMeter, _ channel: EnergyChannel, from start: UInt32, count: Int
    ) async throws(Fault) -> HeadEndAnswer {
        let isExclusive = settings.profile.says("autoread_tday", "exclusive")
        let first = isExclusive ? UInt32(clamping: Int64(start) + 1) : start
        var byTime: [Int64: Reading] = [:]
        for measure in [Measure.monthEnergy, .dayEnergy] {
            for row in try await rows(measure, of: asked, from: first, limit: max(count, 1)) {
                let time = asked.meter.time(of: row.reading.stamp)
                if byTime[time] == nil { byTime[time] = row.reading }
            }
        }
        guard !byTime.isEmpty, count > 0 else { return empty([]) }
        let ratio = try await ratio(of: asked)
        var writer = OctetWriter(capacity: count * TariffReading.length)
        for (time, reading) in byTime.sorted(by: { $0.key < $1.key }).prefix(count) {
            func value(_ tariff: Int) -> Double {
                channel.register(tariff: tariff).flatMap { reading.thousands($0) }.map { $0 * ratio }
                    ?? absentValue
            }
            TariffReading(
                number: number(of: asked), time: UInt32(clamping: time), registers: (1...4).map(value),
                total: settings.profile.says("autoread_total", "real") ? value(0) : absentValue
            ).encode(into: &writer)
        }
        return .good(writer.octets)
    }
}

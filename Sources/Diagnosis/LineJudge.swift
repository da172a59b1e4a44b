// From what a line has seen to what is wrong with it: pure, so that every rule can be shown. What
// concerns the whole line is told before what concerns one meter, what cannot be mistaken before what can.
//
//   cannot be opened → echo → foreign master → silence → garbage → two answers → noise → refusals → late
//   → one meter silent or not understood → good

import Timekeeping

/// Judges an observation.
package struct LineJudge {
    private let observation: LineObservation
    /// Exchanges somebody asked in, newest first.
    private let asked: [ExchangeFacts]

    /// A judge of what was seen so far.
    package init(_ observation: LineObservation) {
        let observation = observation.concluded
        self.observation = observation
        asked = observation.exchanges.filter { !$0.findings.contains(.unasked) }.reversed()
    }

    /// Requests without which nothing is said of a line.
    private static let fewest = 3
    /// The newest exchanges that a verdict looks at.
    private static let horizon = 48

    /// The verdict about the line.
    package var verdict: LineVerdict {
        let rules: [() -> LineVerdict?] = [
            unopened, echo, foreignMaster, unseen, noOctets, parity, garbage, twoAnswers, noise, refusal,
            late,
            meterFault,
        ]
        for rule in rules { if let verdict = rule() { return verdict } }
        let recent = asked.prefix(Self.horizon)
        return LineVerdict(
            .good, evidence: [count("asked", recent), count("answered", recent.filter { $0.has(.answered) })])
    }

    /// The verdict about one station of the line.
    package func verdict(on station: Station) -> LineVerdict {
        guard let record = observation.stations[station] else { return LineVerdict(.unseen) }
        return fault(of: station, record)
            ?? LineVerdict(
                record.answers > 0 ? .good : .unseen, station: station,
                evidence: [.init("asked", record.requests), .init("answered", record.answers)])
    }

    // MARK: The line

    private func unopened() -> LineVerdict? {
        switch observation.failure {
        case nil: return nil
        case .unopened(let reason):
            return LineVerdict(
                .unopened, reason: reason, evidence: [.init("failures", observation.failuresInRow)])
        case .farEndBusy:
            return LineVerdict(.hubBusy, evidence: [.init("failures", observation.failuresInRow)])
        }
    }

    private func echo() -> LineVerdict? {
        let heard = asked.prefix(12).filter { $0.has(.octets) }
        let echoes = heard.filter { $0.has(.echo) }
        guard echoes.count >= 2, echoes.count * 2 >= heard.count else { return nil }
        return verdict(.echo, [count("asked", asked.prefix(12)), count("echoes", echoes)], echoes)
    }

    private func foreignMaster() -> LineVerdict? {
        // A frame with right checks is no accident, and most of a stranger's collide with ours.
        let newest = strange(.foreign)
        guard newest.count >= 2 else { return nil }
        return verdict(.foreignMaster, [count("asked", asked), count("foreign", newest)], newest)
    }

    private func unseen() -> LineVerdict? {
        guard asked.count < Self.fewest else { return nil }
        let isTold = asked.contains { $0.has(.passwordRefused) || $0.has(.linkRefused) || $0.has(.answered) }
        return isTold ? nil : LineVerdict(.unseen, evidence: [count("asked", asked)])
    }

    /// The newest requests stayed without an octet, and they were to all stations there are, or to three.
    private func noOctets() -> LineVerdict? {
        let silent = Array(asked.prefix { !$0.has(.octets) })
        guard silent.count >= Self.fewest else { return nil }
        let stations = Set(silent.compactMap(\.station))
        let known = observation.stations.count
        guard known <= 1 || stations.count >= min(known, 3) || stations.isEmpty else { return nil }
        return verdict(
            .noOctets, [count("asked", silent), count("octets", []), .init("stations", stations.count)],
            silent)
    }

    /// Octets come and none of them is a frame, whoever is asked.
    private func garbage() -> LineVerdict? {
        let heard = asked.prefix(16).filter { $0.has(.octets) && !$0.has(.echo) }
        let bad = heard.filter { $0.has(.garbage) }
        guard bad.count >= Self.fewest, bad.count * 5 >= heard.count * 4 else { return nil }
        // Others that were understood not long ago make it a matter of the one meter.
        let stations = Set(bad.compactMap(\.station))
        let isOneOfMany =
            stations.count == 1
            && observation.stations.contains {
                $0.value.answers > 0 && !stations.contains($0.key)
            }
        if isOneOfMany { return nil }
        return verdict(.garbage, [count("answered", heard), count("unreadable", bad)], bad)
    }

    /// Every octet of what cannot be read has an even number of ones: by chance that is one in 65,000.
    private func parity() -> LineVerdict? {
        let heard = asked.prefix(16).filter { $0.has(.octets) && !$0.has(.echo) }
        let even = heard.filter { $0.has(.evenParity) }
        guard even.count >= 2, even.count * 2 >= heard.count else { return nil }
        return verdict(.parity, [count("answered", heard), count("unreadable", even)], even)
    }

    /// A second answer, or a beginning that is right and an end that never is, whatever the length.
    private func twoAnswers() -> LineVerdict? {
        for station in stationsNewestFirst {
            if let verdict = twoAnswers(of: station) { return verdict }
        }
        return nil
    }

    private func twoAnswers(of station: Station) -> LineVerdict? {
        let heard = newest(of: station).filter { $0.has(.octets) }
        // Once a session is enough: after its opening two meters seldom speak alike.
        let second = strange(.second).filter { $0.station == station }
        if second.count >= 2 {
            return verdict(
                .twoAnswers, [count("asked", asked), count("second", second)], second, of: station)
        }
        let collided = heard.filter { $0.bad.short > 0 }
        guard heard.count >= Self.fewest, collided.count * 5 >= heard.count * 3 else { return nil }
        return verdict(
            .twoAnswers, [count("answered", heard), count("collided", collided)], collided, of: station)
    }

    /// Frames with wrong checks, more of the long ones.
    private func noise() -> LineVerdict? {
        let recent = asked.prefix(Self.horizon)
        var (shortGood, shortBad, longGood, longBad) = (0, 0, 0, 0)
        for facts in recent {
            shortGood += Int(facts.good.short)
            shortBad += Int(facts.bad.short)
            longGood += Int(facts.good.long)
            longBad += Int(facts.bad.long)
        }
        let (bad, all) = (shortBad + longBad, shortGood + shortBad + longGood + longBad)
        guard bad >= 3, bad * 50 >= all else { return nil }
        let damaged = recent.filter { $0.has(.damaged) }
        // One meter's damage on a line of others is that meter's.
        let stations = Set(damaged.compactMap(\.station))
        if stations.count == 1, Set(recent.compactMap(\.station)).count > 2 { return nil }
        return verdict(
            .noise,
            [
                .init("good", shortGood + longGood), .init("badShort", shortBad), .init("badLong", longBad),
                .init("long", longGood + longBad),
            ], damaged)
    }

    private func refusal() -> LineVerdict? {
        for station in stationsNewestFirst {
            guard let record = observation.stations[station] else { continue }
            if let verdict = refusal(of: station, record) { return verdict }
        }
        return nil
    }

    private func refusal(of station: Station, _ record: StationRecord) -> LineVerdict? {
        let own = record.newest
        if record.opening.contains(.passwordRefused) {
            let shown = own.filter { $0.has(.passwordRefused) }
            return verdict(.password, [count("refusals", shown)], shown, of: station)
        }
        guard record.opening.contains(.linkRefused) else { return nil }
        let shown = own.filter { $0.has(.linkRefused) }
        return verdict(.refused, [count("refusals", shown)], shown, of: station)
    }

    private func late() -> LineVerdict? {
        let late = strange(.late)
        guard late.count >= 2 else { return nil }
        var evidence = [count("asked", asked), count("late", late)]
        if let slowest = late.compactMap(\.wait).max() {
            evidence.append(.init("slowestMs", Int(slowest.milliseconds)))
        }
        return verdict(.late, evidence, late)
    }

    /// Strange exchanges since shortly before the line's last traffic, newest first.
    private func strange(_ finding: Findings) -> [ExchangeFacts] {
        guard let last = observation.exchanges.last?.at else { return [] }
        return observation.strange.reversed().filter { $0.has(finding) && last - $0.at <= .seconds(900) }
    }

    private func newest(of station: Station) -> [ExchangeFacts] {
        observation.stations[station]?.newest ?? []
    }

    // MARK: One meter

    private func meterFault() -> LineVerdict? {
        for station in stationsNewestFirst {
            guard let record = observation.stations[station] else { continue }
            if let verdict = fault(of: station, record) { return verdict }
        }
        return nil
    }

    private func fault(of station: Station, _ record: StationRecord) -> LineVerdict? {
        if let verdict = refusal(of: station, record) ?? twoAnswers(of: station) { return verdict }
        let newest = record.newest.prefix(8)
        let garbled = newest.filter { $0.has(.garbage) || $0.has(.damaged) && !$0.has(.answered) }
        if garbled.count >= Self.fewest, garbled.count * 2 > newest.count {
            return verdict(
                .meterGarbled, [count("asked", newest), count("unreadable", garbled)], garbled, of: station)
        }
        guard record.silentInRow >= Self.fewest else { return nil }
        // Somebody of the line answered after this one had fallen silent; nobody counts who never answered.
        let others = observation.stations.filter { other in
            other.key != station
                && (other.value.answered ?? .init(nanoseconds: .min))
                    > (record.answered
                        ?? .init(nanoseconds: .min))
        }
        guard !others.isEmpty else { return nil }
        let silent = record.newest.prefix { !$0.has(.octets) }
        return verdict(
            .meterSilent, [.init("silent", record.silentInRow), .init("others", others.count)], Array(silent),
            of: station)
    }

    private var stationsNewestFirst: [Station] {
        observation.stations.sorted { ($0.value.asked, $0.key.text) > ($1.value.asked, $1.key.text) }.map(
            \.key)
    }

    private func verdict(
        _ finding: LineFinding, _ evidence: [LineVerdict.Evidence], _ shown: [ExchangeFacts],
        of station: Station? = nil
    ) -> LineVerdict {
        LineVerdict(finding, station: station, evidence: evidence, frames: shown.map(\.number))
    }

    private func count(_ name: String, _ facts: some Collection<ExchangeFacts>) -> LineVerdict.Evidence {
        .init(name, facts.count)
    }
}

extension ExchangeFacts {
    /// Whether something was found.
    func has(_ finding: Findings) -> Bool { findings.contains(finding) }
}

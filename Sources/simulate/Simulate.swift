// `simulate`: lives years of a whole gateway in virtual time and compares its archive with what the meters
// hold (`tools/simulate`).

import FoundationEssentials
import Simulation
import StorageSimulation
import Version

#if canImport(Glibc)
    import Glibc
#endif

@main
enum Simulate {
    static func main() {
        guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
            complain("see --help\n")
            exit(64)
        }
        if let text = options.text {
            say(text)
            return
        }
        do {
            let isClean =
                switch options.work {
                case .lives: try live(options)
                case .families: try liveFamilies(options)
                case .powerCuts: try cutPower(options)
                case .mornings: try countMornings(options)
                case .deadMeter: try countDeadMeter(options)
                }
            exit(isClean ? 0 : 1)
        } catch {
            complain("\(error)\n")
            exit(70)
        }
    }

    /// Lives all lives asked for; false when one failed.
    private static func live(_ options: Options) throws -> Bool {
        let clock = ContinuousClock()
        let began = clock.now
        var days = 0
        var mornings = MorningTally()
        var (events, conversations) = (0, 0)
        for seed in options.seed..<options.seed + UInt64(options.years) {
            let life = try options.life(seed)
            if options.verbose { show(life) }
            let report = try life.run()
            days += report.days
            mornings += report.mornings
            events += report.events
            conversations += report.conversations
            say(line(seed, report))
            guard report.offences.isEmpty else {
                try explain(life, report, options)
                return false
            }
        }
        let took = began.duration(to: clock.now).components
        let minutes = (Double(took.seconds) + Double(took.attoseconds) * 1e-18) / 60
        let years = Double(days) / 365
        say("at 06:00 the broker had \(mornings.arrived) of \(mornings.due) rows of the day before")
        say("\(mornings.right) of \(mornings.clocks) meter-days with the clock within 5 s")
        say("\(events) events compared, \(conversations) conversations of whoever held the line")
        say("\(residentMebibytes) MiB resident at most")
        let speed = rounded(years / minutes)
        say("\(rounded(years)) gateway-years clean in \(rounded(minutes)) min: \(speed) a minute")
        return true
    }

    /// Lives through each family of faults by itself; false when one cost a row.
    private static func liveFamilies(_ options: Options) throws -> Bool {
        var failed = 0
        for kind in FaultPlan.families {
            let fault = FaultPlan.single(kind)
            var life = SimulatedLife(
                seed: options.seed, days: 3, street: try options.street(options.seed))
            life.episodes = [
                FaultEpisode(faults: [fault], examinedAt: fault.at + fault.lasts + FaultPlan.quiet)
            ]
            let report = try life.run()
            say("\(fault): \(report.offences.isEmpty ? "clean" : "FAILED")")
            for offence in report.offences { say("  \(offence)") }
            if !report.offences.isEmpty { failed += 1 }
        }
        return failed == 0
    }

    /// Cuts the power of a scripted day in every place; false when a day lost something.
    private static func cutPower(_ options: Options) throws -> Bool {
        let campaign = try PowerCutCampaign(
            personality: options.personality, profiles: try options.profiles())
        let whole = try campaign.day()
        guard whole.offences.isEmpty else {
            for offence in whole.offences { say("  \(offence)") }
            return false
        }
        var (days, twice, failed) = (0, 0, 0)
        func run(_ place: PowerCutCampaign.Place) throws -> PowerCutCampaign.Outcome {
            let outcome = try campaign.day(place)
            days += 1
            if !outcome.offences.isEmpty {
                failed += 1
                say("\(place):")
                for offence in outcome.offences.prefix(5) { say("  \(offence)") }
            }
            return outcome
        }
        for first in stride(from: 1, through: whole.syncs, by: options.step) {
            for cut in [PowerCut.tearUnsynced, .loseUnsynced] {
                let once = try run(.init(first: first, cut: cut))
                guard once.wasCut, once.recoverySyncs > 0 else { continue }
                guard options.exhaustive || first % PowerCutCampaign.sampling == 1 else { continue }
                for second in 1...once.recoverySyncs {
                    twice += 1
                    _ = try run(.init(first: first, second: second, cut: cut))
                }
            }
        }
        say("\(whole.syncs) syncs a day, \(days) days with cuts, \(failed) failed")
        say("\(twice) of the days with a second cut, at each sync of the recovery and its first hour")
        return failed == 0
    }

    private static func line(_ seed: UInt64, _ report: LifeReport) -> String {
        let digest = String(report.digest, radix: 16)
        return
            "seed \(seed): \(report.days) days, \(report.rows) rows compared, \(report.messages) messages, "
            + "\(report.boots) boots, \(report.disk.octetsWritten >> 20) MiB written, digest \(digest), "
            + (report.offences.isEmpty ? "clean" : "FAILED")
    }

    private static func explain(_ life: SimulatedLife, _ report: LifeReport, _ options: Options) throws {
        for offence in report.offences { say("  \(offence)") }
        guard options.shrinks else { return }
        say("shortening the life …")
        var shrinker = LifeShrinker()
        let (shortest, failure) = try shrinker.shrink(life, report)
        say("shortest trace of \(shrinker.tries) lives:")
        show(shortest)
        for offence in failure.offences { say("  \(offence)") }
        var command = "tools/simulate --seed \(life.seed) --days \(options.days)"
        if options.drawsSites { command += " --sites" }
        if options.draw == .knots { command += " --knots" }
        if let (faults, days) = try options.life(life.seed).numbers(of: shortest) {
            command += " --only \(faults.map(\.description).joined(separator: ","))"
            if days > 0 { command += " --left-out \(days)" }
        }
        say("again: \(command)")
    }

    private static func show(_ life: SimulatedLife) {
        let rhythm = life.street.rhythm
        say(
            "  meters \(life.street.meters), polled every \(rhythm.pollMinutes) min, "
                + "published every \(rhythm.publicationMinutes) min")
        for (index, episode) in life.episodes.enumerated() {
            for fault in episode.faults { say("  episode \(index): \(fault)") }
        }
    }

    /// The most memory the process ever had, both the gateways' and the streets'.
    private static var residentMebibytes: Int {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
        return usage.ru_maxrss / 1_024
    }

    /// Two digits after the point.
    static func rounded(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// A line that is there at once, also in a pipe.
    static func say(_ text: String) {
        let octets = Array((text + "\n").utf8)
        _ = write(1, octets, octets.count)
    }

    private static func complain(_ text: String) {
        let octets = Array("simulate: \(text)".utf8)
        _ = write(2, octets, octets.count)
    }
}

/// The command line.
struct Options {
    static let help = """
        usage: tools/simulate [--years N] [--seed S] [--days D] [--sites] [--knots] [--verbose] [--no-shrink]
               tools/simulate --families [--seed S]
               tools/simulate --mornings [--days D] [--meters M] [--seed S]
               tools/simulate --dead-meter [--meters M] [--seed S]
               tools/simulate --power-cuts [--step K] [--exhaustive]

        Lives N lives of a whole gateway in virtual time, one of each seed from S on: ten meters on two
        lines, polled and published every half-hour, with faults of meters, lines, power, disk, broker and
        clock drawn from the seed. After each episode of faults and a day of quiet the archive is compared
        with what the meters hold. Ends with 1 at the first life that loses, doubles or misplaces a row, and
        then looks for the fewest faults that do it. Equal seeds live equal lives: their digests are equal on
        every machine.

        With --sites: each life has a site of its own, one to three lines of one to six meters, polled and
        published between every half-hour and once a day, as the seed draws it; the more often the fewer.
        With --knots: draws only faults that change what a meter's rows mean, of its clock, its mains and its
        archives and of the gateway's own power and time, two to four of them upon one meter within hours.
        With --families: lives through each family of faults by itself.
        With --mornings: lives D days of a site of M meters on two lines, read and put right at night, under
        an ordinary site's faults, and tells what the broker had at 06:00 of the day before of all that the
        meters could give, who missed what and why, and how well the clocks were kept.
        With --dead-meter: lives a day of half-hour polls of a line of M meters of which the last is dead, and
        of the line without it; tells how long polls took from the second hour on, and how soon the dead one
        was noticed when it answered again.
        With --power-cuts: cuts the power at every sync of a scripted day of two meters, with torn and with
        lost writes; after every 16th of them, or after all with --exhaustive, once more at each sync of the
        recovery and of the hour after it, in which the next sessions and publications are.

          --years N     how many lives (default 1)
          --seed S      the first seed (default 1)
          --days D      length of each life (default 365)
          --only E.F,…  lives only with these faults, as a shortened life names them
          --left-out D  and with its first D days left out
          --sites       a site of its own for each life
          --knots       only faults of clocks, mains and archives, tied together
          --verbose     names the faults of each life
          --no-shrink   does not look for the shortest trace of a failure
          --families    one short life of each family of faults instead
          --power-cuts  cuts the power of one day everywhere instead
          --dead-meter  counts what a dead meter costs its line instead
          --mornings    counts the mornings of a site that is read at night instead
          --meters M    how many meters the site has (default 32)
          --step K      only at every K-th sync
          --exhaustive  a second cut everywhere after each first one
          --version     the version
          --help        this text
        """

    var years = 1
    var seed: UInt64 = 1
    var days = 365
    var verbose = false
    var shrinks = true
    /// What to do.
    enum Work { case lives, families, powerCuts, mornings, deadMeter }
    var work = Work.lives
    var step = 1
    var meters = 32
    var exhaustive = false
    var drawsSites = false
    var draw = FaultDraw.anything
    var faults: Set<FaultNumber> = []
    var leftOut = 0
    /// What is printed instead of living.
    var text: String?

    /// Nil for what is no option.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--help", "-h": text = Self.help
            case "--version": text = "simulate \(Version.text)"
            case "--verbose": verbose = true
            case "--sites": drawsSites = true
            case "--knots": draw = .knots
            case "--no-shrink": shrinks = false
            case "--families": work = .families
            case "--power-cuts": work = .powerCuts
            case "--exhaustive": exhaustive = true
            case "--mornings": work = .mornings
            case "--dead-meter": work = .deadMeter
            case "--meters":
                guard let value = rest.popFirst().flatMap({ Int($0) }), (2...160).contains(value) else {
                    return nil
                }
                meters = value
            case "--only":
                let numbers = rest.popFirst()?.split(separator: ",").map { FaultNumber($0) } ?? []
                guard !numbers.isEmpty, numbers.allSatisfy({ $0 != nil }) else { return nil }
                faults = Set(numbers.compactMap { $0 })
            case "--left-out":
                guard let value = rest.popFirst().flatMap({ Int($0) }), (0...3_650).contains(value) else {
                    return nil
                }
                leftOut = value
            case "--step":
                guard let value = rest.popFirst().flatMap({ Int($0) }), (1...10_000).contains(value) else {
                    return nil
                }
                step = value
            case "--years":
                guard let value = rest.popFirst().flatMap({ Int($0) }), (1...1_000_000).contains(value) else {
                    return nil
                }
                years = value
            case "--seed":
                guard let value = rest.popFirst().flatMap({ UInt64($0) }), value < 1 << 60 else { return nil }
                seed = value
            case "--days":
                guard let value = rest.popFirst().flatMap({ Int($0) }), (1...3_650).contains(value) else {
                    return nil
                }
                days = value
            default: return nil
            }
        }
    }

    /// The life of a seed, as it is asked for.
    func life(_ seed: UInt64) throws -> SimulatedLife {
        let life = SimulatedLife(seed: seed, days: days, street: try street(seed), draw: draw)
        return faults.isEmpty ? life : life.with(only: faults).without(days: leftOut)
    }

    /// The street of a life.
    func street(_ seed: UInt64) throws -> SimulatedStreet {
        var street =
            drawsSites
            ? SimulatedStreet.drawn(seed: seed, installed: "2026-02-20", personality: personality)
            : SimulatedStreet(seed: seed, installed: "2026-02-20", personality: personality)
        try street.adopt(profiles: try profiles())
        return street
    }

    /// Makers' profiles, texts by name of the file, from the folder the gateway has them from.
    func profiles() throws -> [String: [UInt8]] {
        let folder = "etc/meters/spodes"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        var texts: [String: [UInt8]] = [:]
        for name in names where name.hasSuffix(".json") {
            texts[name] = FileManager.default.contents(atPath: "\(folder)/\(name)").map { Array($0) }
        }
        return texts
    }

    /// Models of meters from the repository's folder, where `tools/simulate` goes first.
    var personality: @Sendable (String) -> [UInt8]? {
        { name in
            FileManager.default.contents(atPath: "etc/street/personalities/\(name).json").map { Array($0) }
        }
    }
}

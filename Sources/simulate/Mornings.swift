// `simulate --mornings`: prints what became of the mornings of a site that is read at night.

import Simulation

extension Simulate {
    /// Lives one site; false when a row was lost, doubled or left out for good.
    static func countMornings(_ options: Options) throws -> Bool {
        var site = NightlySite(
            meters: options.meters, seed: options.seed, installed: "2026-02-20",
            personality: options.personality)
        try site.adopt(profiles: try options.profiles())
        let life = NightlyLife(site, days: options.days)
        if options.verbose { for fault in life.faults { say("  \(fault)") } }
        let report = try life.run()
        let nights = report.nights
        say(
            "seed \(options.seed): \(report.days) days of \(options.meters) meters, \(report.faults) faults, "
                + "\(report.boots) boots, \(report.rows) rows compared, \(report.messages) messages, "
                + "\(report.octetsWritten >> 20) MiB written, digest \(String(report.digest, radix: 16)), "
                + (report.offences.isEmpty ? "clean" : "FAILED"))
        for offence in report.offences { say("  \(offence)") }
        let (due, held) = (nights.due, nights.held)
        say("due at 06:00: \(nights.arrived) of \(due) rows arrived, \(share(nights.arrived, due))")
        for line in nights.missed.prefix(40) { say("  missed \(line)") }
        say("held by meters: \(nights.heldArrived) of \(held), \(share(nights.heldArrived, held))")
        for (obstacle, rows) in nights.excused.sorted(by: { $0.key < $1.key }) {
            say("  not due: \(rows) rows, \(obstacle)")
        }
        let (right, days) = (nights.rightKeptClockDays, nights.keptClockDays)
        say("clocks within 5 s: \(right) of \(days) meter-days in reach, \(share(right, days))")
        for line in nights.wrongClocks.prefix(20) { say("  wrong \(line)") }
        let (ever, all) = (nights.rightClockDays, nights.clockDays)
        say("of all: \(ever) of \(all) meter-days, \(share(ever, all))")
        say(
            "corrections: \(nights.corrections), at most \(nights.mostCorrections) a meter-day; "
                + "\(nights.spoiled) intervals spoiled")
        return report.offences.isEmpty
    }

    /// Per cent with three digits after the point.
    private static func share(_ part: Int, _ whole: Int) -> String {
        let thousandths = whole > 0 ? part * 100_000 / whole : 0
        let rest = String(thousandths % 1_000)
        return "\(thousandths / 1_000).\(String(repeating: "0", count: 3 - rest.count))\(rest) %"
    }
}

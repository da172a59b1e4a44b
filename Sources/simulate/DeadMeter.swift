// `simulate --dead-meter`: prints what a dead meter costs its line.

import Simulation

extension Simulate {
    /// Lives a day with and a day without it.
    static func countDeadMeter(_ options: Options) throws -> Bool {
        let day = try DeadMeterDay(
            meters: options.meters, seed: options.seed, personality: options.personality,
            profiles: try options.profiles())
        let report = try day.run()
        let percent = Int((report.ratio * 10_000).rounded())
        say(
            "seed \(options.seed): \(report.polls) polls of \(options.meters) meters, one of them dead, "
                + "\(rounded(report.cycleWith)) s; of the others alone \(rounded(report.cycleWithout)) s; "
                + "\(percent / 100).\(percent % 100 < 10 ? "0" : "")\(percent % 100) %")
        say("its return was noticed after \(report.noticedAfter) s")
        return true
    }
}

// The command line of `gatewayctl time`: the clock of one meter, read, shifted or set.

import Errands
import Timekeeping

/// What `gatewayctl time` is asked for.
struct TimeOptions: Sendable {
    /// The meter.
    let meter: MeterOptions
    /// What is to happen.
    let change: Errand.ClockChange

    /// Reads the arguments after `time`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments, valued: MeterOptions.valued.union(["set", "shift"]), flags: MeterOptions.flags)
        // A reader may shift; to set takes the configurator.
        meter = try MeterOptions(list, client: list["set"] == nil ? 32 : 48)
        let seconds = try list.number("shift", in: -900...900)
        switch (list["set"], seconds) {
        case (nil, nil): change = .none
        case (nil, 0?): throw UsageError("--shift by nothing")
        case (nil, let seconds?): change = .shift(seconds: seconds)
        case ("now"?, nil): change = .set(nil)
        case (let text?, nil):
            guard let time = WallTime(iso8601: text, local: meter.output.zone) else {
                throw UsageError("--set must be now or like 2026-03-01T00:30:00, not \(text)")
            }
            change = .set(time.civil(in: meter.output.zone))
        default: throw UsageError("one of --set and --shift")
        }
    }
}

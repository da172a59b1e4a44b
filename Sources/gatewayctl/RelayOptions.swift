// The command line of `gatewayctl relay`: the relay of one meter, read or switched.

import Errands

/// What `gatewayctl relay` is asked for.
struct RelayOptions: Sendable {
    /// The meter.
    let meter: MeterOptions
    /// Whether the relay is to go on or off; nil only reads.
    let isOn: Bool?
    /// The only serial number that is acted upon; empty for any.
    let serial: String

    /// As an errand.
    var action: Errand.Action { .relay(isOn: isOn, serial: serial) }

    /// Reads the arguments after `relay`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments, valued: MeterOptions.valued.union(["serial"]),
            flags: MeterOptions.flags.union(["on", "off"]))
        if list.has("on"), list.has("off") { throw UsageError("one of --on and --off") }
        isOn = list.has("on") ? true : list.has("off") ? false : nil
        meter = try MeterOptions(list, client: isOn == nil ? 32 : 48)
        serial = list["serial"] ?? ""
    }
}

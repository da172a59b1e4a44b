// The outputs that feed the interfaces of meters (manual 4.2.3 «линия питания»): `HostLinux` switches them
// through files of the kernel, on a bench through files that the simulated street reads.

/// Why a supply line was not switched.
package enum SupplyFault: Error, Sendable, Hashable {
    /// This machine has no such line.
    case absent
    /// The machine's reason.
    case failed(String)

    /// The reason in words.
    package var reason: String {
        switch self {
        case .absent: "this machine has no such supply line"
        case .failed(let reason): reason
        }
    }
}

/// The machine's supply lines.
package protocol SupplySwitch: Sendable {
    /// Switches a line, 1…4. Throws why it was not.
    func set(_ line: Int, on isOn: Bool) async throws(SupplyFault)
}

/// A machine without supply lines.
package struct NoSupplyLines: SupplySwitch {
    /// None.
    package init() {}
    /// Refuses.
    package func set(_ line: Int, on isOn: Bool) async throws(SupplyFault) { throw .absent }
}

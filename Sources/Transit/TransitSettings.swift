// How a transit port treats its clients and its line (manual 4.2.2.3, 4.2.3; rule R26).

package import Configuration
package import Lines
package import Seams

/// Settings of one transit port.
package struct TransitSettings: Sendable, Hashable {
    /// The line behind the port.
    package var line: LineID
    /// Speed and format; nothing of the line's other users is left in force.
    package var serial: SerialSettings
    /// What happens to a second client.
    package var secondClient: TransitRules.SecondClient
    /// How long a client waits for the port, and then for the line.
    package var patience: Duration
    /// A connection without octets for so long is closed; nil for never.
    package var idleLimit: Duration?
    /// A line without octets for so long is given back; the connection stays.
    package var quietLimit: Duration
    /// A lease of so long ends in the next silence when others wait for the line.
    package var leaseLimit: Duration
    /// Whether the line's driver hears what it sends.
    package var hasEcho: Bool
    /// Whether clients speak RFC 2217 and may set speed and format for themselves.
    package var isComPort: Bool

    /// The device's own ways: ten seconds of patience, two minutes of silence, ten seconds of a quiet line.
    package init(
        line: LineID, serial: SerialSettings = .standard, secondClient: TransitRules.SecondClient = .wait,
        patience: Duration = .seconds(10), idleLimit: Duration? = .seconds(120),
        quietLimit: Duration = .seconds(10), leaseLimit: Duration = .seconds(1_800), hasEcho: Bool = false,
        isComPort: Bool = false
    ) {
        self.line = line
        self.serial = serial
        self.secondClient = secondClient
        self.patience = patience
        self.idleLimit = idleLimit
        self.quietLimit = quietLimit
        self.leaseLimit = leaseLimit
        self.hasEcho = hasEcho
        self.isComPort = isComPort
    }
}

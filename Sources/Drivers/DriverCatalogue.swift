// Which driver speaks with which type of meter. Adding a meter is one folder and one line here (style rule
// 13). Made once by the assembly; polling, the web admin and `gatewayctl` ask it for drivers.

package import DLMS
package import Faults
package import Logging
package import Seams
package import Timekeeping

/// What every driver is given.
package struct DriverEnvironment: Sendable {
    /// Waiting.
    package var clock: any MonotonicClock
    /// The gateway's time, for clock differences.
    package var wall: any WallClock
    /// The device's zone, for meters without their own (R4).
    package var zone: ZoneOffset
    /// What makers do differently.
    package var profiles: MeterProfiles
    /// Frames at trace, oddities at debug.
    package var logger: Logger

    /// Who ciphers; nil where no meter with keys can be spoken to.
    package var cryptography: (any Cryptography)?
    /// Where invocation counters come from; nil likewise.
    package var counters: (any CounterStore)?
    /// Told what a meter pushes in the middle of a conversation; it must return at once.
    package var overheard: (@Sendable (OverheardPush) -> Void)?

    /// An environment.
    package init(
        clock: any MonotonicClock, wall: any WallClock, zone: ZoneOffset, profiles: MeterProfiles = .none,
        logger: Logger = .silent, cryptography: (any Cryptography)? = nil,
        counters: (any CounterStore)? = nil
    ) {
        self.profiles = profiles
        self.cryptography = cryptography
        self.counters = counters
        self.clock = clock
        self.wall = wall
        self.zone = zone
        self.logger = logger
    }
}

/// All drivers.
package struct DriverCatalogue: Sendable {
    private let drivers: [String: any MeterDriver]
    private let cryptography: (any Cryptography)?

    /// The drivers of this version, one line a type of meter, by `typeName` of the meter table.
    package init(_ environment: DriverEnvironment) {
        cryptography = environment.cryptography
        drivers = [
            "SPODES": SPODESDriver(environment)
        ]
    }

    /// Type names with a driver, in order.
    package var typeNames: [String] { drivers.keys.sorted() }

    /// The keys of points, for their pushes; none where nobody can cipher.
    package func keyring(_ points: [MeterPoint]) -> PushKeyring { PushKeyring(points, cryptography) }

    /// The driver of a type. Throws `meterTypeUnknown`.
    package func driver(for typeName: String) throws(Fault) -> any MeterDriver {
        guard let driver = drivers[typeName] else {
            throw Fault(.meterTypeUnknown, ["value": typeName, "allowed": typeNames.joined(separator: ", ")])
        }
        return driver
    }
}

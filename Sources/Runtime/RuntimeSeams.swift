// Everything the gateway's policy needs from the world, as one value: `Gateway` fills it with doors,
// `Simulation` with virtual ones.

package import Archive
package import Configuration
package import DLMS
package import Drivers
package import HeadEnd
package import Logging
package import Seams

/// What a gateway stands on.
package struct RuntimeSeams: Sendable {
    /// Waiting.
    package var clock: any MonotonicClock
    /// The world's time.
    package var wall: any WallClock
    /// Channels to meters.
    package var lineOpener: any LineOpener
    /// Connections to brokers.
    package var brokerOpener: any BrokerOpener
    /// Ports that others connect to; nil where there are none.
    package var door: (any ConnectionDoor)?
    /// Where the gateway itself is reached now: no hub may lead there.
    package var place: @Sendable () -> OwnPlace = { OwnPlace() }
    /// Who sets the device's clock for a head-end.
    package var shifting: any ClockShifting = FixedClock()
    /// Chance, for what nobody may guess.
    package var entropy: any Entropy
    /// The device's discrete inputs.
    package var inputs: any DiscreteInputs
    /// What feeds the interfaces of meters.
    package var supply: any SupplySwitch = NoSupplyLines()
    /// Packs payloads.
    package var compressor: any Compressor
    /// Hashes passwords.
    package var hasher: any PasswordHasher
    /// Ciphers what meters with keys say; nil where there are none.
    package var cryptography: (any Cryptography)?
    /// Where revisions lie, `DATA/etc`.
    package var configurationFiles: any FileTree
    /// The read-only factory set.
    package var factoryFiles: any FileTree
    /// Path of the archive's database.
    package var archivePath: String
    /// The VFS below the database; nil is the platform's. A simulation passes a disk that fails.
    package var archiveVFS: String?
    /// How far back the archive reaches.
    package var depths: RetentionDepths
    /// What makers of meters do differently.
    package var profiles: MeterProfiles
    /// Software version, as messages name it.
    package var version: String
    /// Where lines of the log go.
    package var logger: Logger

    /// Seams of one gateway.
    package init(
        clock: any MonotonicClock, wall: any WallClock, lineOpener: any LineOpener,
        brokerOpener: any BrokerOpener, entropy: any Entropy, inputs: any DiscreteInputs = NoDiscreteInputs(),
        compressor: any Compressor, hasher: any PasswordHasher,
        cryptography: (any Cryptography)? = nil,
        configurationFiles: any FileTree, factoryFiles: any FileTree, archivePath: String,
        archiveVFS: String? = nil, depths: RetentionDepths = RetentionDepths(),
        profiles: MeterProfiles = .none, version: String, logger: Logger
    ) {
        self.clock = clock
        self.wall = wall
        self.lineOpener = lineOpener
        self.brokerOpener = brokerOpener
        self.entropy = entropy
        self.inputs = inputs
        self.compressor = compressor
        self.hasher = hasher
        self.cryptography = cryptography
        self.configurationFiles = configurationFiles
        self.factoryFiles = factoryFiles
        self.archivePath = archivePath
        self.archiveVFS = archiveVFS
        self.depths = depths
        self.profiles = profiles
        self.version = version
        self.logger = logger
    }
}

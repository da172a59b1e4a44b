// What policy may ask of the machine and of the cryptographic library.

package import Timekeeping

/// The machine the gateway runs on.
package protocol Host: Sendable {
    /// What the machine says of itself now; cheap enough to call for every page.
    func state() async -> HostState
    /// Sets the system clock; throws the system's reason.
    func setClock(_ time: WallTime) async throws
    /// Restarts the device; returns before it happens.
    func restart() async throws
}

/// Identity and condition of the machine.
package struct HostState: Sendable, Hashable {
    /// Model, as the header strip shows it: `УМ SMART`.
    package var model: String
    /// Serial number, twelve digits.
    package var serialNumber: String
    /// Software version.
    package var version: String
    /// Ethernet interfaces in the device's order.
    package var interfaces: [HostInterface]
    /// Octets free where data lie.
    package var freeOctets: Int64
    /// Octets written to the data's device since start, when the system counts them.
    package var writtenOctets: Int64
    /// Seconds since the machine started.
    package var uptimeSeconds: Int64

    /// A state.
    package init(
        model: String, serialNumber: String, version: String, interfaces: [HostInterface] = [],
        freeOctets: Int64 = 0, writtenOctets: Int64 = 0, uptimeSeconds: Int64 = 0
    ) {
        self.model = model
        self.serialNumber = serialNumber
        self.version = version
        self.interfaces = interfaces
        self.freeOctets = freeOctets
        self.writtenOctets = writtenOctets
        self.uptimeSeconds = uptimeSeconds
    }
}

/// One network interface; empty text where nothing is known.
package struct HostInterface: Sendable, Hashable {
    /// Name, `eth0`.
    package var name: String
    /// Address.
    package var address: String
    /// Mask.
    package var mask: String
    /// Gateway.
    package var gateway: String

    /// An interface.
    package init(name: String, address: String, mask: String, gateway: String) {
        self.name = name
        self.address = address
        self.mask = mask
        self.gateway = gateway
    }
}

/// Slow salted hashes of passwords and constant-time comparison.
package protocol PasswordHasher: Sendable {
    /// A self-describing scrypt hash with a fresh salt.
    func hash(_ password: String) async throws -> String
    /// Whether `password` made `hash`; constant time in the password.
    func verify(_ password: String, against hash: String) async -> Bool
    /// Compares in time that depends on the lengths only.
    func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool
}

/// Compression of payloads and pages.
package protocol Compressor: Sendable {
    /// A gzip member holding `octets`.
    func gzip(_ octets: [UInt8]) -> [UInt8]
}

// The machine under the identity that the configuration gives it: an edit shows on the next page, without a
// restart.

import Configuration
import HostLinux
import Seams
import Timekeeping

/// A Linux machine as the device of the configuration.
struct ConfiguredHost: Host {
    private let machine: LinuxHost
    private let store: ConfigurationStore

    /// The machine whose data lie at `dataPath`.
    init(store: ConfigurationStore, version: String, dataPath: String, clock: TrustedWallClock) {
        self.store = store
        machine = LinuxHost(
            model: "", serialNumber: "", version: version, dataPath: dataPath, clock: clock)
    }

    func state() async -> HostState {
        let site = await store.current.configuration.site
        var state = await machine.state()
        (state.model, state.serialNumber) = (site.model, site.serialNumber)
        return state
    }

    func setClock(_ time: WallTime) async throws { try await machine.setClock(time) }

    func restart() async throws { try await machine.restart() }
}

// The machine's clock as a head-end may set it.

import HeadEnd
import HostLinux
import Seams
import Timekeeping

/// Shifts the machine's clock.
struct HostClock: ClockShifting {
    private let machine: LinuxHost
    private let wall: TrustedWallClock

    /// The machine whose data lie at `dataPath`.
    init(dataPath: String, wall: TrustedWallClock) {
        self.wall = wall
        machine = LinuxHost(model: "", serialNumber: "", version: "", dataPath: dataPath, clock: wall)
    }

    func shift(seconds: Int) async -> Bool {
        do {
            try await machine.setClock(wall.now.adding(seconds: Int64(seconds)))
            return true
        } catch {
            return false
        }
    }
}

// The machine a simulated gateway runs on: boots it, loses it with the power, boots it again, as a supervisor
// would.

import Seams
import StorageSimulation
import Timekeeping
import VirtualTime

/// One gateway's machine.
package actor SimulatedMachine {
    private let site: VirtualSite
    private let configure: @Sendable (VirtualGateway) async throws -> Void
    private var isConfigured = false
    private var isOver = false
    private var bell: AsyncStream<Void>.Continuation?

    /// The gateway that runs now.
    package private(set) var gateway: VirtualGateway?
    /// How often it was booted.
    package private(set) var boots = 0
    /// Why it did not boot or ended by itself, with the virtual second.
    package private(set) var failures: [(second: Int, reason: String)] = []

    /// A machine that is off. `configure` runs once, in the first gateway.
    package init(_ site: VirtualSite, configure: @escaping @Sendable (VirtualGateway) async throws -> Void) {
        self.site = site
        self.configure = configure
    }

    /// Runs until `stop`.
    package func run() async {
        var vain = 0
        while !isOver, !Task.isCancelled, vain < SimulatedMachine.mostVainBoots {
            guard site.disk?.isPowered ?? true else {
                try? await site.world.clock.sleep(for: .seconds(1))
                continue
            }
            do {
                try await boot()
                vain = 0
            } catch {
                vain += 1
                note("\(error)")
                try? await site.world.clock.sleep(for: .seconds(10))
            }
            gateway = nil
        }
    }

    /// No fault lasts so many starts, ten seconds from one to the next: it is broken for good, and the
    /// examination finds it so.
    private static let mostVainBoots = 60_000

    /// Ends the gateway and the machine.
    package func stop() {
        isOver = true
        bell?.yield()
    }

    /// Asks the machine to notice that its power has gone.
    package func powerWentOff() { bell?.yield() }

    /// Runs a machine at a place while `body` lasts.
    static func live<Report: Sendable>(
        at site: VirtualSite, configure: @escaping @Sendable (VirtualGateway) async throws -> Void,
        _ body: @escaping @Sendable (SimulatedMachine) async throws -> Report
    ) async throws -> Report {
        let machine = SimulatedMachine(site, configure: configure)
        return try await withThrowingTaskGroup(of: Report?.self) { group in
            group.addTask {
                await machine.run()
                return nil
            }
            group.addTask {
                defer { site.disk?.onCut = nil }
                let report = try await body(machine)
                await machine.stop()
                return report
            }
            var report: Report?
            for try await outcome in group where outcome != nil { report = outcome }
            guard let report else { throw CancellationError() }
            return report
        }
    }

    private func boot() async throws {
        boots += 1
        let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        bell = ring
        site.disk?.onCut = { ring.yield() }
        let booted = try await site.boot()
        gateway = booted
        try await booted.live { gateway in
            try await self.configureOnce(gateway)
            for await _ in rings { break }
        }
    }

    private func configureOnce(_ gateway: VirtualGateway) async throws {
        guard !isConfigured else { return }
        try await configure(gateway)
        isConfigured = true
    }

    private func note(_ reason: String) {
        // A cut tears everything down; what falls over then is no finding.
        guard site.disk?.isPowered ?? true, !isOver else { return }
        let second = Int(site.world.clock.now.nanoseconds / 1_000_000_000)
        if failures.count < 100 { failures.append((second, reason)) }
    }
}

// «Линия питания» (REQ-139, api 2.4): puts every supply line of the device into the state that the
// configuration asks for, and tries again while the machine refuses. Lines the machine does not have are told
// as a fault where they are wanted, and are no news where they are not.

import Configuration
import Faults
import Logging
import Seams
import Timekeeping
package import WebAdmin

/// The supply lines at work.
package actor SupplyLines {
    private let supply: any SupplySwitch
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock
    private var wanted: Set<Int> = []
    private var now: [Int: Result<Bool, Fault>] = [:]
    private var bell: AsyncStream<Void>.Continuation?

    init(_ supply: any SupplySwitch, clock: any MonotonicClock, logger: Logger) {
        self.supply = supply
        self.clock = clock
        self.logger = logger.labelled("supply")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes a configuration; `run` does the rest.
    func apply(_ configuration: GatewayConfiguration) {
        wanted = configuration.suppliesOn
        bell?.yield()
    }

    /// How the lines stand.
    package var reports: [SupplyReport] {
        SupplyRow.completed([]).map { row in
            switch now[row.line] {
            case .success(let isOn): SupplyReport(address: row.address, isOn: isOn)
            case .failure(let fault): SupplyReport(address: row.address, isOn: false, fault: fault)
            case nil: SupplyReport(address: row.address, isOn: false)
            }
        }
    }

    /// Switches as the configuration says until cancelled.
    func run() async {
        let (changes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        bell.yield()
        let (refusals, retry) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes where await self.follow() { retry.yield() }
            }
            group.addTask { [clock] in
                for await _ in refusals {
                    guard (try? await clock.sleep(for: SupplyLines.again)) != nil else { return }
                    bell.yield()
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Pause before a line that could not be switched is tried again.
    private static let again = Duration.seconds(15)

    /// Switches what stands otherwise than wanted; whether the machine refuses some of it.
    private func follow() async -> Bool {
        for line in SupplyRow.completed([]).map(\.line) {
            let isOn = wanted.contains(line)
            if case .success(isOn)? = now[line] { continue }
            let before = now[line]
            do throws(SupplyFault) {
                try await supply.set(line, on: isOn)
                now[line] = .success(isOn)
                logger.log(.info, "supply line switched \(isOn ? "on" : "off")", [(.line, "\(line)")])
            } catch .absent where !isOn {
                now[line] = .success(false)
            } catch {
                let facts = ["line": "\(line)", "reason": error.reason]
                let fault = Fault(error == .absent ? .supplyMissing : .supplySwitch, facts)
                now[line] = .failure(fault)
                if case .failure(fault)? = before { continue }
                logger.log(
                    .error, "a supply line cannot be switched",
                    [(.line, "\(line)"), (.error, error.reason)])
            }
        }
        return now.values.contains { if case .failure = $0 { true } else { false } }
    }
}

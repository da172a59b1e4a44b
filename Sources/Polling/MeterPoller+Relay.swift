// The relay of one meter, switched because a person wants it (R24): a technician's lease of the line, the
// configurator's password, one command. It says nothing of how the reader fares, whose health the poller
// keeps.

import Configuration
package import Drivers
package import Faults
import Lines
import Metering
import Seams
import Timekeeping

extension MeterPoller {
    /// How long a person waits for the line.
    private static let patience = Duration.seconds(30)

    /// Switches the relay of one meter of the table. Throws `operation.unknown` for an ID without a meter,
    /// `meter.level` without the password of the second level, `meter.serial` when another meter answers than
    /// the table says, `meter.relay` when there is none, and what a session throws.
    package func switchRelay(of meterID: Int, on isOn: Bool) async throws(Fault) -> RelayOutcome {
        let targets = targets([meterID])
        if let unreachable = targets.unreachable.first { throw unreachable.fault }
        guard let target = targets.targets.first else { throw Fault(.notFound, ["value": "\(meterID)"]) }
        guard let point = target.point.asController else {
            throw Fault(.meterLevelMissing, ["meter": "\(meterID)"])
        }
        let relay = RelaySwitch(
            target.driver, point, on: isOn, serial: configuration.meter(meterID)?.serial ?? "", clock: clock)
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: .technician,
            owner: "relay of meter \(meterID)", patience: MeterPoller.patience)
        do {
            return try await lines.withLease(request) { lease in try await relay.run(over: lease) }
        } catch {
            throw target.fault(of: error)
        }
    }
}

extension MeterPoint {
    /// The same meter opened by who may act upon it: the configurator with his password, or whom the row
    /// names. Nil without a password for him.
    fileprivate var asController: MeterPoint? {
        let isNamed = link.client != MeterLink().client && link.client != 16
        if isNamed || link.mechanism == 0 { return self }
        return asConfigurator
    }
}

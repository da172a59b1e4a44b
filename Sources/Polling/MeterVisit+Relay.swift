// The part of a visit that looks whether current flows where the relay says that none can: contacts that are
// welded, or bridged by somebody (R24, R28).

import Drivers
import Faults
import Metering
import Seams

extension MeterVisit {
    /// Whether it does, once the present values have been read. Without current nothing need be asked; where
    /// it flows behind an open relay it is read again, for the relay may have opened in between. Nil for a
    /// meter without a relay, or one that does not tell its currents.
    func isRelayBridged(_ reading: Reading, _ session: any MeterSession) async throws -> Bool? {
        guard let flows = flows(reading) else { return nil }
        guard flows else { return false }
        do {
            guard try await !session.relay().isClosed else { return false }
            try await clock.sleep(for: MeterVisit.settling)
            return self.flows(try await session.current(.momentQuality, tags: MeterVisit.currents))
        } catch let fault as Fault where fault.concernsItemOnly {
            return nil
        }
    }

    private static let currents: [Tag] = [.iA, .iB, .iC]
    /// Means of a second take so long to fall.
    private static let settling = Duration.seconds(2)

    private func flows(_ reading: Reading) -> Bool? {
        let currents = MeterVisit.currents.compactMap { reading[$0].map { abs($0.double) } }
        return currents.max().map { $0 > RelaySwitch.flowing }
    }
}

// «Поиск приборов учёта»: a line searched while it goes on working. The search gives the line back after
// every look, so people, current values and what has just come due pass it; only history stands behind it.

package import Drivers
package import Faults
package import Lines
import Seams
import Timekeeping

extension MeterPoller {
    /// A search waits for its line as long as others need it.
    private static let patience = Duration.seconds(3_600)

    /// Searches a line for SPODES meters and tells how far it has come after every place. Ends early when the
    /// task is cancelled. Throws why the line cannot be used.
    package func search(
        _ line: LineID, _ order: SearchOrder, progress: @Sendable (SearchProgress) async -> Void
    ) async throws(Fault) {
        let search = LineSearch(order, driver: try drivers.driver(for: "SPODES"))
        do {
            try await search.run(
                borrow: { settings, look in
                    let request = LeaseRequest(
                        line: line, settings: settings, leaseClass: .discovery, owner: "search for meters",
                        patience: MeterPoller.patience)
                    return try await lines.withLease(request) { lease in try await look(lease) }
                }, isTaken: { await lines.isHeld(line) }, progress: progress)
        } catch is CancellationError {
            return
        } catch {
            let fault = Fault(session: error)
            if fault.code != .stopped { throw fault }
        }
    }
}

// How a publication fares, for pages and the event stream.

package import Archive
package import Faults
import Seams
package import Timekeeping

/// State of one publication at its broker.
package struct PublicationStatus: Sendable, Hashable {
    /// What the worker is doing.
    package enum Activity: Sendable, Hashable {
        /// Everything asked for has been delivered.
        case idle
        /// Messages are on their way.
        case sending
        /// The broker did not take them; the next try is at this instant.
        case waiting(until: MonotonicInstant)
    }

    /// Publication and broker.
    package var key: CursorKey
    /// What is going on.
    package var activity: Activity
    /// Whether delivery is guaranteed; false at QoS 0 («доставка не гарантируется»).
    package var isGuaranteed: Bool
    /// Rows acknowledged so far.
    package var sentRows: Int64
    /// Rows stored and not yet acknowledged, at most 20,000 counted.
    package var waitingRows: Int
    /// Rows that depth pruned before they were sent.
    package var lostRows: Int64
    /// Acknowledged up to this sequence number.
    package var sequence: Int64
    /// UTC of the last acknowledgement; nil before the first.
    package var deliveredAt: WallTime?
    /// Why the last try failed; nil when it went well.
    package var fault: Fault?
}

/// What is known of a broker's connection.
package enum BrokerLink: Sendable, Hashable {
    /// Not tried yet.
    case untried
    /// It stands.
    case connected
    /// Closed by plan: everything has been sent, and the row says not to hold it.
    case resting
    /// Refused, not reached, or broken off.
    case lost
}

/// State of one broker's connection.
package struct BrokerConnectionStatus: Sendable, Hashable {
    /// Number of the broker's row.
    package var broker: Int
    /// What is known of the connection.
    package var link: BrokerLink
    /// Why the last try failed or the connection broke off; nil when it went well or none was made.
    package var fault: Fault?
    /// Rows of all its publications that wait.
    package var waitingRows: Int
}

extension BrokerError {
    /// The fault people see, naming the broker.
    func fault(broker: Int) -> Fault {
        let (code, reason): (FaultCode, String) =
            switch self {
            case .unreachable(let reason): (.brokerUnreachable, reason)
            case .refused(let reason): (.brokerRefused, reason)
            case .certificate(let reason): (.brokerCertificate, reason)
            case .tlsVersion(let reason): (.brokerTLSVersion, reason)
            case .disconnected: (.brokerUnreachable, "disconnected")
            case .invalidMessage(let reason): (.brokerRefused, reason)
            }
        return Fault(code, ["broker": String(broker), "reason": reason])
    }
}

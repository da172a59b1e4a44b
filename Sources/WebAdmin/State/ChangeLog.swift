// What changed in the gateway since a moment that a client names: the numbers behind `/events`. One look
// serves all streams, and a stream that comes back with its `Last-Event-ID` gets only what it missed.

import Archive
import Configuration
import Faults
import JSONText
import Polling
import Seams
import Timekeeping

/// Remembers, for revision, brokers and meters, the number of the change that made them what they are.
actor ChangeLog {
    private let parts: WebAdminParts
    /// Tells the numbers of this run from those of an earlier one.
    private let run: String
    private var count = 0
    private var revision = Tracked(value: 0)
    private var user = ""
    private var brokers: [Int: Tracked<BrokerStatus>] = [:]
    private var meters: [Int: Tracked<String>] = [:]
    private var lookedAt: MonotonicInstant?
    private var metersLookedAt: MonotonicInstant?

    /// A value with the number of its newest change.
    private struct Tracked<Value: Equatable> {
        var value: Value
        var change = 0

        mutating func become(_ new: Value, count: inout Int) {
            guard new != value || change == 0 else { return }
            count += 1
            (value, change) = (new, count)
        }
    }

    /// How often the gateway is looked at, and its table of meters, which may be long.
    static let pace = Duration.seconds(1)
    static let meterPace = Duration.seconds(5)

    init(parts: WebAdminParts) {
        self.parts = parts
        run = String(parts.wall.now.unixSeconds, radix: 36)
    }

    /// The newest event number and what changed after `id`, everything for an id of another run or none; nil
    /// when nothing did. Throws what the archive throws.
    func difference(after id: String?) async throws(Fault) -> (id: String, data: [UInt8])? {
        try await look()
        let seen = number(of: id)
        guard count > seen else { return nil }
        return (name(of: count), json(after: seen))
    }

    private func name(of number: Int) -> String { "\(run)-\(number)" }

    private func number(of id: String?) -> Int {
        guard let parts = id?.split(separator: "-"), parts.count == 2, parts[0] == run else { return 0 }
        return Int(parts[1]) ?? 0
    }

    /// Compares the gateway with how it was, unless somebody just did.
    private func look() async throws(Fault) {
        let now = parts.clock.now
        if let lookedAt, now - lookedAt < ChangeLog.pace { return }
        lookedAt = now
        let current = await parts.store.current
        revision.become(current.number, count: &count)
        user = current.manifest.user
        for status in await parts.services.brokers() {
            brokers[status.id, default: Tracked(value: status)].become(status, count: &count)
        }
        if let metersLookedAt, now - metersLookedAt < ChangeLog.meterPace { return }
        metersLookedAt = now
        for outcome in try await parts.archive.pollOutcomes() where outcome.measure == nil {
            let state = MeterState.of(outcome.fault)
            meters[outcome.meterID, default: Tracked(value: state)].become(state, count: &count)
        }
    }

    private func json(after seen: Int) -> [UInt8] {
        let brokerRows = brokers.values.filter { $0.change > seen }.map(\.value).sorted { $0.id < $1.id }
        let meterRows = meters.filter { $0.value.change > seen }.sorted { $0.key < $1.key }
        return JSONValue.make([
            ("revision", .integer(Int64(revision.value))), ("user", .string(user)),
            (
                "brokers",
                .array(
                    brokerRows.map { status in
                        .make([
                            ("id", .integer(Int64(status.id))), ("state", .string(status.word)),
                            ("queue", .integer(Int64(status.waiting))),
                        ])
                    })
            ),
            (
                "meters",
                .array(
                    meterRows.map { id, meter in
                        .make([("id", .integer(Int64(id))), ("state", .string(meter.value))])
                    })
            ),
        ]).octets
    }
}

// The person with the laptop: edits the meter table while polls run, and puts clocks right that the gateway
// may not touch by itself. Edits that meet a machine without power, or a full disk, are made again until they
// are acknowledged.

import Configuration
import Drivers
import JSONText
import Lines
import Polling
import Runtime
import Seams
import Street
import Timekeeping
import VirtualTime

/// Works at one site for the length of a life.
actor Technician {
    /// What differs from the table the street was commissioned with, by meter ID.
    struct Changes: Sendable, Hashable {
        /// Addresses.
        var addresses: [Int: Int] = [:]
        /// Rows that were taken out.
        var removed: [Int] = []
        /// Rows whose interface was changed.
        var elsewhere: [Int] = []
        /// Meters that have a second row.
        var twins: [Int] = []
    }

    private let site: VirtualSite
    private let machine: SimulatedMachine
    private var changes = Changes()
    private var isTableDirty = false
    private var clocks: Set<Int> = []
    /// Clocks that were put right by the gateway's time since it was believed last.
    private var clocksSet: Set<Int> = []
    /// Reasons for which the gateway's own time is wrong.
    private var misleadings = 0
    private let calls: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    /// Pause before what did not succeed is tried again.
    private static let pause = Duration.seconds(120)
    /// What the ID of a second row has more than that of the first.
    private static let twin = 900

    /// The meter of the street that a row of the table means.
    static func original(of id: Int) -> Int { id > twin ? id - twin : id }

    init(_ site: VirtualSite, _ machine: SimulatedMachine) {
        self.site = site
        self.machine = machine
        (calls, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Works until `stop`.
    func run() async {
        for await _ in calls {
            while isTableDirty || !clocks.isEmpty {
                if isTableDirty { await writeTable() }
                for meter in clocks.sorted() { await setClock(meter) }
                guard isTableDirty || !clocks.isEmpty else { break }
                do { try await site.world.clock.sleep(for: Technician.pause) } catch { return }
            }
        }
    }

    /// Goes home.
    func stop() {
        (isTableDirty, clocks) = (false, [])
        bell.finish()
    }

    /// Changes the table, now or as soon as the gateway takes it.
    func edit(_ change: @Sendable (inout Changes) -> Void) {
        change(&changes)
        rewriteTable()
    }

    /// Writes the table again, whatever the gateway has.
    func rewriteTable() {
        isTableDirty = true
        bell.yield()
    }

    /// Puts the clock of a meter right through the gateway, now or as soon as that goes.
    func putClockRight(ofMeter id: Int) {
        clocks.insert(id)
        bell.yield()
    }

    /// The gateway's own time begins to be wrong: clocks set before are right.
    func gatewayTimeGoesWrong() {
        if misleadings == 0 { clocksSet = [] }
        misleadings += 1
    }

    /// One reason for the gateway's own time to be wrong is gone. When all are, the clocks that were set by
    /// it are put right.
    func gatewayTimeIsRight() {
        misleadings -= 1
        guard misleadings == 0 else { return }
        clocks.formUnion(clocksSet)
        clocksSet = []
        bell.yield()
    }

    /// The meter table as it is wished.
    func table() throws -> [JSONValue] {
        let rows = try JSONValue(parsing: site.plan.meterTable)["Meters"]?.elements ?? []
        return rows.flatMap { row -> [JSONValue] in
            let id = row["id"]?.wholeNumber ?? 0
            guard !changes.removed.contains(id) else { return [] }
            var row = row
            if let address = changes.addresses[id] { row = row.setting("addr", to: .string("\(address)")) }
            if changes.elsewhere.contains(id) {
                let other = row["ifaceName"]?.text == "Iface1" ? "Iface2" : "Iface1"
                row = row.setting("ifaceName", to: .string(other))
            }
            guard changes.twins.contains(id) else { return [row] }
            return [row, row.setting("id", to: .integer(Int64(Technician.twin + id)))]
        }
    }

    private func writeTable() async {
        guard let gateway = await machine.gateway else { return }
        let wished = changes
        guard let rows = try? table(),
            (try? await gateway.runtime.store.commit(
                [TableEdit(.meters, .replace, rows: rows)], user: "technician")) != nil
        else { return }
        if wished == changes { isTableDirty = false }
    }

    private func setClock(_ meter: Int) async {
        guard site.wall.isTrusted, let gateway = await machine.gateway else { return }
        let question = LiveQuestion(
            meters: [meter], measure: nil, leaseClass: .technician, patience: .seconds(60),
            correctsClock: true)
        guard case .success(let answer)? = await gateway.runtime.poller.answers(to: question)[meter],
            answer.clock.differenceSeconds.magnitude <= 3
        else { return }
        clocks.remove(meter)
        clocksSet.insert(meter)
    }
}

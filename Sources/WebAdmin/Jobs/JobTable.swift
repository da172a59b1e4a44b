// Long work that belongs to the device, not to a browser's tab (decision D3): started by one request, watched
// by any, stopped by any, its results kept for an hour.

import Drivers
import Faults
import Metering
import Polling
import Seams
import Timekeeping

/// What a client wants done.
struct JobOrder: Sendable, Hashable {
    /// Kinds of work.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// «Тест связи»
        case test
        /// Present values of some measures.
        case read
        /// «Время»: clocks of meters put right by a person (R6).
        case time
        /// «Состояние реле»: one relay of one meter switched (R24).
        case relay
        /// «Поиск приборов учёта»: its items are meters found.
        case scan
        /// The whole file of the archive looked through; its items are parts of the way.
        case integrity
    }

    let id: Int
    let kind: Kind
    let meters: [Int]
    var measures: [Measure] = []
    var tags: [Tag] = []
    /// What a relay is told.
    var relay: RelayOrder?
    /// What is searched for.
    var search: LineSearchOrder?
}

/// Where the work on one meter stands.
struct JobItem: Sendable {
    /// States that pages show by shape and colour.
    enum State: String, Sendable { case wait, run, ok, warn, mute, err, idle }

    let meter: Int
    var state = State.wait
    var fault: Fault?
    /// What a connection test found.
    var test: LiveAnswer?
    /// What came of switching its relay.
    var relay: RelayOutcome?
    /// A meter a search found.
    var found: FoundMeter?
    /// The answer document of a reading job, JSON.
    var answer: [UInt8]?
    /// Number of the item's newest change.
    var change = 0
}

/// A job as it is now.
struct Job: Sendable {
    /// How a job ends.
    enum State: String, Sendable { case running, done, stopped }

    let order: JobOrder
    var state = State.running
    var items: [JobItem]
    var changes = 0
    var isStopping = false
    var ended: MonotonicInstant?

    /// How far a search has come; nil for jobs whose items tell.
    var progress: JobProgress?
    /// Why the whole of it could not be done.
    var fault: Fault?

    var total: Int { progress?.total ?? items.count }
    var doneCount: Int { progress?.done ?? items.count { $0.state != .wait && $0.state != .run } }
}

/// All jobs of the last hour.
actor JobTable {
    /// What `WebAdmin.run` takes up; bounded by `runningLimit`.
    nonisolated let orders: AsyncStream<JobOrder>
    private nonisolated let arrival: AsyncStream<JobOrder>.Continuation
    private let clock: any MonotonicClock
    private var jobs: [Int: Job] = [:]
    private var lastID = 0

    static let life = Duration.seconds(3_600)
    static let runningLimit = 8
    static let keptLimit = 32

    init(clock: any MonotonicClock) {
        self.clock = clock
        (orders, arrival) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(JobTable.runningLimit))
    }

    /// Starts a job; throws when too many run.
    func submit(
        _ kind: JobOrder.Kind, meters: [Int], measures: [Measure] = [], tags: [Tag] = [],
        relay: RelayOrder? = nil, search: LineSearchOrder? = nil
    ) throws(Fault) -> Job {
        dropOld()
        guard jobs.values.count(where: { $0.state == .running }) < JobTable.runningLimit else {
            throw Fault(.lineBusy)
        }
        lastID += 1
        let order = JobOrder(
            id: lastID, kind: kind, meters: meters, measures: measures, tags: tags, relay: relay,
            search: search)
        var job = Job(order: order, items: meters.map { JobItem(meter: $0) })
        if let search { job.progress = JobProgress(total: search.order.steps.count) }
        jobs[lastID] = job
        arrival.yield(order)
        return job
    }

    /// A job by number; nil when unknown or an hour old.
    func find(_ id: Int) -> Job? {
        dropOld()
        return jobs[id]
    }

    /// Asks a job to end; harmless when it has.
    func stop(_ id: Int) { jobs[id]?.isStopping = true }

    /// Whether a job was asked to end.
    func isStopping(_ id: Int) -> Bool { jobs[id]?.isStopping ?? true }

    /// Changes one item.
    func update(_ id: Int, meter: Int, _ change: @Sendable (inout JobItem) -> Void) {
        guard var job = jobs[id], let index = job.items.firstIndex(where: { $0.meter == meter }) else {
            return
        }
        job.changes += 1
        change(&job.items[index])
        job.items[index].change = job.changes
        jobs[id] = job
    }

    /// Notes that a meter was not read, and why.
    func fail(_ id: Int, meter: Int, _ fault: Fault) {
        update(id, meter: meter) {
            $0.state =
                switch fault.code {
                case .stopped: .idle
                case .meterSilent: .mute
                case .meterNoRelay: .warn
                default: .err
                }
            $0.fault = fault
        }
    }

    /// Notes how far a search has come and whom it found; meters found are numbered from 1.
    func progress(_ id: Int, _ progress: JobProgress, _ found: FoundMeter?) {
        guard var job = jobs[id] else { return }
        job.changes += 1
        job.progress = progress
        if let found {
            var item = JobItem(meter: job.items.count + 1)
            (item.state, item.found, item.change) = (.ok, found, job.changes)
            job.items.append(item)
        }
        jobs[id] = job
    }

    /// Notes why the whole of a job could not be done.
    func failWhole(_ id: Int, _ fault: Fault) {
        jobs[id]?.fault = fault
        jobs[id]?.changes += 1
    }

    /// Ends a job; what has not begun stays as it is.
    func end(_ id: Int) {
        guard var job = jobs[id], job.state == .running else { return }
        job.state = job.isStopping ? .stopped : .done
        job.ended = clock.now
        job.changes += 1
        for index in job.items.indices where job.items[index].state == .wait || job.items[index].state == .run
        {
            job.items[index].state = .idle
            job.items[index].change = job.changes
        }
        jobs[id] = job
    }

    private func dropOld() {
        let now = clock.now
        jobs = jobs.filter { $0.value.ended.map { now - $0 < JobTable.life } ?? true }
        let ended = jobs.values.filter { $0.ended != nil }.sorted { $0.order.id < $1.order.id }
        for job in ended.dropLast(JobTable.keptLimit) { jobs[job.order.id] = nil }
    }
}

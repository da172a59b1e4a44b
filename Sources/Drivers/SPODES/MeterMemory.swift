// What a driver remembers between sessions, so that a session asks only for data: of a meter (by serial
// number, for a new meter at the same point has its own profiles) and of a point (how fast it answers, on
// which transport). Lost at restart without harm.

import DLMS
import Metering
import SPODES
import Seams
import Timekeeping

/// A register's attribute 3.
struct Scaling: Sendable, Hashable {
    /// Power of ten.
    var scaler: Int8
    /// Unit code; 255 for none.
    var unit: UnitCode

    /// From the structure of scaler and unit; nil for anything else.
    init?(_ value: DataValue) {
        guard let parts = value.elements, parts.count == 2, let scaler = parts[0].wholeNumber,
            let exact = Int8(exactly: scaler), let unit = parts[1].wholeNumber,
            let code = UInt8(exactly: unit)
        else { return nil }
        self.scaler = exact
        self.unit = UnitCode(rawValue: code)
    }

    init(scaler: Int8, unit: UnitCode) {
        self.scaler = scaler
        self.unit = unit
    }
}

/// What is known of one meter.
struct MeterKnowledge: Sendable {
    /// When it began to be gathered. Nothing tells that somebody has rearranged the columns, so what is known
    /// is believed for a day.
    let since: MonotonicInstant
    /// Type text.
    var model: String? { didSet { profile = nil } }
    /// Maker's name.
    var maker: String? { didSet { profile = nil } }
    /// What its maker does differently, once it was chosen by type and maker.
    private(set) var profile: MeterProfile?
    /// Scalers and units of registers.
    var scalings: [OBISCode: Scaling] = [:]
    /// Registers the meter said it does not have.
    var absent: Set<OBISCode> = []
    /// Columns of its archives.
    var shapes: [ArchiveProfile: ProfileShape] = [:]
    /// Columns of its scaler profiles; empty for those it lacks.
    var scalerColumns: [ArchiveProfile: [CaptureObject?]] = [:]
    /// Columns of its journals by number; nil for those it lacks.
    var journals: [UInt8: JournalShape?] = [:]
    /// How often in a row a journal was given up because the line was wanted back.
    var journalsGivenUp = 0
    /// Rows its journals can hold, by number: 0 when not told, nil for journals it does not keep.
    var capacities: [UInt8: Int?] = [:]
    /// 1 or 3, by whether it has a voltage of phase B.
    var phases: Int?
    /// Whether its clock keeps seasonal time; without it the season bit of stamps means nothing (device 40
    /// sets it).
    var usesSeason: Bool?
    /// What is known of its snapshot of present values.
    var snapshot = SnapshotUse.unknown
    /// Stamp of the first snapshot captured.
    var capturedSince: CivilStamp?
    /// Whether it notes each snapshot in its journal of programming: then none is captured, ever.
    var notesSnapshots = false
    /// Whether it has the registers that tell what it can count; no other software changes that.
    var registers: [OBISCode: Bool] = [:]
    /// What it tells in its pushes, by the name of the push setup; empty for one it does not have.
    var pushes: [OBISCode: [CaptureObject]] = [:]
    /// Interval of its load profile in minutes when it was asked for the sake of a push.
    var pushedInterval: Int?
    /// How it takes requests for several attributes at once; nil before it was asked for any.
    var lists: ListHabit?

    init(
        since: MonotonicInstant, model: String? = nil, maker: String? = nil, notesSnapshots: Bool = false,
        registers: [OBISCode: Bool] = [:]
    ) {
        self.since = since
        self.model = model
        self.maker = maker
        self.notesSnapshots = notesSnapshots
        self.registers = registers
    }

    /// The profile of the meter's maker, chosen by what the meter has told of itself so far.
    mutating func profile(of profiles: MeterProfiles) -> MeterProfile {
        if let profile { return profile }
        let chosen = profiles.profile(model: model ?? "", maker: maker ?? "")
        profile = chosen
        return chosen
    }

    /// The same meter with nothing known but what no other software changes.
    func renewed(at now: MonotonicInstant) -> MeterKnowledge {
        MeterKnowledge(
            since: now, model: model, maker: maker, notesSnapshots: notesSnapshots, registers: registers)
    }
}

/// How much of a profile is asked for at once. Whoever wants the line back in the middle of an answer makes
/// the next piece half as long; answers that come whole make it longer again.
struct PiecePacing: Sendable, Hashable {
    /// The usual piece is divided by this: 1…16, a power of two.
    private(set) var divisor = 1
    private var whole = 0

    /// The shortest pieces have been tried and the line was wanted back all the same: the next answer is read
    /// to its end, for history must not wait for ever.
    var insists: Bool { divisor > PiecePacing.longest }

    private static let longest = 16

    /// An answer was given up because the line was wanted back.
    mutating func gaveWay() {
        divisor *= 2
        whole = 0
    }

    /// An answer came whole.
    mutating func finished() {
        if insists { divisor = PiecePacing.longest }
        whole += 1
        guard whole >= 4, divisor > 1 else { return }
        divisor /= 2
        whole = 0
    }
}

/// What is known of one point.
struct PointKnowledge: Sendable {
    /// How fast it answers.
    var times = ResponseTimes()
    /// On which transport it answered last, or is to be tried first.
    var transport: DLMSLink.Transport?
    /// Whether it has ever answered.
    var wasHeard = false
    /// Serial number of the meter that answered last.
    var serial: String?
    /// How much of its profile is asked for at once.
    var pacing = PiecePacing()
}

/// The memory of one driver.
actor MeterMemory {
    /// Meters and points remembered; beyond that the memory starts afresh.
    private static let capacity = 4_096

    private var meters: [String: MeterKnowledge] = [:]
    private var points: [Int: PointKnowledge] = [:]
    private var ciphering: [Int: (series: String, memory: CipheringMemory)] = [:]
    private let clock: any MonotonicClock

    /// An empty memory, at home where the sessions are that ask it.
    init(clock: any MonotonicClock) { self.clock = clock }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// What is known of a meter at this instant.
    func meter(_ serial: String, at now: MonotonicInstant) -> MeterKnowledge {
        guard let known = meters[serial] else { return MeterKnowledge(since: now) }
        guard now - known.since >= .seconds(86_400) else { return known }
        return known.renewed(at: now)
    }

    /// Remembers a meter.
    func remember(_ knowledge: MeterKnowledge, of serial: String) {
        if meters.count >= MeterMemory.capacity, meters[serial] == nil { meters.removeAll() }
        meters[serial] = knowledge
    }

    /// Takes out what is kept of a point's ciphering under a series; nil when nothing is. It is kept once:
    /// what was taken is gone, so that no counter is used by two.
    func takeCiphering(ofPoint id: Int, _ series: String) -> CipheringMemory? {
        guard let kept = ciphering.removeValue(forKey: id), kept.series == series else { return nil }
        return kept.memory
    }

    /// Keeps a point's ciphering for its next session.
    func keep(_ memory: CipheringMemory, ofPoint id: Int, _ series: String) {
        if ciphering.count >= MeterMemory.capacity { ciphering.removeAll() }
        ciphering[id] = (series, memory)
    }

    /// What is known of a point; nil when nothing is.
    func point(_ id: Int) -> PointKnowledge? { points[id] }

    /// Remembers a point.
    func remember(_ knowledge: PointKnowledge, ofPoint id: Int) {
        if points.count >= MeterMemory.capacity, points[id] == nil { points.removeAll() }
        points[id] = knowledge
    }
}

extension MeterKnowledge {
    /// Numbers of the meter's journals whose fill tells of some of the gateway's, as far as it is known to
    /// keep them: of several sources the first, which is the one that is read.
    func fillingJournals(of journals: Set<Journal>) -> [UInt8] {
        var numbers: [UInt8] = []
        for journal in journals {
            let source = JournalTable.sources(of: journal).first { (capacities[$0] ?? nil) != nil }
            if let source, !numbers.contains(source) { numbers.append(source) }
        }
        return numbers.sorted()
    }
}

// A disk that exists in memory, stands behind SQLite as a VFS, and fails on demand: power cuts at any write
// or sync with torn and reordered writes, lost directory entries, a full disk, failing reads, writes and
// syncs. It counts what reaches it. Simulation and the archive's tests put a gateway's database on it.

import VirtualTime

/// What a power cut leaves of the writes that no sync had made durable.
package enum PowerCut: Sendable, Hashable, CaseIterable {
    /// None of them.
    case loseUnsynced
    /// Any of them, sector by sector, in any order.
    case tearUnsynced
    /// All of them, as when only the process died.
    case keepEverything
}

/// Operations that fail with an I/O error.
package struct DiskFailure: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// Reads fail.
    package static let reads = DiskFailure(rawValue: 1)
    /// Writes fail.
    package static let writes = DiskFailure(rawValue: 2)
    /// Syncs fail, leaving unsynced what was.
    package static let syncs = DiskFailure(rawValue: 4)
}

/// What reached a disk so far.
package struct DiskCounters: Sendable, Hashable {
    /// Octets written.
    package var octetsWritten = 0
    /// Writes and truncations.
    package var writes = 0
    /// Syncs.
    package var syncs = 0
    /// Reads.
    package var reads = 0

    /// Nothing yet.
    package init() {}
}

/// An operation at which the power can be cut.
package enum CutPoint: Sendable, Hashable {
    /// Just before the n-th sync from now takes effect, counted from 1.
    case sync(Int)
    /// Just after the n-th write from now, counted from 1.
    case write(Int)
}

/// A disk in memory, known to SQLite by `vfsName` while it lives.
package final class SimulatedDisk: @unchecked Sendable {
    // `@unchecked Sendable`: one simulated world uses it, on the thread that cranks that world.

    /// What to give to `Connection.Options.vfs`; unlike that of every other living disk.
    package var vfsName: String { registration?.name ?? "" }
    /// Room for all files together, in octets; nil is endless.
    package var capacity: Int?
    /// Operations that fail now.
    package var failing: DiskFailure = []
    /// What reached it.
    package private(set) var counters = DiskCounters()
    /// Whether it answers at all; false from a cut to `powerOn`.
    package private(set) var isPowered = true
    /// Called once at the moment of a cut.
    package var onCut: (@Sendable () -> Void)?

    private var files: [String: SimulatedFile] = [:]
    /// Removed files whose removal a cut may undo.
    private var ghosts: [String: SimulatedFile] = [:]
    private var armed: (point: CutPoint, cut: PowerCut)?
    private let entropy: SeededEntropy
    /// Handles of an earlier life of the machine answer nothing.
    private(set) var generation = 0
    private var registration: VFSRegistration?

    /// A disk with the chance of `seed`; `name` is for whoever looks at it in a debugger.
    package init(name: String, seed: UInt64) {
        entropy = SeededEntropy(seed: seed ^ 0x6469_736B)
        registration = VFSRegistration(self, label: name)
    }

    /// What a file holds for a reader; nil without one.
    package func contents(_ path: String) -> [UInt8]? { files[path]?.octets }

    /// Makes or replaces a file, durably.
    package func place(_ octets: [UInt8], at path: String) {
        let file = SimulatedFile(octets)
        file.isEntryDurable = true
        files[path] = file
    }

    /// Names of all files, sorted.
    package var names: [String] { files.keys.sorted() }

    /// Octets of all files.
    package var octetsHeld: Int { files.values.reduce(0) { $0 + $1.octets.count } }

    // MARK: - Power

    /// Cuts the power at a coming operation.
    package func cutPower(at point: CutPoint, leaving cut: PowerCut) { armed = (point, cut) }

    /// Takes an armed cut back.
    package func disarm() { armed = nil }

    /// Whether a cut still waits for its operation.
    package var isCutArmed: Bool { armed != nil }

    /// Cuts the power now: every file becomes what the cut leaves, and nothing answers until `powerOn`.
    package func cutPower(leaving cut: PowerCut) {
        armed = nil
        guard isPowered else { return }
        isPowered = false
        var left: [String: SimulatedFile] = [:]
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            let isThere = file.isEntryDurable || cut == .keepEverything || (cut == .tearUnsynced && coin())
            guard isThere else { continue }
            left[name] = durable(file.survivor(of: cut, entropy: entropy))
        }
        for (name, ghost) in ghosts.sorted(by: { $0.key < $1.key }) where cut != .keepEverything {
            guard left[name] == nil, cut == .loseUnsynced || coin() else { continue }
            left[name] = durable(ghost.survivor(of: cut, entropy: entropy))
        }
        (files, ghosts) = (left, [:])
        let notify = onCut
        onCut = nil
        notify?()
    }

    /// Starts the machine again: handles from before the cut stay dead.
    package func powerOn() {
        generation += 1
        isPowered = true
    }

    private func durable(_ octets: [UInt8]) -> SimulatedFile {
        let file = SimulatedFile(octets)
        file.isEntryDurable = true
        return file
    }

    private func coin() -> Bool { entropy.next() & 1 == 0 }

    // MARK: - What the VFS asks

    func open(_ path: String, create: Bool) -> SimulatedFile? {
        if let file = files[path] { return file }
        guard create else { return nil }
        let file = SimulatedFile()
        files[path] = file
        return file
    }

    func exists(_ path: String) -> Bool { files[path] != nil }

    func remove(_ path: String, durably: Bool) -> Bool {
        guard let file = files.removeValue(forKey: path) else { return false }
        if !durably, file.isEntryDurable, ghosts[path] == nil { ghosts[path] = file }
        if durably { ghosts[path] = nil }
        return true
    }

    /// Whether `octets` more would fit.
    func hasRoom(_ octets: Int) -> Bool { capacity.map { octetsHeld + octets <= $0 } ?? true }

    func countRead() { counters.reads += 1 }

    /// Counts a write; cuts the power after it when that was asked.
    func countWrite(_ octets: Int) {
        counters.writes += 1
        counters.octetsWritten += octets
        guard case (.write(let left), let cut)? = armed else { return }
        if left <= 1 { cutPower(leaving: cut) } else { armed = (.write(left - 1), cut) }
    }

    /// Counts a sync; false when the power was cut before it took effect.
    func countSync() -> Bool {
        counters.syncs += 1
        guard case (.sync(let left), let cut)? = armed else { return true }
        if left > 1 {
            armed = (.sync(left - 1), cut)
            return true
        }
        cutPower(leaving: cut)
        return false
    }

    /// A file's first sync also syncs its directory, as the unix VFS does for files it made: earlier removals
    /// are on the disk from then on.
    func syncDirectory() { ghosts.removeAll() }

    func drawn() -> UInt64 { entropy.next() }
}

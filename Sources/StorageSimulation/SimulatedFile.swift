// One file of a simulated disk: what a reader sees now, and what each change since the last sync replaced.
// A power cut walks that journal of old octets sector by sector: every sector comes out as it was after some
// prefix of the changes that touched it, independently of all other sectors. That is what torn and reordered
// writes of a page cache look like; a sector is never a mixture, as drives promise.

import VirtualTime

/// The smallest unit a drive writes whole.
let sectorOctets = 512

/// Contents shared by names and open handles.
final class SimulatedFile {
    /// One change and what it replaced.
    private struct Change {
        var offset: Int
        /// Where `replaced` has the octets of this place before the change; fewer than the change has where
        /// it went beyond the end.
        var old: Range<Int>
        /// Length of the place, the part beyond `old` included.
        var length: Int
        var sizeBefore: Int
    }

    /// What a reader sees.
    private(set) var octets: [UInt8]
    private var unsynced: [Change] = []
    /// What the unsynced changes replaced, one after the other.
    private var replaced: [UInt8] = []
    /// Whether the entry of its directory is on the disk: SQLite syncs it with the file's first sync.
    var isEntryDurable = false
    /// Locks of the handles on it.
    var locks: [ObjectIdentifier: Int32] = [:]
    /// Shared memory of the handles on it (the WAL index); never on the disk.
    var shared: SharedMemory?

    init(_ octets: [UInt8] = []) { self.octets = octets }

    var hasUnsynced: Bool { !unsynced.isEmpty }

    /// Copies octets from `offset` into `target`; returns how many there were.
    func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        guard offset < octets.count else { return 0 }
        let count = min(target.count, octets.count - offset)
        octets.withUnsafeBytes { source in
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + count]))
        }
        return count
    }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        let size = octets.count
        let end = offset + source.count
        note(offset..<max(offset, min(end, size)), length: source.count)
        if offset == size { return octets.append(contentsOf: source) }
        if end > size { octets.append(contentsOf: repeatElement(0, count: end - size)) }
        octets.withUnsafeMutableBytes { target in
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<end]).copyMemory(from: source)
        }
    }

    func truncate(to size: Int) {
        guard size < octets.count else { return }
        note(size..<octets.count, length: octets.count - size)
        octets.removeLast(octets.count - size)
    }

    /// Notes a change of `length` octets that is about to replace those at `place`.
    private func note(_ place: Range<Int>, length: Int) {
        let begin = replaced.count
        replaced.append(contentsOf: octets[place.clamped(to: 0..<octets.count)])
        unsynced.append(
            Change(
                offset: place.lowerBound, old: begin..<replaced.count, length: length,
                sizeBefore: octets.count))
    }

    func sync() {
        unsynced.removeAll(keepingCapacity: true)
        replaced.removeAll(keepingCapacity: true)
        isEntryDurable = true
    }

    /// The contents a power cut leaves.
    func survivor(of cut: PowerCut, entropy: SeededEntropy) -> [UInt8] {
        switch cut {
        case .keepEverything: octets
        case .loseUnsynced: rewound { _ in 0 }
        case .tearUnsynced: rewound { count in Int(entropy.next() % UInt64(count + 1)) }
        }
    }

    /// Goes back, per sector, to the state after `kept(n)` of the n changes that touched it.
    private func rewound(_ kept: (Int) -> Int) -> [UInt8] {
        guard !unsynced.isEmpty else { return octets }
        let resizes = unsynced.indices.filter { sizeAfter($0) != unsynced[$0].sizeBefore }
        let keptResizes = kept(resizes.count)
        let size = keptResizes == resizes.count ? octets.count : unsynced[resizes[keptResizes]].sizeBefore
        var touches: [Int: [Int]] = [:]
        for (index, change) in unsynced.enumerated() where change.length > 0 {
            for sector in change.offset / sectorOctets...(change.offset + change.length - 1) / sectorOctets {
                touches[sector, default: []].append(index)
            }
        }
        var result = octets
        let largest = unsynced.reduce(octets.count) { max($0, $1.sizeBefore) }
        result.append(contentsOf: repeatElement(0, count: max(size, largest) - result.count))
        for (sector, changes) in touches.sorted(by: { $0.key < $1.key }) {
            for index in changes.dropFirst(kept(changes.count)).reversed() {
                undo(unsynced[index], within: sector, of: &result)
            }
        }
        result.removeLast(result.count - size)
        return result
    }

    private func sizeAfter(_ index: Int) -> Int {
        index + 1 < unsynced.count ? unsynced[index + 1].sizeBefore : octets.count
    }

    private func undo(_ change: Change, within sector: Int, of result: inout [UInt8]) {
        let from = max(change.offset, sector * sectorOctets)
        let to = min(change.offset + change.length, (sector + 1) * sectorOctets, result.count)
        for place in from..<max(from, to) {
            let index = place - change.offset
            result[place] = index < change.old.count ? replaced[change.old.lowerBound + index] : 0
        }
    }
}

/// The heap memory that stands for a mapped WAL index, with its eight locks.
final class SharedMemory {
    private var regions: [UnsafeMutableRawPointer] = []
    private var sharedCounts = [Int](repeating: 0, count: 8)
    private var exclusive = [ObjectIdentifier?](repeating: nil, count: 8)

    deinit { for region in regions { region.deallocate() } }

    /// The region of a number; nil when it does not exist and is not to be made.
    func region(_ index: Int, octets: Int, extend: Bool) -> UnsafeMutableRawPointer? {
        while regions.count <= index {
            guard extend else { return nil }
            let region = UnsafeMutableRawPointer.allocate(byteCount: octets, alignment: 16)
            region.initializeMemory(as: UInt8.self, repeating: 0, count: octets)
            regions.append(region)
        }
        return regions[index]
    }

    /// Takes locks for `owner`; false when another has one of them.
    func lock(_ slots: Range<Int>, exclusively: Bool, owner: ObjectIdentifier) -> Bool {
        for slot in slots {
            if let holder = exclusive[slot], holder != owner { return false }
            if exclusively, sharedCounts[slot] > 0 { return false }
        }
        for slot in slots {
            if exclusively { exclusive[slot] = owner } else { sharedCounts[slot] += 1 }
        }
        return true
    }

    /// Gives locks back.
    func unlock(_ slots: Range<Int>, exclusively: Bool) {
        for slot in slots {
            if exclusively {
                exclusive[slot] = nil
            } else {
                sharedCounts[slot] = max(0, sharedCounts[slot] - 1)
            }
        }
    }
}

// The callbacks by which SQLite uses a simulated disk (sqlite.org/vfs.html, sqlite3_io_methods version 2).
// Device properties are those of the unix VFS: 4,096-octet sectors and power-safe overwrite.

import CSQLite

#if canImport(Glibc)
    import Glibc
#endif

/// Extended codes of SQLITE_IOERR (sqlite.org/rescode.html); Swift does not import macros of macros.
private enum Failure {
    static let read = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let truncate = SQLITE_IOERR | 6 << 8
    static let size = SQLITE_IOERR | 7 << 8
    static let unlock = SQLITE_IOERR | 8 << 8
    static let delete = SQLITE_IOERR | 10 << 8
    static let access = SQLITE_IOERR | 13 << 8
    static let checkReserved = SQLITE_IOERR | 14 << 8
    static let lock = SQLITE_IOERR | 15 << 8
    static let sharedLock = SQLITE_IOERR | 20 << 8
    static let sharedMap = SQLITE_IOERR | 21 << 8
    static let noSuchFile = SQLITE_IOERR | 23 << 8
}

/// Keeps a disk known to SQLite.
final class VFSRegistration {
    private let vfs: UnsafeMutablePointer<sqlite3_vfs>
    private let storedName: UnsafeMutablePointer<CChar>?
    /// What SQLite knows it by.
    let name: String

    init(_ disk: SimulatedDisk, label: String) {
        vfs = .allocate(capacity: 1)
        // The address makes it unlike every other: SQLite's list of file systems is the process's, and two
        // worlds that run side by side must not open each other's files.
        name = "\(label)-\(UInt(bitPattern: vfs))"
        storedName = strdup(name)
        vfs.initialize(to: sqlite3_vfs())
        vfs.pointee.iVersion = 2
        vfs.pointee.szOsFile = Int32(MemoryLayout<FileRecord>.size)
        vfs.pointee.mxPathname = 512
        vfs.pointee.zName = UnsafePointer(storedName)
        vfs.pointee.pAppData = Unmanaged.passUnretained(disk).toOpaque()
        vfs.pointee.xOpen = openFile
        vfs.pointee.xDelete = { vfs, path, syncsDirectory in
            guard let disk = simulatedDisk(of: vfs), let path else { return Failure.delete }
            guard disk.isPowered else { return Failure.delete }
            let found = disk.remove(String(cString: path), durably: syncsDirectory != 0)
            return found ? SQLITE_OK : Failure.noSuchFile
        }
        vfs.pointee.xAccess = { vfs, path, _, result in
            guard let disk = simulatedDisk(of: vfs), let path else { return Failure.access }
            result?.pointee = disk.isPowered && disk.exists(String(cString: path)) ? 1 : 0
            return SQLITE_OK
        }
        vfs.pointee.xFullPathname = { _, path, size, result in
            guard let path, let result, strlen(path) < Int(size) else { return SQLITE_CANTOPEN }
            strcpy(result, path)
            return SQLITE_OK
        }
        vfs.pointee.xRandomness = { vfs, count, target in
            guard let disk = simulatedDisk(of: vfs), let target else { return 0 }
            for index in 0..<Int(count) { target[index] = CChar(truncatingIfNeeded: disk.drawn()) }
            return count
        }
        vfs.pointee.xSleep = { _, microseconds in microseconds }
        // The archive never asks SQLite for the time; a constant keeps runs equal.
        vfs.pointee.xCurrentTime = { _, result in
            result?.pointee = 2_461_000
            return SQLITE_OK
        }
        vfs.pointee.xCurrentTimeInt64 = { _, result in
            result?.pointee = 2_461_000 * 86_400_000
            return SQLITE_OK
        }
        vfs.pointee.xGetLastError = { _, _, _ in 0 }
        sqlite3_vfs_register(vfs, 0)
    }

    deinit {
        sqlite3_vfs_unregister(vfs)
        vfs.deallocate()
        free(storedName)
    }
}

/// What SQLite allocates for an open file: its methods first, then ours.
private struct FileRecord {
    var base: sqlite3_file
    var handle: Unmanaged<FileHandle>?
}

/// One open file. It holds its disk, so that the VFS outlives every connection.
private final class FileHandle {
    let disk: SimulatedDisk
    let file: SimulatedFile
    let path: String
    let generation: Int
    let isTemporary: Bool

    init(disk: SimulatedDisk, file: SimulatedFile, path: String, isTemporary: Bool) {
        self.disk = disk
        self.file = file
        self.path = path
        self.generation = disk.generation
        self.isTemporary = isTemporary
    }

    /// Whether the machine that opened it still runs.
    var isAlive: Bool { disk.isPowered && disk.generation == generation }
}

private func simulatedDisk(of vfs: UnsafeMutablePointer<sqlite3_vfs>?) -> SimulatedDisk? {
    guard let data = vfs?.pointee.pAppData else { return nil }
    return Unmanaged<SimulatedDisk>.fromOpaque(data).takeUnretainedValue()
}

private func fileHandle(of file: UnsafeMutablePointer<sqlite3_file>?) -> FileHandle? {
    guard let file else { return nil }
    return UnsafeMutableRawPointer(file).assumingMemoryBound(to: FileRecord.self).pointee.handle?
        .takeUnretainedValue()
}

private func openFile(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let disk = simulatedDisk(of: vfs), let file else { return SQLITE_CANTOPEN }
    let record = UnsafeMutableRawPointer(file).assumingMemoryBound(to: FileRecord.self)
    record.initialize(to: FileRecord(base: sqlite3_file(pMethods: nil), handle: nil))
    guard disk.isPowered else { return SQLITE_CANTOPEN }
    let made: FileHandle
    if let name {
        let path = String(cString: name)
        guard let found = disk.open(path, create: flags & SQLITE_OPEN_CREATE != 0) else {
            return SQLITE_CANTOPEN
        }
        made = FileHandle(disk: disk, file: found, path: path, isTemporary: false)
    } else {
        made = FileHandle(disk: disk, file: SimulatedFile(), path: "", isTemporary: true)
    }
    record.pointee.handle = Unmanaged.passRetained(made)
    record.pointee.base.pMethods = UnsafePointer(methods.pointer)
    outFlags?.pointee = flags
    return SQLITE_OK
}

/// The one table of methods, made once and never freed.
private struct Methods: @unchecked Sendable {
    // `@unchecked Sendable`: written here, only read afterwards.
    let pointer: UnsafeMutablePointer<sqlite3_io_methods>
}

private let methods: Methods = {
    let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    table.initialize(to: sqlite3_io_methods())
    table.pointee.iVersion = 2
    fillContents(table)
    fillLocks(table)
    fillSharedMemory(table)
    table.pointee.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    table.pointee.xSectorSize = { _ in 4_096 }
    table.pointee.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
    return Methods(pointer: table)
}()

private func fillContents(_ table: UnsafeMutablePointer<sqlite3_io_methods>) {
    table.pointee.xClose = { file in
        guard let file else { return SQLITE_OK }
        let record = UnsafeMutableRawPointer(file).assumingMemoryBound(to: FileRecord.self)
        if let handle = record.pointee.handle {
            handle.takeUnretainedValue().file.locks[ObjectIdentifier(handle.takeUnretainedValue())] = nil
            handle.release()
        }
        record.pointee.handle = nil
        return SQLITE_OK
    }
    table.pointee.xRead = { file, target, count, offset in
        guard let handle = fileHandle(of: file), handle.isAlive, !handle.disk.failing.contains(.reads) else {
            return Failure.read
        }
        let buffer = UnsafeMutableRawBufferPointer(start: target, count: Int(count))
        handle.disk.countRead()
        let found = handle.file.read(into: buffer, at: Int(offset))
        guard found < Int(count) else { return SQLITE_OK }
        UnsafeMutableRawBufferPointer(rebasing: buffer[found...]).initializeMemory(
            as: UInt8.self, repeating: 0)
        return Failure.shortRead
    }
    table.pointee.xWrite = { file, source, count, offset in
        guard let handle = fileHandle(of: file), handle.isAlive, !handle.disk.failing.contains(.writes) else {
            return Failure.write
        }
        let growth = Int(offset) + Int(count) - handle.file.octets.count
        guard growth <= 0 || handle.disk.hasRoom(growth) else { return SQLITE_FULL }
        handle.file.write(UnsafeRawBufferPointer(start: source, count: Int(count)), at: Int(offset))
        if !handle.isTemporary { handle.disk.countWrite(Int(count)) }
        return SQLITE_OK
    }
    table.pointee.xTruncate = { file, size in
        guard let handle = fileHandle(of: file), handle.isAlive, !handle.disk.failing.contains(.writes) else {
            return Failure.truncate
        }
        handle.file.truncate(to: Int(size))
        if !handle.isTemporary { handle.disk.countWrite(0) }
        return SQLITE_OK
    }
    table.pointee.xSync = { file, _ in
        guard let handle = fileHandle(of: file), handle.isAlive, !handle.disk.failing.contains(.syncs) else {
            return Failure.sync
        }
        guard handle.isTemporary || handle.disk.countSync() else { return Failure.sync }
        if !handle.isTemporary, !handle.file.isEntryDurable { handle.disk.syncDirectory() }
        handle.file.sync()
        return SQLITE_OK
    }
    table.pointee.xFileSize = { file, size in
        guard let handle = fileHandle(of: file), handle.isAlive else { return Failure.size }
        size?.pointee = Int64(handle.file.octets.count)
        return SQLITE_OK
    }
}

private func fillLocks(_ table: UnsafeMutablePointer<sqlite3_io_methods>) {
    table.pointee.xLock = { file, level in
        guard let handle = fileHandle(of: file), handle.isAlive else { return Failure.lock }
        let own = ObjectIdentifier(handle)
        let others = handle.file.locks.filter { $0.key != own }.values.max() ?? SQLITE_LOCK_NONE
        let limit =
            switch level {
            case SQLITE_LOCK_SHARED: SQLITE_LOCK_PENDING
            case SQLITE_LOCK_RESERVED: SQLITE_LOCK_RESERVED
            default: SQLITE_LOCK_SHARED
            }
        guard others < limit else { return SQLITE_BUSY }
        handle.file.locks[own] = max(level, handle.file.locks[own] ?? SQLITE_LOCK_NONE)
        return SQLITE_OK
    }
    table.pointee.xUnlock = { file, level in
        guard let handle = fileHandle(of: file) else { return Failure.unlock }
        handle.file.locks[ObjectIdentifier(handle)] = level == SQLITE_LOCK_NONE ? nil : level
        return SQLITE_OK
    }
    table.pointee.xCheckReservedLock = { file, result in
        guard let handle = fileHandle(of: file), handle.isAlive else { return Failure.checkReserved }
        let held = handle.file.locks.values.max() ?? SQLITE_LOCK_NONE
        result?.pointee = held >= SQLITE_LOCK_RESERVED ? 1 : 0
        return SQLITE_OK
    }
}

private func fillSharedMemory(_ table: UnsafeMutablePointer<sqlite3_io_methods>) {
    table.pointee.xShmMap = { file, region, size, extend, result in
        guard let handle = fileHandle(of: file), handle.isAlive else { return Failure.sharedMap }
        let memory = handle.file.shared ?? SharedMemory()
        handle.file.shared = memory
        result?.pointee = memory.region(Int(region), octets: Int(size), extend: extend != 0)
        return SQLITE_OK
    }
    table.pointee.xShmLock = { file, offset, count, flags in
        guard let handle = fileHandle(of: file), handle.isAlive else { return Failure.sharedLock }
        let memory = handle.file.shared ?? SharedMemory()
        handle.file.shared = memory
        let slots = Int(offset)..<Int(offset + count)
        let exclusively = flags & SQLITE_SHM_EXCLUSIVE != 0
        if flags & SQLITE_SHM_UNLOCK != 0 {
            memory.unlock(slots, exclusively: exclusively)
            return SQLITE_OK
        }
        let isFree = memory.lock(slots, exclusively: exclusively, owner: ObjectIdentifier(handle))
        return isFree ? SQLITE_OK : SQLITE_BUSY
    }
    table.pointee.xShmBarrier = { _ in }
    table.pointee.xShmUnmap = { file, delete in
        if delete != 0, let handle = fileHandle(of: file) { handle.file.shared = nil }
        return SQLITE_OK
    }
}

// Discrete inputs of a bench: a small text file that a person or a test writes. The kernel tells when its
// folder changes, so nothing is polled. Opened by `InputSource`.

import CLinux
import EventLoop
import Seams
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// Inputs whose levels stand in a file: `0` or `1` for input 1, 2, 3.
actor BenchInputs: DiscreteInputs {
    private let path: String
    private let loop: Loop
    private let wall: any WallClock
    private let descriptor: Int32
    private var watch: DescriptorWatch?
    private var levels: [Int: Bool]
    private var reader: AsyncStream<InputEdge>.Continuation?

    /// Watches `path`, which need not exist yet; its folder must. Without the file all inputs are 0.
    init(path: String, loop: Loop, wall: any WallClock) throws(LoopError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = inotify_init1(Int32(O_NONBLOCK | O_CLOEXEC))
        let interest = UInt32(IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_TO)
        guard descriptor >= 0, inotify_add_watch(descriptor, folder, interest) >= 0 else {
            let error = LoopError(reason: "watching \(folder): \(SystemReason.last)")
            if descriptor >= 0 { CLinux.close(descriptor) }
            throw error
        }
        self.path = path
        self.loop = loop
        self.wall = wall
        self.descriptor = descriptor
        levels = [1: false, 2: false, 3: false].merging(BenchInputs.levels(in: path)) { $1 }
    }

    deinit {
        watch = nil
        CLinux.close(descriptor)
    }

    /// The loop's thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// The levels as last seen in the file.
    func state() -> DiscreteInputState { .watched(levels) }

    /// Changes from now on.
    func edges() -> AsyncStream<InputEdge> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InputEdge.self, bufferingPolicy: .bufferingNewest(256))
        reader?.finish()
        reader = continuation
        if watch == nil {
            let watch = DescriptorWatch(loop: loop, descriptor: descriptor, interest: .readable) {
                [weak self] in
                self?.assumeIsolated { $0.look() }
            }
            self.watch = watch
            watch.enable()
        }
        return stream
    }

    /// Something in the folder has changed; which file it was does not matter.
    private func look() {
        var notices = [UInt8](repeating: 0, count: 4_096)
        while read(descriptor, &notices, notices.count) > 0 {}
        for (input, isActive) in BenchInputs.levels(in: path).sorted(by: { $0.key < $1.key })
        where levels[input] != isActive {
            levels[input] = isActive
            reader?.yield(
                InputEdge(input: input, isActive: isActive, instant: loop.clock.now, time: wall.now))
        }
    }

    /// Levels of a file; what is not `0` or `1`, as in a file half written, says nothing.
    private static func levels(in path: String) -> [Int: Bool] {
        var octets = [UInt8](repeating: 0, count: 64)
        let file = linux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard file >= 0 else { return [:] }
        defer { CLinux.close(file) }
        let count = max(0, read(file, &octets, octets.count))
        let text = String(decoding: octets[..<count], as: UTF8.self)
        let words = text.split { $0 == " " || $0 == "\n" }
        let levels = zip(1...3, words).compactMap { input, word in
            word == "1" ? (input, true) : word == "0" ? (input, false) : nil
        }
        return Dictionary(levels, uniquingKeysWith: { first, _ in first })
    }
}

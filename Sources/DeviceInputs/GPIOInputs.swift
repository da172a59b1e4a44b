// Discrete inputs over GPIO lines, by libgpiod: levels on demand, edges with the kernel's own time stamps.
// Opened by `InputSource`.

import CGPIO
import EventLoop
import Seams
import Timekeeping

/// Lines requested for both edges, by number of the input. Closing is the owner's.
struct GPIOLines: @unchecked Sendable {
    // `@unchecked Sendable`: handles of libgpiod, handed over once to the actor that uses and closes them on
    // the loop's thread.
    let lines: [(input: Int, handle: OpaquePointer)]

    private static let consumer = "gateway"

    /// The lines `DIN1`…`DIN3` of any chip. Throws when the machine names none.
    static func named() throws(LoopError) -> GPIOLines {
        let found = (1...3).compactMap { input in
            gpiod_line_find("DIN\(input)").map { (input: input, handle: $0) }
        }
        guard !found.isEmpty else {
            throw LoopError(reason: "no GPIO lines named DIN1…DIN3")
        }
        return try GPIOLines(lines: found).requested()
    }

    /// Lines of one chip (`/dev/gpiochip0`, `gpiochip0` or its label) by offset, input 1 first.
    static func at(_ offsets: [UInt32], of name: String) throws(LoopError) -> GPIOLines {
        var found: [(input: Int, handle: OpaquePointer)] = []
        for (index, offset) in offsets.enumerated() {
            // One handle of the chip for each line: each is closed with its line.
            let chip = gpiod_chip_open_lookup(name)
            guard let chip, let line = gpiod_chip_get_line(chip, offset) else {
                let error = LoopError(reason: "opening line \(offset) of \(name): \(SystemReason.last)")
                if let chip { gpiod_chip_close(chip) }
                GPIOLines(lines: found).close()
                throw error
            }
            found.append((index + 1, line))
        }
        return try GPIOLines(lines: found).requested()
    }

    private func requested() throws(LoopError) -> GPIOLines {
        for line in lines {
            guard gpiod_line_request_both_edges_events(line.handle, GPIOLines.consumer) == 0 else {
                let error = LoopError(reason: "watching discrete input \(line.input): \(SystemReason.last)")
                close()
                throw error
            }
        }
        return self
    }

    /// Releases lines and chips.
    func close() { for line in lines { gpiod_line_close_chip(line.handle) } }
}

/// Inputs of a machine with GPIO lines.
actor GPIOInputs: DiscreteInputs {
    private let lines: GPIOLines
    private let loop: Loop
    private let wall: any WallClock
    private var watches: [DescriptorWatch] = []
    private var reader: AsyncStream<InputEdge>.Continuation?

    /// Takes over requested lines.
    init(_ lines: GPIOLines, loop: Loop, wall: any WallClock) {
        self.lines = lines
        self.loop = loop
        self.wall = wall
    }

    deinit {
        watches = []
        lines.close()
    }

    /// The loop's thread.
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// The levels now; a line that cannot be read is left out.
    func state() -> DiscreteInputState {
        let levels = lines.lines.compactMap { line -> (Int, Bool)? in
            let value = gpiod_line_get_value(line.handle)
            return value < 0 ? nil : (line.input, value == 1)
        }
        return .watched(Dictionary(levels, uniquingKeysWith: { first, _ in first }))
    }

    /// Changes from now on.
    func edges() -> AsyncStream<InputEdge> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InputEdge.self, bufferingPolicy: .bufferingNewest(256))
        reader?.finish()
        reader = continuation
        if watches.isEmpty { watch() }
        return stream
    }

    private func watch() {
        watches = lines.lines.indices.map { index in
            let descriptor = gpiod_line_event_get_fd(lines.lines[index].handle)
            return DescriptorWatch(loop: loop, descriptor: descriptor, interest: .readable) { [weak self] in
                self?.assumeIsolated { $0.take(index) }
            }
        }
        for watch in watches { watch.enable() }
    }

    /// Reads the event that has made a line's descriptor readable.
    private func take(_ index: Int) {
        let line = lines.lines[index]
        var event = gpiod_line_event()
        guard gpiod_line_event_read(line.handle, &event) == 0 else {
            // A line that fails would be readable for ever.
            watches[index].disable()
            return
        }
        let (now, time) = (loop.clock.now, wall.now)
        let isActive = event.event_type == Int32(GPIOD_LINE_EVENT_RISING_EDGE)
        let stamp = MonotonicInstant(
            nanoseconds: Int64(event.ts.tv_sec) * 1_000_000_000 + Int64(event.ts.tv_nsec))
        // Kernels before 5.7 stamp with another clock: then the moment of reading is the best there is.
        let age = now - stamp
        let isOurs = age >= .zero && age < .seconds(60)
        reader?.yield(
            InputEdge(
                input: line.input, isActive: isActive, instant: isOurs ? stamp : now,
                time: isOurs ? time.adding(seconds: -age.components.seconds) : time))
        correct(line, last: isActive)
    }

    /// The kernel keeps sixteen events of a line and drops further ones: when none is left and the level is
    /// another than the last event told, that change is told now.
    private func correct(_ line: (input: Int, handle: OpaquePointer), last: Bool) {
        var none = timespec()
        guard gpiod_line_event_wait(line.handle, &none) == 0 else { return }
        let value = gpiod_line_get_value(line.handle)
        guard value >= 0, (value == 1) != last else { return }
        reader?.yield(
            InputEdge(
                input: line.input, isActive: !last, instant: loop.clock.now, time: wall.now))
    }
}

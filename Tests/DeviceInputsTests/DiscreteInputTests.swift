// Discrete inputs: how the command line names them, the bench's file, and a machine without any.

import DeviceInputs
import EventLoop
import Glibc
import Seams
import Testing
import Timekeeping

@Suite("Discrete inputs of the device", .serialized)
struct DiscreteInputTests {
    @Test("the source is read from its text, malformed ones are refused")
    func sources() {
        #expect(InputSource("gpio") == .namedLines)
        #expect(
            InputSource("gpio:/dev/gpiochip0:4,5,6") == .lines(chip: "/dev/gpiochip0", offsets: [4, 5, 6]))
        #expect(InputSource("gpio:0:7") == .lines(chip: "0", offsets: [7]))
        #expect(InputSource("/run/inputs") == .file(path: "/run/inputs"))
        for text in ["", "gpio:", "gpio:0", "gpio::1", "gpio:0:", "gpio:0:1,1", "gpio:0:1,2,3,4", "gpio:0:x"]
        {
            #expect(InputSource(text) == nil, "\(text)")
        }
    }

    @Test("a machine without the lines has no inputs and says why; that is no failure")
    func absent() throws {
        let state = try Loop.run { loop in
            let source = InputSource.lines(chip: "/dev/no-such-chip", offsets: [1])
            let inputs = source.open(on: loop, wall: SystemWallClock(buildYear: 2026))
            for await _ in await inputs.edges() { Issue.record("an edge from nowhere") }
            return await inputs.state()
        }
        #expect(state == .none("opening line 1 of /dev/no-such-chip: No such file or directory"))
    }

    @Test("every change of the bench's file is an edge; half-written ones say nothing")
    func bench() throws {
        let folder = "/tmp/inputs-\(getpid())"
        mkdir(folder, 0o700)
        defer {
            unlink(folder + "/inputs")
            rmdir(folder)
        }
        let (edges, state) = try Loop.run { loop in
            let inputs = InputSource.file(path: folder + "/inputs").open(
                on: loop, wall: SystemWallClock(buildYear: 2026))
            var edges = await inputs.edges().makeAsyncIterator()
            var seen: [String] = []
            for text in ["1 0 0\n", "", "1 x 0\n", "1 1 0\n", "0 1\n"] {
                DiscreteInputTests.write(text, to: folder + "/inputs")
                if text.isEmpty || text.contains("x") { continue }
                if let edge = await edges.next() { seen.append("\(edge.input) \(edge.isActive)") }
            }
            return (seen, await inputs.state())
        }
        #expect(edges == ["1 true", "2 true", "1 false"])
        #expect(state == .watched([1: false, 2: true, 3: false]))
    }

    private static func write(_ text: String, to path: String) {
        guard let file = fopen(path, "w") else { return }
        fputs(text, file)
        fclose(file)
    }
}

// `gatewayctl scan`: search of a line for meters, likely places first. One line for each meter as it is
// found; how far the search has come goes to standard error when that is a terminal.

import Drivers
import EventLoop
import Faults
import FoundationEssentials
import Glibc
import JSONText
import Metering
import Seams
import Timekeeping

/// What `gatewayctl scan` is asked for.
struct ScanOptions: Sendable {
    /// The line.
    let line: LineOptions
    /// How to print.
    let output: OutputOptions
    /// Where to look.
    let order: SearchOrder

    private static let valued: Set<String> = ["line", "serials", "speeds", "range", "via", "utc-offset"]

    /// Reads the arguments after `scan`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(arguments, valued: Self.valued, flags: MeterOptions.flags)
        if let stray = list.rest.first { throw UsageError("unknown argument \(stray)") }
        line = try LineOptions(list)
        output = try OutputOptions(list)
        order = SearchOrder(
            line.medium, serials: try Self.serials(list["serials"]),
            settings: try Self.settings(list["speeds"], line.settings), range: try Self.range(list["range"]))
    }

    /// A file with a serial number a line; blanks and comments after `#` do not count.
    private static func serials(_ path: String?) throws(UsageError) -> [String] {
        guard let path else { return [] }
        guard let octets = try? Data(contentsOf: URL(filePath: path)), octets.count < 1 << 20 else {
            throw UsageError("--serials \(path) cannot be read")
        }
        let lines = String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline)
        let serials = lines.map { String($0.prefix { $0 != "#" }.filter { !$0.isWhitespace }) }
            .filter { !$0.isEmpty }
        guard serials.count <= SearchOrder.mostSerials else {
            throw UsageError("--serials takes \(SearchOrder.mostSerials) numbers at most")
        }
        return serials
    }

    /// Speeds in the format of the line.
    private static func settings(
        _ text: String?, _ own: SerialSettings
    ) throws(UsageError) -> [SerialSettings] {
        guard let text else { return [own] }
        var settings: [SerialSettings] = []
        for word in text.split(separator: ",") {
            guard let speed = Int(word), SerialSettings.speeds.contains(speed) else {
                throw UsageError("--speeds must be like 9600,19200, not \(text)")
            }
            var next = own
            next.speedBaud = speed
            settings.append(next)
        }
        return settings
    }

    private static func range(_ text: String?) throws(UsageError) -> ClosedRange<Int>? {
        guard let text else { return nil }
        let ends = text.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1], (1...16_381).contains(ends[0]), ends[1] <= 16_381 else {
            throw UsageError("--range must be like 16-127, within 1…16381, not \(text)")
        }
        return ends[0]...ends[1]
    }
}

/// One search of one line.
struct ScanCommand: Sendable {
    private let options: ScanOptions
    private let loop: Loop

    init(_ options: ScanOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Searches and prints; the exit code.
    func run() async -> Int32 {
        let line = OwnLine(options.line, options.output, verb: "scan", loop: loop)
        let showsProgress = isatty(2) == 1
        let began = loop.clock.now
        var count = 0
        do {
            let driver = try DriverCatalogue(line.environment).driver(for: "SPODES")
            try await LineSearch(options.order, driver: driver).run(
                borrow: { settings, look in
                    try await line.lease(settings) { lease in try await look(lease) }
                },
                progress: { now in
                    if let found = now.found {
                        count += 1
                        Terminal.write(printed(found), to: 1)
                    }
                    if showsProgress { tell(now, since: began) }
                })
        } catch let fault as Fault {
            Terminal.tell("gatewayctl scan: \(FaultLine.text(of: fault))")
            return Exit.failed
        } catch {
            Terminal.tell("gatewayctl scan: \(error)")
            return Exit.failed
        }
        if count == 0 { Terminal.tell("gatewayctl scan: nobody answered") }
        return count == 0 ? Exit.failed : Exit.good
    }

    /// `12 of 120, 40 s left`, in place.
    private func tell(_ now: SearchProgress, since began: MonotonicInstant) {
        let spent = (loop.clock.now - began).wholeNanoseconds / 1_000_000_000
        let left = now.done == 0 ? 0 : spent * Int64(now.total - now.done) / Int64(now.done)
        let end = now.done == now.total ? "\n" : ""
        let garbled = now.garbled > 0 ? ", \(now.garbled) garbled" : ""
        Terminal.write(Array("\r\(now.done) of \(now.total), \(left) s left\(garbled)   \(end)".utf8), to: 2)
    }

    private func printed(_ meter: FoundMeter) -> [UInt8] {
        let place = meter.place
        let milliseconds = meter.roundTrip.wholeNanoseconds / 1_000_000
        let isSerial = options.order.medium == .serial
        guard options.output.isJSON else {
            let transport = place.transport == .wrapper ? "wrapper" : "address \(place.address)"
            let octets = place.octets > 0 ? "  octets \(place.octets)" : ""
            let speed = isSerial ? "  \(place.settings.text)" : ""
            let name = meter.name.isEmpty ? "name not told" : "\(meter.serial)  \(meter.maker)"
            return Array("\(transport)\(octets)\(speed)  \(name)  \(milliseconds) ms\n".utf8)
        }
        var members: [(String, JSONValue)] = [
            ("address", .integer(Int64(place.address))), ("addressOctets", .integer(Int64(place.octets))),
            ("transport", .string(place.transport.rawValue)),
            ("settings", isSerial ? .string(place.settings.text) : .null),
            ("name", .string(meter.name)), ("maker", .string(meter.maker)), ("serial", .string(meter.serial)),
            ("roundTripMs", .integer(milliseconds)),
        ]
        if let difference = meter.clockDifferenceSeconds {
            members.append(("diff", .integer(Int64(difference))))
        }
        return JSONLine.octets(members)
    }
}

// Doing a job: lines side by side, meters of one line one after another (interface design 6), until done or stopped.

import Archive
import Configuration
import Faults
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    /// A reading job has time; a client's current value has not (R27).
    private static let readBudget = Duration.seconds(60)

    /// Works an order off; obeys stop within a tenth of a second.
    func perform(_ order: JobOrder) async {
        let configuration = await parts.store.current.configuration
        let lanes = Lanes.of(order.meters, in: configuration)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.waitForStop(of: order.id) }
            for lane in lanes {
                group.addTask {
                    for meter in lane where !Task.isCancelled { await self.work(order, meter, configuration) }
                    return false
                }
            }
            var left = lanes.count
            if left == 0 { group.cancelAll() }
            while let isStopped = await group.next() {
                if !isStopped { left -= 1 }
                if isStopped || left == 0 { group.cancelAll() }
            }
        }
        await jobs.end(order.id)
    }

    /// True when the job was asked to end, false when it ended by itself.
    private func waitForStop(of id: Int) async -> Bool {
        while !Task.isCancelled {
            if await jobs.isStopping(id) { return true }
            try? await parts.clock.sleep(for: .milliseconds(100))
        }
        return true
    }

    private func work(_ order: JobOrder, _ meter: Int, _ configuration: GatewayConfiguration) async {
        await jobs.update(order.id, meter: meter) { $0.state = .run }
        do throws(Fault) {
            switch order.kind {
            case .test:
                let result = try await parts.meters.test(meter: meter)
                let remark = TestRemark.of(result, configured: configuration.meter(meter)?.serial ?? "")
                await jobs.update(order.id, meter: meter) {
                    $0.state = remark == nil && !TestRemark.isClockOff(result) ? .ok : .warn
                    $0.test = result
                    $0.fault = remark
                }
            case .read:
                let answer = try await read(order, meter, configuration)
                await jobs.update(order.id, meter: meter) {
                    $0.state = .ok
                    $0.answer = answer
                }
            }
        } catch {
            let fault = error
            await jobs.update(order.id, meter: meter) {
                $0.state = fault.code == .stopped ? .idle : fault.code == .meterSilent ? .mute : .err
                $0.fault = fault
            }
        }
    }

    /// The answer document (api 3.2) of one meter.
    private func read(
        _ order: JobOrder, _ meter: Int, _ configuration: GatewayConfiguration
    ) async throws(Fault) -> [UInt8] {
        var document = ReadingDocument(offset: configuration.time.offset)
        document.begin()
        for measure in order.measures {
            let reading = try await parts.meters.current(
                meter: meter, measure: measure, tags: order.tags, until: parts.clock.now + WebAdmin.readBudget
            )
            document.beginMeasure(measure.rawValue)
            document.beginDevice(meterID: meter, serial: configuration.meter(meter)?.serial ?? "")
            document.row(reading)
            document.endMeasure()
        }
        document.end()
        return document.drain()
    }
}

/// What is odd about a meter that answered.
enum TestRemark {
    /// Another serial number than the table says (R8).
    static func of(_ result: MeterTestResult, configured: String) -> Fault? {
        guard !configured.isEmpty, configured != result.serial else { return nil }
        return Fault(.meterSerialChanged, ["value": result.serial, "expected": configured])
    }

    /// Beyond what R6 leaves alone.
    static func isClockOff(_ result: MeterTestResult) -> Bool {
        (result.clockDifferenceSeconds?.magnitude ?? 0) > 3
    }
}

/// Which meters can be asked at the same time.
enum Lanes {
    /// Meters by the wire they share, each lane in the order asked; lanes in order of their first meter.
    static func of(_ meters: [Int], in configuration: GatewayConfiguration) -> [[Int]] {
        let rows = Dictionary(
            configuration.meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var order: [String] = []
        var lanes: [String: [Int]] = [:]
        for meter in meters {
            let name = rows[meter].map { wire(of: $0, rows) } ?? ""
            if lanes[name] == nil { order.append(name) }
            lanes[name, default: []].append(meter)
        }
        return order.compactMap { lanes[$0] }
    }

    /// The interface, or the address of a connection; behind hubs, that of the topmost.
    private static func wire(of row: MeterRow, _ rows: [Int: MeterRow]) -> String {
        var row = row
        var steps = 0
        while row.interface == .hub, steps < 8, let parent = rows[row.parentID] {
            row = parent
            steps += 1
        }
        return row.interface == .ethernet ? "tcp " + row.address : row.interface.rawValue
    }
}

// Doing a job (interface design 6): the poller asks lines side by side and tells what comes; here it becomes
// the state of the job's items, until done or stopped.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Metering
import Polling
import Seams
import Timekeeping

extension WebAdmin {
    /// Works an order off; obeys stop within a tenth of a second, but for a relay, whose one command is not
    /// left half way.
    func perform(_ order: JobOrder) async {
        if order.kind == .relay {
            await switchRelay(order)
            return await jobs.end(order.id)
        }
        await withTaskGroup { group in
            group.addTask { await self.waitForStop(of: order.id) }
            group.addTask {
                switch order.kind {
                case .test, .time: await self.test(order)
                case .read: await self.read(order)
                case .integrity: await self.checkArchive(order)
                case .scan: await self.search(order)
                case .relay: break
                }
            }
            await group.next()
            group.cancelAll()
        }
        await jobs.end(order.id)
    }

    /// Returns when the job was asked to end, or when the task is cancelled.
    private func waitForStop(of id: Int) async {
        while !Task.isCancelled, await !jobs.isStopping(id) {
            try? await parts.clock.sleep(for: .milliseconds(100))
        }
    }

    /// «Тест связи»: does the meter answer, who is it, how far off is its clock. «Время» asks the same and
    /// puts the clock right.
    private func test(_ order: JobOrder) async {
        let configuration = await parts.store.current.configuration
        let question = LiveQuestion(
            meters: order.meters, measure: nil, leaseClass: .technician, patience: nil,
            correctsClock: order.kind == .time)
        let jobs = jobs
        await parts.meters.ask(question) { event in
            switch event {
            case .asking(let id): await jobs.update(order.id, meter: id) { $0.state = .run }
            case .failed(let id, let fault): await jobs.fail(order.id, meter: id, fault)
            case .answered(let id, let answer):
                let serial = configuration.meter(id)?.serial ?? ""
                let remark = TestRemark.of(answer, configured: serial)
                await jobs.update(order.id, meter: id) {
                    $0.state = remark == nil && !TestRemark.isClockOff(answer) ? .ok : .warn
                    $0.test = answer
                    $0.fault = remark
                }
            }
        }
    }

    /// Parts of the way that a check of the archive shows.
    static let checkParts = 20

    /// Looks through the archive in slices, so that polling and pages are not held up; damage is repaired at
    /// once and told.
    private func checkArchive(_ order: JobOrder) async {
        var reached = 0
        do {
            try await parts.archive.startCheck()
            while !Task.isCancelled {
                let progress = try await parts.archive.continueCheck()
                let part =
                    progress.isDone ? order.meters.count : Int(progress.share * Double(order.meters.count))
                for item in order.meters.dropFirst(reached).prefix(max(part - reached, 0)) {
                    await jobs.update(order.id, meter: item) { $0.state = .ok }
                }
                reached = max(reached, part)
                if let complaint = progress.complaint {
                    let fault = Fault(.archiveDamaged, ["reason": complaint])
                    await jobs.fail(order.id, meter: order.meters.last ?? 0, fault)
                }
                if progress.isDone { return }
                try await parts.clock.sleep(for: .milliseconds(5))
            }
        } catch let fault as Fault {
            await jobs.fail(order.id, meter: order.meters.last ?? 0, fault)
        } catch {}
    }

    /// Reads present values, one measure after the other; a meter that failed is not asked for the next.
    private func read(_ order: JobOrder) async {
        let configuration = await parts.store.current.configuration
        let jobs = jobs
        var meters = order.meters
        var readings: [Int: [Reading]] = [:]
        for measure in order.measures where !Task.isCancelled {
            let question = LiveQuestion(
                meters: meters, measure: measure, tags: order.tags, leaseClass: .technician, patience: nil)
            let answers = await parts.meters.answers(to: question) { event in
                switch event {
                case .asking(let id): await jobs.update(order.id, meter: id) { $0.state = .run }
                case .failed(let id, let fault): await jobs.fail(order.id, meter: id, fault)
                case .answered: break
                }
            }
            meters = meters.filter { if case .success = answers[$0] { true } else { false } }
            for meter in meters {
                if let reading = try? answers[meter]?.get() { readings[meter, default: []].append(reading) }
            }
        }
        for meter in meters where !Task.isCancelled {
            let serial = configuration.meter(meter)?.serial ?? ""
            let answer = JobAnswer.document(
                readings[meter] ?? [], meter: meter, serial: serial, offset: configuration.time.offset)
            await jobs.update(order.id, meter: meter) {
                $0.state = .ok
                $0.answer = answer
            }
        }
    }
}

/// What is odd about a meter that answered.
enum TestRemark {
    /// Another serial number than the table says (R8).
    static func of(_ answer: LiveAnswer, configured: String) -> Fault? {
        guard !configured.isEmpty, configured != answer.identity.serial else { return nil }
        return Fault(.meterSerialChanged, ["value": answer.identity.serial, "expected": configured])
    }

    /// Beyond what R6 leaves alone.
    static func isClockOff(_ answer: LiveAnswer) -> Bool { answer.clock.differenceSeconds.magnitude > 3 }
}

/// The result of a reading job for one meter.
enum JobAnswer {
    /// The answer document of the API (3.2).
    static func document(_ readings: [Reading], meter: Int, serial: String, offset: ZoneOffset) -> [UInt8] {
        var document = ReadingDocument(offset: offset)
        document.begin()
        for reading in readings {
            document.beginMeasure(reading.measure.rawValue)
            document.beginDevice(meterID: meter, serial: serial)
            document.row(reading)
            document.endMeasure()
        }
        document.end()
        return document.drain()
    }
}

extension MeterOperations {
    /// The readings of a question by meter; `progress` hears of everything as it comes.
    func answers(
        to question: LiveQuestion, progress: @escaping @Sendable (LiveEvent) async -> Void = { _ in }
    ) async -> [Int: Result<Reading, Fault>] {
        let collector = LiveCollector()
        await ask(question) { event in
            await collector.take(event)
            await progress(event)
        }
        return await collector.found
    }
}

/// Gathers the final events of a question.
private actor LiveCollector {
    private(set) var found: [Int: Result<Reading, Fault>] = [:]

    func take(_ event: LiveEvent) {
        switch event {
        case .asking: break
        case .failed(let id, let fault): found[id] = .failure(fault)
        case .answered(let id, let answer):
            found[id] = answer.reading.map { .success($0) } ?? .failure(Fault(.meterUnsupported))
        }
    }
}

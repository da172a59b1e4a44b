// Looks between the polls whether meters that were given up answer again: a pulled connector put back is
// noticed within ten minutes, and what the meter kept meanwhile is read at once, however rare the polls are.

import Configuration
import Drivers
import Faults
import Lines
import Logging
import Metering
import Seams
import Timekeeping

extension MeterPoller {
    /// How often the watch looks while somebody is given up.
    package static let returnWatchPause = Duration.seconds(60)

    /// Runs until cancelled: sleeps while every meter answers.
    package func watchForReturns() async {
        let (news, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        tell(givenUp: bell)
        await withDiscardingTaskGroup { group in
            for await _ in news {
                while !givenUpTargets.isEmpty {
                    do { try await clock.sleep(for: MeterPoller.returnWatchPause) } catch { return }
                    for target in await lookForReturns() {
                        // History may take hours; the others are looked for meanwhile.
                        group.addTask { await self.catchUp([target]) }
                    }
                }
            }
        }
    }

    private var givenUpTargets: [PollTarget] {
        targets(configuration.meters.map(\.id)).targets.filter { needsProbe($0) }
    }

    /// Probes whose pause is over, lines side by side, meters of a line one after another; who answered.
    private func lookForReturns() async -> [PollTarget] {
        let due = givenUpTargets.filter { refusal(of: $0) == nil }
        let byLine = Dictionary(grouping: due, by: \.line)
        return await withTaskGroup(of: [PollTarget].self) { group in
            for line in byLine.keys.sorted(by: { $0.text < $1.text }) {
                let targets = byLine[line] ?? []
                group.addTask {
                    await self.lines.withVisit(to: targets) {
                        var returned: [PollTarget] = []
                        for target in targets where await self.hasReturned(target) { returned.append(target) }
                        return returned
                    }
                }
            }
            var returned: [PollTarget] = []
            for await targets in group { returned += targets }
            return returned
        }
    }

    private func hasReturned(_ target: PollTarget) async -> Bool {
        // A poll may have found it meanwhile.
        guard needsProbe(target), refusal(of: target) == nil, !Task.isCancelled else { return false }
        let fault = await probe(target, patience: MeterPoller.returnWatchPause)
        guard needsProbe(target) else { return false }
        if let fault {
            // Nothing is stored: a probe every few minutes for months would wear the flash out.
            note(fault, of: target)
            return false
        }
        noteReturn(of: target)
        logger.log(.notice, "a meter answers again", [(.meter, "\(target.point.id)")])
        return true
    }

    /// Reads what polls collect and the meters kept while they were away. Present values belong to the minute
    /// of their poll and are left to the next one.
    func catchUp(_ targets: [PollTarget]) async {
        let polled = configuration.polledMeasures
        let alike = Dictionary(grouping: targets) { target in
            target.meterIDs.reduce(into: Set<Measure>()) { $0.formUnion(polled[$1] ?? []) }
                .filter { !$0.isSnapshot }.sorted { $0.rawValue < $1.rawValue }
        }
        for kept in alike.keys.sorted(by: { $0.count > $1.count }) where !kept.isEmpty {
            _ = await poll(meters: (alike[kept] ?? []).flatMap(\.meterIDs), measures: kept)
        }
    }
}

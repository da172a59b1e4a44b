// Virtual hubs that cannot be used: busy with another client, or out of reach. Their meters are not blamed;
// what is behind a hub that is out of reach is not tried. A watch looks again and again, at first soon, and
// has read what the meters kept once the hub is back.

import Configuration
import Drivers
import Faults
import Lines
import Logging
import Metering
import Seams
import Timekeeping

/// A hub that could not be used when it was tried last.
struct HubTrouble: Sendable, Hashable {
    /// Why.
    private(set) var fault: Fault
    /// When it is looked for next.
    private(set) var nextLook: MonotonicInstant
    private var looks = 0

    /// First pause; doubles with every look in vain.
    static let firstPause = Duration.seconds(15)
    /// Longest pause: somebody who uses the hub's line is soon done, a broken way takes longer.
    static func longestPause(_ fault: Fault) -> Duration {
        fault.code == .hubBusy ? .seconds(60) : .seconds(480)
    }

    /// Trouble that was met at `now`.
    init(_ fault: Fault, at now: MonotonicInstant) {
        self.fault = fault
        nextLook = now + HubTrouble.firstPause
    }

    /// It was met again; by several meters of one visit it counts once.
    mutating func met(_ fault: Fault, at now: MonotonicInstant) {
        self.fault = fault
        if now >= nextLook { looked(at: now) }
    }

    /// A look begins, which may be in vain.
    mutating func looked(at now: MonotonicInstant) {
        looks += 1
        let pause = HubTrouble.firstPause * (1 << min(looks, 5))
        nextLook = now + min(pause, HubTrouble.longestPause(fault))
    }
}

extension MeterPoller {
    /// How many hubs are looked for at once.
    private static let looksAtOnce = 64

    /// A session with a target ended: what that says of its hub. Silence says nothing.
    func noteHub(_ fault: Fault?, of target: PollTarget) {
        guard let hub = target.hub else { return }
        switch fault?.code {
        case .hubBusy, .hubUnreachable:
            guard let fault else { return }
            if hubTroubles[hub.line] == nil {
                logger.log(
                    .warning, "a hub cannot be used",
                    [(.meter, "\(hub.id)"), (.line, hub.line.text), (.error, fault.code.rawValue)])
            }
            hubTroubles[hub.line, default: HubTrouble(fault, at: clock.now)].met(fault, at: clock.now)
            hubBell?.yield()
        case .lineBusy, .lineMissing, .stopped, .meterSilent, .meterSlow: return
        default: hubIsBack(hub)
        }
    }

    private func hubIsBack(_ hub: HubPlace) {
        guard hubTroubles.removeValue(forKey: hub.line) != nil else { return }
        logger.log(
            .notice, "a hub can be used again", [(.meter, "\(hub.id)"), (.line, hub.line.text)])
    }

    /// What was the matter with the hub of a target when it was tried last; nil for nothing.
    func knownTrouble(of target: PollTarget) -> Fault? {
        target.hub.flatMap { hubTroubles[$0.line]?.fault }
    }

    /// Why nothing behind a hub can be reached: one above it is out of reach, and still is. Nil when none is.
    func trouble(above target: PollTarget, until end: MonotonicInstant) async -> Fault? {
        for above in target.hubs.dropLast() where hubTroubles[above.line]?.fault.code == .hubUnreachable {
            let request = LeaseRequest(
                line: above.line, leaseClass: .scheduled, owner: "hub \(above.id)",
                patience: max(.zero, end - clock.now), lastRequestBy: end)
            do { try await lines.withLease(request) { _ in } } catch {
                let fault = above.told(Fault(session: error))
                if fault.code == .hubUnreachable { return fault }
            }
        }
        return nil
    }

    /// Looks for hubs that could not be used. Runs until cancelled; sleeps while all can.
    package func watchHubs() async {
        let (news, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        hubBell = bell
        await withDiscardingTaskGroup { group in
            for await _ in news {
                while let next = hubTroubles.values.map(\.nextLook).min() {
                    do { try await clock.sleep(until: next) } catch { return }
                    for targets in await lookForHubs() {
                        // History may take hours; other hubs are looked for meanwhile.
                        group.addTask { await self.catchUp(targets) }
                    }
                }
            }
        }
    }

    /// Looks for the hubs whose time has come, side by side; returns the targets of those that are back.
    private func lookForHubs() async -> [[PollTarget]] {
        let due = hubTroubles.filter { $0.value.nextLook <= clock.now }.keys
            .sorted { $0.text < $1.text }.prefix(MeterPoller.looksAtOnce)
        let all = Dictionary(
            grouping: targets(configuration.meters.map(\.id)).targets.filter { $0.hub != nil }, by: \.line)
        return await withTaskGroup(of: [PollTarget].self) { group in
            for line in due {
                hubTroubles[line]?.looked(at: clock.now)
                guard let targets = all[line] else {
                    hubTroubles[line] = nil
                    continue
                }
                group.addTask { await self.isBack(targets) ? targets : [] }
            }
            var back: [[PollTarget]] = []
            for await targets in group where !targets.isEmpty { back.append(targets) }
            return back
        }
    }

    /// Whether the hub of these targets can be used: one of them is probed, if possible one that answers.
    private func isBack(_ targets: [PollTarget]) async -> Bool {
        let likely = targets.first { !needsProbe($0) && refusal(of: $0) == nil } ?? targets.first
        guard let target = likely, let hub = target.hub else { return false }
        let end = clock.now + MeterPoller.returnWatchPause
        var fault = await trouble(above: target, until: end)
        if fault == nil {
            fault = await probe(target, patience: MeterPoller.returnWatchPause, isSurelyHeard: true)
        }
        // A poll may have found it back, or a person may have it just now.
        guard hubTroubles[hub.line] != nil, !Task.isCancelled, fault?.code != .lineBusy else { return false }
        if let fault, fault.isOfHub {
            noteHub(fault, of: target)
            return false
        }
        hubIsBack(hub)
        return true
    }
}

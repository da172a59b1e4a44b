// Opening a dialogue with a meter that has keys: counters first. The first time after a start, and whenever
// the meter has heard a higher counter than ours, it is asked for its own as the public client.

import DLMS
import Faults
import Seams

extension SPODESDriver {
    /// An open dialogue. Throws as the dialogue; `counters` when none can be reserved.
    func opened(
        _ link: DLMSLink, _ point: MeterPoint, over channel: any Channel, _ known: PointKnowledge?,
        lists: ListHabit, manner: LinkManner
    ) async throws(DialogueFailure) -> DLMSDialogue {
        let id = point.id
        let overheard = environment.overheard.map { tell in
            { @Sendable (content: OverheardPush.Content) in
                tell(OverheardPush(meterID: id, content: content))
            }
        }
        func dialogue(_ supply: CounterSupply?, _ ciphering: CipheringMemory) -> DLMSDialogue {
            DLMSDialogue(
                link, over: channel, clock: environment.clock, times: known?.times ?? ResponseTimes(),
                lists: lists, manner: manner, logger: environment.logger, supply: supply,
                ciphering: ciphering,
                overheard: overheard)
        }
        guard let supply = try supply(link) else {
            let plain = dialogue(nil, CipheringMemory())
            try await plain.open(wasHeard: known?.wasHeard ?? false)
            return plain
        }
        var kept = await memory.takeCiphering(ofPoint: point.id, supply.series)
        var mayAskAgain = kept != nil
        while true {
            let ciphering: CipheringMemory
            if let kept {
                ciphering = kept
            } else {
                ciphering = try await asked(link, supply, over: channel, known, manner)
            }
            let dialogue = dialogue(supply, ciphering)
            do throws(DialogueFailure) {
                try await dialogue.open(wasHeard: known?.wasHeard ?? false)
                return dialogue
            } catch {
                // No secret was tried: the meter refused before it looked at any.
                guard error.isCounterRefused, mayAskAgain else {
                    if !error.isCounterRefused {
                        await memory.keep(await dialogue.ciphering, ofPoint: point.id, supply.series)
                    }
                    throw error
                }
                mayAskAgain = false
                kept = nil
            }
        }
    }

    /// Where the counters of a link come from; nil for a link without keys.
    private func supply(_ link: DLMSLink) throws(DialogueFailure) -> CounterSupply? {
        guard let security = link.security else { return nil }
        guard let counters = environment.counters else {
            throw .counters(Fault(.meterUnsupported, ["detail": "ciphering"]))
        }
        return CounterSupply(counters, security)
    }

    /// A block of counters above what the meter has accepted, as far as it tells.
    private func asked(
        _ link: DLMSLink, _ supply: CounterSupply, over channel: any Channel, _ known: PointKnowledge?,
        _ manner: LinkManner
    ) async throws(DialogueFailure) -> CipheringMemory {
        var open = link
        open.becomePublic()
        let asking = DLMSDialogue(
            open, over: channel, clock: environment.clock, times: known?.times ?? ResponseTimes(),
            manner: manner, logger: environment.logger)
        let accepted = try await asking.acceptedCounter()
        var ciphering = CipheringMemory()
        ciphering.counters = try await supply.next()
        if let accepted, let first = ciphering.counters.upcoming, accepted >= first,
            let least = CounterSupply.least(after: accepted, above: first)
        {
            ciphering.counters = try await supply.next(notBelow: least)
        }
        return ciphering
    }

    /// What is left of a dialogue's counters is the next one's.
    func keepCiphering(of dialogue: DLMSDialogue, _ link: DLMSLink, _ point: MeterPoint) async {
        guard let supply = try? supply(link) else { return }
        await memory.keep(await dialogue.ciphering, ofPoint: point.id, supply.series)
    }
}

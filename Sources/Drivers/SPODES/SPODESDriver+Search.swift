// A look at one place of a line: the smallest exchange without repetitions, and where somebody answers, the
// logical device name and the clock, which the public client may read. No password is sent (R22).

import DLMS
import Faults
import Logging
import Metering
import SPODES
package import Seams
import Timekeeping

extension SPODESDriver {
    /// So long an empty place is listened at; a network adds its way there and back.
    private static func patience(_ medium: MeterPoint.Medium) -> Duration {
        medium == .network ? .seconds(2) : .milliseconds(350)
    }

    /// Who is at a place; nil for nobody. Throws `Garbled` when octets came that are no answer, and a fault
    /// when the line failed.
    package func look(
        at step: SearchStep, over channel: any Channel, medium: MeterPoint.Medium
    ) async throws -> FoundMeter? {
        let point = step.point(medium)
        let link = try DLMSLink(point)
        let probe = DLMSDialogue(
            link, over: channel, clock: environment.clock,
            times: ResponseTimes(linkWait: Self.patience(medium)), logger: environment.logger)
        let asked = environment.clock.now
        do throws(DialogueFailure) { try await probe.probe() } catch {
            switch error {
            case .silent: return nil
            // A host that hangs up on frames it does not know may listen to the other transport.
            case .channel(.closed) where medium == .network: return nil
            case .garbage, .link: throw Garbled()
            default: throw error.told(meter: step.address, attempting: "looking whether it answers")
            }
        }
        let answered = environment.clock.now - asked
        return await named(step, link, channel) ?? FoundMeter(step, name: "", roundTrip: answered)
    }

    /// Name and clock of who answered; nil when it will not talk to the public client.
    private func named(_ step: SearchStep, _ link: DLMSLink, _ channel: any Channel) async -> FoundMeter? {
        let dialogue = DLMSDialogue(link, over: channel, clock: environment.clock, logger: environment.logger)
        do throws(DialogueFailure) { try await dialogue.open(wasHeard: true) } catch { return nil }
        let reader = AttributeReader(dialogue: dialogue, meter: step.address)
        let asked = environment.clock.now
        let answer = try? await reader.value(ObjectTable.logicalDeviceName, class: 1)
        let roundTrip = environment.clock.now - asked
        let session = SPODESSession(
            identity: MeterIdentity(serial: ""), knowledge: MeterKnowledge(since: environment.clock.now),
            pacing: PiecePacing(),
            reader: reader, environment: environment, zone: environment.zone)
        let clock = try? await session.clock()
        await dialogue.close()
        return FoundMeter(
            step, name: answer.flatMap(MeterText.text) ?? "", roundTrip: roundTrip,
            clockDifferenceSeconds: clock?.differenceSeconds)
    }
}

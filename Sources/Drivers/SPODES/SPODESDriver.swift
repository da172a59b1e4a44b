// The driver of SPODES meters (GOST R 58940): any vendor whose meter keeps to that profile of DLMS. It opens
// the dialogue, asks who is there, hands the session to the caller and closes the association on every path.

import DLMS
import Metering
import SPODES
package import Seams

/// SPODES over HDLC or the IP wrapper.
package struct SPODESDriver: MeterDriver {
    let environment: DriverEnvironment
    let memory: MeterMemory

    /// A driver with an empty memory.
    package init(_ environment: DriverEnvironment) {
        self.environment = environment
        memory = MeterMemory(clock: environment.clock)
    }

    /// Opens a session, runs `body` and closes. Throws `Fault` with meter codes, or what `body` throws.
    package func session<Value: Sendable>(
        with point: MeterPoint, over channel: any Channel, outlook: SessionOutlook,
        _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value {
        let known = await memory.point(point.id)
        let link = try DLMSLink(
            point, remembered: known?.transport, cryptography: environment.cryptography)
        var expected = await expectedMeter(at: known)
        // The standard profile suits a meter that nobody has met.
        let profile = expected?.knowledge.profile(of: environment.profiles) ?? .standard
        let dialogue: DLMSDialogue
        do throws(DialogueFailure) {
            dialogue = try await opened(
                link, point, over: channel, known, lists: expected?.knowledge.lists ?? profile.listHabit,
                manner: profile.linkManner)
        } catch {
            await remember(error, link, point)
            throw error.told(meter: point.id, attempting: "opening a session")
        }
        let session: SPODESSession
        do {
            let reader = AttributeReader(dialogue: dialogue, meter: point.id)
            var opening = SessionOpening()
            if let expected, point.link.client != 16 {
                opening = try await SessionOpening(outlook, expected.knowledge, reader, environment)
            }
            session = try await identified(point, reader, opening, known?.pacing ?? PiecePacing())
        } catch {
            await dialogue.close()
            await keepCiphering(of: dialogue, link, point)
            // A meter that answered single requests and no list must not be lost to it for ever.
            if var expected {
                expected.knowledge.lists = await dialogue.lists
                await memory.remember(expected.knowledge, of: expected.serial)
            }
            throw error
        }
        do {
            let value = try await body(session)
            await close(dialogue, session, link, point)
            return value
        } catch {
            await close(dialogue, session, link, point)
            throw error
        }
    }

    /// Link and farewell, over the wrapper an association of the public client.
    package func probe(_ point: MeterPoint, over channel: any Channel) async throws {
        let known = await memory.point(point.id)
        var point = point
        // Whoever looks whether somebody is there shows no credentials (R22).
        point.keys = MeterPoint.Keys()
        point.link.mechanism = nil
        var link = try DLMSLink(point, remembered: known?.transport)
        if link.transports.first == .wrapper { link.becomePublic() }
        let dialogue = DLMSDialogue(
            link, over: channel, clock: environment.clock, times: known?.times ?? ResponseTimes(),
            logger: environment.logger)
        do throws(DialogueFailure) { try await dialogue.probe() } catch {
            throw error.told(meter: point.id, attempting: "looking whether it answers")
        }
    }

    /// A far end that hangs up at the first octets may be waiting for the other transport: it is tried first
    /// next time.
    private func remember(_ failure: DialogueFailure, _ link: DLMSLink, _ point: MeterPoint) async {
        guard case .channel(.closed) = failure, link.transports.count == 2 else { return }
        var knowledge = await memory.point(point.id) ?? PointKnowledge()
        knowledge.transport = link.transports[1]
        await memory.remember(knowledge, ofPoint: point.id)
    }

    /// The meter that was at a point last, if any: its ways are taken for granted until the serial number
    /// says otherwise.
    private func expectedMeter(
        at point: PointKnowledge?
    ) async -> (serial: String, knowledge: MeterKnowledge)? {
        guard let serial = point?.serial else { return nil }
        return (serial, await memory.meter(serial, at: environment.clock.now))
    }

    /// Who is there: the serial number first in every session (R8), the type once a life.
    private func identified(
        _ point: MeterPoint, _ reader: AttributeReader, _ opening: SessionOpening, _ pacing: PiecePacing
    ) async throws -> SPODESSession {
        var opening = opening
        // The public client may read the logical device name only.
        let codes = [ObjectTable.serialNumber, ObjectTable.logicalDeviceName]
        var serial = opening.take(.serialNumber)?.value.flatMap(MeterText.text)
        for code in point.link.client == 16 ? codes.reversed() : codes where serial == nil {
            serial = try await reader.value(code, class: 1).flatMap(MeterText.text)
        }
        guard let serial else {
            throw DialogueFailure.application(.unexpected("no serial number"))
                .fault(meter: point.id, attempting: "reading the serial number")
        }
        var knowledge = await memory.meter(serial, at: environment.clock.now)
        if knowledge.model == nil, point.link.client != 16 {
            knowledge.model = try await text(ObjectTable.deviceType, reader)
        }
        var profile = knowledge.profile(of: environment.profiles)
        let mayBeKnownByMaker = environment.profiles.all.contains { !$0.makers.isEmpty }
        if profile == .standard, mayBeKnownByMaker, knowledge.maker == nil, point.link.client != 16 {
            knowledge.maker = try await text(ObjectTable.manufacturer, reader)
            profile = knowledge.profile(of: environment.profiles)
        }
        if knowledge.lists == nil, profile.listLimit != nil { await reader.dialogue.adopt(profile.listHabit) }
        return SPODESSession(
            identity: MeterIdentity(serial: serial, model: knowledge.model ?? ""), knowledge: knowledge,
            profile: profile, pacing: pacing, reader: reader, environment: environment,
            zone: point.zone ?? environment.zone, opening: opening)
    }

    /// A text of the meter, empty when it has none; asked for alone, for its ways with lists are not known.
    private func text(_ code: OBISCode, _ reader: AttributeReader) async throws -> String {
        try await reader.values([AttributeName(code, 1, 2)]).first?.value.flatMap(MeterText.text) ?? ""
    }

    private func close(
        _ dialogue: DLMSDialogue, _ session: SPODESSession, _ link: DLMSLink, _ meterPoint: MeterPoint
    ) async {
        let id = meterPoint.id
        await dialogue.close()
        await keepCiphering(of: dialogue, link, meterPoint)
        var knowledge = await session.knowledge
        knowledge.lists = await dialogue.lists
        await memory.remember(knowledge, of: session.identity.serial)
        let point = PointKnowledge(
            times: await dialogue.times, transport: await dialogue.transport, wasHeard: true,
            serial: session.identity.serial, pacing: await session.pacing)
        await memory.remember(point, ofPoint: id)
    }
}

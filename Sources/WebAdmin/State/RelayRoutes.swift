// The relay of one meter (api 2.15, R24): one relay of one meter a command, whoever sends it, and every
// command entered into the journal of events with who gave it, how the relay stood and what came of it.

import Archive
import Configuration
import Drivers
import Faults
import JSONText
import Logging
import Metering
import Polling
import Seams
import Timekeeping

/// A person's wish for a relay.
struct RelayOrder: Sendable, Hashable {
    /// ID of the meter.
    let meter: Int
    let isOn: Bool
    /// Login of who wants it.
    let user: String
}

extension WebAdmin {
    static let relayRoutes: [Route] = [
        Route("PUT", "/meter/settings/relay", .control) { try await $0.setRelay($1) },
        Route("POST", "/meter/settings/relay", .control) { try await $0.setRelay($1) },
    ]

    /// `{id, relayId, relayState}` → `{res, id, relayId, relayState, before, code?, text?}`. A relay that is
    /// not as wished afterwards is a fault, "ready" too.
    private func setRelay(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        if body["ids"] != nil || body["id"]?.elements != nil { throw Fault(.relayOne) }
        for name in ["id", "relayId", "relayState"] where body[name] == nil {
            throw Faults([Fault(.inputMissing, path: "/" + name)])
        }
        guard body["relayId"]?.wholeNumber == 1 else {
            throw Faults([Fault(.inputRange, ["allowed": "1"], path: "/relayId")])
        }
        let order = try await relayOrder(body["id"]?.wholeNumber, body["relayState"], context.login)
        let outcome = try await switchRelay(order)
        if !outcome.isDone, let remark = outcome.remark { throw remark }
        var members: [(String, JSONValue)] = [
            ("id", .integer(Int64(order.meter))), ("relayId", .integer(1)),
            ("relayState", .integer(order.isOn ? 1 : 0)),
            ("before", .integer(outcome.before.isClosed ? 1 : 0)),
        ]
        if let remark = outcome.remark {
            members.append(("code", .string(remark.code.rawValue)))
            members.append(("text", .string(FaultCatalogue.text(of: remark, in: context.language))))
        }
        return .done(members)
    }

    /// A wish, checked against the table of meters.
    func relayOrder(_ meter: Int?, _ state: JSONValue?, _ user: String) async throws(Faults) -> RelayOrder {
        let configuration = await parts.store.current.configuration
        guard let meter, configuration.meter(meter)?.hasReadings == true else {
            throw Faults([Fault(.inputUnknownReference, ["value": meter.map(String.init) ?? ""], path: "/id")]
            )
        }
        switch state?.wholeNumber {
        case 0: return RelayOrder(meter: meter, isOn: false, user: user)
        case 1: return RelayOrder(meter: meter, isOn: true, user: user)
        default: throw Faults([Fault(.inputRange, ["allowed": "0, 1"], path: "/relayState")])
        }
    }

    /// Switches and enters it into the journal: before the command with an unknown end, which stays if the
    /// gateway should not live to tell, and again with what came of it. Throws why no command was given.
    func switchRelay(_ order: RelayOrder) async throws(Fault) -> RelayOutcome {
        let command = RelayCommand(order, parts.wall.now, await parts.store.current.configuration.time.offset)
        let number = await parts.services.record { command.entry($0) }
        logger.log(
            .notice, "relay of a meter to go \(order.isOn ? "on" : "off")",
            [(.user, order.user), (.meter, String(order.meter))])
        do throws(Fault) {
            let outcome = try await parts.meters.switchRelay(of: order.meter, on: order.isOn)
            let ended = parts.wall.now
            _ = await parts.services.record { _ in command.entry(number, outcome, ended) }
            return outcome
        } catch {
            let ended = parts.wall.now
            _ = await parts.services.record { _ in command.entry(number, error, ended) }
            throw error
        }
    }

    /// Switches for a job: its one item tells what came of it.
    func switchRelay(_ order: JobOrder) async {
        guard let relay = order.relay else { return }
        await jobs.update(order.id, meter: relay.meter) { $0.state = .run }
        do throws(Fault) {
            let outcome = try await switchRelay(relay)
            await jobs.update(order.id, meter: relay.meter) {
                $0.state =
                    switch outcome.remark?.code {
                    case nil: .ok
                    case .relayReady, .relayCurrent: .warn
                    default: .err
                    }
                $0.relay = outcome
                $0.fault = outcome.remark
            }
        } catch {
            await jobs.fail(order.id, meter: relay.meter, error)
        }
    }
}

/// A command on its way into the journal. What the journal keeps of it stands in the facts of the fault that
/// tells its end.
struct RelayCommand: Sendable {
    /// What the journal calls it, after the vendor's name of the job.
    static let action = "SetRelay"
    /// What caused it.
    static let event = "User"

    private let order: RelayOrder
    private let began: WallTime
    private let offset: ZoneOffset

    init(_ order: RelayOrder, _ began: WallTime, _ offset: ZoneOffset) {
        self.order = order
        self.began = began
        self.offset = offset
    }

    /// Before its end is known.
    func entry(_ number: Int) -> FiringEntry { entry(number, Fault(.relayUnknown), began) }

    /// With what came of it.
    func entry(_ number: Int, _ outcome: RelayOutcome, _ ended: WallTime) -> FiringEntry {
        var facts = ["before": outcome.before.word]
        facts["after"] = outcome.after?.word
        let end = outcome.remark ?? Fault(.relaySwitched)
        return entry(number, end, ended, facts, isDone: outcome.isDone)
    }

    /// With why it could not be given.
    func entry(_ number: Int, _ fault: Fault, _ ended: WallTime) -> FiringEntry {
        entry(number, fault, ended, [:], isDone: false)
    }

    private func entry(
        _ number: Int, _ end: Fault, _ ended: WallTime, _ facts: [String: String], isDone: Bool
    ) -> FiringEntry {
        var end = end
        end.parameters["user"] = order.user
        end.parameters["wanted"] = order.isOn ? "on" : "off"
        end.parameters.merge(facts) { $1 }
        return FiringEntry(
            number: number, planned: began.civil(in: offset), rule: 0, event: (RelayCommand.event, 0),
            action: (RelayCommand.action, order.meter), began: began, ended: ended,
            result: isDone ? .done : .failed, good: isDone ? 1 : 0, total: 1, fault: end)
    }

    /// What an entry tells: who, from which state to which, and how it ended.
    static func text(of entry: FiringEntry, in language: FaultLanguage) -> String {
        guard let end = entry.fault else { return "" }
        let words =
            language == .russian
            ? ["on": "включено", "off": "отключено", "ready": "готово к включению"]
            : ["on": "on", "off": "off", "ready": "ready"]
        func word(_ name: String) -> String { end.parameters[name].flatMap { words[$0] } ?? "?" }
        let user = end.parameters["user"] ?? ""
        let told = end.code == .relaySwitched ? "" : " " + FaultCatalogue.text(of: end, in: language)
        let after = end.parameters["after"] == nil ? word("wanted") : word("after")
        return "\(user): \(word("before")) → \(after).\(told)"
    }
}

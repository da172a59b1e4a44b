// What the device says of itself (api 2.6, 2.17) and, our additions, how meters and brokers stand.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let stateRoutes: [Route] = [
        Route("GET", "/state/system", .read) { admin, _ in await admin.systemState() },
        Route("GET", "/state/time", .read) { admin, _ in await admin.time() },
        Route("GET", "/state/schdl", .read) { await $0.schedules($1) },
        Route("GET", "/state/din", .read) { admin, _ in await admin.inputStates() },
        Route("GET", "/state/dout", .read) { await $0.supplyStates($1) },
        // Without a modem door nothing is known of one.
        Route("GET", "/state/modem", .read) { _, _ in .value(.object([])) },
        Route("GET", "/state/meters", .read) { try await $0.meterStates($1) },
        Route("GET", "/state/mqtt", .read) { await $0.brokerStates($1) },
        Route("GET", "/state/contacts", .read) { admin, _ in await admin.contacts() },
        Route("GET", "/settings/ip", .read) { admin, _ in await admin.interfaces() },
        Route("GET", "/state/push", .read) { await $0.pushState($1) },
        Route("GET", "/state/servers", .read) { await $0.serverStates($1) },
    ]

    /// Written by hand: benchmarks and every page ask for it.
    private func systemState() async -> Answer {
        let state = await parts.host.state()
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.key("fw")
        writer.string(state.version)
        writer.key("bl")
        writer.string("")
        writer.key("SystemInfo")
        writer.beginObject()
        for (name, value) in [("MODEL", "40"), ("REV", "1"), ("SN", state.serialNumber), ("DATE", "")] {
            writer.key(name)
            writer.string(value)
        }
        writer.key("DF")
        writer.beginArray()
        writer.endArray()
        writer.key("BAT")
        writer.string("")
        writer.key("IF")
        writer.beginArray()
        writer.endArray()
        for (name, value) in [("MAC", ""), ("MAIN_PWR", ""), ("MODEM", "")] {
            writer.key(name)
            writer.string(value)
        }
        writer.endObject()
        writer.key("name")
        writer.string(state.model)
        writer.key("uptime")
        writer.integer(state.uptimeSeconds)
        writer.key("free")
        writer.integer(state.freeOctets)
        writer.key("written")
        writer.integer(state.writtenOctets)
        writer.endObject()
        return .json(writer.octets)
    }

    private func time() async -> Answer {
        let offset = await parts.store.current.configuration.time.offset
        let (isTrusted, doubt) = (parts.wall.isTrusted, parts.wall.doubt)
        var members: [(String, JSONValue)] = [
            ("time", .string(parts.wall.now.iso8601(in: offset))), ("sync", .boolean(isTrusted)),
            ("state", .boolean(doubt.map { $0 != .backupInvalid } ?? isTrusted)),
        ]
        if let word = doubt?.word { members.append(("doubt", .string(word))) }
        return .value(.make(members))
    }

    private func schedules(_ context: RequestContext) async -> Answer {
        let configuration = await parts.store.current.configuration
        let offset = configuration.time.offset
        let status = await parts.services.events()
        let next = Dictionary(
            status.next.map { ($0.schedule, $0.time) }, uniquingKeysWith: { first, _ in first })
        let rules = configuration.eventRules.map { rule -> JSONValue in
            var members: [(String, JSONValue)] = [("id", .integer(Int64(rule.id)))]
            if rule.eventType == .scheduler, let time = next[rule.eventID] {
                members.append(("next", .string(time.iso8601(in: offset))))
            }
            if let jitter = status.jitter[rule.id] { members.append(("jitter", .integer(Int64(jitter)))) }
            if let last = status.last[rule.id] {
                members.append(("last", .string(last.time.iso8601(in: offset))))
                members.append(("result", .string(last.fault == nil ? "ok" : "err")))
                let text = last.fault.map { FaultCatalogue.text(of: $0, in: context.language) } ?? ""
                members.append(("text", .string(text)))
            }
            return .make(members)
        }
        let rows = status.next.map { row in
            JSONValue.make([
                ("id", .integer(Int64(row.schedule))), ("time", .string(row.time.iso8601(in: offset))),
            ])
        }
        return .value(.make([("State", .array(rows)), ("Rules", .array(rules))]))
    }

    /// `{State: [{addr, state}]}` with 1 for a signal that is there; on a machine without inputs the list is
    /// empty and `text`, ours, says why.
    private func inputStates() async -> Answer {
        let state = await parts.services.inputs()
        let rows = state.levels.sorted { $0.key < $1.key }.map { input, isActive in
            JSONValue.make([("addr", .integer(Int64(input))), ("state", .integer(isActive ? 1 : 0))])
        }
        var members: [(String, JSONValue)] = [("State", .array(rows))]
        if case .none(let reason) = state { members.append(("text", .string(reason))) }
        return .value(.make(members))
    }

    /// `{State: [{addr, state, code?, text?}]}`: supply lines by the addresses of their settings.
    private func supplyStates(_ context: RequestContext) async -> Answer {
        let rows = await parts.services.supplies().map { line -> JSONValue in
            var members: [(String, JSONValue)] = [
                ("addr", .string(line.address)), ("state", .string(line.isOn ? "on" : "off")),
            ]
            if let fault = line.fault {
                members.append(("code", .string(fault.code.rawValue)))
                members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
            }
            return .make(members)
        }
        return .value(.make([("State", .array(rows))]))
    }

    /// The newest session of every meter: state, reason in words, when it last went well; `clock` says why
    /// its clock is not right. Of a hub the newest session through it.
    private func meterStates(_ context: RequestContext) async throws -> Answer {
        let configuration = await parts.store.current.configuration
        let outcomes = try await parts.archive.pollOutcomes()
        let sessions = Dictionary(
            outcomes.filter { $0.measure == nil }.map { ($0.meterID, $0) },
            uniquingKeysWith: { first, _ in first })
        let clocks = Dictionary(
            outcomes.filter { $0.measure == .clock }.compactMap { one in one.fault.map { (one.meterID, $0) }
            },
            uniquingKeysWith: { first, _ in first })
        let hubs = HubConditions(configuration.meters, sessions: sessions)
        let rows = configuration.meters.map { meter -> JSONValue in
            var members: [(String, JSONValue)] = [("id", .integer(Int64(meter.id)))]
            guard let outcome = meter.isHub ? hubs.outcome(of: meter) : sessions[meter.id] else {
                return .make(members + [("state", .string("idle"))])
            }
            members.append(("state", .string(MeterState.of(outcome.fault))))
            if let fault = outcome.fault {
                members.append(("code", .string(fault.code.rawValue)))
                members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
            }
            let last = (outcome.goodAt ?? outcome.at).iso8601(in: configuration.time.offset)
            members.append(("last", .string(last)))
            if let fault = clocks[meter.id] {
                let text = FaultCatalogue.text(of: fault, in: context.language)
                members.append(
                    ("clock", .make([("code", .string(fault.code.rawValue)), ("text", .string(text))])))
            }
            return .make(members)
        }
        return .value(.make([("State", .array(rows))]))
    }

    private func brokerStates(_ context: RequestContext) async -> Answer {
        let brokers = await parts.store.current.configuration.brokers
        let rows = await parts.services.brokers().map { status -> JSONValue in
            var members: [(String, JSONValue)] = [
                ("id", .integer(Int64(status.id))),
                ("addr", .string(brokers.first { $0.id == status.id }?.address ?? "")),
                ("state", .string(status.word)), ("queue", .integer(Int64(status.waiting))),
            ]
            if let fault = status.fault {
                members.append(("code", .string(fault.code.rawValue)))
                members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
            }
            return .make(members)
        }
        return .value(.make([("State", .array(rows))]))
    }

    /// Contact lines of the menu; what looks like an address or a number becomes a link.
    private func contacts() async -> Answer {
        let lines = await parts.store.current.configuration.site.contacts.map { line -> JSONValue in
            let digits = line.filter { $0 != " " && $0 != "-" && $0 != "(" && $0 != ")" }
            let isNumber = digits.count > 5 && digits.allSatisfy { $0.isNumber || $0 == "+" }
            let href = line.contains("@") ? "mailto:" + line : isNumber ? "tel:" + digits : ""
            return .make([("text", .string(line))] + (href.isEmpty ? [] : [("href", .string(href))]))
        }
        return .value(.make([("Contacts", .array(lines))]))
    }

    private func interfaces() async -> Answer {
        // Software interfaces without an address mean nothing to a technician.
        let interfaces = await parts.host.state().interfaces.filter {
            !$0.address.isEmpty || $0.name.hasPrefix("e")
        }
        let rows = interfaces.map { interface in
            JSONValue.make([
                ("iface", .string(interface.name)), ("dhcp", .boolean(false)),
                ("ip", .string(interface.address)),
                ("netmask", .string(interface.mask)), ("gw", .string(interface.gateway)),
                ("dns1", .string("")),
                ("dns2", .string("")),
            ])
        }
        return .value(.make([("Settings", .array(rows))]))
    }
}

extension TimeTrust.Doubt {
    /// The word of the API, ours: `build`, `rtc`, `unconfirmed`, `step`.
    var word: String {
        switch self {
        case .beforeBuild: "build"
        case .backupInvalid: "rtc"
        case .unconfirmed: "unconfirmed"
        case .stepped: "step"
        }
    }
}

extension BrokerStatus {
    /// `ok`, `idle` before the first try, `rest` while closed by plan, `err`.
    var word: String { fault != nil ? "err" : isConnected ? "ok" : isResting ? "rest" : "idle" }
}

/// The states that pages show by shape and colour.
enum MeterState {
    /// `ok`, `mute` for silence, `err` for everything else.
    static func of(_ fault: Fault?) -> String {
        switch fault?.code {
        case nil: "ok"
        case .meterSilent: "mute"
        default: "err"
        }
    }
}

// Alarms of meters (R28): what their words of alarms say, from the visit that first saw a bit to the one that
// no longer did. Ours; the home page counts those that hold, the page «Полнота» lists them.

import Archive
import Configuration
import Faults
import JSONText
import Logging
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let alarmRoutes: [Route] = [
        Route("GET", "/state/alarms", .read) { try await $0.alarms($1) },
        Route("POST", "/action/alarms", .control) { try await $0.takeNote($1) },
    ]

    /// `?limit` → `{Alarms: [{id, meter, serial, time, code, active, until?, seen?, text}]}`: those that
    /// hold and nobody took note of first, each part newest first.
    private func alarms(_ context: RequestContext) async throws -> Answer {
        let limit = try WebAdmin.number("limit", in: context, 1...1_000, otherwise: 100)
        let offset = await parts.store.current.configuration.time.offset
        let rows = try await parts.archive.alarms(limit: limit).map { alarm -> JSONValue in
            var members: [(String, JSONValue)] = [
                ("id", .integer(alarm.entry)), ("meter", .integer(Int64(alarm.life.meterID))),
                ("serial", .string(alarm.life.serial)),
                ("time", .string(alarm.since.iso8601(in: offset))), ("code", .string(alarm.alarm.name)),
                ("active", .boolean(alarm.isActive)),
            ]
            if let until = alarm.until { members.append(("until", .string(until.iso8601(in: offset)))) }
            if let seen = alarm.seen { members.append(("seen", .string(seen.iso8601(in: offset)))) }
            members.append(("text", .string(alarm.alarm.text(in: context.language))))
            return .make(members)
        }
        return .value(.make([("Alarms", .array(rows))]))
    }

    /// `{ids}` takes note of these alarms, without `ids` of all.
    private func takeNote(_ context: RequestContext) async throws -> Answer {
        let entries = try context.object()["ids"]?.elements?.compactMap(\.wholeNumber).map(Int64.init)
        let count = try await parts.archive.markSeen(alarms: entries)
        logger.log(.notice, "alarms taken note of", [(.user, context.login), (.count, String(count))])
        return .done()
    }
}

extension AlarmWord {
    /// One bit in words.
    fileprivate func text(in language: FaultLanguage) -> String {
        let words: (String, String) =
            switch self {
            case .selfDiagnosis: ("Ошибка самодиагностики", "Self-diagnosis failed")
            case .powerLoss: ("Пропадание питания", "Loss of power")
            case .quality: ("События качества сети", "Events of power quality")
            case .magnet: ("Воздействие магнитного поля", "Magnetic field")
            case .terminalCover: ("Вскрытие клеммной крышки", "Terminal cover opened")
            case .caseOpened: ("Вскрытие корпуса", "Case opened")
            case .powerLimit: ("Превышение лимита мощности", "Limit of power exceeded")
            case .inputs: ("Изменение дискретного входа", "Discrete input changed")
            case .programming: ("Изменение параметров ПУ", "Settings of the meter changed")
            case .imbalance: ("Превышение небаланса токов", "Imbalance of currents exceeded")
            case .bridgedRelay: ("Ток при отключённом реле", "Current behind an open relay")
            case _ where AlarmWord.relay.contains(self): ("Отключение нагрузки", "Load disconnected")
            default:
                ("Тревога \(rawValue.trailingZeroBitCount)", "Alarm \(rawValue.trailingZeroBitCount)")
            }
        return language == .russian ? words.0 : words.1
    }
}

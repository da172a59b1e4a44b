// Alarms of meters (R28): what their words of alarms say, from the visit that first saw a bit to the one that
// no longer did. Ours; the home page counts those that hold, the page «Полнота» lists them.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let alarmRoutes: [Route] = [
        Route("GET", "/state/alarms", .read) { try await $0.alarms($1) }
    ]

    /// `?limit` → `{Alarms: [{id, meter, serial, time, code, active, until?, text}]}`: those that hold first,
    /// each part newest first.
    private func alarms(_ context: RequestContext) async throws -> Answer {
        let limit = try WebAdmin.number("limit", in: context, 1...1_000, otherwise: 100)
        let offset = await parts.store.current.configuration.time.offset
        let rows = try await parts.archive.alarms(limit: limit).map { alarm -> JSONValue in
            let words = AlarmWords.of(alarm.alarm)
            var members: [(String, JSONValue)] = [
                ("id", .integer(alarm.entry)), ("meter", .integer(Int64(alarm.life.meterID))),
                ("serial", .string(alarm.life.serial)),
                ("time", .string(alarm.since.iso8601(in: offset))), ("code", .string(words.code)),
                ("active", .boolean(alarm.until == nil)),
            ]
            if let until = alarm.until { members.append(("until", .string(until.iso8601(in: offset)))) }
            members.append(
                ("text", .string(context.language == .russian ? words.russian : words.english)))
            return .make(members)
        }
        return .value(.make([("Alarms", .array(rows))]))
    }
}

/// What a bit of the word of alarms is called.
struct AlarmWords {
    /// For programs.
    let code: String
    let russian: String
    let english: String

    /// The words of one bit; bits this version has no name for are told by their number.
    static func of(_ alarm: AlarmWord) -> AlarmWords {
        let found = table.first { !$0.bits.isDisjoint(with: alarm) }?.words
        let bit = String(alarm.rawValue.trailingZeroBitCount)
        return found
            ?? AlarmWords(
                code: "bit-" + bit, russian: "Тревога \(bit)", english: "Alarm \(bit)")
    }

    private static let table: [(bits: AlarmWord, words: AlarmWords)] = [
        (.selfDiagnosis, .init("diagnosis", "Ошибка самодиагностики", "Self-diagnosis failed")),
        (.powerLoss, .init("power", "Пропадание питания", "Loss of power")),
        (.quality, .init("quality", "События качества сети", "Events of power quality")),
        (.magnet, .init("magnet", "Воздействие магнитного поля", "Magnetic field")),
        (.terminalCover, .init("cover", "Вскрытие клеммной крышки", "Terminal cover opened")),
        (.caseOpened, .init("case", "Вскрытие корпуса", "Case opened")),
        (.powerLimit, .init("limit", "Превышение лимита мощности", "Limit of power exceeded")),
        (.relay, .init("relay", "Отключение нагрузки", "Load disconnected")),
        (.inputs, .init("input", "Изменение дискретного входа", "Discrete input changed")),
        (.programming, .init("program", "Изменение параметров ПУ", "Settings of the meter changed")),
        (.imbalance, .init("imbalance", "Превышение небаланса токов", "Imbalance of currents exceeded")),
    ]

    private init(_ code: String, _ russian: String, _ english: String) {
        self.init(code: code, russian: russian, english: english)
    }

    private init(code: String, russian: String, english: String) {
        self.code = code
        self.russian = russian
        self.english = english
    }
}

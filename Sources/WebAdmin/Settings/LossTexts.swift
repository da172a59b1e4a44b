// «Будет потеряно»: what a save would destroy, in words with exact counts (D8, interface design 4).

import Archive
import Configuration
import Faults
import JSONText
import Metering

/// Writes the lines of the review dialog.
struct LossTexts {
    let language: FaultLanguage
    let configuration: GatewayConfiguration

    /// One `{code, params, text}` for each loss; a deleted meter whose archive is empty loses nothing.
    func lines(_ losses: [ConfigurationLoss], archives: [DeletionLoss]) -> [JSONValue] {
        losses.compactMap { loss in
            guard loss.table == .meters else { return line(of: loss) }
            guard let archive = archives.first(where: { String($0.meterID) == loss.key }), archive.total > 0
            else {
                return nil
            }
            return line(of: archive)
        }
    }

    private func line(of archive: DeletionLoss) -> JSONValue {
        var counts = Measure.plain.compactMap { measure -> String? in
            guard let count = archive.rows[measure], count > 0 else { return nil }
            return word(measure) + " " + String(count)
        }
        let events = archive.rows.reduce(0) { $0 + ($1.key.journal == nil ? 0 : $1.value) }
        if events > 0 { counts.append(word(.journal(.power)) + " " + String(events)) }
        let id = String(archive.meterID)
        let text =
            language == .russian
            ? "архив ПУ ID \(id): \(counts.joined(separator: ", "))"
            : "archive of meter \(id): \(counts.joined(separator: ", "))"
        return json("archive", ["meter": id, "rows": String(archive.total)], text)
    }

    private func line(of loss: ConfigurationLoss) -> JSONValue {
        if let member = loss.member {
            let text =
                language == .russian
                ? "ПУ ID \(member) уйдёт из группы «\(loss.key)»"
                : "meter \(member) leaves group “\(loss.key)”"
            return json("member", ["meter": String(member), "group": loss.key], text)
        }
        let text =
            language == .russian ? "\(title(loss.table)) \(loss.key)" : "\(title(loss.table)) \(loss.key)"
        return json("row", ["table": loss.table.path, "key": loss.key], text)
    }

    private func json(_ code: String, _ facts: [String: String], _ text: String) -> JSONValue {
        .make([
            ("code", .string("loss." + code)),
            ("params", .make(facts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("text", .string(text)),
        ])
    }

    private func word(_ measure: Measure) -> String {
        let words: (String, String) =
            switch measure {
            case .momentEnergy: ("срезы показаний", "energy snapshots")
            case .momentQuality: ("срезы качества", "quality snapshots")
            case .dayEnergy: ("сутки", "days")
            case .monthEnergy: ("месяцы", "months")
            case .dayConsumption: ("потребление за сутки", "daily consumption")
            case .monthConsumption: ("потребление за месяц", "monthly consumption")
            case .powerProfile: ("получасовки", "profile rows")
            case .configuration: ("конфигурации", "configurations")
            case .journal: ("события журналов", "events of journals")
            case .clock, .relay: ("записи", "records")
            }
        return language == .russian ? words.0 : words.1
    }

    private func title(_ table: ConfigurationTable) -> String {
        let words: (String, String) =
            switch table {
            case .meters: ("ПУ", "meter")
            case .groups: ("группа", "group")
            case .dataTemplates: ("шаблон данных", "data template")
            case .pollTemplates: ("шаблон опроса", "poll template")
            case .schedules: ("расписание", "schedule")
            case .discreteInputs: ("дискретный вход", "discrete input")
            case .eventRules: ("событие", "event rule")
            case .brokers: ("брокер", "broker")
            case .messageTemplates: ("шаблон отправки", "message template")
            case .publications: ("публикация", "publication")
            case .accounts: ("учётная запись", "account")
            case .lines: ("интерфейс", "interface")
            case .servers: ("сервер", "server")
            case .interfaces: ("интерфейс транзита", "transit interface")
            case .supplies: ("линия питания", "supply line")
            case .headEndPasswords: ("пароль RTU327", "RTU327 password")
            case .archiveDepths: ("глубина архива", "archive depth")
            case .time: ("время", "time")
            case .site: ("устройство", "device")
            }
        return language == .russian ? words.0 : words.1
    }
}

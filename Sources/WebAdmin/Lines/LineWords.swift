// Sentences about a line's figures, for the page and for `gatewayctl line`: made here, so that both say the
// same and the page stays small.

import Diagnosis
import Faults
import Lines

/// Writes sentences.
struct LineWords {
    let language: FaultLanguage

    private func say(_ russian: String, _ english: String) -> String {
        language == .russian ? russian : english
    }

    /// Who has the line.
    func holder(_ occupant: LineOccupant, since: String, _ insight: LineInsight) -> String {
        let (sent, received) = (insight.holderSent, insight.holderReceived)
        return say(
            "Линию держит \(occupant.owner) с \(since): отправлено \(sent), принято \(received) байт",
            "\(occupant.owner) has had the line since \(since): \(sent) octets sent, \(received) received")
    }

    /// Who waits.
    func waiter(_ occupant: LineOccupant, since: String) -> String {
        say("Ждёт \(occupant.owner) с \(since)", "\(occupant.owner) has waited since \(since)")
    }

    /// Use of the last minute and hour.
    func use(_ held: (Int, Int), _ carrying: (Int, Int)) -> String {
        say(
            "Занята: \(held.0) % за минуту, \(held.1) % за час; обмен: \(carrying.0) % и \(carrying.1) %",
            "Held: \(held.0) % of the minute, \(held.1) % of the hour; octets: \(carrying.0) % and "
                + "\(carrying.1) %")
    }

    /// Answering times; empty without any.
    func times(_ times: ResponseHistogram) -> String {
        guard let half = times.percentile(0.5), let most = times.percentile(0.9),
            let all = times.percentile(0.99)
        else { return "" }
        return say(
            "Ответ: \(half) мс (p50), \(most) мс (p90), \(all) мс (p99)",
            "Answer: \(half) ms (p50), \(most) ms (p90), \(all) ms (p99)")
    }

    /// Sums.
    func counters(_ counters: LineCounters, postponed: Int64) -> String {
        say(
            "Отправлено \(counters.octetsSent), принято \(counters.octetsReceived), непрошеных "
                + "\(counters.octetsStray) байт; отказов \(counters.failures), опросов отложено \(postponed)",
            "\(counters.octetsSent) octets sent, \(counters.octetsReceived) received, "
                + "\(counters.octetsStray) unasked; \(counters.failures) failures, "
                + "\(postponed) polls postponed")
    }

    /// A station: its meter, requests, answers and times.
    func station(_ station: Station, meter: Int?, _ record: StationRecord) -> String {
        let name = meter.map { say("ПУ ID \($0) (\(station.text))", "meter \($0) (\(station.text))") }
        let sums = say(
            "запросов \(record.requests), ответов \(record.answers)",
            "\(record.requests) requests, \(record.answers) answers")
        let times = times(record.times)
        return "\(name ?? station.text): \(sums)" + (times.isEmpty ? "" : "; " + times)
    }

    /// A recording.
    func recording(_ recording: LineRecorder) -> String {
        let (bursts, octets) = (recording.count, recording.octets)
        return say(
            "В записи посылок: \(bursts), байт: \(octets)", "\(bursts) bursts, \(octets) octets recorded")
    }

    /// Connections that are not shown.
    func connections(_ all: Int, unwell: Int) -> String {
        say(
            "Соединений с ПУ по TCP: \(all), с замечаниями: \(unwell). Исправные не показаны.",
            "TCP connections to meters: \(all), not well: \(unwell). Those that are well are not shown.")
    }
}

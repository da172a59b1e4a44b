// The body of the data requests (api 3.1) in all the forms clients are known to send.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Timekeeping

/// A measure as asked for: the name is echoed, whatever it stands for.
struct AskedMeasure: Sendable, Hashable {
    let name: String
    let measure: Measure
    let isLive: Bool
}

/// A selection of readings.
struct MeterDataRequest: Sendable {
    /// Which dialect and path the request came by; decides which names are known.
    enum Kind: Sendable {
        /// `/meter/data/moment`
        case moment
        /// `/meter/data/arch`
        case archive
        /// `/meter/data` of protocol 31: both, by the name's first letter.
        case protocol31
    }

    var meters: [Int] = []
    var measures: [AskedMeasure] = []
    /// Tags as asked for; empty is all.
    var tags: [Tag] = []
    /// Whether tags were asked for at all: foreign ones are ignored, but then nothing may remain.
    var namesTags = false
    var windows: [ClosedRange<CivilStamp>] = []
    var newestOnly = false

    init(_ body: JSONValue, kind: Kind, offset: ZoneOffset) throws(Faults) {
        var faults: [Fault] = []
        measures = MeterDataRequest.measures(body["measures"], kind, &faults)
        if let ids = body["ids"], ids != .null {
            for (index, id) in (ids.elements ?? [ids]).enumerated() {
                if let number = id.wholeNumber {
                    meters.append(number)
                } else {
                    faults.append(Fault(.inputType, ["allowed": "integer"], path: "/ids/\(index)"))
                }
            }
        }
        if body["allMeters"] == .boolean(true) { meters = [] }
        newestOnly = body["lastTime"] == .boolean(true)
        let names = body["tags"]?.elements ?? []
        namesTags = !names.isEmpty
        tags = names.compactMap { $0.text.flatMap(Tag.init(rawValue:)) }
        readWindows(body["time"], offset, &faults)
        guard faults.isEmpty else { throw Faults(faults) }
    }

    /// The tags of a measure that remain; nil when tags were asked for and none belongs to it.
    func tags(of measure: Measure) -> [Tag]? {
        guard namesTags else { return [] }
        let own = Set(measure.tags)
        let remaining = tags.filter { own.contains($0) }
        return remaining.isEmpty ? nil : remaining
    }

    private static func measures(_ value: JSONValue?, _ kind: Kind, _ faults: inout [Fault]) -> [AskedMeasure]
    {
        guard let names = value?.elements, !names.isEmpty else {
            faults.append(Fault(.inputMissing, path: "/measures"))
            return []
        }
        return names.enumerated().compactMap { index, value in
            if let name = value.text, let found = measure(name, kind) { return found }
            faults.append(Fault(.unknownMeasure, ["value": value.text ?? ""], path: "/measures/\(index)"))
            return nil
        }
    }

    private static func measure(_ name: String, _ kind: Kind) -> AskedMeasure? {
        switch kind {
        case .protocol31:
            return Measure.protocol31(name).map {
                AskedMeasure(name: name, measure: $0.measure, isLive: $0.live)
            }
        case .archive:
            guard let measure = Measure(rawValue: name), measure.archiveNumber != nil else { return nil }
            return AskedMeasure(name: name, measure: measure, isLive: false)
        case .moment:
            let plain = ["ElGetTime": "GetTime", "ElGetRelay": "GetRelay"][name] ?? name
            guard let measure = Measure(rawValue: plain), present.contains(measure) else { return nil }
            return AskedMeasure(name: name, measure: measure, isLive: true)
        }
    }

    /// Measures that a meter has now.
    private static let present: Set<Measure> = [
        .momentEnergy, .momentQuality, .configuration, .clock, .relay,
    ]

    /// A list of windows or, as one client sends, a single one; each may lack a side.
    private mutating func readWindows(_ value: JSONValue?, _ offset: ZoneOffset, _ faults: inout [Fault]) {
        guard let value, value != .null else { return }
        for (index, window) in (value.elements ?? [value]).enumerated() {
            let place = value.elements == nil ? "/time" : "/time/\(index)"
            let start = MeterDataRequest.stamp(window["start"], offset, place + "/start", &faults)
            let end = MeterDataRequest.stamp(window["end"], offset, place + "/end", &faults)
            let bounds = (start ?? .archiveBegin, end ?? .archiveEnd)
            if bounds.0 <= bounds.1 {
                windows.append(bounds.0...bounds.1)
            } else {
                faults.append(Fault(.inputRange, ["allowed": "start ≤ end"], path: place))
            }
        }
    }

    /// Unix seconds, or ISO-8601 text; without an offset it is the device's own time.
    private static func stamp(
        _ value: JSONValue?, _ offset: ZoneOffset, _ path: String, _ faults: inout [Fault]
    ) -> CivilStamp? {
        guard let value, value != .null else { return nil }
        if let text = value.text, !text.isEmpty, Int64(text) == nil {
            if let time = WallTime(iso8601: text, local: offset) { return time.civil(in: offset) }
            faults.append(Fault(.inputFormat, ["value": text, "allowed": "ISO 8601"], path: path))
            return nil
        }
        if let seconds = value.wholeNumber, seconds.magnitude < 1 << 40 {
            return WallTime(unixSeconds: Int64(seconds)).civil(in: offset)
        }
        faults.append(Fault(.inputFormat, ["allowed": "ISO 8601"], path: path))
        return nil
    }
}

// A reading's values as one line of text, for the seldom read tables (quarantine, change log, parts of a
// slot) and for people at the sqlite3 shell: `i=30 P+=125e-3:1 Q+=7e-3:1 isPart=1e0:0`.

import Metering
import Timekeeping

/// One-line text of a reading's interval and values.
enum ReadingText {
    /// `i=<minutes>` and `tag=<mantissa>e<scaler>:<form>`, blank-separated; texts are not carried.
    static func encode(_ reading: Reading) -> String {
        var text = "i=\(reading.intervalMinutes)"
        for value in reading.values {
            text += " \(value.tag.rawValue)=\(value.mantissa)e\(value.scaler):\(value.form.rawValue)"
        }
        return text
    }

    /// The reading of a text made by `encode`; words that do not fit are skipped.
    static func decode(_ text: String, measure: Measure, stamp: MeterStamp, difference: Int32?) -> Reading {
        var reading = Reading(measure, at: stamp, clockDifferenceSeconds: difference, values: [])
        for word in text.split(separator: " ") {
            let pair = word.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            if pair[0] == "i" {
                reading.intervalMinutes = UInt8(pair[1]) ?? 0
            } else if let value = value(tag: pair[0], pair[1]) {
                reading.values.append(value)
            }
        }
        return reading
    }

    /// One `<mantissa>e<scaler>:<form>`.
    private static func value(tag: Substring, _ text: Substring) -> MeasuredValue? {
        let halves = text.split(separator: ":")
        guard halves.count == 2, let tag = Tag(rawValue: String(tag)),
            let form = UInt8(halves[1]).flatMap(ValueForm.init(rawValue:))
        else { return nil }
        let number = halves[0].split(separator: "e")
        guard number.count == 2, let mantissa = Int64(number[0]), let scaler = Int8(number[1]) else {
            return nil
        }
        return MeasuredValue(tag, mantissa: mantissa, scaler: scaler, form: form)
    }
}

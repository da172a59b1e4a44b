// Units of values as the wire of the JSON API has them: always the base unit, never kilo.

/// A physical unit of an output value.
package enum Unit: String, Sendable, Hashable, CaseIterable, Codable {
    case none = ""
    case wattHour = "Wh"
    case varHour = "varh"
    case watt = "W"
    case `var` = "var"
    case voltAmpere = "VA"
    case volt = "V"
    case ampere = "A"
    case hertz = "Hz"
    case degree = "deg"
    case minute = "min"
    case second = "s"
    case celsius = "C"
}

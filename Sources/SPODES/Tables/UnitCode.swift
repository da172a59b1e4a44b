// The unit enumeration of COSEM (IEC 62056-6-2, table 4), as far as electricity meters use it.

package import Metering

/// A unit code of a register's attribute 3.
package struct UnitCode: RawRepresentable, Sendable, Hashable {
    /// The code on the wire.
    package let rawValue: UInt8

    /// Any code.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The code of a unit.
    package init(_ unit: Unit) {
        rawValue = UnitCode.codes[unit] ?? 255
    }

    /// The unit, when the gateway's values have one like it.
    package var unit: Unit? { UnitCode.codes.first { $0.value == rawValue }?.key }

    private static let codes: [Unit: UInt8] = [
        .none: 255, .wattHour: 30, .varHour: 32, .watt: 27, .var: 29, .voltAmpere: 28, .volt: 35, .ampere: 33,
        .hertz: 44, .degree: 8, .minute: 6, .second: 7, .celsius: 9,
    ]
}

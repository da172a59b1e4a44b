// What makes one model of SPODES meter different from another: columns, scalers, stamps, sizes, passwords.
// Kept as JSON in etc/street/personalities, one file a model; the keys are the property names here.

package import Metering

/// A model of meter.
package struct Personality: Sendable, Hashable, Codable {
    /// Registers of energy.
    package struct Energy: Sendable, Hashable, Codable {
        /// Power of ten of the least digit in Wh: −3, 0 or 1 in the field; −3…3.
        package var scaler: Int8
        /// Width of the register, 32 or 64 bits; it rolls over.
        package var bits: Int
        /// Whether the meter has registers for A− (a meter of two directions).
        package var hasExport: Bool
    }

    /// Powers of ten of the present values.
    package struct Quality: Sendable, Hashable, Codable {
        /// Volts.
        package var voltage: Int8
        /// Amperes.
        package var current: Int8
        /// Watts, vars and volt-amperes.
        package var power: Int8
        /// Hertz.
        package var frequency: Int8
        /// Power factors.
        package var factor: Int8
        /// Whether it has tg φ of each phase and the differential current; not when absent.
        package var isComplete: Bool?
    }

    /// The load profile 1.0.99.1.
    package struct Profile: Sendable, Hashable, Codable {
        /// OBIS group D of its columns: 29 increments, 53 mean demand.
        package var processing: UInt8
        /// Interval at delivery, 1…60 minutes.
        package var minutes: Int
        /// Power of ten of its columns in Wh or W.
        package var scaler: Int8
        /// Whether the rest of an increment is carried into the next one (R30).
        package var carries: Bool
        /// Whether phase voltages are captured too.
        package var hasVoltages: Bool
        /// Days kept.
        package var days: Int
    }

    /// The profiles of scalers 1.0.94.7.x.
    package struct ScalerProfiles: Sendable, Hashable, Codable {
        /// Whether the meter has them.
        package var isPresent: Bool
        /// Whether they have a column for the clock.
        package var hasClock: Bool
    }

    /// The snapshot of present values 1.0.94.7.0.
    package struct Snapshot: Sendable, Hashable, Codable {
        /// Whether the meter has it.
        package var isPresent: Bool
        /// Whether each capture is an event of journal 3, code 93.
        package var isJournaled: Bool
    }

    /// How date-times are filled.
    package struct Stamps: Sendable, Hashable, Codable {
        /// Deviation in minutes with the vendor's sign; null sends 8000h.
        package var deviation: Int16?
        /// Clock status of archive rows.
        package var archiveStatus: UInt8
        /// Whether archive rows tell the day of the week (else FFh).
        package var hasWeekday: Bool
    }

    /// The link and the association.
    package struct Link: Sendable, Hashable, Codable {
        /// Longest information field of HDLC, 32…2030.
        package var information: Int
        /// Whether UA tells the limits.
        package var statesLimits: Bool
        /// Whether the UA to DISC tells them too.
        package var statesLimitsAtDisconnect: Bool
        /// Longest APDU the server receives and sends.
        package var pduSize: Int
        /// Services, six hexadecimal digits such as `00181D`.
        package var conformance: String
        /// I frames sent and taken in one go, 1…7; 1 when absent.
        package var window: Int?
        /// Whether an empty SNRM leaves these limits standing; true when absent, false brings the defaults.
        package var keepsLimits: Bool?
        /// Silence inside a frame after which it is forgotten, 20…6000 ms; a second when absent.
        package var interOctet: Int?
        /// Time without a frame after which the link is given up, 0…120 s, 0 for never; 120 when absent.
        package var inactivity: Int?
    }

    /// Secrets at delivery.
    package struct Passwords: Sendable, Hashable, Codable {
        /// Of the reader, client 32.
        package var reader: String
        /// Of the configurator, client 48.
        package var configurator: String
    }

    /// Name, equal to the file's.
    package var name: String
    /// Three letters of the maker in the logical device name.
    package var manufacturer: String
    /// Text of 0.0.96.1.1, sent in CP1251.
    package var model: String
    /// Text of 0.0.96.1.2.
    package var firmware: String
    /// Text of 0.0.96.1.6: version of the SPODES specification.
    package var specification: String
    /// 1 or 3.
    package var phases: Int
    /// Impulses per kWh.
    package var impulses: UInt32
    /// Registers of energy.
    package var energy: Energy
    /// Present values.
    package var quality: Quality
    /// Tariff of each hour, 24 digits 1…4.
    package var tariffs: String
    /// Load profile.
    package var profile: Profile
    /// Daily rows kept.
    package var days: Int
    /// Monthly rows kept.
    package var months: Int
    /// Columns of daily and monthly rows as OBIS codes, in order, without the clock.
    package var captures: [String]
    /// Profiles of scalers.
    package var scalerProfiles: ScalerProfiles
    /// Snapshot of present values, 1.0.94.7.0.
    package var snapshot: Snapshot
    /// Date-times.
    package var stamps: Stamps
    /// Link and association.
    package var link: Link
    /// Secrets.
    package var passwords: Passwords
    /// What the model does against the standard; nothing when absent.
    package var quirks: [Quirk]?
    /// OBIS codes of objects that the standard lists and the model does not have.
    package var lacks: [String]?
    /// Group E of its angles 1.0.81.7.E, ten times the reference plus what is measured (0…2 voltages, 4…6
    /// currents of the phases); those of three phases or one when absent.
    package var angles: [UInt8]?

    /// What is wrong with the values, by key; empty when the model can be built.
    package var faults: [String] {
        var found: [String] = []
        func check(_ holds: Bool, _ text: String) { if !holds { found.append(text) } }
        check(manufacturer.utf8.count == 3, "manufacturer: three letters")
        check(phases == 1 || phases == 3, "phases: 1 or 3")
        check((-3...3).contains(energy.scaler), "energy.scaler: -3…3")
        check(energy.bits == 32 || energy.bits == 64, "energy.bits: 32 or 64")
        check(tariffOfHour.count == 24, "tariffs: 24 digits 1…4")
        check([29, 53].contains(profile.processing), "profile.processing: 29 or 53")
        check((1...60).contains(profile.minutes) && 60 % profile.minutes == 0, "profile.minutes: divides 60")
        check((-3...3).contains(profile.scaler), "profile.scaler: -3…3")
        check((1...1_000).contains(profile.days), "profile.days: 1…1000")
        check((1...400).contains(days), "days: 1…400")
        check((1...120).contains(months), "months: 1…120")
        check(
            !captureCodes.isEmpty && captureCodes.count == captures.count,
            "captures: OBIS codes 1.0.{1…4}.8.{0…8} or 0.0.96.8.0")
        check((32...2_030).contains(link.information), "link.information: 32…2030")
        check((64...65_535).contains(link.pduSize), "link.pduSize: 64…65535")
        check(conformanceBits != nil, "link.conformance: six hexadecimal digits")
        check((1...7).contains(link.window ?? 1), "link.window: 1…7")
        check((20...6_000).contains(link.interOctet ?? 1_000), "link.interOctet: 20…6000")
        check((0...120).contains(link.inactivity ?? 120), "link.inactivity: 0…120")
        check(lackedCodes.count == (lacks ?? []).count, "lacks: OBIS codes")
        check(angleCodes.allSatisfy { MeterColumn.angle($0, phases) != nil }, "angles: of the model's phases")
        return found
    }

    /// Objects the model does not have.
    package var lackedCodes: [OBISCode] { (lacks ?? []).compactMap(OBISCode.init) }

    /// Group E of its angles.
    package var angleCodes: [UInt8] { angles ?? (phases == 3 ? [4, 15, 26, 10, 20] : [4]) }

    /// Tariff of each hour.
    package var tariffOfHour: [Int] { tariffs.compactMap(\.wholeNumberValue).filter((1...4).contains) }

    /// Columns of daily and monthly rows: registers of energy, of up to eight tariffs, and the operating
    /// time.
    package var captureCodes: [OBISCode] {
        captures.compactMap(OBISCode.init).filter {
            $0 == MeterColumn.operatingTimeCode
                || $0.a == 1 && (1...4).contains($0.c) && $0.d == 8 && $0.e <= 8
        }
    }

    /// The 24 bits of the conformance block.
    package var conformanceBits: UInt32? {
        link.conformance.count == 6 ? UInt32(link.conformance, radix: 16) : nil
    }
}

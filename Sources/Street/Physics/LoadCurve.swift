// What a subscriber takes from the grid and gives to it, half-hour by half-hour: base load, morning and
// evening peaks, working days and week-ends, seasons, appliances and, for some, a roof of solar panels. A
// pure function of the seed and the half-hour's number; `EnergyLedger` sums it into registers.

package import SPODES
import Timekeeping

/// One subscriber's habits.
package struct LoadCurve: Sendable, Hashable {
    /// What kind of subscriber it is.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// A flat or a house.
        case household
        /// A shop: refrigerators, lighting, long opening hours, capacitive at night.
        case shop
        /// A workshop: motors on working days, much reactive power.
        case workshop
        /// A house with solar panels, giving energy back at noon.
        case prosumer
    }

    /// What kind of subscriber it is.
    package let kind: Kind
    private let noise: Noise
    private let size: Double

    /// The habits of a subscriber; the seed decides size and details.
    package init(kind: Kind, seed: UInt64) {
        self.kind = kind
        noise = Noise(seed: seed)
        size = 0.6 + noise.unit(Stream.size, 0)
    }

    private enum Stream {
        static let size: UInt64 = 1
        static let jitter: UInt64 = 2
        static let appliance: UInt64 = 3
        static let cloud: UInt64 = 4
        static let factor: UInt64 = 5
        static let minute: UInt64 = 6
        static let day: UInt64 = 7
    }

    /// Energies of a half-hour, numbered since 2000-01-01 00:00 of the street's civil time.
    package func halfHour(_ slot: Int64) -> EnergyFlow {
        let start = CivilStamp(seconds: slot * 1_800)
        let load = watts(slot, start)
        let generation = kind == .prosumer ? sunWatts(slot, start) * 4_500 * size : 0
        let net = Int64((load - generation) * 1_800_000)
        let reactive = Int64(load * tangent(slot, start) * 1_800_000)
        return EnergyFlow(
            activeImport: max(net, 0), activeExport: max(-net, 0), reactiveImport: max(reactive, 0),
            reactiveExport: max(-reactive, 0))
    }

    /// How the energy of a half-hour lies about its minutes: the weights of all minutes before each of the
    /// thirty, and of all. A compressor or an oven switches in blocks of five minutes, the rest flickers.
    package func minuteWeights(_ slot: Int64) -> [Int64] {
        var weights: [Int64] = [0]
        weights.reserveCapacity(31)
        var whole: Int64 = 0
        for block in slot * 6..<slot * 6 + 6 {
            let base = noise.unit(Stream.appliance, block) < 0.4 ? 160.0 : 100
            for minute in block * 5..<block * 5 + 5 {
                whole += Int64(base + 20 * noise.unit(Stream.minute, minute))
                weights.append(whole)
            }
        }
        return weights
    }

    // MARK: - Shapes

    private func watts(_ slot: Int64, _ start: CivilStamp) -> Double {
        let isWeekend = start.weekday >= 6
        let shape = Self.shape(kind, isWeekend: isWeekend)
        let base = Self.interpolate(shape, halfHour: start.secondOfDay / 1_800)
        let season = Self.season(start, winter: kind == .workshop ? 1.1 : 1.3)
        let day = 1 + 0.15 * noise.signed(Stream.day, start.dayNumber)
        let jitter = 1 + 0.25 * noise.signed(Stream.jitter, slot)
        return max(20, (base * season * day * jitter + appliances(slot, start)) * size)
    }

    /// A washing machine or a boiler at home, a compressor at work: runs of three half-hours, not every day.
    private func appliances(_ slot: Int64, _ start: CivilStamp) -> Double {
        let run = floorDivision(slot, 3)
        let draw = noise.unit(Stream.appliance, run)
        let isAwake = (7..<23).contains(start.hour)
        switch kind {
        case .household, .prosumer: return isAwake && draw < 0.08 ? 1_100 : 0
        case .shop: return draw < 0.15 ? 900 : 0
        case .workshop: return isAwake && start.weekday < 6 && draw < 0.3 ? 4_000 : 0
        }
    }

    /// tan φ of the load: motors are inductive, lamps and idle supplies at night are capacitive.
    private func tangent(_ slot: Int64, _ start: CivilStamp) -> Double {
        let isOpen = (8..<20).contains(start.hour)
        let wobble = 0.08 * noise.signed(Stream.factor, slot)
        switch kind {
        case .household, .prosumer: return (isOpen ? 0.22 : 0.12) + wobble
        case .shop: return (isOpen ? 0.35 : -0.12) + wobble
        case .workshop: return (isOpen && start.weekday < 6 ? 0.75 : 0.2) + wobble
        }
    }

    /// Sunshine on the panels, 0 ... 1: a parabola between sunrise and sunset, thinned by clouds.
    private func sunWatts(_ slot: Int64, _ start: CivilStamp) -> Double {
        let halfDay = 4.2 + 4.3 * (1.3 - Self.season(start, winter: 1.3)) / 0.6
        let distance = (Double(start.secondOfDay) / 3_600 + 0.25 - 13) / halfDay
        guard distance.magnitude < 1 else { return 0 }
        let clouds = 0.55 + 0.45 * noise.wave(Stream.cloud, at: slot, period: 6)
        return (1 - distance * distance) * clouds * (halfDay / 8.5)
    }

    /// `winter` in mid-January, 2 − `winter` in mid-July, straight lines between.
    private static func season(_ stamp: CivilStamp, winter: Double) -> Double {
        let (year, month, day) = stamp.date
        _ = year
        let position = (Double(month - 1) + Double(day - 15) / 30.4 + 12).truncatingRemainder(dividingBy: 12)
        let fromWinter = min(position, 12 - position) / 6
        return winter - (2 * winter - 2) * fromWinter
    }

    private static func interpolate(_ hours: [Double], halfHour: Int) -> Double {
        let here = hours[halfHour / 2 % 24]
        return halfHour % 2 == 0 ? here : (here + hours[(halfHour / 2 + 1) % 24]) / 2
    }

    /// Mean watts for each hour of the day of a subscriber of size 1.
    private static func shape(_ kind: Kind, isWeekend: Bool) -> [Double] {
        switch (kind, isWeekend) {
        case (.household, false), (.prosumer, false):
            [
                170, 150, 140, 140, 145, 170, 320, 560, 520, 330, 270, 260, 270, 270, 260, 280, 340, 520, 780,
                900, 880, 700, 450, 260,
            ]
        case (.household, true), (.prosumer, true):
            [
                210, 180, 160, 150, 150, 160, 190, 280, 430, 560, 620, 600, 560, 540, 500, 490, 520, 620, 760,
                860, 820, 690, 480, 310,
            ]
        case (.shop, _):
            [
                620, 600, 590, 590, 600, 640, 900, 1_900, 3_000, 3_200, 3_300, 3_400, 3_400, 3_400, 3_300,
                3_300, 3_400, 3_600, 3_800, 3_700, 3_000, 1_600, 800, 650,
            ]
        case (.workshop, false):
            [
                900, 880, 870, 870, 900, 1_000, 2_500, 9_000, 19_000, 22_000, 23_000, 21_000, 12_000, 21_000,
                22_500, 21_000, 16_000, 6_000, 2_500, 1_500, 1_100, 1_000, 950, 920,
            ]
        case (.workshop, true):
            [
                850, 840, 830, 830, 840, 850, 900, 1_000, 1_300, 1_500, 1_500, 1_500, 1_400, 1_400, 1_300,
                1_200, 1_100, 1_000, 950, 900, 880, 870, 860, 850,
            ]
        }
    }
}

// The four energy channels in the order RTU327 gives them, as a mask (profile, registers) or an ordinal
// (readings of tariffs).

/// One direction of one kind of energy.
package enum EnergyChannel: UInt8, Sendable, Hashable, CaseIterable {
    /// Active, import: A+, P+.
    case activeImport = 1
    /// Active, export: A−, P−.
    case activeExport = 2
    /// Reactive, import: R+, Q+.
    case reactiveImport = 3
    /// Reactive, export: R−, Q−.
    case reactiveExport = 4
}

/// A set of channels, bit 0 for the first.
package struct ChannelMask: OptionSet, Sendable, Hashable {
    /// Bits 0 to 3; higher ones are not channels.
    package let rawValue: UInt8

    /// A mask as on the wire.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// All four.
    package static let all = ChannelMask(rawValue: 0x0F)

    /// The channels, in the order of their bits.
    package var channels: [EnergyChannel] {
        EnergyChannel.allCases.filter { rawValue & 1 << ($0.rawValue - 1) != 0 }
    }

    /// Whether it names at least one channel and nothing else.
    package var isSound: Bool { rawValue != 0 && rawValue & 0xF0 == 0 }
}

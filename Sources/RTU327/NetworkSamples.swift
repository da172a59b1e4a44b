// GETTESTS: samples of the network's parameters, a bit of a mask for each quantity.

package import Octets

/// A quantity of a sample, by its bit.
package enum NetworkQuantity: UInt8, Sendable, Hashable, CaseIterable {
    case activePowerA = 1
    case activePowerB = 2
    case activePowerC = 3
    case apparentPowerA = 4
    case apparentPowerB = 5
    case apparentPowerC = 6
    case frequency = 7
    case currentA = 8
    case currentB = 9
    case currentC = 10
    case voltageA = 11
    case voltageB = 12
    case voltageC = 13
    case angleA = 14
    case angleB = 15
    case angleC = 16
    case angleAB = 17
    case angleAC = 18
}

/// Which quantities the samples of an answer hold; their values stand in the order of bits.
package struct NetworkMask: Sendable, Hashable {
    /// As on the wire.
    package let rawValue: UInt32

    /// A mask as on the wire; bits without a quantity are refused.
    package init?(rawValue: UInt32) {
        guard rawValue & ~0x7FFFE == 0 else { return nil }
        self.rawValue = rawValue
    }

    private init(known: UInt32) { rawValue = known }

    /// What the devices send: powers, frequency, currents, voltages, angles between voltages.
    package static let usual = NetworkMask(known: 0x0006_3FFE)

    /// The quantities, in the order of their bits.
    package var quantities: [NetworkQuantity] {
        NetworkQuantity.allCases.filter { rawValue & 1 << UInt32($0.rawValue) != 0 }
    }
}

/// GETTESTS: samples, ascending in time.
package struct NetworkSamples: Sendable, Hashable {
    /// One sample.
    package struct Sample: Sendable, Hashable {
        /// Seconds of Unix time.
        package var time: UInt32
        /// kW, kVA, Hz, A, V, degrees, in the order of the mask; -1 for none.
        package var values: [Double]

        /// A sample.
        package init(time: UInt32, values: [Double]) {
            self.time = time
            self.values = values
        }
    }

    /// Which quantities.
    package var mask: NetworkMask
    /// Number of measuring elements, by a table that is not known; devices send 2.
    package var elements: UInt8
    /// Oldest first, at most 255.
    package var samples: [Sample]

    /// Samples.
    package init(mask: NetworkMask = .usual, elements: UInt8 = 2, samples: [Sample]) {
        self.mask = mask
        self.elements = elements
        self.samples = samples
    }

    /// Reads samples. Throws `truncated`, `trailing`, `unsupported` (a bit without a quantity).
    package init(from data: [UInt8]) throws(DecodingError) {
        var reader = OctetReader(data)
        guard let mask = NetworkMask(rawValue: try reader.little(UInt32.self, "mask")) else {
            throw DecodingError(.unsupported, at: 0, "mask of quantities")
        }
        self.mask = mask
        let count = try reader.octet("count")
        elements = try reader.octet("elements")
        samples = []
        for _ in 0..<count {
            let time = try reader.little(UInt32.self, "time")
            var values: [Double] = []
            for _ in mask.quantities { values.append(try reader.double("value")) }
            samples.append(Sample(time: time, values: values))
        }
        try reader.finish("samples")
    }

    /// The samples on the wire.
    package var data: [UInt8] {
        var writer = OctetWriter(capacity: 6 + samples.count * (4 + 8 * mask.quantities.count))
        writer.little(mask.rawValue)
        writer.octet(UInt8(clamping: samples.count))
        writer.octet(elements)
        for sample in samples.prefix(255) {
            writer.little(sample.time)
            for value in sample.values { writer.double(value) }
        }
        return writer.octets
    }
}

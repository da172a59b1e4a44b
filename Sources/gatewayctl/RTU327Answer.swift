// The data of an answer by the request it is for, as fields: for the analyser, and for `gatewayctl rtu327`.

import DLMS
import Octets
import RTU327
import Timekeeping

/// An answer's data taken apart.
struct RTU327Answer {
    /// The fields.
    let tree: FieldTree

    /// Reads the data of an answer to `request`. Throws what its layout throws.
    init(_ data: [UInt8], to request: Request) throws(DecodingError) {
        switch request {
        case .version:
            tree = .fields([.init("version", .text(String(decoding: data, as: UTF8.self)))])
        case .time, .lastLogNumber:
            var reader = OctetReader(data)
            let number = try reader.little(UInt32.self, "number")
            try reader.finish()
            tree = .fields([.init(request == .time ? "time" : "number", .integer(Int64(number)))])
        case .shiftTime: tree = .fields([])
        case .parameters: tree = RTU327Answer.tree(of: try MeterParameters(from: data))
        case .registers(_, let mask, _): tree = try RTU327Answer.registers(data, mask)
        case .profile(_, let mask, _, _):
            tree = RTU327Answer.tree(of: try ProfileStretch(from: data, mask), mask)
        case .network: tree = RTU327Answer.tree(of: try NetworkSamples(from: data))
        case .readings: tree = try RTU327Answer.readings(data)
        case .meterLog:
            tree = .list(
                try MeterEvent.list(from: data).map { event in
                    .fields([
                        .init("time", .integer(Int64(event.time))),
                        .init("type", .integer(Int64(event.type))),
                    ])
                })
        case .log:
            tree = .list(
                try LogRecord.list(from: data).map { record in
                    .fields([
                        .init("number", .integer(Int64(record.number))),
                        .init("code", .integer(Int64(record.code))),
                        .init("device", .integer(Int64(record.device))),
                        .init("time", .integer(Int64(record.time))),
                        .init("parameters", .text(record.parameters.hex)),
                    ])
                })
        }
    }

    /// A value; absent ones are none.
    private static func value(_ number: Double) -> FieldTree {
        number == absentValue || !number.isFinite ? .none : .real(number)
    }

    private static func tree(of parameters: MeterParameters) -> FieldTree {
        .fields([
            .init("type", .integer(Int64(parameters.type))),
            .init("currentRatio", value(parameters.currentRatio)),
            .init("voltageRatio", value(parameters.voltageRatio)),
            .init("multiplier", value(parameters.multiplier)),
            .init("interval", .integer(Int64(parameters.interval))),
            .init("objectType", .integer(Int64(parameters.objectType))),
            .init("objectNumber", .integer(Int64(parameters.objectNumber))),
            .init("feeder", .integer(Int64(parameters.feederNumber))),
        ])
    }

    private static func registers(_ data: [UInt8], _ mask: ChannelMask) throws(DecodingError) -> FieldTree {
        var reader = OctetReader(data)
        var fields: [FieldTree.Field] = []
        for channel in mask.channels {
            let bits = try reader.little(UInt64.self, "register")
            fields.append(.init(channel.name, value(Double(bitPattern: bits))))
        }
        try reader.finish("registers")
        return .fields(fields)
    }

    private static func tree(of stretch: ProfileStretch, _ mask: ChannelMask) -> FieldTree {
        .fields([
            .init("state", .integer(Int64(stretch.state))), .init("end", .integer(Int64(stretch.end))),
            .init(
                "intervals",
                .list(
                    stretch.intervals.map { interval in
                        .fields(
                            zip(mask.channels, interval.values).map { .init($0.name, value($1)) }
                                + [.init("state", .integer(Int64(interval.state)))])
                    })),
        ])
    }

    private static func tree(of samples: NetworkSamples) -> FieldTree {
        .fields([
            .init("elements", .integer(Int64(samples.elements))),
            .init(
                "samples",
                .list(
                    samples.samples.map { sample in
                        .fields(
                            [.init("time", .integer(Int64(sample.time)))]
                                + zip(samples.mask.quantities, sample.values).map {
                                    .init("\($0)", value($1))
                                })
                    })),
        ])
    }

    private static func readings(_ data: [UInt8]) throws(DecodingError) -> FieldTree {
        var reader = OctetReader(data)
        var readings: [FieldTree] = []
        while !reader.isAtEnd {
            let reading = try TariffReading(from: &reader)
            readings.append(
                .fields([
                    .init("meter", .text(reading.number)), .init("time", .integer(Int64(reading.time))),
                    .init("tariffs", .list(reading.registers.map(value))),
                    .init("total", value(reading.total)),
                ]))
        }
        return .list(readings)
    }
}

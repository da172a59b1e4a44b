// The shipped schema of messages against what is really sent.

import Archive
import Configuration
import Glibc
import JSONText
import Metering
import Publishing
import Seams
import Testing
import Timekeeping
import VirtualTime

/// As much of JSON Schema as etc/schemas/publication.schema.json uses.
struct SchemaChecker {
    /// Paths at which `value` does not fit `schema`.
    static func complaints(_ value: JSONValue, _ schema: JSONValue, at path: String = "") -> [String] {
        let type = schema["type"]
        let allowed = type?.elements?.compactMap(\.text) ?? type?.text.map { [$0] } ?? []
        if !allowed.isEmpty, !allowed.contains(where: { fits(value, $0) }) {
            return ["\(path): not \(allowed.joined(separator: " or "))"]
        }
        var found: [String] = []
        if let members = value.members {
            let names = members.map(\.name)
            for name in (schema["required"]?.elements ?? []).compactMap(\.text) where !names.contains(name) {
                found.append("\(path): \(name) is missing")
            }
            for member in members {
                if let inner = schema["properties"]?[member.name] {
                    found += complaints(member.value, inner, at: "\(path)/\(member.name)")
                } else if schema["additionalProperties"] == .boolean(false) {
                    found.append("\(path): \(member.name) is not in the schema")
                }
            }
        }
        if let items = schema["items"] {
            for (index, element) in (value.elements ?? []).enumerated() {
                found += complaints(element, items, at: "\(path)/\(index)")
            }
        }
        return found
    }

    private static func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.boolean, "boolean"), (.string, "string"), (.array, "array"),
            (.object, "object"), (.integer, "integer"), (.integer, "number"), (.number, "number"):
            true
        default: false
        }
    }
}

@Suite struct SchemaTests {
    private func schema(_ name: String = "publication") throws -> JSONValue {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/etc/schemas/\(name).schema.json", "r"))
        defer { fclose(file) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            octets += piece.prefix(count)
        }
        return try JSONValue(parsing: octets)
    }

    @Test func everyMessageFitsTheShippedSchema() throws {
        let schema = try schema()
        var configuration = GatewayConfiguration()
        configuration.brokers = [MQTTBroker(id: 1, address: "broker", port: 1_883)]
        configuration.messageTemplates = [
            MessageTemplate(
                id: 1,
                items: [
                    .init(measure: "ElConfig"), .init(measure: "ElMomentQuality"),
                    .init(measure: "ElArr1ConsPower"), .init(measure: "GetTime", depth: .none),
                ])
        ]
        configuration.publications = [Publication(id: 1, messageTemplateID: 1, brokerID: 1)]
        try VirtualWorld().run { [configuration] world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            let zone = ZoneOffset(minutes: 180)
            let stamp = MeterStamp(world.wall.now.civil(in: zone))
            let tags: [(Measure, [Metering.Tag])] = [
                (.configuration, [.kU, .isClock]), (.momentQuality, Metering.Tag.quality),
                (.powerProfile, []),
            ]
            for revision in 0..<2 {
                let readings = tags.map { measure, tags in
                    Reading(
                        measure, at: stamp, clockDifferenceSeconds: revision == 0 ? nil : 1,
                        values: tags.map {
                            MeasuredValue($0, mantissa: Int64(revision), scaler: $0.isFlag ? 0 : -2)
                        },
                        texts: measure == .configuration ? [TextValue(.model, "М\(revision)")] : [])
                }
                _ = try await bench.archive.store(
                    MeterSessionRows(
                        meterID: 1, serial: "1", readAt: world.wall.now, isTimeTrusted: true, zone: zone,
                        readings: readings))
            }
            try await bench.serving { bench in
                try await bench.publisher.fire(publication: 1)
                try await bench.settle()
                let documents = try await bench.hall.documents.map(Document.init)
                #expect(documents.count == 4)
                for document in documents {
                    #expect(SchemaChecker.complaints(document.json, schema) == [])
                }
            }
        }
    }

    @Test func theCheckerFindsWhatDoesNotFit() throws {
        let schema = try schema()
        let text = #"{"sn":1,"fw":"","publication":1,"time":"","measures":[{"measure":"m","new":1}]}"#
        let complaints = SchemaChecker.complaints(try JSONValue(parsing: text), schema)
        #expect(
            complaints == [
                "/sn: not string", "/measures/0: devices is missing", "/measures/0: new is not in the schema",
            ])
    }

    @Test func r28AlarmsAreToldInOneRetainedMessageAtTheConnectionAndAtEveryChange() throws {
        let schema = try schema("alarms")
        var configuration = GatewayConfiguration()
        configuration.brokers = [MQTTBroker(id: 1, address: "broker", port: 1_883, prefix: "um")]
        configuration.messageTemplates = [MessageTemplate(id: 1, items: [.init(measure: "ElJrnlOpen")])]
        configuration.publications = [Publication(id: 1, messageTemplateID: 1, brokerID: 1)]
        try VirtualWorld().run { [configuration] world in
            let bench = try PublishingBench(world)
            try await bench.archive.register([RegisteredMeter(id: 1)], revision: 1)
            try await bench.publisher.apply(configuration)
            @Sendable func store(_ alarms: AlarmWord) async throws {
                _ = try await bench.archive.store(
                    MeterSessionRows(
                        meterID: 1, serial: "77", readAt: world.wall.now, isTimeTrusted: true, zone: .utc,
                        alarms: alarms))
            }
            try await store(.magnet)
            try await bench.serving { bench in
                for word in [[], .magnet, [.terminalCover, .magnet]] as [AlarmWord] {
                    try await store(word)
                    await bench.publisher.hurry()
                    try await bench.settle()
                }
                let told = await bench.hall.arrived.filter { $0.topic.hasSuffix("/alarms") }
                let values = try told.map { try JSONValue(parsing: $0.payload) }
                #expect(!told.contains { !$0.retain })
                for value in values { #expect(SchemaChecker.complaints(value, schema) == []) }
                let codes = values.map { $0["alarms"]?.elements?.compactMap { $0["code"]?.text }.sorted() }
                #expect(codes == [[], ["magnet"], ["cover", "magnet"]])
            }
        }
    }
}

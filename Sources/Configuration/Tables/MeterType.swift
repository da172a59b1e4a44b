// The device types of the meter table: the numeric code old clients need in every answer and the name of
// protocol 40 (api 4.1). Which of them this version can talk to is the driver catalogue's knowledge, not the
// table's.

/// A device type of the meter table.
package struct MeterType: Sendable, Hashable {
    /// Numeric code, the `type` member.
    package let code: Int
    /// Name, the `typeName` member.
    package let name: String

    /// The type of a name; nil when the table has none.
    package static func named(_ name: String) -> MeterType? { all.first { $0.name == name } }

    /// The type of a code; nil when the table has none.
    package static func coded(_ code: Int) -> MeterType? { all.first { $0.code == code } }

    /// A hub reached by TCP, the parent of meters on «Интерфейс концентратора»; it has no readings itself.
    /// The vendor's code is not known; 240 is ours.
    package static let virtualHub = MeterType(code: 240, name: "VirtualHub")

    /// Every type a row may have.
    package static let all: [MeterType] =
        [
            (1, "Mercury200"), (2, "SEB2a"), (3, "Mercury23x"), (4, "SETxTM"), (5, "SE303"), (6, "SE301"),
            (8, "SE102"), (9, "UMTV10"), (10, "PSCHxTM"), (11, "SE102M"), (17, "PSCH3TA"), (22, "SOE55_217"),
            (23, "STE561"), (24, "SOE55_215"), (25, "A1140"), (26, "NEVA1xx"), (27, "NEVA3xx"),
            (28, "MILUR10x"), (29, "MILUR30x"), (30, "SOE55_415"), (31, "Mercury203"), (32, "Mercury206"),
            (33, "TOPAZ"), (35, "INTEGRA10x"), (36, "SPODES"), (37, "PulsarE1F4T"), (38, "PulsarE3F4T"),
            (91, "Mercury225.2"), (92, "FX868"), (93, "Pulsar"), (94, "MILUR IC"), (192, "ST410"),
            (226, "VIST"), (241, "SE208_318BY"),
        ].map { MeterType(code: $0.0, name: $0.1) } + [virtualHub]
}

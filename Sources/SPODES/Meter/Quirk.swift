// What a model does that no standard asks for: each is one word of the `quirks` in its personality, seen on
// the meter named with it. Sizes, stamps and columns are no quirks; they have their own places in
// `Personality`.

/// One oddity of a model.
package enum Quirk: String, Sendable, Hashable, Codable, CaseIterable {
    /// A session that ended without DISC leaves the meter deaf to SNRM until its inactivity time-out, or
    /// until it hears DISC, five seconds of silence and DISC again (Mercury 234).
    case deafAfterBrokenSession
    /// Five wrong passwords in a row, and the meter answers nobody for 24 hours (Nartis).
    case blocksWrongPasswords
    /// Answers come with the service-class bit of the invoke identifier cleared: 81 for C1 (Mercury 234).
    case dropsServiceClass
    /// Between the rows of the load profile stand some of an earlier life, and months without rows are there
    /// as their dates alone (device 40).
    case staleRows
    /// Register 1.0.128.7.0 holds the imbalance of currents instead of tg φ of phase A (Milur 107S).
    case currentImbalanceAt128
    /// Journals tell codes as enumerations, channel and client as octet strings, and of voltages the depth
    /// and length too (Nartis).
    case detailedJournals
    /// Journals tell codes as double-long-unsigned (early KPZ).
    case wideEventCodes
    /// Profiles of scalers have their columns in another order than the rows they are for (KPZ).
    case shuffledScalers
    /// The association shows no rights to read, though reading is allowed (a meter of the Wiren Board tests).
    case hidesReadRights
}

extension Personality {
    /// Whether the model has a quirk.
    package func has(_ quirk: Quirk) -> Bool { quirks?.contains(quirk) == true }
}

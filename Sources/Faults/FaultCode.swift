// The closed list of fault codes. A code is stable: clients compare it, the catalogue has a Russian and an
// English text for each, and a test holds the two lists equal. Grouped by who has to act.

/// What went wrong, as a stable dotted name.
package enum FaultCode: String, Sendable, Hashable, CaseIterable {
    // Input of people and programs
    case inputMissing = "input.missing"
    case inputType = "input.type"
    case inputRange = "input.range"
    case inputFormat = "input.format"
    case inputDuplicate = "input.duplicate"
    case inputUnknownReference = "input.reference"
    case inputTooLarge = "input.size"
    case inputNotJSON = "input.json"
    case unknownMeasure = "input.measure"

    // Access
    case loginRefused = "access.login"
    case sessionMissing = "access.session"
    case rightMissing = "access.right"
    case passwordMustChange = "access.password.change"
    case originRefused = "access.origin"
    case tooManyAttempts = "access.attempts"

    // Configuration
    case revisionConflict = "configuration.conflict"
    case revisionDamaged = "configuration.damaged"
    case revisionNewer = "configuration.newer"
    case revisionWrite = "configuration.write"
    case seasonUnsupported = "configuration.season"
    case administratorMissing = "configuration.administrator"

    // Lines
    case lineBusy = "line.busy"
    case lineMissing = "line.missing"
    case lineClosed = "line.closed"
    case lineOpenFailed = "line.open"

    // Hubs
    case hubBusy = "hub.busy"
    case hubUnreachable = "hub.unreachable"

    // Servers of the device
    case serverListen = "server.listen"
    case remoteVersion = "remote.version"
    case remoteSession = "remote.session"

    // Supply lines of the interfaces
    case supplyMissing = "supply.missing"
    case supplySwitch = "supply.switch"

    // Meters
    case meterSilent = "meter.silent"
    case meterSlow = "meter.slow"
    case meterEngaged = "meter.engaged"
    case meterGarbage = "meter.garbage"
    case meterRefusedPassword = "meter.password"
    case meterKeys = "meter.keys"
    case meterRefused = "meter.refused"
    case meterBlocked = "meter.blocked"
    case meterDisconnected = "meter.disconnected"
    case meterProtocol = "meter.protocol"
    case meterSerialChanged = "meter.serial"
    case meterUnsupported = "meter.unsupported"
    case meterDataAccess = "meter.access"
    case meterTypeUnknown = "meter.type"
    case meterAlias = "meter.alias"
    case meterAddressReserved = "meter.address"
    case meterParentNotHub = "meter.parent"
    case meterParentCycle = "meter.cycle"
    case meterParentOwn = "meter.own"

    // Relays of meters
    case meterNoRelay = "meter.relay"
    case meterLevelMissing = "meter.level"
    case relayOne = "relay.one"
    case relayReady = "relay.ready"
    case relayUnchanged = "relay.unchanged"
    case relayUnknown = "relay.unknown"
    case relayCurrent = "relay.current"
    case relaySwitched = "relay.switched"

    // Clocks of meters
    case clockBeyondShift = "clock.beyond"
    case clockCorrectedToday = "clock.today"
    case clockNearBoundary = "clock.boundary"
    case clockSlowAnswer = "clock.slow"

    // Archive
    case archiveOpen = "archive.open"
    case archiveAway = "archive.away"
    case archiveWrite = "archive.write"
    case archiveNewer = "archive.newer"
    case archiveRead = "archive.read"
    case archiveDamaged = "archive.damaged"
    case archiveFull = "archive.full"
    case archiveStopped = "archive.stopped"
    case archiveFilling = "archive.filling"
    case archiveReplaced = "archive.replaced"
    case archiveSound = "archive.sound"
    case archiveRowFuture = "archive.future"
    case archiveRowClock = "archive.clock"

    // Brokers
    case brokerUnreachable = "broker.unreachable"
    case brokerRefused = "broker.refused"
    case brokerCertificate = "broker.certificate"
    case brokerTLSVersion = "broker.tls"
    case brokerName = "broker.name"

    // Events
    case eventTimeUntrusted = "event.time"
    case eventCoalesced = "event.coalesced"

    // Files for people
    case spreadsheetTooLarge = "spreadsheet.size"
    case spreadsheetFailed = "spreadsheet.failed"

    // The gateway itself
    case timeUntrusted = "time.untrusted"
    case stopped = "operation.stopped"
    case notFound = "operation.unknown"
    case internalError = "internal"
}

extension FaultCode {
    /// Whether a meter must be left alone after it: it counts wrong passwords and keys, and blocks (R22).
    package var isAboutCredentials: Bool { self == .meterRefusedPassword || self == .meterKeys }
}

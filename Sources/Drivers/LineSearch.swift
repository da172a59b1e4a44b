// Search of a line for meters: a list of places worth a look, the likeliest first, and the walk along it. No
// password is tried (R22). Between two looks the line is free for others. Used by the poller and by
// `gatewayctl scan`.

package import Metering
import SPODES
package import Seams
import Timekeeping

/// What to search for, and where.
package struct SearchOrder: Sendable, Hashable {
    /// What octets run over.
    package var medium: MeterPoint.Medium
    /// Serial numbers of meters that may hang on the line: places that follow from them come first (R10).
    package var serials: [String]
    /// Speeds and formats to try on a serial line, in order; a network has none.
    package var settings: [SerialSettings]
    /// Physical addresses to try one after another in the end; nil for none.
    package var range: ClosedRange<Int>?

    /// So many serial numbers are worked with at most.
    package static let mostSerials = 500

    /// An order.
    package init(
        _ medium: MeterPoint.Medium, serials: [String] = [], settings: [SerialSettings] = [.standard],
        range: ClosedRange<Int>? = nil
    ) {
        self.medium = medium
        self.serials = Array(serials.prefix(SearchOrder.mostSerials))
        self.settings = medium == .network || settings.isEmpty ? [.standard] : settings
        self.range = range?.clamped(to: AddressRules.accepted)
    }

    /// Every place to look at, once each.
    package var steps: [SearchStep] {
        let walk = range.map(Array.init) ?? []
        var steps: [SearchStep] = []
        for settings in settings {
            for serial in serials {
                steps += AddressRules.addresses(ofSerial: serial).map {
                    SearchStep(settings: settings, address: $0, serial: serial)
                }
            }
            steps += AddressRules.usual.map { SearchStep(settings: settings, address: $0) }
        }
        if medium == .network { steps.append(SearchStep(settings: .standard, transport: .wrapper)) }
        for settings in settings {
            steps += walk.map { SearchStep(settings: settings, address: $0) }
        }
        // Seldom: four octets where two would do, and a lone meter, which hears the logical device alone.
        for settings in settings {
            let short = (AddressRules.usual + walk).filter { $0 < 0x80 }
            steps += short.map { SearchStep(settings: settings, address: $0, octets: 4) }
            steps.append(SearchStep(settings: settings, octets: 1))
        }
        var seen: Set<SearchStep> = []
        return steps.filter { seen.insert($0.place).inserted }
    }
}

/// A place on a line.
package struct SearchStep: Sendable, Hashable {
    /// Speed and format.
    package var settings: SerialSettings
    /// Physical address.
    package var address = MeterPoint.standardPhysicalAddress
    /// Octets of the HDLC address, 1, 2 or 4; 0 is as many as it needs.
    package var octets = 0
    /// HDLC or the wrapper.
    package var transport = MeterLink.Transport.hdlc
    /// The serial number that suggests it; empty for none.
    package var serial = ""

    /// The same place whatever suggests it.
    fileprivate var place: SearchStep {
        var step = self
        step.serial = ""
        return step
    }

    /// The point to look at: the public client, no password.
    func point(_ medium: MeterPoint.Medium) -> MeterPoint {
        MeterPoint(
            id: address, typeName: "SPODES", address: String(address),
            link: MeterLink(transport: transport, addressOctets: octets, client: 16), medium: medium)
    }
}

/// A meter that answered.
package struct FoundMeter: Sendable, Hashable {
    /// Where.
    package var place: SearchStep
    /// Its logical device name; empty when it would not tell.
    package var name: String
    /// How long the answer to a small request took.
    package var roundTrip: Duration
    /// Its clock minus ours; nil when it would not tell.
    package var clockDifferenceSeconds: Int32?

    /// A meter.
    package init(
        _ place: SearchStep, name: String, roundTrip: Duration, clockDifferenceSeconds: Int32? = nil
    ) {
        self.place = place
        self.name = name
        self.roundTrip = roundTrip
        self.clockDifferenceSeconds = clockDifferenceSeconds
    }

    /// Three letters of its maker; empty when not told.
    package var maker: String { AddressRules.maker(ofDeviceName: name) }
    /// Its serial number, as far as the name tells.
    package var serial: String { AddressRules.serial(ofDeviceName: name) }
}

/// How far a search has come.
package struct SearchProgress: Sendable, Hashable {
    /// Places looked at, and all of them.
    package var done: Int
    package var total: Int
    /// Places where octets came that were no answer: wrong speed, two meters at one address, noise.
    package var garbled: Int
    /// A meter found just now.
    package var found: FoundMeter?
    /// Whether somebody else has the line, so that the search stands still.
    package var waits = false

    /// A state of a search.
    package init(done: Int, total: Int, garbled: Int, found: FoundMeter? = nil) {
        self.done = done
        self.total = total
        self.garbled = garbled
        self.found = found
    }
}

/// The walk along an order's places.
package struct LineSearch: Sendable {
    private let order: SearchOrder
    private let driver: any MeterDriver

    /// A search with the driver of a family.
    package init(_ order: SearchOrder, driver: any MeterDriver) {
        self.order = order
        self.driver = driver
    }

    /// What is known of the line so far.
    private struct Known {
        var names: Set<String> = []
        var places: Set<String> = []
        var serials: Set<String> = []

        /// Whether a place need not be looked at: there, at that speed, or of that number somebody is known.
        func covers(_ step: SearchStep) -> Bool {
            serials.contains(step.serial) || places.contains(Known.key(step))
        }

        /// Takes a meter; false for one that is known from another place.
        mutating func take(_ meter: FoundMeter, sought: [String]) -> Bool {
            places.insert(Known.key(meter.place))
            guard meter.name.isEmpty || names.insert(meter.name).inserted else { return false }
            let digits = meter.serial
            serials.formUnion(sought.filter { !$0.isEmpty && !digits.isEmpty && $0.hasSuffix(digits) })
            return true
        }

        private static func key(_ step: SearchStep) -> String {
            step.octets == 1 || step.transport == .wrapper
                ? "\(step.octets) \(step.transport)" : "\(step.settings.text) \(step.address)"
        }
    }

    /// Looks at place after place. `borrow` lends the line for one look at a speed, `isTaken` tells whether
    /// others have it; `progress` hears of every place. Throws what `borrow` throws, a line that fails among
    /// it.
    package func run(
        borrow: (SerialSettings, (any Channel) async throws -> FoundMeter?) async throws -> FoundMeter?,
        isTaken: () async -> Bool = { false },
        progress: (SearchProgress) async -> Void
    ) async throws {
        let steps = order.steps
        var known = Known()
        var now = SearchProgress(done: 0, total: steps.count, garbled: 0)
        await progress(now)
        for step in steps {
            try Task.checkCancellation()
            now.found = nil
            if !known.covers(step) {
                if await isTaken() {
                    now.waits = true
                    await progress(now)
                    now.waits = false
                }
                do {
                    let found = try await borrow(step.settings) { channel in
                        try await driver.look(at: step, over: channel, medium: order.medium)
                    }
                    if let found, known.take(found, sought: order.serials) { now.found = found }
                } catch is Garbled {
                    now.garbled += 1
                }
            }
            now.done += 1
            await progress(now)
        }
    }
}

/// Octets came that were no answer.
package struct Garbled: Error, Sendable, Hashable {
    /// The only one there is.
    package init() {}
}

// One conversation with one DLMS meter over a channel somebody else opened: link, association, services (ask
// → answer). The machines of `DLMS` decide what to say; this actor carries octets, waits and gives up (R22,
// R25). Used by the session of a driver, one request at a time.

package import DLMS
package import Logging
import Octets
package import Seams
import Timekeeping

/// The dialogue of one session.
package actor DLMSDialogue {
    let link: DLMSLink
    let channel: any Channel
    let clock: any MonotonicClock
    let logger: Logger
    /// What is known of the meter's speed; taken over into the driver's memory when the session ends.
    package internal(set) var times: ResponseTimes
    /// What is known of how the meter takes lists; taken over likewise.
    package internal(set) var lists: ListHabit
    /// The transport that the meter answered on; nil before.
    package private(set) var transport: DLMSLink.Transport?

    var hdlc: HDLCClient
    var frames = HDLCFrameDecoder()
    var units = WrapperDecoder()
    /// First octets since the last frame that were none, for the verdict "garbage" (R29).
    var stray: [UInt8] = []
    /// True while octets sent hold an authentication value (D12).
    var isSecret = false

    /// Whether an answer may be given up between two of its pieces (R27).
    var givesWay = false

    var application: ApplicationClient
    /// Told what the meter says unasked: inside the association's protection, or in the clear.
    let overheard: (@Sendable (OverheardPush.Content) -> Void)?
    private let manner: LinkManner
    /// Where invocation counters come from; nil for a meter without keys.
    private let supply: CounterSupply?
    private var isBusy = false
    private var reopenings = 0

    /// A dialogue that has not begun.
    package init(
        _ link: DLMSLink, over channel: any Channel, clock: any MonotonicClock,
        times: ResponseTimes = ResponseTimes(), lists: ListHabit = ListHabit(),
        manner: LinkManner = LinkManner(), logger: Logger = .silent, supply: CounterSupply? = nil,
        ciphering: CipheringMemory = CipheringMemory(),
        overheard: (@Sendable (OverheardPush.Content) -> Void)? = nil
    ) {
        self.overheard = overheard
        self.manner = manner
        self.supply = supply
        self.link = link
        self.channel = channel
        self.clock = clock
        self.times = times
        self.lists = lists
        self.logger = logger
        hdlc = HDLCClient(HDLCClient.Settings(client: link.clientAddress, server: link.serverAddress))
        var settings = link.settings
        settings.heardCounters = ciphering.heard
        settings.security?.counters = ciphering.counters
        application = ApplicationClient(settings: settings)
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes lists as the meter's maker has them from now on.
    func adopt(_ habit: ListHabit) { lists = habit }

    // MARK: Opening and closing

    /// Opens link and association. `wasHeard`: the meter has answered before, so a silent one may be stuck in
    /// an old session. Throws the failure of the last transport tried.
    package func open(wasHeard: Bool) async throws(DialogueFailure) {
        for (index, candidate) in link.transports.enumerated() {
            let isLast = index == link.transports.count - 1
            do throws(DialogueFailure) {
                try await open(candidate, retries: isLast ? 2 : 1, wasHeard: wasHeard)
                return
            } catch {
                switch error {
                case .silent, .garbage: if isLast { throw error }
                default: throw error
                }
            }
        }
    }

    /// Whether anybody is there: one SNRM, not repeated, and DISC; over the wrapper an association. A refusal
    /// is an answer too. Throws the failure of the first transport.
    package func probe() async throws(DialogueFailure) {
        transport = link.transports.first
        stray = []
        do throws(DialogueFailure) {
            if transport == .hdlc {
                hdlc = HDLCClient(
                    HDLCClient.Settings(client: link.clientAddress, server: link.serverAddress, retries: 0))
                _ = try await perform(hdlc.connect(), .link)
            } else {
                try await associate()
            }
        } catch {
            switch error {
            case .link(.disconnectedMode), .application: break
            default: throw error
            }
        }
        await close()
    }

    /// Closes association and link; never throws. In a cancelled task it says goodbye without waiting for the
    /// answer.
    package func close() async {
        let wasAssociated = application.isOpen
        defer { application.linkClosed() }
        switch transport {
        case nil: return
        case .hdlc:
            // A farewell into the answer under way would be heard by nobody and spoil the next conversation.
            guard hdlc.isOpen, hdlc.isIdle || !Task.isCancelled else { return }
            let goodbye = hdlc.disconnect()
            if Task.isCancelled {
                for case .send(let octets) in goodbye { try? await write(octets) }
            } else {
                _ = try? await perform(goodbye, .link)
            }
        case .wrapper:
            guard wasAssociated, let goodbye = try? application.release() else { return }
            if Task.isCancelled {
                try? await write(wrapped(goodbye))
            } else {
                _ = try? await carry(goodbye, .link)
            }
        }
    }

    private func open(
        _ candidate: DLMSLink.Transport, retries: Int, wasHeard: Bool
    ) async throws(DialogueFailure) {
        begin(candidate, retries: retries)
        if candidate == .hdlc {
            let address = link.serverAddress
            let station = StationAddress(logical: address.upper, physical: address.lower)
            if let until = await channel.engagement(of: station) { throw .engaged(until: until) }
            try await connect(wasHeard: wasHeard)
        }
        do throws(DialogueFailure) {
            try await associate()
        } catch {
            await close()
            throw error
        }
    }

    func begin(_ candidate: DLMSLink.Transport, retries: Int) {
        transport = candidate
        stray = []
        guard candidate == .hdlc else { return }
        hdlc = HDLCClient(
            HDLCClient.Settings(
                client: link.clientAddress, server: link.serverAddress, proposal: manner.proposal,
                retries: retries))
    }

    /// SNRM. Mercury 234 ignores it after a broken session until it has heard DISC, five seconds of silence
    /// and DISC again (quirk 1); others answer DM once.
    private func connect(wasHeard: Bool) async throws(DialogueFailure) {
        do throws(DialogueFailure) {
            _ = try await perform(hdlc.connect(), .link)
        } catch {
            switch error {
            case .link(.disconnectedMode): _ = try await sayDisconnect()
            case .silent where wasHeard:
                if try await !sayDisconnect(), manner.disconnectSilence > .zero {
                    try await drain(for: manner.disconnectSilence)
                    _ = try await sayDisconnect()
                }
            default: throw error
            }
            _ = try await perform(hdlc.connect(), .link)
        }
    }

    /// One DISC, not repeated; whether it was answered.
    private func sayDisconnect() async throws(DialogueFailure) -> Bool {
        for case .send(let octets) in hdlc.disconnect() { try await write(octets) }
        return try await drain(for: link.medium == .network ? .seconds(3) : .milliseconds(800)).contains(
            .disconnected)
    }

    /// Opens the association; once more with the mechanism the meter named, when it refused ours by name and
    /// the row leaves the mechanism to us. A refused secret is never followed by another try (R22).
    func associate() async throws(DialogueFailure) {
        do throws(DialogueFailure) { try await associateOnce() } catch {
            guard case .application(.refused(_, let diagnostic)) = error,
                diagnostic.isAboutAuthentication, diagnostic != .authenticationFailure,
                application.settings.authentication.mechanism == link.authentication.mechanism,
                let named = link.alternatives.first(where: { $0.mechanism == application.namedMechanism })
            else { throw error }
            application.settings.authentication = named
            try await associateOnce()
        }
    }

    private func associateOnce() async throws(DialogueFailure) {
        application.linkClosed()
        if mustRefill { try await refill() }
        let request: [UInt8]
        do throws(ApplicationError) { request = try application.associate() } catch {
            throw .application(error)
        }
        isSecret = true
        defer { isSecret = false }
        _ = try await serve(request, .simple)
    }

    // MARK: Services

    /// Reads one attribute. Opens the link anew, at most twice a session, when the meter has forgotten it:
    /// reading may be repeated (R23).
    package func get(
        _ attribute: AttributeDescriptor, selection: AccessSelection? = nil, _ request: RequestClass = .simple
    ) async throws(DialogueFailure) -> GetDataResult {
        let outcome = try await repeatable(request) { application throws(ApplicationError) in
            try application.get(attribute, selection: selection)
        }
        guard case .get(let result) = outcome else { throw .application(.unexpected("answer to GET")) }
        return result
    }

    /// Whether nobody's patience ends while the session lasts: what pays off later may be learned.
    package nonisolated var isUnhurried: Bool { channel.lastRequestBy == nil }

    /// Whether the meter lets rows be selected.
    package var selects: Bool { application.negotiated?.conformance.contains(.selectiveAccess) == true }

    /// A service that may be asked for twice: after the meter has forgotten the link, after the link was
    /// given up, and once when the wrapper, which repeats nothing itself, stayed without an answer.
    func repeatable(
        _ request: RequestClass, _ make: (inout ApplicationClient) throws(ApplicationError) -> [UInt8]
    ) async throws(DialogueFailure) -> ApplicationClient.Outcome {
        var mayRepeat = transport == .wrapper
        while true {
            if !application.isOpen { try await reopen() }
            if mustRefill { try await refill() }
            let octets: [UInt8]
            do throws(ApplicationError) { octets = try make(&application) } catch {
                throw .application(error)
            }
            do throws(DialogueFailure) {
                return try await serve(octets, request)
            } catch {
                if error == .silent, mayRepeat {
                    mayRepeat = false
                } else if !error.isLinkLost || reopenings == DLMSDialogue.maximumReopenings {
                    throw error
                }
            }
        }
    }

    /// A service that must not be asked for twice (R23): in the association there is, or not at all.
    func once(
        _ make: (inout ApplicationClient) throws(ApplicationError) -> [UInt8]
    ) async throws(DialogueFailure) -> ApplicationClient.Outcome {
        guard application.isOpen else { throw .link(.violation("the association was lost")) }
        if mustRefill { try await refill() }
        let octets: [UInt8]
        do throws(ApplicationError) { octets = try make(&application) } catch { throw .application(error) }
        return try await serve(octets, .simple)
    }

    // MARK: Ciphering

    /// What is left of the counters, and the newest heard of the meter: for the next session.
    var ciphering: CipheringMemory {
        var memory = CipheringMemory(heard: application.settings.heardCounters)
        memory.counters = application.security?.counters ?? InvocationCounters()
        memory.note(application.security)
        return memory
    }

    /// Whether the block of counters in use is about to end.
    private var mustRefill: Bool {
        guard supply != nil, let left = application.security?.counters.count else { return false }
        return left < CounterSupply.reserve
    }

    /// A new block of counters before the old one ends: what is sent is on disk as used before it is sent.
    private func refill() async throws(DialogueFailure) {
        guard let supply else { return }
        application.security?.counters = try await supply.next()
    }

    /// How often a session opens its link anew.
    private static let maximumReopenings = 2

    private func reopen() async throws(DialogueFailure) {
        guard reopenings < DLMSDialogue.maximumReopenings, let transport else {
            throw .link(.violation("the link was given up"))
        }
        reopenings += 1
        application.settings.heardCounters = ciphering.heard
        try await open(transport, retries: 2, wasHeard: true)
    }

    /// One service to its end: blocks go to and fro until the outcome.
    @inline(__always)
    private func serve(
        _ first: [UInt8], _ request: RequestClass
    ) async throws(DialogueFailure) -> ApplicationClient.Outcome {
        guard !isBusy else { throw .application(.misuse("two requests at once")) }
        if let last = channel.lastRequestBy, clock.now >= last { throw .timeUp }
        isBusy = true
        defer { isBusy = false }
        do throws(DialogueFailure) {
            var next: [UInt8]? = first
            while true {
                let answer: [UInt8]
                if let apdu = next {
                    answer = try await carry(apdu, request)
                } else {
                    answer = try await listen(request)
                }
                next = nil
                if mustRefill { try await refill() }
                switch application.received(answer) {
                case .sendAPDU(let apdu):
                    if givesWay { try await giveWayIfWanted() }
                    next = apdu
                case .completed(let outcome): return outcome
                case .failed(let error): throw .application(error)
                case .ignored: continue
                case .notified(let push):
                    guard let notification = Notification(push) else { continue }
                    note(.opened(MeterPush(notification), isProtected: isProtecting))
                }
            }
        } catch {
            application.abandonService()
            if transport == .hdlc, !hdlc.isIdle { application.linkClosed() }
            throw error
        }
    }
}

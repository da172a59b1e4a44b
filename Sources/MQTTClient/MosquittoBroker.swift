// One connection to one broker: libmosquitto on the event loop, without its thread. The actor watches the
// library's socket, ticks its keep-alive, and turns acknowledgements into returns of `publish` (decision
// D2).
//
//   idle ── connect ──► connecting ── CONNACK 0 ──► connected ── end of connection, disconnect ──► idle
//                            │ refusal, TLS or socket failure, deadline: idle again, with the reason

import CMosquitto
import EventLoop
import Logging
package import Seams
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// A broker behind libmosquitto.
package actor MosquittoBroker: Broker {
    private let loop: Loop
    private let settings: BrokerSettings
    private let logger: Logger
    private let memory: TLSSessionMemory

    private var session: MosquittoSession?
    private var isConnected = false
    private var attempt: Attempt?
    private var readWatch: DescriptorWatch?
    private var writeWatch: DescriptorWatch?
    private var tick: TimerToken?
    /// Messages handed to the library and not yet acknowledged, by its number.
    private var pending: [Int32: Delivery] = [:]
    /// Who waits for a place among them, first come, first served.
    private var places: [Place] = []
    /// Who waits for the end of the connection.
    private var mourners: [Wakeup] = []
    /// When the broker was last heard.
    private var heard: MonotonicInstant
    /// Places given to callers that have not run yet.
    private var reserved = 0

    /// Messages in the library's memory; its own queue beyond is unbounded.
    private static let window = 20
    private static let connectLimit = Duration.seconds(20)
    private static let farewellLimit = Duration.seconds(2)
    /// The broker may take 256 MB; our documents are a thousandth of it (D2).
    private static let payloadLimit = 16 << 20

    /// A connection being made.
    private final class Attempt {
        let wakeup = Wakeup()
        var outcome: Result<Void, BrokerError>?
    }

    /// A message under way.
    private final class Delivery {
        let wakeup = Wakeup()
        var outcome: Result<Void, BrokerError>?
    }

    /// A caller waiting for a place.
    private final class Place {
        let wakeup = Wakeup()
        var isGranted = false
    }

    init(loop: Loop, settings: BrokerSettings, logger: Logger, memory: TLSSessionMemory) {
        self.loop = loop
        self.settings = settings
        self.logger = logger
        self.memory = memory
        heard = loop.clock.now
    }

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    // MARK: - Connecting

    /// Resolves, connects, and waits for CONNACK; twenty seconds at most.
    package func connect() async throws(BrokerError) {
        if isConnected { await disconnect() }
        if session != nil { end(.disconnected) }
        let deadline = loop.clock.now + MosquittoBroker.connectLimit
        let tls = try makeTLS()
        let addresses: [SocketAddress]
        do {
            addresses = try await Resolver(loop: loop).addresses(
                of: settings.host, port: settings.port, until: deadline)
        } catch {
            throw .unreachable(error.reason)
        }
        var failure = BrokerError.unreachable("looking up \(settings.host): no address")
        for address in addresses {
            do {
                return try await connect(to: address.digits, tls, until: deadline)
            } catch {
                failure = error
                // Only an address that cannot be reached says nothing about the next one.
                guard case .unreachable = error else { break }
            }
        }
        logger.log(.info, "broker not connected", [(.broker, settings.host), (.error, "\(failure)")])
        throw failure
    }

    private func makeTLS() throws(BrokerError) -> TLSClientContext? {
        guard case .tls(let verify, let authority) = settings.encryption else { return nil }
        do {
            return try TLSClientContext(
                serverName: settings.host, verify: verify, authority: authority, memory: memory)
        } catch {
            switch error {
            case .certificate(let reason): throw .certificate(reason)
            case .version(let reason): throw .tlsVersion(reason)
            }
        }
    }

    private func connect(
        to address: String, _ tls: TLSClientContext?, until deadline: MonotonicInstant
    ) async throws(BrokerError) {
        tls?.reset()
        guard let session = MosquittoSession(settings, tls: tls) else {
            throw .refused("client identifier, login or will not allowed")
        }
        let attempt = Attempt()
        self.session = session
        self.attempt = attempt
        let code = mosquitto_connect_async(
            session.handle, address, Int32(settings.port), Int32(keepAlive))
        let number = errno
        if code != 0, code != MOSQ_ERR_CONN_PENDING.rawValue {
            end(session.reason(of: code, errno: number))
        } else {
            watch(session)
            let wakeup = attempt.wakeup
            let token = loop.schedule(at: deadline) { wakeup.signal() }
            await wakeup.wait()
            loop.cancel(token)
        }
        self.attempt = nil
        switch attempt.outcome {
        case .success: logger.log(.info, "broker connected", [(.broker, settings.host)])
        case .failure(let error):
            memory.forget()
            throw error
        case nil:
            memory.forget()
            end(.disconnected)
            throw .unreachable(Task.isCancelled ? "stopped" : "no answer within the time limit")
        }
    }

    /// Hangs the library's socket on the loop. The first room to write is the connection itself.
    private func watch(_ session: MosquittoSession) {
        let socket = mosquitto_socket(session.handle)
        readWatch = DescriptorWatch(loop: loop, descriptor: socket, interest: .readable) { [weak self] in
            self?.assumeIsolated { broker in
                broker.heard = broker.loop.clock.now
                broker.turn { $0.read() }
            }
        }
        writeWatch = DescriptorWatch(loop: loop, descriptor: socket, interest: .writable) { [weak self] in
            self?.assumeIsolated { $0.turn { mosquitto_loop_write($0.handle, 1) } }
        }
        readWatch?.enable()
        writeWatch?.enable()
        scheduleTick()
    }

    private func scheduleTick() {
        tick = loop.schedule(at: loop.clock.now + .seconds(1)) { [weak self] in
            self?.assumeIsolated { broker in
                broker.turn { mosquitto_loop_misc($0.handle) }
                broker.endIfSilent()
                if broker.session != nil { broker.scheduleTick() }
            }
        }
    }

    private var keepAlive: Int { min(max(settings.keepAliveSeconds, 5), 65_535) }

    /// The library probes after a keep-alive of silence and waits for another one; half of it is enough.
    private func endIfSilent() {
        guard isConnected, loop.clock.now - heard > .milliseconds(keepAlive * 1_500) else { return }
        end(.disconnected)
    }

    // MARK: - Turning the library

    /// Lets the library do one thing and takes the consequences.
    private func turn(_ act: (MosquittoSession) -> Int32) {
        guard let session else { return }
        if !isConnected {
            let code = session.socketError
            if code != 0 { return end(.unreachable(SystemReason.text(code))) }
        }
        let code = act(session)
        let number = errno
        takeEvents(of: session)
        guard self.session === session else { return }
        if code != 0 {
            end(session.reason(of: code, errno: number))
        } else if mosquitto_want_write(session.handle) {
            writeWatch?.enable()
        } else {
            writeWatch?.disable()
        }
    }

    private func takeEvents(of session: MosquittoSession) {
        for event in session.takeEvents() {
            switch event {
            case .answered(0):
                isConnected = true
                attempt?.outcome = .success(())
                attempt?.wakeup.signal()
            case .answered(let code):
                end(.refused(String(cString: mosquitto_connack_string(code))))
            case .published(let number):
                settle(number)
            case .ended(let code):
                end(isConnected ? .disconnected : session.reason(of: code, errno: 0))
            }
        }
    }

    /// Forgets the connection; who waits is told why.
    private func end(_ reason: BrokerError) {
        guard session != nil else { return }
        readWatch?.disable()
        writeWatch?.disable()
        readWatch = nil
        writeWatch = nil
        if let tick { loop.cancel(tick) }
        tick = nil
        session = nil
        if isConnected { logger.log(.info, "broker disconnected", [(.broker, settings.host)]) }
        isConnected = false
        if let attempt, attempt.outcome == nil {
            attempt.outcome = .failure(reason)
            attempt.wakeup.signal()
        }
        for delivery in pending.values {
            delivery.outcome = .failure(.disconnected)
            delivery.wakeup.signal()
        }
        pending = [:]
        for place in places { place.wakeup.signal() }
        places = []
        for mourner in mourners { mourner.signal() }
        mourners = []
    }

    // MARK: - Publishing

    /// Sends one message and waits for its acknowledgement, after waiting for a place among the twenty
    /// under way. A cancelled caller gets `disconnected`; its message may have arrived.
    package func publish(_ message: BrokerMessage) async throws(BrokerError) {
        try validate(message)
        if isConnected, !places.isEmpty || isFull { try await waitForPlace() }
        guard let session, isConnected else { throw .disconnected }
        var number: Int32 = 0
        let code = mosquitto_publish(
            session.handle, &number, message.topic, Int32(message.payload.count), message.payload,
            Int32(message.qos), message.retain)
        guard code == 0 else { throw refusal(code) }
        let delivery = Delivery()
        pending[number] = delivery
        // At QoS 0 the library may have written, and told so, before it returned.
        turn { _ in 0 }
        if delivery.outcome == nil { await delivery.wakeup.wait() }
        try (delivery.outcome ?? .failure(.disconnected)).get()
    }

    private func settle(_ number: Int32) {
        guard let delivery = pending.removeValue(forKey: number) else { return }
        delivery.outcome = .success(())
        delivery.wakeup.signal()
        offerPlaces()
    }

    private var isFull: Bool { pending.count + reserved >= MosquittoBroker.window }

    /// Messages leave in the order in which `publish` was called, also through a full window.
    private func waitForPlace() async throws(BrokerError) {
        let place = Place()
        places.append(place)
        await place.wakeup.wait()
        if place.isGranted {
            reserved -= 1
        } else {
            places.removeAll { $0 === place }
        }
        if !place.isGranted || Task.isCancelled {
            offerPlaces()
            throw .disconnected
        }
    }

    private func offerPlaces() {
        while !places.isEmpty, !isFull {
            let place = places.removeFirst()
            place.isGranted = true
            reserved += 1
            place.wakeup.signal()
        }
    }

    private func validate(_ message: BrokerMessage) throws(BrokerError) {
        guard (0...2).contains(message.qos) else { throw .invalidMessage("QoS \(message.qos)") }
        guard message.payload.count <= MosquittoBroker.payloadLimit else {
            throw .invalidMessage("\(message.payload.count) octets")
        }
        guard !message.topic.isEmpty, mosquitto_pub_topic_check(message.topic) == 0 else {
            throw .invalidMessage("topic \"\(message.topic)\"")
        }
    }

    private func refusal(_ code: Int32) -> BrokerError {
        if code == Int32(MOSQ_ERR_NO_CONN.rawValue) || code == Int32(MOSQ_ERR_CONN_LOST.rawValue) {
            end(.disconnected)
            return .disconnected
        }
        return .invalidMessage(String(cString: mosquitto_strerror(code)))
    }

    // MARK: - Leaving

    /// Waits until the connection has ended.
    package func ended() async {
        guard isConnected else { return }
        let wakeup = Wakeup()
        mourners.append(wakeup)
        await wakeup.wait()
        mourners.removeAll { $0 === wakeup }
    }

    /// Says `farewell`, sends DISCONNECT and waits until it is written; two seconds at most for both.
    package func disconnect(saying farewell: BrokerMessage?) async {
        let deadline = loop.clock.now + MosquittoBroker.farewellLimit
        if let farewell, !(await say(farewell, until: deadline)) { return end(.disconnected) }
        guard let session, isConnected else { return end(.disconnected) }
        turn { mosquitto_disconnect($0.handle) }
        while self.session === session, mosquitto_want_write(session.handle), loop.clock.now < deadline {
            let wakeup = Wakeup()
            _ = loop.schedule(at: loop.clock.now + .milliseconds(5)) { wakeup.signal() }
            await wakeup.waitShielded()
        }
        if self.session === session { end(.disconnected) }
    }

    /// Whether a last message was acknowledged in time; cancellation does not shorten the wait.
    private func say(_ farewell: BrokerMessage, until deadline: MonotonicInstant) async -> Bool {
        guard let session, isConnected else { return false }
        let delivery = Delivery()
        guard let number = hand(farewell, to: session) else { return false }
        pending[number] = delivery
        turn { _ in 0 }
        let wakeup = delivery.wakeup
        let token = loop.schedule(at: deadline) { wakeup.signal() }
        if delivery.outcome == nil { await wakeup.waitShielded() }
        loop.cancel(token)
        pending[number] = nil
        return if case .success = delivery.outcome { true } else { false }
    }

    /// Gives a message to the library; nil when it takes none.
    private func hand(_ message: BrokerMessage, to session: MosquittoSession) -> Int32? {
        var number: Int32 = 0
        let code = mosquitto_publish(
            session.handle, &number, message.topic, Int32(message.payload.count), message.payload,
            Int32(message.qos), message.retain)
        return code == 0 ? number : nil
    }
}

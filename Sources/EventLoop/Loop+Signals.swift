// Signals as an async event: libevent catches them outside signal context and the loop tells them in order.

import CEvent

#if canImport(Glibc)
    import Glibc
#endif

/// Signals a daemon answers to.
package enum ProcessSignal: Int32, Sendable, CaseIterable {
    /// Ctrl-C.
    case interrupt = 2
    /// End politely (D16).
    case terminate = 15
    /// Reload.
    case hangUp = 1
}

extension Loop {
    /// The signals of `wanted` as they come, until the reader ends. Holds the newest eight; a reader that
    /// slow has been told to stop more than once.
    package func signals(_ wanted: [ProcessSignal]) -> AsyncStream<ProcessSignal> {
        preconditionOnLoop()
        return AsyncStream(bufferingPolicy: .bufferingNewest(8)) { continuation in
            let watches = wanted.compactMap {
                SignalWatch(loop: self, signal: $0, continuation: continuation)
            }
            continuation.onTermination = { _ in withExtendedLifetime(watches) {} }
        }
    }

    /// Writing to a connection that has gone must be an error, not the end of the process.
    static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

/// One caught signal.
private final class SignalWatch: @unchecked Sendable {
    // `@unchecked Sendable`: immutable after init but for the event, freed once in deinit under libevent's
    // lock.
    private let loop: Loop
    private let continuation: AsyncStream<ProcessSignal>.Continuation
    private var event: OpaquePointer?

    init?(loop: Loop, signal: ProcessSignal, continuation: AsyncStream<ProcessSignal>.Continuation) {
        self.loop = loop
        self.continuation = continuation
        event = event_new(
            loop.base, signal.rawValue, Int16(EV_SIGNAL | EV_PERSIST),
            { @Sendable number, _, context in
                guard let context, let signal = ProcessSignal(rawValue: number) else { return }
                Unmanaged<SignalWatch>.fromOpaque(context).takeUnretainedValue().continuation.yield(signal)
            }, Unmanaged.passUnretained(self).toOpaque())
        guard let event, event_add(event, nil) == 0 else { return nil }
    }

    deinit { if let event { event_free(event) } }
}

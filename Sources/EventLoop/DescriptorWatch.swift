// Readiness of one descriptor as a call on the loop's thread: the smallest thing other doors need from
// libevent.

import CEvent

/// Calls back while a descriptor can be read or written. Level-triggered: what is not consumed is told again.
package final class DescriptorWatch: @unchecked Sendable {
    // `@unchecked Sendable`: used on the loop's thread only, checked at every entry; the event is freed in
    // deinit, which libevent's own lock makes safe from any thread.

    /// What is watched for.
    package enum Interest: Sendable {
        /// Octets, a waiting connection, or the end of the stream.
        case readable
        /// Room for octets, or a finished connect.
        case writable
    }

    private let loop: Loop
    private let handler: @Sendable () -> Void
    private var event: OpaquePointer?
    private(set) package var isEnabled = false

    /// A watch, not yet enabled. `handler` runs on the loop's thread; it may disable or drop the watch.
    package init(
        loop: Loop, descriptor: Int32, interest: Interest, handler: @escaping @Sendable () -> Void
    ) {
        self.loop = loop
        self.handler = handler
        let flags = EV_PERSIST | (interest == .readable ? EV_READ : EV_WRITE)
        event = event_new(
            loop.base, descriptor, Int16(flags),
            { @Sendable _, _, context in
                guard let context else { return }
                let watch = Unmanaged<DescriptorWatch>.fromOpaque(context).takeUnretainedValue()
                watch.handler()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { if let event { event_free(event) } }

    /// Begins to call back.
    package func enable() {
        loop.preconditionOnLoop()
        guard !isEnabled, let event else { return }
        isEnabled = event_add(event, nil) == 0
    }

    /// Stops calling back. Must come before the descriptor is closed.
    package func disable() {
        loop.preconditionOnLoop()
        guard isEnabled, let event else { return }
        isEnabled = false
        event_del(event)
    }
}

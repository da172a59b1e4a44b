// The one thread of a daemon: a libevent base that waits for descriptors, signals and deadlines, and
// between two waits runs the jobs of Swift's concurrency (pitfall 9 of the dependencies). Everything above
// the doors therefore runs on this thread without ever seeing it. Mains start it through `Loop.runMain`;
// the other doors hang their descriptors on it through `DescriptorWatch` or, where libevent does the
// protocol, through `base`.

import CEvent
import CLinux
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// The loop, or something hung on it, could not be set up; the system's reason.
package struct LoopError: Error, Sendable, Hashable {
    /// What was attempted and the reason.
    package let reason: String

    /// A failure for `reason`.
    package init(reason: String) { self.reason = reason }
}

/// A libevent base, its thread, and the executor drained by it.
package final class Loop: @unchecked Sendable {
    // `@unchecked Sendable`: the mutable state is `wakeEvent`, `timerEvent` and `armed`, touched on the
    // owning thread only (`preconditionOnLoop`); executor and timers have their own locks.

    /// libevent's `event_base`, for doors that let libevent speak a protocol. Use it on the loop's thread
    /// only.
    package let base: OpaquePointer
    /// Runs jobs on the loop's thread; tasks take it as preference, door actors as their executor.
    package let executor: LoopExecutor
    /// Monotonic time whose sleeps end on this loop.
    package let clock: LoopClock

    private let timers: TimerQueue
    private let wakeDescriptor: Int32
    private var wakeEvent: OpaquePointer?
    private var timerEvent: OpaquePointer?
    private var armed: MonotonicInstant?

    /// Jobs run between two looks at the descriptors, so that a busy task cannot starve I/O.
    private static let batch = 128

    /// A loop owned by the calling thread. Throws when the system has no descriptors left.
    package init() throws(LoopError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            throw LoopError(reason: "creating an event descriptor: \(String(cString: strerror(errno)))")
        }
        guard evthread_use_pthreads() == 0, let configuration = event_config_new() else {
            throw LoopError(reason: "preparing libevent")
        }
        defer { event_config_free(configuration) }
        // Precise timers are timerfd's instead of epoll's milliseconds; a cached "now" would let timers
        // that jobs arm fire early by the age of the cache.
        let flags = EVENT_BASE_FLAG_PRECISE_TIMER.rawValue | EVENT_BASE_FLAG_NO_CACHE_TIME.rawValue
        event_config_set_flag(configuration, Int32(flags))
        guard let base = event_base_new_with_config(configuration) else {
            throw LoopError(reason: "creating the libevent base")
        }
        self.base = base
        let descriptor = wakeDescriptor
        let wake: @Sendable () -> Void = { eventfd_write(descriptor, 1) }
        let executor = LoopExecutor(wake: wake)
        self.executor = executor
        // On its own thread the loop looks at the timers before it waits.
        timers = TimerQueue(wake: { if !executor.isOnOwningThread { wake() } })
        clock = LoopClock(timers: timers, home: executor)
        hangOwnEvents()
    }

    deinit {
        if let wakeEvent { event_free(wakeEvent) }
        if let timerEvent { event_free(timerEvent) }
        event_base_free(base)
        close(wakeDescriptor)
    }

    /// The eventfd ends a wait from other threads; the timer ends it at the next deadline.
    private func hangOwnEvents() {
        let descriptor = UnsafeMutableRawPointer(bitPattern: Int(wakeDescriptor))
        wakeEvent = event_new(
            base, wakeDescriptor, Int16(EV_READ | EV_PERSIST),
            { @Sendable descriptor, _, _ in
                var count: eventfd_t = 0
                eventfd_read(descriptor, &count)
            }, descriptor)
        timerEvent = event_new(
            base, -1, 0,
            { @Sendable _, _, context in
                guard let context else { return }
                // Fired, be it a fraction early: the timer must be armed again even for the same deadline.
                Unmanaged<Loop>.fromOpaque(context).takeUnretainedValue().armed = nil
            }, Unmanaged.passUnretained(self).toOpaque())
        if let wakeEvent { event_add(wakeEvent, nil) }
    }

    /// Whether the caller is on the loop's thread.
    package var isOnLoop: Bool { executor.isOnOwningThread }

    /// Calls `action` on the loop's thread once `deadline` has come. The token stops it.
    package func schedule(at deadline: MonotonicInstant, _ action: @escaping @Sendable () -> Void)
        -> TimerToken
    {
        timers.add(deadline: deadline, action)
    }

    /// Stops a scheduled action; harmless when it has run.
    package func cancel(_ token: TimerToken) { timers.remove(token) }

    /// Runs descriptors, deadlines and jobs until `finished` says so; on the owning thread.
    func run(until finished: () -> Bool) {
        preconditionOnLoop()
        while true {
            let backlog = executor.drain(atMost: Loop.batch)
            if finished() { break }
            timers.fire(at: LoopClock.monotonicNow)
            armTimer()
            let idle = !backlog && !executor.hasJobs
            event_base_loop(base, EVLOOP_ONCE | (idle ? 0 : EVLOOP_NONBLOCK))
        }
        while executor.drain(atMost: Loop.batch) {}
    }

    /// Keeps one libevent timer at the earliest deadline.
    private func armTimer() {
        let earliest = timers.earliest
        guard earliest != armed, let timerEvent else { return }
        armed = earliest
        guard let earliest else {
            event_del(timerEvent)
            return
        }
        let distance = earliest.nanoseconds - LoopClock.monotonicNow.nanoseconds
        // A deadline beyond a day is looked at again daily; `distantFuture` would overflow libevent's sums.
        let remaining = min(max(0, distance), 86_400_000_000_000)
        // Rounded up: waking a fraction early would spin until the deadline.
        let microseconds = (remaining + 999) / 1_000
        var interval = timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
        event_add(timerEvent, &interval)
    }

    /// Guards programmers: door objects are confined to the loop's thread.
    package func preconditionOnLoop() { precondition(isOnLoop, "called outside the loop's thread") }
}

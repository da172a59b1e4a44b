// The bridge from callbacks to `await`: one waiter, one wake-up, in either order and from any thread. Doors
// hand it to a descriptor watch, a timer and a cancellation at once and look at their own state when it
// returns.

/// A wake-up for one waiter; used once.
package final class Wakeup: @unchecked Sendable {
    // `@unchecked Sendable`: both fields are touched under the lock only; the continuation is resumed
    // outside it.
    private let lock = ThreadLock()
    private var continuation: CheckedContinuation<Void, Never>?
    private var isSignalled = false

    /// A wake-up nobody waits for yet.
    package init() {}

    /// Ends the wait, or keeps the next one from beginning. Harmless when repeated.
    package func signal() {
        let waiter = lock.held { () -> CheckedContinuation<Void, Never>? in
            isSignalled = true
            defer { continuation = nil }
            return continuation
        }
        waiter?.resume()
    }

    /// Waits for `signal` or for the task's cancellation.
    package func wait() async {
        await withTaskCancellationHandler {
            await waitShielded()
        } onCancel: {
            signal()
        }
    }

    /// Waits for `signal`, cancelled or not: for exit paths, which must arrange that a signal comes.
    package func waitShielded() async {
        await withCheckedContinuation { waiter in
            let isLate = lock.held { () -> Bool in
                if !isSignalled { continuation = waiter }
                return isSignalled
            }
            if isLate { waiter.resume() }
        }
    }
}

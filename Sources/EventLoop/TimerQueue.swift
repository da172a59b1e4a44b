// Deadlines of the loop in one binary heap; libevent sees only the earliest. Stopped timers leave their
// heap entry behind and the heap is rebuilt when such entries outnumber the living, so a stop is cheap and
// memory bounded.

import Timekeeping

/// Names a scheduled action.
package struct TimerToken: Sendable, Hashable {
    fileprivate let number: UInt64
}

/// Actions waiting for their instant.
final class TimerQueue: @unchecked Sendable {
    // `@unchecked Sendable`: everything mutable is touched under the lock; actions run outside it.
    private struct Entry {
        let deadline: MonotonicInstant
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
    }

    private let lock = ThreadLock()
    private let wake: @Sendable () -> Void
    private var heap: [Entry] = []
    private var actions: [UInt64: @Sendable () -> Void] = [:]
    private var lastNumber: UInt64 = 0

    /// An empty queue; `wake` makes the loop look at the earliest deadline again.
    init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// The earliest living deadline.
    var earliest: MonotonicInstant? {
        lock.held {
            dropDead()
            return heap.first?.deadline
        }
    }

    /// Adds an action; callable from any thread.
    func add(deadline: MonotonicInstant, _ action: @escaping @Sendable () -> Void) -> TimerToken {
        let (token, isFirst) = lock.held { () -> (TimerToken, Bool) in
            lastNumber += 1
            actions[lastNumber] = action
            push(Entry(deadline: deadline, number: lastNumber))
            return (TimerToken(number: lastNumber), heap.first?.number == lastNumber)
        }
        if isFirst { wake() }
        return token
    }

    /// Removes an action; true when it had not run.
    @discardableResult
    func remove(_ token: TimerToken) -> Bool {
        lock.held {
            let found = actions.removeValue(forKey: token.number) != nil
            if heap.count > 64, heap.count > 2 * actions.count { rebuild() }
            return found
        }
    }

    /// Runs what is due.
    func fire(at now: MonotonicInstant) {
        while let action = lock.held({ nextDue(at: now) }) { action() }
    }

    private func nextDue(at now: MonotonicInstant) -> (@Sendable () -> Void)? {
        dropDead()
        guard let first = heap.first, first.deadline <= now else { return nil }
        removeFirst()
        return actions.removeValue(forKey: first.number)
    }

    private func dropDead() {
        while let first = heap.first, actions[first.number] == nil { removeFirst() }
    }

    private func rebuild() {
        let living = heap.filter { actions[$0.number] != nil }
        heap = living.sorted { $0 < $1 }
    }

    private func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}

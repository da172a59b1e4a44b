// A single-threaded executor whose jobs run in the order they were made, on the thread that cranks it. With
// `VirtualClock` it lets the whole gateway live a year in seconds, twice the same (decision D6).

import Seams
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// Runs the jobs of one simulated world, first come, first served.
package final class VirtualExecutor: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // `@unchecked Sendable`: the queue is touched under the mutex only. Everything a simulation does happens
    // on the cranking thread; the mutex is there because the runtime may hand over a job from another thread,
    // as when a continuation is resumed by a foreign library in a test.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var queue: [UnownedJob] = []
    private var head = 0

    /// An executor with nothing to do.
    package init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Takes a job for later.
    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        pthread_mutex_lock(mutex)
        queue.append(unowned)
        pthread_mutex_unlock(mutex)
    }

    /// This executor as actors hold it.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// This executor as tasks hold it.
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    /// Whether whoever waits for an actor waits in this queue: it is nobody's, or has no queue of its own.
    func isHome(of place: (any Actor)?) -> Bool {
        guard let place else { return true }
        let (own, here) = (place.unownedExecutor, asUnownedSerialExecutor())
        // Two words: who it is, and how it is spoken to.
        return unsafeBitCast(own, to: (Int, Int).self).0 == unsafeBitCast(here, to: (Int, Int).self).0
    }

    /// Runs jobs until none is left; returns how many ran.
    @discardableResult
    package func drain() -> Int {
        var count = 0
        while let job = next() {
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            count += 1
        }
        return count
    }

    /// Whether no job waits to be run.
    package var isIdle: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return head == queue.count
    }

    private func next() -> UnownedJob? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard head < queue.count else { return nil }
        let job = queue[head]
        head += 1
        if head > 1_024, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
        return job
    }
}

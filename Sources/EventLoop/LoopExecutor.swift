// Swift's jobs, kept in order and run by the loop between two waits. Tasks use it as their preferred
// executor, door actors as their serial executor; both mean the same single thread.

#if canImport(Glibc)
    import Glibc
#endif

/// A first-come, first-served queue of jobs bound to one thread.
package final class LoopExecutor: TaskExecutor, SerialExecutor, @unchecked Sendable {
    // `@unchecked Sendable`: `queue`, `head` and `wakePending` are touched under the lock only.
    private let lock = ThreadLock()
    private let owner: pthread_t
    private let wake: @Sendable () -> Void
    private var queue: [UnownedJob] = []
    private var head = 0
    private var wakePending = false

    /// An executor of the calling thread; `wake` ends the thread's wait and may be called from any thread.
    init(wake: @escaping @Sendable () -> Void) {
        owner = pthread_self()
        self.wake = wake
    }

    /// Takes a job from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        let mustWake = lock.held { () -> Bool in
            queue.append(unowned)
            guard !wakePending, !isOnOwningThread else { return false }
            wakePending = true
            return true
        }
        if mustWake { wake() }
    }

    /// This executor as actors hold it.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// This executor as tasks hold it.
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

    /// Traps when the caller is elsewhere; what `assumeIsolated` asks in callbacks of C libraries.
    package func checkIsolated() { precondition(isOnOwningThread, "called outside the loop's thread") }

    /// Whether the caller is on the thread that made this executor.
    var isOnOwningThread: Bool { pthread_equal(pthread_self(), owner) != 0 }

    /// Whether a job waits.
    var hasJobs: Bool { lock.held { head < queue.count } }

    /// Runs jobs in order, `limit` at most, those included that they enqueue; returns whether some are left.
    func drain(atMost limit: Int) -> Bool {
        for _ in 0..<limit {
            guard let job = next() else { return false }
            job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        return hasJobs
    }

    private func next() -> UnownedJob? {
        lock.held {
            guard head < queue.count else {
                queue.removeAll(keepingCapacity: head <= 1_024)
                head = 0
                wakePending = false
                return nil
            }
            let job = queue[head]
            head += 1
            if head > 1_024, head * 2 > queue.count {
                queue.removeFirst(head)
                head = 0
            }
            return job
        }
    }
}

/// A pthread mutex at a stable address; `Synchronization.Mutex` raises false alarms in ThreadSanitizer
/// (pitfall 4).
final class ThreadLock: @unchecked Sendable {
    // `@unchecked Sendable`: a mutex is made to be shared.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func held<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

// The way from a synchronous `main` into the loop: one root task, run to its end on the calling thread.

#if canImport(Glibc)
    import Glibc
#endif

extension Loop {
    /// Runs `body` and everything it starts on a fresh loop of the calling thread; returns what it returns.
    /// Throws what it throws, or `LoopError`. For mains and door tests.
    @discardableResult
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable (Loop) async throws -> Value
    ) throws -> Value {
        ignoreBrokenPipes()
        let loop = try Loop()
        let outcome = Outcome<Value>()
        _ = Task(executorPreference: loop.executor) {
            do { outcome.result = .success(try await body(loop)) } catch { outcome.result = .failure(error) }
        }
        while true {
            loop.run { outcome.result != nil }
            if let result = outcome.result { return try result.get() }
        }
    }

    /// Runs a program: `body` returns the exit code, which is passed on. A loop that cannot be made and an
    /// error that `body` lets through are told on standard error and are code 1. The limit of open
    /// descriptors is raised first.
    package static func runMain(_ body: @escaping @Sendable (Loop) async throws -> Int32) -> Int32 {
        OpenFileLimit.raise()
        do { return try run(body) } catch {
            let line = Array("\(error)\n".utf8)
            _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            return 1
        }
    }
}

/// Carries the result out of the root task.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
    // `@unchecked Sendable`: written by the root task and read by the loop, both on the loop's thread.
    var result: Result<Value, any Error>?
}

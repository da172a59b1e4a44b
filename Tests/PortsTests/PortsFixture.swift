// What the suites of this folder share: a place for links, and the two ends of streams.

import CLinux
import EventLoop
import Ports
import Seams
import Timekeeping

/// A path in the temporary folder nobody else uses.
func uniquePath(_ name: String) -> String {
    "/tmp/\(name)-\(getpid())-\(SystemEntropy().octets(4).map { String($0, radix: 16) }.joined())"
}

extension Channel {
    /// Reads until `count` octets have come or `patience` is over.
    func gather(_ count: Int, clock: LoopClock, patience: Duration = .seconds(2)) async throws -> [UInt8] {
        let deadline = clock.now + patience
        var gathered: [UInt8] = []
        while gathered.count < count {
            let piece = try await read(until: deadline)
            if piece.isEmpty { break }
            gathered += piece
        }
        return gathered
    }
}

/// A connected pair through loopback TCP.
func connectedPair(_ loop: Loop) async throws -> (near: any Channel, far: any Channel) {
    let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
    let near = try await PortOpener(loop: loop).open(
        .tcp(host: "127.0.0.1", port: listener.port), settings: .standard, until: loop.clock.now + .seconds(2)
    )
    guard let far = await listener.accept() else { throw LoopError(reason: "nothing accepted") }
    await listener.close()
    return (near, far)
}

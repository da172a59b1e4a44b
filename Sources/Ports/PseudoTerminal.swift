// A serial line without hardware: the far end of a pseudo-terminal, and a symbolic link that gives the near
// end a stable name. `metersim` puts its meters there, tests unplug it.

import CLinux
package import EventLoop
package import Seams

/// The far end of a pseudo-terminal.
package struct PseudoTerminal: Sendable {
    /// The far end's octets. Closing it is unplugging the line.
    package let channel: any Channel
    /// Device path of the near end, `/dev/pts/7`.
    package let devicePath: String
    private let keeper: Keeper

    /// Makes a pair in raw mode; `link`, when given, becomes a symbolic link to the near end, replacing an
    /// older link but nothing else. Throws the system's reason.
    package static func open(loop: Loop, link: String? = nil) async throws(LoopError) -> PseudoTerminal {
        var master: Int32 = -1
        var slave: Int32 = -1
        guard openpty(&master, &slave, nil, nil, nil) == 0 else {
            throw LoopError(reason: "making a pseudo-terminal: \(SystemReason.last)")
        }
        let keeper = Keeper(descriptor: slave)
        var name = [CChar](repeating: 0, count: 256)
        var format = termios()
        guard ptsname_r(master, &name, name.count) == 0, tcgetattr(slave, &format) == 0 else {
            CLinux.close(master)
            throw LoopError(reason: "preparing a pseudo-terminal: \(SystemReason.last)")
        }
        // Raw from the start: nothing is echoed before the near end sets its own format.
        cfmakeraw(&format)
        tcsetattr(slave, TCSANOW, &format)
        for descriptor in [master, slave] {
            _ = linux_fcntl(descriptor, F_SETFL, linux_fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
            _ = linux_fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        let path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        if let link {
            do throws(LoopError) { try place(link: link, to: path) } catch {
                CLinux.close(master)
                throw error
            }
        }
        let channel = DescriptorChannel(loop: loop, descriptor: master, kind: .pseudoMaster)
        await channel.start()
        return PseudoTerminal(channel: channel, devicePath: path, keeper: keeper)
    }

    /// Unplugs: the near end gets a hang-up.
    package func close() async { await channel.close() }

    private static func place(link: String, to path: String) throws(LoopError) {
        var status = stat()
        if lstat(link, &status) == 0 {
            guard status.st_mode & mode_t(S_IFMT) == mode_t(S_IFLNK) else {
                throw LoopError(reason: "linking \(link): exists and is no symbolic link")
            }
            unlink(link)
        }
        guard symlink(path, link) == 0 else {
            throw LoopError(reason: "linking \(link): \(SystemReason.last)")
        }
    }

    /// Holds the near end open, so that the far end meets no error while nobody has opened it.
    private final class Keeper: Sendable {
        private let descriptor: Int32

        init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { CLinux.close(descriptor) }
    }
}

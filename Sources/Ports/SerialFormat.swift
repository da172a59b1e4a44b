// Speeds and character formats of the manual (4.2.3) as termios knows them.

import CLinux
import EventLoop
import Seams

/// Puts a terminal device into raw mode with a speed and a format.
enum SerialFormat {
    /// Applies `settings`. A pseudo-terminal takes what it can: Linux refuses seven bits and parity there,
    /// and octets pass it unchanged anyway. Throws `unsupportedSettings` when a real device cannot.
    static func apply(
        _ settings: SerialSettings, to descriptor: Int32, isPseudo: Bool
    ) throws(ChannelError) {
        guard let speed = speeds[settings.speedBaud] else { throw .unsupportedSettings(settings.text) }
        var wanted = termios()
        guard tcgetattr(descriptor, &wanted) == 0 else {
            throw .openFailed("not a terminal device: \(SystemReason.last)")
        }
        cfmakeraw(&wanted)
        wanted.c_cflag &= ~(tcflag_t(CSIZE | PARENB | PARODD | CSTOPB) | hardwareFlowControl)
        wanted.c_cflag |= tcflag_t(CLOCAL | CREAD | (settings.dataBits == 7 ? CS7 : CS8))
        if settings.parity != .none { wanted.c_cflag |= tcflag_t(PARENB) }
        if settings.parity == .odd { wanted.c_cflag |= tcflag_t(PARODD) }
        if settings.stopBits == 2 { wanted.c_cflag |= tcflag_t(CSTOPB) }
        wanted.c_iflag &= ~tcflag_t(IXOFF | INPCK)
        cfsetspeed(&wanted, speed)
        let refused = tcsetattr(descriptor, TCSANOW, &wanted) != 0
        if isPseudo { return try applyToPseudo(wanted, refused: refused, descriptor) }
        guard !refused else { throw .unsupportedSettings("\(settings.text): \(SystemReason.last)") }
        // tcsetattr succeeds when any part was done; only reading back tells.
        var actual = termios()
        tcgetattr(descriptor, &actual)
        let parts = tcflag_t(CSIZE | PARENB | PARODD | CSTOPB)
        guard actual.c_cflag & parts == wanted.c_cflag & parts, cfgetospeed(&actual) == speed else {
            throw .unsupportedSettings(settings.text)
        }
    }

    private static func applyToPseudo(
        _ wanted: termios, refused: Bool, _ descriptor: Int32
    ) throws(ChannelError) {
        guard refused else { return }
        var plain = wanted
        plain.c_cflag &= ~tcflag_t(CSIZE | PARENB | PARODD)
        plain.c_cflag |= tcflag_t(CS8)
        guard tcsetattr(descriptor, TCSANOW, &plain) == 0 else { throw .openFailed(SystemReason.last) }
    }

    /// CRTSCTS, whose constant does not fit the type Swift gives the others.
    private static let hardwareFlowControl: tcflag_t = 0x8000_0000

    private static let speeds: [Int: speed_t] = [
        300: speed_t(B300), 600: speed_t(B600), 1_200: speed_t(B1200), 2_400: speed_t(B2400),
        4_800: speed_t(B4800), 9_600: speed_t(B9600), 19_200: speed_t(B19200), 38_400: speed_t(B38400),
        57_600: speed_t(B57600), 115_200: speed_t(B115200),
    ]
}

"""HDLC frames of type 3 written from IEC 62056-46 alone: addresses, checks, control octets, link parameters.

Nothing here is shared with the product: a mistake made there must not be made here again.
"""

import dataclasses
import time

FLAG = 0x7E
REQUEST = bytes.fromhex("e6e600")
RESPONSE = bytes.fromhex("e6e700")

SNRM, DISC, UA, DM, FRMR, UI = 0x93, 0x53, 0x73, 0x1F, 0x97, 0x13


def crc16(octets: bytes) -> bytes:
    """CRC-16/X-25, low octet first."""
    value = 0xFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    value ^= 0xFFFF
    return bytes([value & 0xFF, value >> 8])


def address(upper: int, lower: int | None = None, width: int = 1) -> bytes:
    """A station's address in one, two or four octets: seven bits each, the lowest bit marks the last."""
    if width == 1:
        return bytes([upper << 1 | 1])
    if width == 2:
        return bytes([upper << 1, lower << 1 | 1])
    return bytes([upper >> 7 << 1, (upper & 0x7F) << 1, lower >> 7 << 1, (lower & 0x7F) << 1 | 1])


def information(sent: int, received: int, poll: bool = True) -> int:
    """Control octet of an I frame."""
    return (received & 7) << 5 | (0x10 if poll else 0) | (sent & 7) << 1


def ready(received: int, poll: bool = True) -> int:
    return (received & 7) << 5 | (0x10 if poll else 0) | 0x01


def not_ready(received: int) -> int:
    return (received & 7) << 5 | 0x15


def frame(destination: bytes, source: bytes, control: int, info: bytes = b"", segmented: bool = False,
          kind: int = 0xA, bad_hcs: bool = False, bad_fcs: bool = False, length: int | None = None) -> bytes:
    """One frame with both flags; the last four spoil it as told."""
    head = destination + source + bytes([control])
    whole = 2 + len(head) + 2 + (len(info) + 2 if info else 0)
    field = kind << 12 | (0x800 if segmented else 0) | (whole if length is None else length)
    body = field.to_bytes(2, "big") + head
    if info:
        check = crc16(body)
        body += (bytes([check[0] ^ 0x55, check[1]]) if bad_hcs else check) + info
    check = crc16(body)
    return b"\x7e" + body + (bytes([check[0], check[1] ^ 0x55]) if bad_fcs else check) + b"\x7e"


@dataclasses.dataclass
class Frame:
    """A frame received, its checks verified."""
    segmented: bool
    destination: bytes
    source: bytes
    control: int
    info: bytes
    octets: bytes

    @property
    def is_information(self) -> bool:
        return self.control & 1 == 0

    @property
    def sent(self) -> int:
        return self.control >> 1 & 7

    @property
    def received(self) -> int:
        return self.control >> 5

    @property
    def final(self) -> bool:
        return bool(self.control & 0x10)

    @property
    def is_ready(self) -> bool:
        return self.control & 0x0F == 0x01


def split_address(octets: bytes, start: int) -> bytes:
    end = start
    while not octets[end] & 1:
        end += 1
    return octets[start:end + 1]


def parse(octets: bytes) -> Frame:
    """A frame between its flags; anything irregular is an error of the meter."""
    body = octets[1:-1]
    field = int.from_bytes(body[:2], "big")
    assert field >> 12 == 0xA, f"format type {field >> 12:X}"
    assert field & 0x7FF == len(body), f"length field {field & 0x7FF} of {len(body)} octets"
    destination = split_address(body, 2)
    source = split_address(body, 2 + len(destination))
    place = 2 + len(destination) + len(source)
    control, rest = body[place], body[place + 1:]
    assert crc16(body[:-2]) == body[-2:], "FCS"
    info = b""
    if len(rest) > 2:
        assert crc16(body[:place + 1]) == rest[:2], "HCS"
        info = rest[2:-2]
    return Frame(bool(field & 0x800), destination, source, control, info, octets)


class Stream:
    """Frames out of a TCP connection."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""

    def next(self, patience: float = 3.0) -> Frame | None:
        """The next frame; None when none comes in time. Octets between frames are an error."""
        deadline = time.monotonic() + patience
        while True:
            taken = self._take()
            if taken:
                return taken
            left = deadline - time.monotonic()
            if left <= 0:
                assert not self.buffer, f"rest of a frame: {self.buffer.hex()}"
                return None
            self.connection.settimeout(left)
            try:
                chunk = self.connection.recv(65536)
            except TimeoutError:
                continue
            if not chunk:
                raise ConnectionError("the meter hung up")
            self.buffer += chunk

    def _take(self) -> Frame | None:
        if len(self.buffer) < 4:
            return None
        assert self.buffer[0] == FLAG, f"no flag: {self.buffer[:16].hex()}"
        length = int.from_bytes(self.buffer[1:3], "big") & 0x7FF
        if len(self.buffer) < length + 2:
            return None
        assert self.buffer[length + 1] == FLAG, "closing flag"
        octets, self.buffer = self.buffer[:length + 2], self.buffer[length + 2:]
        return parse(octets)


def parameters(transmit: int | None = None, receive: int | None = None, window_transmit: int | None = None,
               window_receive: int | None = None, width: int = 2, window_width: int = 4) -> bytes:
    """The information field of SNRM: format 81, group 80, then what is given."""
    content = b""
    for kind, value, size in [(5, transmit, width), (6, receive, width), (7, window_transmit, window_width),
                              (8, window_receive, window_width)]:
        if value is not None:
            content += bytes([kind, size]) + value.to_bytes(size, "big")
    return bytes([0x81, 0x80, len(content)]) + content


def limits(info: bytes) -> dict[int, int]:
    """Parameters of a UA by number, with the defaults of the standard for absent ones."""
    found = {5: 128, 6: 128, 7: 1, 8: 1}
    if not info:
        return found
    assert info[:2] == b"\x81\x80" and info[2] == len(info) - 3, info.hex()
    place = 3
    while place < len(info):
        kind, width = info[place], info[place + 1]
        assert kind in found and width in (1, 2, 4), info.hex()
        found[kind] = int.from_bytes(info[place + 2:place + 2 + width], "big")
        place += 2 + width
    assert place == len(info), info.hex()
    return found

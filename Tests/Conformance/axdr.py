"""Data values in A-XDR and the application's APDUs, written from IEC 62056-5-3 alone.

A value is `(tag, content)`: the content of arrays and structures is a list of values, of numbers a number, of
strings octets. Tags are the standard's numbers, so that a test can say exactly which type it wants.
"""

import struct

NULL, ARRAY, STRUCTURE, BOOLEAN, BITS, INT32, UINT32, OCTETS = 0, 1, 2, 3, 4, 5, 6, 9
VISIBLE, UTF8, BCD, INT8, INT16, UINT8, UINT16, COMPACT = 10, 12, 13, 15, 16, 17, 18, 19
INT64, UINT64, ENUM, FLOAT32, FLOAT64, DATETIME, DATE, TIME = 20, 21, 22, 23, 24, 25, 26, 27

FIXED = {BOOLEAN: ">?", BCD: ">b", INT8: ">b", INT16: ">h", INT32: ">i", INT64: ">q", UINT8: ">B",
         UINT16: ">H", UINT32: ">I", UINT64: ">Q", ENUM: ">B", FLOAT32: ">f", FLOAT64: ">d"}
MOMENTS = {DATETIME: 12, DATE: 5, TIME: 4}
NUMBERS = {INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, ENUM, BOOLEAN, FLOAT32, FLOAT64}


def length(count: int) -> bytes:
    if count < 0x80:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([0x80 | size]) + count.to_bytes(size, "big")


def encode(value) -> bytes:
    tag, content = value
    if tag == NULL:
        return b"\0"
    if tag in (ARRAY, STRUCTURE):
        return bytes([tag]) + length(len(content)) + b"".join(encode(item) for item in content)
    if tag in FIXED:
        return bytes([tag]) + struct.pack(FIXED[tag], content)
    if tag == BITS:
        count, octets = content
        return bytes([tag]) + length(count) + octets
    if tag in MOMENTS:
        return bytes([tag]) + content
    return bytes([tag]) + length(len(content)) + content


class Reader:
    """Takes values from octets; whatever cannot be taken is an error of the meter."""

    def __init__(self, octets: bytes):
        self.octets = octets
        self.place = 0

    @property
    def left(self) -> int:
        return len(self.octets) - self.place

    def take(self, count: int) -> bytes:
        assert count <= self.left, f"{count} octets wanted, {self.left} left in {self.octets.hex()}"
        self.place += count
        return self.octets[self.place - count:self.place]

    def octet(self) -> int:
        return self.take(1)[0]

    def length(self) -> int:
        first = self.octet()
        return first if first < 0x80 else int.from_bytes(self.take(first & 0x7F), "big")

    def value(self):
        tag = self.octet()
        if tag == NULL:
            return (NULL, None)
        if tag in (ARRAY, STRUCTURE):
            return (tag, [self.value() for _ in range(self.length())])
        if tag in FIXED:
            return (tag, struct.unpack(FIXED[tag], self.take(struct.calcsize(FIXED[tag])))[0])
        if tag == BITS:
            count = self.length()
            return (tag, (count, self.take((count + 7) // 8)))
        if tag in MOMENTS:
            return (tag, self.take(MOMENTS[tag]))
        assert tag in (OCTETS, VISIBLE, UTF8), f"data tag {tag}"
        return (tag, self.take(self.length()))

    def finish(self) -> None:
        assert not self.left, f"{self.left} octets too many in {self.octets.hex()}"


def decode(octets: bytes):
    """One value and nothing behind it."""
    reader = Reader(octets)
    value = reader.value()
    reader.finish()
    return value


def name(code: str) -> bytes:
    """Six octets of a logical name written with points."""
    return bytes(int(part) for part in code.split("."))


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> bytes:
    """Twelve octets of a local date-time: weekday, hundredths and deviation not told."""
    return struct.pack(">HBBBBBBBHB", year, month, day, 0xFF, hour, minute, second, 0xFF, 0x8000, 0)


# MARK: Selective access

CLOCK_COLUMN = (STRUCTURE, [(UINT16, 8), (OCTETS, name("0.0.1.0.0.255")), (INT8, 2), (UINT16, 0)])


def by_range(begin, end, columns=(), restricting=CLOCK_COLUMN):
    """Selector 1: rows between two values of a column, and which columns of them."""
    return 1, (STRUCTURE, [restricting, begin, end, (ARRAY, list(columns))])


def by_entry(first: int, last: int, first_column: int = 1, last_column: int = 0):
    """Selector 2: rows and columns by number from 1; a last number of 0 stands for all that follow."""
    return 2, (STRUCTURE, [(UINT32, first), (UINT32, last), (UINT16, first_column), (UINT16, last_column)])


# MARK: Requests

def attribute(class_id: int, code: str, index: int, selection=None) -> bytes:
    """A descriptor with its selective access."""
    octets = struct.pack(">H", class_id) + name(code) + struct.pack(">b", index)
    if selection is None:
        return octets + b"\0"
    selector, parameters = selection
    return octets + bytes([1, selector]) + encode(parameters)


def method(class_id: int, code: str, index: int) -> bytes:
    return struct.pack(">H", class_id) + name(code) + struct.pack(">b", index)


def get(class_id: int, code: str, index: int, selection=None, invoke: int = 0xC1) -> bytes:
    return bytes([0xC0, 1, invoke]) + attribute(class_id, code, index, selection)


def get_next(number: int, invoke: int = 0xC1) -> bytes:
    return bytes([0xC0, 2, invoke]) + struct.pack(">I", number)


def get_list(descriptors: list[bytes], invoke: int = 0xC1) -> bytes:
    return bytes([0xC0, 3, invoke]) + length(len(descriptors)) + b"".join(descriptors)


def put(class_id: int, code: str, index: int, value, invoke: int = 0xC1) -> bytes:
    return bytes([0xC1, 1, invoke]) + attribute(class_id, code, index) + encode(value)


def put_first(class_id: int, code: str, index: int, raw: bytes, last: bool, number: int = 1,
              invoke: int = 0xC1) -> bytes:
    return bytes([0xC1, 2, invoke]) + attribute(class_id, code, index) + block(raw, last, number)


def put_next(raw: bytes, last: bool, number: int, invoke: int = 0xC1) -> bytes:
    return bytes([0xC1, 3, invoke]) + block(raw, last, number)


def put_list(descriptors: list[bytes], values: list, invoke: int = 0xC1) -> bytes:
    return (bytes([0xC1, 4, invoke]) + length(len(descriptors)) + b"".join(descriptors) + length(len(values))
            + b"".join(encode(value) for value in values))


def block(raw: bytes, last: bool, number: int) -> bytes:
    return bytes([1 if last else 0]) + struct.pack(">I", number) + length(len(raw)) + raw


def act(class_id: int, code: str, index: int, value=None, invoke: int = 0xC1) -> bytes:
    parameters = b"\0" if value is None else b"\1" + encode(value)
    return bytes([0xC3, 1, invoke]) + method(class_id, code, index) + parameters


# MARK: Association

LOGICAL_NAMES, SHORT_NAMES, CIPHERED_NAMES = 1, 2, 3
PROPOSED = 0x007E1F


def context(number: int) -> bytes:
    return bytes.fromhex("60857405080100")[:-1] + bytes([number])


def tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + length(len(content)) + content


def initiate(conformance: int = PROPOSED, size: int = 1200, version: int = 6, dedicated: bytes = b"",
             quality: int | None = None) -> bytes:
    """InitiateRequest."""
    key = b"\1" + length(len(dedicated)) + dedicated if dedicated else b"\0"
    service = b"\0" if quality is None else b"\1" + struct.pack(">b", quality)
    return (b"\1" + key + b"\0" + service + bytes([version]) + bytes.fromhex("5f1f0400")
            + conformance.to_bytes(3, "big") + struct.pack(">H", size))


def aarq(mechanism: int = 0, secret: bytes = b"", application: int = LOGICAL_NAMES, request: bytes | None = None,
         title: bytes = b"", requirements: bool = True, **initiating) -> bytes:
    """An AARQ; `request` replaces the InitiateRequest."""
    content = tlv(0xA1, tlv(0x06, context(application)))
    if title:
        content += tlv(0xA6, tlv(0x04, title))
    if mechanism:
        if requirements:
            content += bytes.fromhex("8a020780")
        content += tlv(0x8B, bytes.fromhex("608574050802") + bytes([mechanism]))
        content += tlv(0xAC, tlv(0x80, secret))
    content += tlv(0xBE, tlv(0x04, initiate(**initiating) if request is None else request))
    return tlv(0x60, content)


def ber(octets: bytes) -> list[tuple[int, bytes]]:
    """Tags and contents of a BER sequence, one octet a tag."""
    reader, found = Reader(octets), []
    while reader.left:
        tag = reader.octet()
        found.append((tag, reader.take(reader.length())))
    return found


class Opened:
    """What an AARE says."""

    def __init__(self, apdu: bytes):
        ((tag, content),) = ber(apdu)
        assert tag == 0x61, f"no AARE: {apdu.hex()}"
        fields = dict(ber(content))
        self.context = fields[0xA1][-1]
        self.result = fields[0xA2][-1]
        (source, inner), = ber(fields[0xA3])
        self.source, self.diagnostic = source & 0x1F, inner[-1]
        self.title = fields[0xA4][2:] if 0xA4 in fields else b""
        self.mechanism = fields[0x89][-1] if 0x89 in fields else None
        self.challenge = fields[0xAA][2:] if 0xAA in fields else b""
        information = fields[0xBE][2:] if 0xBE in fields else b""
        self.raw = information
        self.error = self.conformance = self.size = self.version = None
        if information[:1] == b"\x0e":
            assert len(information) == 4, information.hex()
            self.error = tuple(information[1:])
        elif information[:1] == b"\x08":
            self.take_response(information)

    def take_response(self, information: bytes) -> None:
        """InitiateResponse: version, conformance, PDU size, name 0007."""
        reader = Reader(information)
        assert reader.octet() == 8
        if reader.octet():
            reader.octet()
        self.version = reader.octet()
        assert reader.take(4) == bytes.fromhex("5f1f0400")
        self.conformance = int.from_bytes(reader.take(3), "big")
        self.size = int.from_bytes(reader.take(2), "big")
        assert reader.take(2) == bytes.fromhex("0007"), "the name of a logical name server is 7"
        reader.finish()

    @property
    def accepted(self) -> bool:
        return self.result == 0 and self.diagnostic in (0, 14)


# MARK: Bits of the conformance block

GENERAL_PROTECTION, GENERAL_BLOCKS, READ, WRITE = 1 << 22, 1 << 21, 1 << 20, 1 << 19
GET_BLOCKS, SET_BLOCKS, ACTION_BLOCKS, LISTS = 1 << 12, 1 << 11, 1 << 10, 1 << 9
GET, SET, SELECTION, EVENTS, ACTION = 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1

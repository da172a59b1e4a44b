"""A listener between a reader and a simulated serial line: who said what and when, and what of it was data."""

import os
import pathlib
import select
import termios
import threading
import time
import tty
from dataclasses import dataclass, field


@dataclass
class Session:
    """One conversation from SNRM to the answer to DISC."""

    #: (seconds, True from the reader, octets) in order.
    pieces: list = field(default_factory=list)

    def frames(self, from_reader: bool) -> list[bytes]:
        """The HDLC frames of one direction, flags taken off."""
        stream = b"".join(octets for _, is_reader, octets in self.pieces if is_reader == from_reader)
        found, position = [], 0
        while position + 3 <= len(stream):
            if stream[position] != 0x7E or stream[position + 1] & 0xF0 != 0xA0:
                position += 1
                continue
            length = (stream[position + 1] & 0x07) << 8 | stream[position + 2]
            found.append(stream[position + 1:position + 1 + length])
            position += length + 1
        return found

    @property
    def seconds(self) -> float:
        return self.pieces[-1][0] - self.pieces[0][0]

    @property
    def octets(self) -> int:
        return sum(len(octets) for _, _, octets in self.pieces)

    @property
    def round_trips(self) -> int:
        """Times the reader spoke after the meter, or first."""
        turns = [is_reader for _, is_reader, _ in self.pieces]
        return sum(now and not before for before, now in zip([False] + turns, turns))

    @property
    def data_octets(self) -> int:
        """A-XDR octets of the data in the meter's answers: results of GET, blocks joined, without their headers."""
        return sum(data_octets(unit) for unit in units(self.frames(False)))


def information(frame: bytes) -> tuple[int, bytes, bool]:
    """Control octet, information field and whether more segments follow, of a frame without flags."""
    position = 2
    for _ in range(2):
        while not frame[position] & 1:
            position += 1
        position += 1
    control = frame[position]
    return control, frame[position + 3:-2], bool(frame[0] & 0x08)


def units(frames: list[bytes]) -> list[bytes]:
    """The application units in the information frames of one direction."""
    found, joined = [], b""
    for frame in frames:
        control, octets, more = information(frame)
        if control & 1:
            continue
        joined += octets
        if not more:
            found.append(joined[3:])
            joined = b""
    return found


def data_octets(unit: bytes) -> int:
    """How many octets of a GET response are data."""
    if unit[:2] == b"\xC4\x01" and unit[3] == 0:
        return len(unit) - 4
    if unit[:2] == b"\xC4\x02" and unit[8] == 0:
        length = unit[9]
        return len(unit) - (10 if length < 0x80 else 10 + (length & 0x7F))
    if unit[:2] == b"\xC4\x03":
        return len(unit) - 4 - unit[3]
    return 0


class LineTap:
    """Carries octets between a pty of its own, which readers open, and the street's."""

    def __init__(self, street: str | pathlib.Path, link: str | pathlib.Path):
        self.sessions: list[Session] = []
        self._street = os.open(street, os.O_RDWR | os.O_NOCTTY)
        self._reader, self._kept = os.openpty()
        for descriptor in (self._street, self._kept):
            tty.setraw(descriptor)
        settings = termios.tcgetattr(self._street)
        settings[4] = settings[5] = termios.B9600
        termios.tcsetattr(self._street, termios.TCSANOW, settings)
        os.symlink(os.ttyname(self._kept), link)
        self._isRunning = True
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self) -> None:
        while self._isRunning:
            ready, _, _ = select.select([self._street, self._reader], [], [], 0.2)
            for descriptor in ready:
                is_reader = descriptor == self._reader
                octets = os.read(descriptor, 4096)
                os.write(self._street if is_reader else self._reader, octets)
                self._note(time.monotonic(), is_reader, octets)

    def _note(self, now: float, is_reader: bool, octets: bytes) -> None:
        # SNRM begins a session; the address fields before its control octet are of one or more octets.
        is_opening = is_reader and octets[:1] == b"\x7E" and information(octets[1:-1])[0] == 0x93
        if is_opening or not self.sessions:
            self.sessions.append(Session())
        self.sessions[-1].pieces.append((now, is_reader, octets))

    def stop(self) -> None:
        self._isRunning = False
        self._thread.join()
        for descriptor in (self._street, self._reader, self._kept):
            os.close(descriptor)

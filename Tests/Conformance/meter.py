"""The meter under test and the two ways to speak to it: an HDLC link and the wrapper, both over TCP.

A street of one model is started: a meter alone on HDLC, two on a bus, one behind the wrapper, one that is told wrong
passwords, a ciphered one, one for each mechanism of high level security, and two variants of the model.
"""

import json
import os
import pathlib
import random
import socket
import time

import axdr
import hdlc
import pytest
from processes import ROOT, Street

PHYSICAL = 17
EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))  # suite 0 of the ciphered line
PATIENCE = 3.0  # seconds an answer may take
PORT_BLOCK = 40  # ports set aside for a street
NOBODY = 5  # a client address no association is made for


class Personality:
    """What the tests must know beforehand, as a reader of the meter's passport would."""

    def __init__(self, name: str):
        self.name = name
        self.file = json.loads((ROOT / f"etc/street/personalities/{name}.json").read_text())
        self.reader = self.file["passwords"]["reader"].encode()
        self.configurator = self.file["passwords"]["configurator"].encode()
        self.phases = self.file["phases"]
        self.information = self.file["link"]["information"]
        self.size = self.file["link"]["pduSize"]
        self.conformance = int(self.file["link"]["conformance"], 16)


def free_ports():
    """Ports nobody listens at, from a block of our own (CONFORMANCE_PORTS), or one drawn: several streets that start
    together would be given the same ones by the system. They lie below those that clients are given."""
    first = int(os.environ.get("CONFORMANCE_PORTS", 0)) or random.SystemRandom().randrange(10_000, 30_000)
    for port in range(first, first + PORT_BLOCK):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port


class Site:
    """A running street of one model; `alone`, `bus`, `wrapper` and `ciphered` are its TCP ports."""

    def __init__(self, folder: pathlib.Path, personality: Personality):
        self.personality = personality
        ports = free_ports()
        self.alone, self.bus, self.wrapper, self.ciphered, self.doomed = (next(ports) for _ in range(5))
        self.high = {mechanism: next(ports) for mechanism in range(2, 7)}
        self.lenient, self.wide, self.general = (next(ports) for _ in range(3))
        meters = [{"address": PHYSICAL, "serial": 600100, "personalities": [personality.name],
                   "subscribers": ["shop"]}]
        lines = [
            {"name": "alone", "tcp": f"127.0.0.1:{self.alone}", "transport": "hdlc", "meters": meters},
            {"name": "bus", "tcp": f"127.0.0.1:{self.bus}", "transport": "hdlc", "meters": [
                {"address": PHYSICAL, "count": 2, "serial": 600200, "personalities": [personality.name],
                 "subscribers": ["household"]}]},
            {"name": "wrapper", "tcp": f"127.0.0.1:{self.wrapper}", "transport": "wrapper", "meters": meters},
            {"name": "doomed", "tcp": f"127.0.0.1:{self.doomed}", "transport": "wrapper", "meters": meters},
            {"name": "ciphered", "tcp": f"127.0.0.1:{self.ciphered}", "transport": "wrapper", "meters": [
                {**meters[0], "security": {"ek": EK.hex(), "ak": AK.hex(), "mechanism": 1}}]}]
        for mechanism, port in [(1, self.lenient), *self.high.items()]:
            keys = {"ek": EK.hex(), "ak": AK.hex(), "mechanism": mechanism, "policy": "optional"}
            lines.append({"name": f"high{mechanism}", "tcp": f"127.0.0.1:{port}", "transport": "wrapper",
                          "meters": [{**meters[0], "security": keys}]})
        (folder / "personalities").mkdir()
        for known in (ROOT / "etc/street/personalities").glob("*.json"):
            (folder / "personalities" / known.name).symlink_to(known)
        for name, link in self.variants(personality).items():
            model = f"{personality.name}-{name}"
            (folder / "personalities" / f"{model}.json").write_text(
                json.dumps({**personality.file, "name": model, "link": link}))
            lines.append({"name": name, "tcp": f"127.0.0.1:{getattr(self, name)}",
                          "transport": "hdlc" if name == "wide" else "wrapper",
                          "meters": [{**meters[0], "personalities": [model]}]})
        file = folder / "street.json"
        file.write_text(json.dumps(
            {"seed": 11, "zoneMinutes": 180, "installed": "2025-11-01", "lines": lines}))
        self.street = Street(folder / "run", file)
        self.street.command(set={"delay": 0})

    @staticmethod
    def variants(personality: Personality) -> dict[str, dict]:
        """The model with what few of its kind have: windows of seven, general block transfer instead of other blocks."""
        link = personality.file["link"]
        return {
            "wide": {**link, "window": 7, "information": 64, "statesLimits": True, "pduSize": 1024},
            "general": {**link, "conformance": "20001D", "pduSize": 200}}

    def mechanisms(self) -> dict[int, tuple[int, bytes]]:
        """How each client proves itself where nothing is ciphered."""
        known = self.personality
        return {16: (0, b""), 32: (1, known.reader), 48: (1, known.configurator)}

    def need_open_door(self) -> None:
        """Skips what tries many passwords: some models talk to nobody for a day after five wrong ones."""
        if "blocksWrongPasswords" in self.personality.file.get("quirks", []):
            pytest.skip("the model blocks itself after wrong passwords")

    def happen(self, line: str, happening: str) -> None:
        """Something happens to a line's first meter."""
        assert self.street.command(set={"line": line, "meter": PHYSICAL, "happen": happening})["ok"]


def connect(port: int, probe: bytes) -> socket.socket:
    """The one place at a line is free a moment after the last connection has ended; the probe tells."""
    deadline = time.monotonic() + 5
    while True:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.sendall(probe)
            if connection.recv(4096):
                return connection
        except ConnectionError:
            pass
        except TimeoutError as error:
            raise AssertionError("the meter is silent") from error
        connection.close()
        assert time.monotonic() < deadline, "the line stays taken"
        time.sleep(0.005)


class Link:
    """One connection to a line and frames over it. Sequence numbers are kept for the client that opened."""

    def __init__(self, port: int, client: int = 32, width: int = 1, physical: int = PHYSICAL):
        self.client = hdlc.address(client)
        self.nobody = hdlc.address(NOBODY)
        self.meter = hdlc.address(1, physical, width)
        probe_to = hdlc.address(1, physical, 2)
        self.connection = connect(port, hdlc.frame(probe_to, self.nobody, hdlc.DISC))
        self.probe_to = probe_to
        self.stream = hdlc.Stream(self.connection)
        self.sent = self.received = 0
        self.limit = 128

    def close(self) -> None:
        self.connection.close()

    # MARK: Frames

    def frame(self, control: int, info: bytes = b"", **spoilt) -> bytes:
        return hdlc.frame(self.meter, self.client, control, info, **spoilt)

    def send(self, *frames: bytes) -> None:
        self.connection.sendall(b"".join(frames))

    def next(self, patience: float | None = None) -> hdlc.Frame:
        """The next frame; there must be one."""
        taken = self.stream.next(patience or PATIENCE)
        assert taken is not None, "the meter is silent"
        return taken

    def ask(self, control: int, info: bytes = b"", **spoilt) -> hdlc.Frame:
        """One frame and its answer, which must come back to this client from the address used."""
        self.send(self.frame(control, info, **spoilt))
        answer = self.next()
        assert answer.destination == self.client, answer.octets.hex()
        assert answer.source == self.meter, answer.octets.hex()
        return answer

    def is_silent_to(self, *frames: bytes) -> bool:
        """Whether frames are not answered: a stranger's DISC behind them is, with DM, and nothing before it."""
        self.send(*frames, hdlc.frame(self.probe_to, self.nobody, hdlc.DISC))
        answer = self.next()
        if answer.destination != self.nobody:
            while answer.destination != self.nobody:
                answer = self.next()
            return False
        assert answer.control == hdlc.DM, answer.octets.hex()
        return True

    # MARK: Link

    def open(self, info: bytes = b"") -> dict[int, int]:
        """SNRM and UA; returns what the UA says."""
        answer = self.ask(hdlc.SNRM, info)
        assert answer.control == hdlc.UA, answer.octets.hex()
        self.sent = self.received = 0
        found = hdlc.limits(answer.info)
        self.limit = found[6]
        return found

    def disconnect(self) -> hdlc.Frame:
        return self.ask(hdlc.DISC)

    def request(self, apdu: bytes) -> bytes:
        """One APDU and its answer, both cut into segments where they must be."""
        info = hdlc.REQUEST + apdu
        pieces = [info[place:place + self.limit] for place in range(0, len(info), self.limit)]
        for piece in pieces[:-1]:
            answer = self.ask(hdlc.information(self.sent, self.received), piece, segmented=True)
            self.sent = (self.sent + 1) & 7
            assert answer.is_ready and answer.received == self.sent, answer.octets.hex()
        self.send(self.frame(hdlc.information(self.sent, self.received), pieces[-1]))
        self.sent = (self.sent + 1) & 7
        return self.answer()

    def answer(self) -> bytes:
        """Segments up to the last one; each must be in order and acknowledge what was sent."""
        joined = b""
        while True:
            answer = self.next()
            assert answer.is_information, f"no I frame: {answer.octets.hex()}"
            assert answer.sent == self.received, answer.octets.hex()
            assert answer.received == self.sent, answer.octets.hex()
            assert answer.destination == self.client and answer.source == self.meter, answer.octets.hex()
            self.received = (self.received + 1) & 7
            joined += answer.info
            if not answer.segmented:
                break
            if answer.final:
                self.send(self.frame(hdlc.ready(self.received)))
        assert joined[:3] == hdlc.RESPONSE, joined.hex()
        return joined[3:]


class Wrapper:
    """The other transport: version 1, source, destination, length."""

    def __init__(self, port: int, client: int = 32, connection: socket.socket | None = None):
        self.client = client
        self.port = port
        self.connection = connection or connect(port, self.unit(NOBODY, 1, bytes.fromhex("6200")))
        self.connection.settimeout(3)

    def for_client(self, client: int) -> "Wrapper":
        """Another client over the same connection."""
        return Wrapper(self.port, client, self.connection)

    @staticmethod
    def unit(source: int, destination: int, apdu: bytes, version: int = 1) -> bytes:
        return b"".join(part.to_bytes(2, "big") for part in (version, source, destination, len(apdu))) + apdu

    def close(self) -> None:
        self.connection.close()

    def send(self, *units: bytes) -> None:
        self.connection.sendall(b"".join(units))

    def take(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            chunk = self.connection.recv(count - len(octets))
            assert chunk, "the meter hung up"
            octets += chunk
        return octets

    def next(self) -> tuple[int, int, bytes]:
        """Source, destination and APDU of the next unit."""
        head = self.take(8)
        version, source, destination, count = (int.from_bytes(head[place:place + 2], "big")
                                               for place in (0, 2, 4, 6))
        assert version == 1, head.hex()
        return source, destination, self.take(count)

    def request(self, apdu: bytes) -> bytes:
        self.send(self.unit(self.client, 1, apdu))
        source, destination, answer = self.next()
        assert (source, destination) == (1, self.client)
        return answer


class Session:
    """Services over a link whose association is open."""

    def __init__(self, link, opened: axdr.Opened):
        self.link = link
        self.opened = opened
        self.invoke = 0

    def grants(self, bits: int) -> bool:
        return self.opened.conformance & bits == bits

    def next_invoke(self) -> int:
        self.invoke = self.invoke % 15 + 1
        return 0xC0 | self.invoke

    def request(self, apdu: bytes) -> bytes:
        answer = self.link.request(apdu)
        limit = min(size for size in (self.opened.size, 1200) if size)
        assert len(answer) <= limit, f"an APDU of {len(answer)} octets, {limit} were agreed"
        return answer

    # MARK: Services, with their blocks

    def raw_get(self, class_id: int, code: str, index: int, selection=None) -> tuple[int, bytes]:
        """Data access result (0 is success) and the octets of the value."""
        invoke = self.next_invoke()
        answer = self.request(axdr.get(class_id, code, index, selection, invoke))
        assert answer[0] == 0xC4 and answer[2] & 0x0F == invoke & 0x0F, answer.hex()
        if answer[1] == 1:
            return (0, answer[4:]) if answer[3] == 0 else (answer[4], b"")
        assert answer[1] == 2, answer.hex()
        joined, number = b"", 1
        while True:
            assert answer[:2] == b"\xc4\x02" and answer[2] & 0x0F == invoke & 0x0F, answer.hex()
            last, taken = answer[3], int.from_bytes(answer[4:8], "big")
            assert taken == number, f"block {taken} instead of {number}"
            if answer[8] == 1:
                return answer[9], b""
            reader = axdr.Reader(answer[9:])
            joined += reader.take(reader.length())
            reader.finish()
            if last:
                return 0, joined
            answer = self.request(axdr.get_next(number, invoke))
            number += 1

    def get(self, class_id: int, code: str, index: int, selection=None):
        """A value; anything but success is an error of the meter."""
        result, octets = self.raw_get(class_id, code, index, selection)
        assert result == 0, f"{class_id} {code} attribute {index}: data access result {result}"
        return axdr.decode(octets)

    def refusal(self, class_id: int, code: str, index: int, selection=None) -> int:
        """The result of a GET that gives none but a refusal."""
        return self.raw_get(class_id, code, index, selection)[0]

    def put(self, class_id: int, code: str, index: int, value) -> int:
        """Result of a SET."""
        invoke = self.next_invoke()
        answer = self.request(axdr.put(class_id, code, index, value, invoke))
        assert len(answer) == 4 and answer[:2] == b"\xc5\x01" and answer[2] & 0x0F == invoke & 0x0F, answer.hex()
        return answer[3]

    def act(self, class_id: int, code: str, index: int, value=None) -> int:
        """Result of an ACTION."""
        invoke = self.next_invoke()
        answer = self.request(axdr.act(class_id, code, index, value, invoke))
        assert answer[:2] == b"\xc7\x01" and answer[2] & 0x0F == invoke & 0x0F, answer.hex()
        return answer[3]


def associate(link, mechanism: int, secret: bytes, **words) -> Session:
    """Opens an association without a secret or by a password."""
    opened = axdr.Opened(link.request(axdr.aarq(mechanism, secret, **words)))
    assert opened.accepted, f"result {opened.result}, diagnostic {opened.diagnostic}"
    return Session(link, opened)

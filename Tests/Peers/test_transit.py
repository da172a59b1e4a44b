"""Strangers read a meter through a transit port and set its line by RFC 2217; socat and ser2net in the port's place
give the same octets."""

import contextlib
import json
import os
import pathlib
import select
import socket
import subprocess
import sys
import termios
import threading
import time
import tty

import pytest
import serial

from processes import ROOT, Gateway, Street, free_port

HERE = pathlib.Path(__file__).resolve().parent


class Tap:
    """Keeps the octets of a line both ways: a pty that the relay opens, and behind it the street's."""

    def __init__(self, street: pathlib.Path):
        self.far = os.open(street, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.far)
        self.near, self.kept = os.openpty()
        tty.setraw(self.kept)
        self.path = os.ttyname(self.kept)
        self.octets = {True: b"", False: b""}
        self.stopping = False
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self) -> None:
        while not self.stopping:
            for source in select.select([self.far, self.near], [], [], 0.1)[0]:
                octets = os.read(source, 4096)
                self.octets[source == self.near] += octets
                os.write(self.far if source == self.near else self.near, octets)

    def stop(self) -> None:
        self.stopping = True
        self.thread.join()
        for descriptor in (self.far, self.near, self.kept):
            os.close(descriptor)


def street(folder: pathlib.Path, **more) -> Street:
    folder.mkdir()
    (folder / "street.json").write_text(json.dumps({
        "seed": 5, "zoneMinutes": 180, "installed": time.strftime("%Y-%m-%d", time.localtime(time.time() - 3 * 86_400)),
        "lines": [{"name": "one", "pty": str(folder / "one"), "settings": "115200,8n1", **more, "meters": [
            {"address": 16, "serial": 4100016, "personalities": ["three-phase"], "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    made = Street(folder / "run", folder / "street.json")
    made.command(set={"delay": 0})
    return made


@pytest.fixture
def meter(tmp_path):
    """A simulated meter behind a tap."""
    made = street(tmp_path / "street")
    tap = Tap(tmp_path / "street/one")
    yield tap
    tap.stop()
    made.stop()


def wait(what: str, condition, patience: float = 20):
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.1)
    return found


@contextlib.contextmanager
def gateway_port(folder: pathlib.Path, path: str, **row):
    """The transit port of a gateway on a line."""
    gateway = Gateway(folder / "gateway")
    gateway.start()
    try:
        gateway.login()
        gateway.put("/settings/lines", {"Settings": [{"id": 1, "path": path}]})
        gateway.put("/settings/uart", {"Settings": [
            {"id": 1, "iface": 0, "br": 115200, "size": 8, "parity": 0, "stop": 1, "line": 0}]})
        gateway.put("/settings/servers/tcp", {"Settings": [{"type": "iface1", "port": 11, **row}]})
        wait("transit port", lambda: gateway.get("/state/servers")["Servers"][0]["listening"])
        yield gateway.offset + 11, gateway
    finally:
        gateway.stop()


@contextlib.contextmanager
def stranger_port(name: str, folder: pathlib.Path, path: str):
    """socat or ser2net on a line."""
    port = free_port()
    if name == "socat":
        words = ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,nodelay", f"FILE:{path},b115200,raw,echo=0"]
    else:
        plan = folder / "ser2net.yaml"
        plan.write_text(f"connection: &line\n  accepter: tcp(nodelay=true),127.0.0.1,{port}\n"
                        f"  connector: serialdev(nouucplock=true),{path},115200n81,local\n")
        words = ["ser2net", "-n", "-u", "-c", str(plan)]
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listens():
        with open("/proc/net/tcp", encoding="ascii") as table:
            return any(f":{port:04X} " in line and " 0A " in line for line in table)
    try:
        wait(name, listens)
        yield port
    finally:
        child.terminate()
        child.wait()


def read_by_gurux(port: int) -> str:
    done = subprocess.run(
        [sys.executable, str(HERE / "peer_gurux_client.py"), "--port", str(port), "--assoc", "--timeout", "20"],
        capture_output=True, text=True, timeout=240, check=False)
    # Journals of a meter that was installed the other day are empty, which this client takes for a failure.
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAIL") and not line.startswith("FAIL journal")]
    assert "open association" in done.stdout and not failed, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_gurux_reads_a_meter_through_the_transit_port(meter, tmp_path):
    with gateway_port(tmp_path, meter.path) as (port, gateway):
        said = read_by_gurux(port)
        assert "4100016" in said and said.count("\nok ") > 30
        wait("end of the session", lambda: gateway.get("/state/servers")["Servers"][0]["Clients"] == [])
        assert len(meter.octets[True]) > 500


def frames(password: bytes) -> list[bytes]:
    """A conversation whose answers do not change with the clock, in octets made by gurux: each relay is given the
    very same."""
    from gurux_dlms.enums import Authentication, InterfaceType
    from gurux_dlms.objects import GXDLMSData
    from gurux_dlms.secure import GXDLMSSecureClient
    made = GXDLMSSecureClient(
        True, 32, GXDLMSSecureClient.getServerAddress(1, 16, 2), Authentication.LOW, password.decode(),
        InterfaceType.HDLC)
    made.serverAddressSize = 2
    said = [made.snrmRequest(), *made.aarqRequest()]
    said += made.read(GXDLMSData("0.0.96.1.0.255"), 2)
    # A link left open would be closed by the gateway in the client's name, and by nobody else.
    farewell = made.disconnectRequest(True)
    said += farewell if isinstance(farewell, list) else [farewell]
    return [bytes(one) for one in said if one]


def converse(link, said: list[bytes]) -> bytes:
    """Says each frame when the answer to the one before has come; all answers."""
    heard = b""
    for one in said:
        link.write(one)
        answer = b""
        while answer.count(b"\x7e") < 2 or not answer.endswith(b"\x7e"):
            piece = link.read(1)
            assert piece, f"no answer to {one.hex()} after {heard.hex()} {answer.hex()}"
            answer += piece
        heard += answer
    return heard


def test_socat_and_ser2net_in_the_place_of_the_port_give_the_same_octets(meter, tmp_path):
    said = frames(b"12345678")
    heard = {}
    ports = {"ours": lambda: gateway_port(tmp_path, meter.path),
             "socat": lambda: stranger_port("socat", tmp_path, meter.path),
             "ser2net": lambda: stranger_port("ser2net", tmp_path, meter.path)}
    for name, opened in ports.items():
        meter.octets = {True: b"", False: b""}
        with opened() as port:
            with serial.serial_for_url(f"socket://127.0.0.1:{port[0] if name == 'ours' else port}", timeout=10) as link:
                answers = converse(link, said)
            # What came to the line and from it is what was said and heard, and nothing else.
            assert meter.octets[True] == b"".join(said), name
            assert meter.octets[False] == answers, name
        heard[name] = answers
        time.sleep(0.6)
    assert heard["ours"] == heard["socat"] == heard["ser2net"]
    assert b"4100016" in heard["ours"]


def test_every_octet_passes_both_ways_and_nothing_is_added(tmp_path):
    master, slave = os.openpty()
    tty.setraw(slave)
    every = bytes(range(256)) * 16
    try:
        with gateway_port(tmp_path, os.ttyname(slave)) as (port, _):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
                link.sendall(every)
                assert gather(lambda: os.read(master, 4096), len(every)) == every
                os.write(master, every[::-1][:4000])
                assert gather(lambda: link.recv(4096), 4000) == every[::-1][:4000]
                assert select.select([master, link], [], [], 0.5)[0] == []
    finally:
        os.close(master)
        os.close(slave)


def gather(read, count: int) -> bytes:
    octets = b""
    while len(octets) < count and (piece := read()):
        octets += piece
    return octets


def test_pyserial_sets_the_line_by_rfc_2217_and_reads_the_meter(meter, tmp_path):
    with gateway_port(tmp_path, meter.path, rfc2217=True, quiet=2) as (port, _):
        # Another speed than the port's own, and back: what a reader of the sign-on of IEC 62056-21 does.
        url = f"rfc2217://127.0.0.1:{port}"
        with serial.serial_for_url(url, baudrate=9600, bytesize=7, parity="E", stopbits=2, timeout=10) as link:
            link.write(b"/?!\r\n")
            wait("its format on the line", lambda: line_format(meter.kept) == (9600, 2))
            link.baudrate, link.bytesize, link.parity, link.stopbits = 115200, 8, "N", 1
            # Set and acknowledged, so it is in force.
            assert line_format(meter.kept) == (115200, 1)
            with pytest.raises(ValueError):
                link.baudrate = 14400
            assert line_format(meter.kept) == (115200, 1)
        meter.octets = {True: b"", False: b""}
        with serial.serial_for_url(f"rfc2217://127.0.0.1:{port}", baudrate=115200, timeout=10) as link:
            assert b"4100016" in converse(link, frames(b"12345678"))
            link.reset_input_buffer()
            assert link.cts and link.dsr and link.cd
        assert meter.octets[True] == b"".join(frames(b"12345678"))


def test_rfc_2217_passes_every_octet_and_gives_the_line_back_as_it_was(tmp_path):
    master, slave = os.openpty()
    tty.setraw(slave)
    every = bytes(range(256)) * 4
    try:
        with gateway_port(tmp_path, os.ttyname(slave), rfc2217=True, quiet=1) as (port, _):
            with serial.serial_for_url(f"rfc2217://127.0.0.1:{port}", baudrate=19200, timeout=5) as link:
                link.write(every)
                assert gather(lambda: os.read(master, 4096), len(every)) == every
                os.write(master, every)
                assert link.read(len(every)) == every
                assert line_format(slave) == (19200, 1)
            # The next client finds the port's own format.
            time.sleep(1)
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
                plain.sendall(b"x")
                assert os.read(master, 1) == b"x"
                assert line_format(slave) == (115200, 1)
    finally:
        os.close(master)
        os.close(slave)


def line_format(slave: int) -> tuple[int, int]:
    """Speed and stop bits of a pty's near end; word length and parity are not for ptys."""
    attributes = termios.tcgetattr(slave)
    speeds = {getattr(termios, f"B{speed}"): speed for speed in (9600, 19200, 115200)}
    return speeds.get(attributes[5], 0), 2 if attributes[2] & termios.CSTOPB else 1

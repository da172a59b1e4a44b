"""Transit ports under clients that vanish, crawl, flood, scan, or are not let in; supply lines of the interfaces."""

import contextlib
import ctypes
import json
import os
import select
import socket
import ssl
import time
import tty

import pytest

from measured_site import Site, serial_line
from processes import ROOT, Gateway, Street
from test_floods import descriptors, deaf_flood, flooded_visits, many_files, verdict, visits  # noqa: F401

PORTS = {1: 11, 2: 12, 3: 13, 4: 14}


class Terminal:
    """A pty whose far end is the line."""

    def __init__(self):
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def read(self, seconds: float = 5) -> bytes:
        return os.read(self.far, 4096) if select.select([self.far], [], [], seconds)[0] else b""

    def close(self) -> None:
        os.close(self.far)
        os.close(self.near)


class Ports:
    """A gateway of transit ports, each on a pty of its own."""

    def __init__(self, directory, *rows: dict):
        self.terminals = [Terminal() for _ in rows]
        self.gateway = Gateway(directory)
        self.gateway.start()
        self.gateway.login()
        put = self.gateway.put
        put("/settings/lines", {"Settings": [
            {"id": n, "path": one.path} for n, one in enumerate(self.terminals, 1)]})
        put("/settings/servers/tcp", {"Settings": [
            {"type": f"iface{n}", "port": PORTS[n], **row} for n, row in enumerate(rows, 1)]
            + [{"type": "rtu327", "port": 55}]})
        wait("ports", lambda: all(one["listening"] for one in self.states()))

    def states(self) -> list[dict]:
        return self.gateway.get("/state/servers")["Servers"]

    def connect(self, number: int = 1, source: str = "127.0.0.1", port: int | None = None) -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", (port or PORTS[number]) + self.gateway.offset), timeout=10, source_address=(source, 0))

    def stop(self) -> None:
        self.gateway.stop()
        for terminal in self.terminals:
            terminal.close()


@pytest.fixture
def ports(tmp_path):
    """Makes gateways of transit ports."""
    with contextlib.ExitStack() as stack:
        def make(*rows: dict) -> Ports:
            made = Ports(tmp_path / "gateway", *rows)
            stack.callback(made.stop)
            return made
        yield make


def wait(what: str, condition, patience: float = 30):
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.1)
    return found


def vanish(link: socket.socket) -> None:
    """The kernel drops every segment that comes for this socket: no acknowledgement, no FIN, as after a power cut."""
    class Filter(ctypes.Structure):
        _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(Filter))]
    nothing = (Filter * 1)(Filter(0x06, 0, 0, 0))
    program = Program(1, nothing)
    libc = ctypes.CDLL(None, use_errno=True)
    attach_filter = 26
    assert libc.setsockopt(link.fileno(), socket.SOL_SOCKET, attach_filter, ctypes.byref(program),
                           ctypes.sizeof(program)) == 0, os.strerror(ctypes.get_errno())


def keepalive_seconds(port: int, peer: int) -> float | None:
    """Seconds until the kernel's keepalive timer of the gateway's end of a connection fires; None without one."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in list(table)[1:]:
            words = row.split()
            if words[1].endswith(f":{port:04X}") and words[2].endswith(f":{peer:04X}"):
                kind, when = words[5].split(":")
                return int(when, 16) / os.sysconf("SC_CLK_TCK") if kind == "02" else None
    return None


def test_clients_that_vanish_without_a_word_are_noticed_within_a_minute(ports):
    # A connection that may be silent for ever: only the kernel can tell that nobody is there any more.
    made = ports({"idle": 0, "quiet": 1}, {"idle": 0, "quiet": 1})
    with made.connect(1) as silent, made.connect(2) as hearing:
        for link, terminal in ((silent, made.terminals[0]), (hearing, made.terminals[1])):
            link.sendall(b"?")
            assert terminal.read() == b"?"
        seconds = keepalive_seconds(PORTS[1] + made.gateway.offset, silent.getsockname()[1])
        assert seconds is not None and seconds <= 30
        vanish(silent)
        vanish(hearing)
        # To one of them octets are under way that it will never acknowledge.
        os.write(made.terminals[1].far, b"an answer")
        wait("end of both", lambda: [one["Clients"] for one in made.states()[:2]] == [[], []], 80)
        with made.connect(1) as next_one:
            next_one.sendall(b"!")
            assert made.terminals[0].read() == b"!"


def test_a_silent_client_is_closed_after_its_idle_limit_and_the_line_was_free_before(ports):
    made = ports({"idle": 4, "quiet": 1})
    with made.connect() as link:
        begun = time.monotonic()
        link.sendall(b"?")
        assert made.terminals[0].read() == b"?"
        assert made.states()[0]["Clients"][0]["holdsLine"]
        wait("a free line", lambda: not made.states()[0]["Clients"][0]["holdsLine"], 3)
        assert link.recv(1) == b"" and 3 < time.monotonic() - begun < 7


def test_a_client_that_does_not_read_costs_no_memory_and_is_closed(ports):
    made = ports({"quiet": 1}, {})
    with made.connect(1) as deaf, made.connect(2) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"?")
        assert made.terminals[0].read() == b"?"
        before = made.gateway.rss_kilobytes()
        os.set_blocking(made.terminals[0].far, False)
        said, deadline = 0, time.monotonic() + 40
        while made.states()[0]["Clients"]:
            assert time.monotonic() < deadline, "a client that takes nothing was not closed"
            with contextlib.suppress(BlockingIOError):
                while time.monotonic() < deadline:
                    said += os.write(made.terminals[0].far, b"x" * 4096)
            other.sendall(b"alive")
            assert made.terminals[1].read(1) == b"alive"
        # What the kernel's buffers took and a little more; the line was pushed back beyond that.
        assert 4_096 < said < 16_000_000 and made.gateway.rss_kilobytes() - before < 4_000


def test_a_client_that_writes_octet_by_octet_has_each_passed_as_it_comes(ports):
    made = ports({"quiet": 1})
    with made.connect() as slow:
        for octet in range(12):
            slow.sendall(bytes([octet]))
            assert made.terminals[0].read(1) == bytes([octet])
            time.sleep(0.3)
        assert made.states()[0]["Clients"][0]["received"] == 12


def targets(pid: int) -> list[str]:
    """What the open descriptors of a process lead to."""
    found = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        # Some are closed while we look.
        with contextlib.suppress(FileNotFoundError):
            found.append(os.readlink(f"/proc/{pid}/fd/{number}"))
    return found


def test_a_scan_of_all_ports_opens_no_line_and_leaves_nothing_behind(ports):
    made = ports({}, {}, {}, {})
    pid = made.gateway.process.child.pid
    opened = set(os.listdir(f"/proc/{pid}/fd"))
    for _ in range(50):
        for port in (11, 12, 13, 14, 55, 80, 443):
            with contextlib.suppress(OSError):
                made.connect(port=port).close()
    wait("the end of all of them", lambda: not any(one["Clients"] or one["waiting"] for one in made.states()))
    assert all(terminal.read(0) == b"" for terminal in made.terminals)
    assert not any(target.startswith("/dev/pts") for target in targets(pid))
    wait("its descriptors", lambda: len(os.listdir(f"/proc/{pid}/fd")) <= len(opened) + 2)
    with made.connect(3) as link:
        link.sendall(b"?")
        assert made.terminals[2].read() == b"?"


def test_garbage_instead_of_tls_and_of_requests_ends_its_own_connection_only(ports):
    made = ports({})
    hello = bytes.fromhex("16030100c8010000c40303") + os.urandom(190)
    with made.connect() as staying:
        for octets in (hello, os.urandom(4_096), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 60_000):
            for port in (443, 55):
                with made.connect(port=port) as link, contextlib.suppress(OSError):
                    link.sendall(octets)
                    link.shutdown(socket.SHUT_WR)
                    while link.recv(4_096):
                        pass
        # On a port of transit they are octets like any others.
        staying.sendall(hello)
        heard = b""
        while len(heard) < len(hello) and (piece := made.terminals[0].read()):
            heard += piece
        assert heard == hello
    assert made.gateway.get("/state/system")


def test_only_addresses_of_the_list_are_let_in(ports):
    made = ports({"allow": ["127.0.0.2", "127.0.8.0/21"]})
    for source, is_allowed in (("127.0.0.1", False), ("127.0.0.2", True), ("127.0.15.9", True), ("127.0.16.1", False)):
        with made.connect(source=source) as link:
            link.sendall(b"?")
            if is_allowed:
                assert made.terminals[0].read() == b"?"
                assert made.states()[0]["Clients"][0]["peer"] == source
            else:
                with contextlib.suppress(ConnectionResetError):
                    assert link.recv(1) == b""
                assert made.terminals[0].read(0.3) == b""
        wait("a free port", lambda: made.states()[0]["Clients"] == [])
    assert made.states()[0]["turnedAway"] == 2


def test_a_port_of_tls_carries_octets_within_it_and_refuses_plain_ones(ports):
    made = ports({"tls": True, "quiet": 1})
    context = ssl.create_default_context(cafile=str(made.gateway.data / "tls/server.pem"))
    context.check_hostname = False
    every = bytes(range(256)) * 8
    with made.connect() as plain:
        plain.sendall(b"\x7e\xa0\x07\x03\x21\x93\x0f\x01\x7e" * 3)
        with contextlib.suppress(ConnectionResetError):
            while plain.recv(100):
                pass
    assert made.terminals[0].read(0.5) == b""
    wait("a free port", lambda: made.states()[0]["Clients"] == [])
    with made.connect() as raw, context.wrap_socket(raw) as link:
        assert link.version() in ("TLSv1.2", "TLSv1.3")
        link.sendall(every)
        heard = b""
        while len(heard) < len(every) and (piece := made.terminals[0].read()):
            heard += piece
        assert heard == every
        os.write(made.terminals[0].far, every)
        heard = b""
        while len(heard) < len(every) and (piece := link.recv(4096)):
            heard += piece
        assert heard == every
        assert made.states()[0]["Clients"][0]["received"] == len(every)


def test_ten_thousand_clients_of_a_transit_port_are_turned_away_and_polling_does_not_notice(tmp_path, many_files):  # noqa: F811
    site = Site(tmp_path, [serial_line("line", "Iface1", 4)], delay=20)
    terminal = Terminal()
    links: list[socket.socket] = []
    try:
        gateway = site.gateway
        lines = gateway.get("/settings/lines")["Settings"]
        gateway.put("/settings/lines", {"Settings": lines + [{"id": 2, "path": terminal.path}]})
        gateway.put("/settings/servers/tcp", {"Settings": [{"type": "iface2", "port": 12, "wait": 5, "idle": 20}]})
        site.poll(["ElArr1ConsPower"])
        site.wait(90, "steady polling", lambda: any(site.stamps("ElArr1ConsPower").values()))
        quiet = visits(site, 20)
        elsewhere = deaf_flood(site, 20)
        memory, before = gateway.rss_kilobytes(), descriptors(site)
        flooded = flooded_visits(site, gateway.offset + 12, links, 20)
        # One has the port and eight wait: everybody else is closed at once.
        assert gateway.rss_kilobytes() - memory < 20_000
        state = gateway.get("/state/servers")["Servers"][0]
        assert len(state["Clients"]) <= 1 and len(state["waiting"]) <= 8 and state["turnedAway"] > 1_000
        site.wait(120, "end of the last connection", lambda: descriptors(site) <= before + 3)
        assert {verdict(link) for link in links} <= {"closed", "open"}
        # As for the flood of the admin: what this process takes from the gateway's core is not the gateway's.
        seen = (quiet, elsewhere, flooded)
        assert flooded["count"] > 0.85 * min(quiet["count"], elsewhere["count"]), seen
        assert flooded["medianUs"] < 1.1 * max(quiet["medianUs"], elsewhere["medianUs"]), seen
        assert flooded["p90Us"] < 1.5 * max(quiet["p90Us"], elsewhere["p90Us"]), seen
    finally:
        for link in links:
            link.close()
        site.stop()
        terminal.close()


def test_a_supply_line_feeds_the_meters_of_its_interface(tmp_path):
    folder = tmp_path / "street"
    folder.mkdir()
    feed = tmp_path / "supply"
    feed.write_text("0\n")
    (folder / "street.json").write_text(json.dumps({
        "seed": 5, "zoneMinutes": 180, "installed": "2026-10-01", "lines": [
            {"name": "one", "pty": str(folder / "one"), "supply": str(feed), "settings": "9600,8n1", "meters": [
                {"address": 16, "serial": 4100016, "personalities": ["three-phase"], "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    gateway = Gateway(tmp_path / "gateway")
    gateway.arguments = ["--supply", f"1={feed}", "--supply", f"2={tmp_path}/absent"]
    try:
        gateway.start()
        gateway.login()
        gateway.put("/settings/lines", {"Settings": [{"id": 1, "path": str(folder / "one")}]})
        gateway.put("/settings/meter/table", {"Meters": [
            {"id": 1, "typeName": "SPODES", "addr": "16", "ifaceName": "Iface1", "ifaceCfg": "9600,8n1",
             "passRd": b"12345678".hex()}]})

        def answers() -> bool:
            _, _, answer = gateway.request("POST", "/meter/data/moment", {"ids": [1], "measures": ["GetTime"]})
            return not answer["measures"][0]["devices"][0].get("error")

        def supply(line: int) -> dict:
            return gateway.get("/state/dout")["State"][line - 1]

        assert not answers() and supply(1)["state"] == "off"
        row = {"id": 1, "iface": 0, "br": 0, "size": 8, "parity": 0, "stop": 1}
        gateway.put("/settings/uart", {"Settings": [{**row, "line": 1}]})
        wait("supply", lambda: feed.read_text() == "1\n")
        assert supply(1) == {"addr": "/dev/ttyUSB3", "state": "on"}
        wait("an answer", answers)
        # Off is off, whatever the interface takes.
        gateway.put("/settings/dout", {"Settings": [{"addr": "/dev/ttyUSB3", "state": "off"}]})
        wait("no supply", lambda: feed.read_text() == "0\n")
        gateway.put("/settings/dout", {"Settings": [
            {"addr": "/dev/ttyUSB2", "state": "on"}, {"addr": "/dev/ttyUSB1", "state": "on"}]})
        wait("supply again", lambda: feed.read_text() == "1\n")
        wait("faults", lambda: supply(2).get("code") == "supply.switch" and supply(3).get("code") == "supply.missing")
        assert "absent" in supply(2)["text"] and supply(4) == {"addr": "/dev/ttyUSB0", "state": "off"}
        assert [one["state"] for one in gateway.get("/settings/dout")["Settings"]] == ["toggle", "on", "on", "toggle"]
        gateway.put("/settings/uart", {"Settings": [{**row, "line": 0}]})
        wait("no supply again", lambda: feed.read_text() == "0\n")
        status, _, _ = gateway.request("PUT", "/settings/dout", {"Settings": [{"addr": "/dev/ttyS9", "state": "on"}]})
        assert status == 409
    finally:
        street.stop()
        gateway.stop()

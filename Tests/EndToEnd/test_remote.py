"""Remote connection, all executables real: readings through a gateway far away, lines lent to other software
while connections break, and who is refused (REQ-518…536)."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import serial

from delay_proxy import DelayProxy
from processes import PASSWORD, ROOT, Gateway, Street, executable
from test_servers import servers, wait

SERIAL = "4100016"
TRANSIT, REMOTE = 11, 12
METER = ["--type", "SPODES", "--address", "16", "--transport", "hdlc", "--password", "12345678"]


class Site:
    def __init__(self, folder: pathlib.Path):
        street = folder / "street"
        street.mkdir()
        (street / "street.json").write_text(json.dumps({
            "seed": 5, "zoneMinutes": 180, "installed": "2026-03-01", "lines": [
                {"name": name, "pty": str(street / name), "baud": 115200, "meters": [
                    {"address": 16, "serial": int(SERIAL) + index, "personalities": ["three-phase"],
                     "subscribers": ["shop"]}]} for index, name in enumerate(("one", "two"))]}))
        (street / "personalities").symlink_to(ROOT / "etc/street/personalities")
        self.street = Street(street / "run", street / "street.json")
        self.street.command(set={"delay": 0})
        self.path = street
        self.gateway = Gateway(folder / "gateway")
        self.gateway.start()
        self.gateway.login()
        self.gateway.put("/settings/lines", {"Settings": [
            {"id": 1, "path": str(street / "one")}, {"id": 2, "path": str(street / "two")}]})
        self.gateway.put("/settings/uart", {"Settings": [
            {"id": number, "iface": number - 1, "br": 115200, "size": 8, "parity": 0, "stop": 1, "line": 0}
            for number in (1, 2)]})
        self.serve()
        self.authority = self.gateway.data / "tls" / "server.pem"
        self.password = folder / "password"
        self.password.write_text(PASSWORD + "\n")
        self.folder = folder

    def serve(self, **remote):
        self.gateway.put("/settings/servers/tcp", {"Settings": [
            {"type": "iface1", "port": TRANSIT, "wait": 2, "quiet": 1},
            {"type": "remote", "port": REMOTE, **remote}]})
        wait("both ports", lambda: [one["listening"] for one in servers(self.gateway)] == [True, True])

    @property
    def port(self) -> int:
        return REMOTE + self.gateway.offset

    def account(self, port=None):
        return ["127.0.0.1:" + str(port or self.port), "--user-password-file", str(self.password),
                "--ca", str(self.authority)]

    def state(self):
        return next(one for one in servers(self.gateway) if one["type"] == "remote")

    def stop(self):
        self.street.stop()
        self.gateway.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("remote"))
    yield site
    site.stop()


def control(*words, timeout=90, **environment):
    return subprocess.run(
        [executable("gatewayctl"), *words], capture_output=True, text=True, timeout=timeout, check=False,
        cwd=ROOT, env={**os.environ, **environment})


class Lent:
    """`gatewayctl connect` in the background; `place` is what other software opens."""

    def __init__(self, site, *words, port=None, interface=1, stderr=None):
        self.child = subprocess.Popen(
            [executable("gatewayctl"), "connect", "--remote", *site.account(port), "--interface", str(interface),
             *words], stdout=subprocess.PIPE, stderr=stderr or subprocess.PIPE, text=True, cwd=ROOT)
        line = self.child.stdout.readline()
        assert " at " in line, self.child.stderr.read() if self.child.stderr else line
        self.place = line.split(" at ")[1].strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(15) == 0


def test_a_reading_through_the_gateway_is_that_of_the_line_itself(site):
    transit = f"tcp://127.0.0.1:{TRANSIT + site.gateway.offset}"
    window = ["--from", "2026-03-01T00:00", "--to", "2026-03-04T00:00", "--utc-offset", "+03:00"]
    for words in (["read", "--measure", "ElDayEnergy", *window, "--json"], ["read", "--measure", "ElDayEnergy", *window],
                  ["read", "--measure", "ElArr1ConsPower", *window], ["relay", "--json"], ["relay"]):
        own = control(*words, "--line", transit, *METER)
        assert own.returncode == 0, own.stderr
        far = control(*words, "--line", "iface:1", *METER, "--via", *site.account())
        assert (far.returncode, far.stdout, far.stderr) == (0, own.stdout, ""), far.stderr
    # The same command line with a gateway in front of it: a device of the gateway's by its path.
    path = f"serial:{site.path / 'two'}?115200,8n1"
    far = control("relay", "--json", "--line", path, *METER, "--via", *site.account())
    assert json.loads(far.stdout)["serial"] == str(int(SERIAL) + 1), far.stderr
    clock = control("time", "--line", "iface:1", *METER, "--json", "--utc-offset", "+03:00", "--remoteServerAddr", *site.account())
    own = control("time", "--line", transit, *METER, "--json", "--utc-offset", "+03:00")
    assert clock.returncode == 0 and abs(json.loads(clock.stdout)["diff"] - json.loads(own.stdout)["diff"]) <= 2
    found = control("scan", "--line", "iface:1", "--json", "--via", *site.account())
    assert found.returncode == 0 and json.loads(found.stdout.splitlines()[0])["serial"] == SERIAL, found.stderr


def test_faults_of_meters_and_lines_are_told_as_at_the_line_itself(site):
    wrong = ["--type", "SPODES", "--address", "99", "--transport", "hdlc"]
    words = ["read", *wrong, "--measure", "ElMomentEnergy"]
    own = control(*words, "--line", f"tcp://127.0.0.1:{TRANSIT + site.gateway.offset}")
    far = control(*words, "--line", "iface:1", "--via", *site.account())
    assert own.returncode == far.returncode == 1 and far.stderr == own.stderr and "meter.silent" in far.stderr
    nowhere = control(*words, "--line", "serial:/dev/null", "--via", *site.account())
    assert nowhere.returncode == 1 and "line.missing" in nowhere.stderr, nowhere.stderr


def test_far_away_a_reading_takes_at_most_half_of_the_time_of_raw_transit(site, capsys):
    transit = DelayProxy(TRANSIT + site.gateway.offset, 0.8)
    remote = DelayProxy(site.port, 0.8)
    try:
        words = ["read", *METER, "--measure", "ElMomentEnergy", "--json"]
        begun = time.monotonic()
        raw = control(*words, "--line", f"tcp://127.0.0.1:{transit.port}")
        raw_time = time.monotonic() - begun
        begun = time.monotonic()
        far = control(*words, "--line", "iface:1", "--via", *site.account(remote.port))
        far_time = time.monotonic() - begun
    finally:
        transit.stop()
        remote.stop()
    with capsys.disabled():
        print(f"\nREQ-518 at 800 ms: raw transit {raw_time:.1f} s (exit {raw.returncode}), "
              f"--via {far_time:.1f} s", file=sys.stderr)
    assert far.returncode == 0, far.stderr
    assert json.loads(far.stdout)["measures"][0]["devices"][0]["serial"] == SERIAL
    assert raw.returncode == 0, raw.stderr
    assert far_time <= raw_time / 2
    # TCP, TLS, and one way there and back for everything else.
    assert far_time < 3 * 0.8 + 1.5


def test_any_software_reads_through_a_pty_while_connections_break(site):
    link = site.folder / "line"
    proxy = DelayProxy(site.port, 0.1)
    errors = site.folder / "connect.log"
    try:
        with open(errors, "w") as log, Lent(site, "--pty", str(link), port=proxy.port, stderr=log):
            words = ["read", "--line", f"serial:{link}?115200,8n1", *METER, "--json", "--measure"]
            own = control(*words, "ElMomentEnergy")
            assert own.returncode == 0, own.stderr
            assert json.loads(own.stdout)["measures"][0]["devices"][0]["serial"] == SERIAL
            client = site.state()["Clients"][0]
            assert client["holdsLine"] and client["line"] == "Iface1" and client["user"] == "admin"
            assert client["received"] > 50 and client["sent"] > 50
            stop = threading.Event()

            def breaker():
                chance = random.Random(5)
                while not stop.is_set():
                    proxy.cut_after(chance.randrange(1, 400))
                    time.sleep(1.2)

            thread = threading.Thread(target=breaker)
            thread.start()
            month = control(
                *words, "ElArr1ConsPower", "--from", "2026-03-01T00:00", "--to", "2026-03-05T00:00", timeout=180)
            stop.set()
            thread.join()
            assert month.returncode == 0, month.stderr
        wait("a free line", lambda: site.state()["Clients"] == [])
        assert proxy.connections > 2 and "connection lost" in errors.read_text()
        same = control("read", "--line", "iface:1", *METER, "--json", "--measure", "ElArr1ConsPower",
                       "--from", "2026-03-01T00:00", "--to", "2026-03-05T00:00", "--via", *site.account())
        assert same.stdout == month.stdout
    finally:
        proxy.stop()


SNRM = bytes.fromhex("7ea0080221419350b47e")


def test_a_stranger_at_the_pty_gets_whole_frames_across_a_cut(site):
    link = site.folder / "other"
    proxy = DelayProxy(site.port, 0.2)
    try:
        with Lent(site, "--pty", str(link), port=proxy.port), serial.Serial(str(link), 115200, timeout=15) as line:
            for cut in (False, True, True):
                if cut:
                    proxy.cut()
                line.write(SNRM)
                answer = line.read(1) + line.read_until(b"\x7e")
                assert answer[:2] == b"\x7e\xa0" and answer[-1:] == b"\x7e" and len(answer) > 9, answer.hex()
            assert line.in_waiting == 0
        wait("a free line", lambda: site.state()["Clients"] == [])
    finally:
        proxy.stop()


def test_an_independent_client_works_through_a_listening_port_across_a_cut(site):
    proxy = DelayProxy(site.port, 0.02)
    try:
        with Lent(site, "--listen", "0", port=proxy.port) as lent:
            port = lent.place.split(":")[1]
            proxy.cut_after(1500)
            stranger = subprocess.run(
                [sys.executable, ROOT / "Tests/Peers/peer_gurux_client.py", "--port", port, "--timeout", "15"],
                capture_output=True, text=True, timeout=180, check=False)
            assert proxy.connections >= 2
            assert stranger.returncode == 0, stranger.stdout + stranger.stderr
        wait("a free line", lambda: site.state()["Clients"] == [])
    finally:
        proxy.stop()


def test_a_line_that_somebody_has_is_busy_in_time_and_the_next_one_gets_it(site):
    with Lent(site, "--listen", "0"):
        words = ["connect", "--remote", *site.account(), "--interface", "1", "--listen", "0"]
        begun = time.monotonic()
        at_once = control(*words, "--timeout", "0")
        assert at_once.returncode == 1 and "line.busy" in at_once.stderr and time.monotonic() - begun < 4
        begun = time.monotonic()
        late = control(*words, "--remoteServerConnectionTimeout", "3")
        assert late.returncode == 1 and "line.busy" in late.stderr and 2.9 <= time.monotonic() - begun < 6
        reading = control("read", "--line", "iface:1", *METER, "--measure", "ElMomentEnergy", "--timeout", "1",
                          "--via", *site.account())
        assert reading.returncode == 1 and "line.busy" in reading.stderr
        with Lent(site, "--listen", "0", interface=2):
            assert len(site.state()["Clients"]) == 2
    with Lent(site, "--listen", "0", "--timeout", "5"):
        pass


def test_a_person_drops_a_client(site):
    lent = Lent(site, "--listen", "0")
    status, _, answer = site.gateway.request("POST", "/action/transit/drop", {"type": "remote", "line": "Iface1"})
    assert status == 200, answer
    lent.child.wait(30)
    wait("a free line", lambda: site.state()["Clients"] == [])
    status, _, _ = site.gateway.request("POST", "/action/transit/drop", {"type": "remote"})
    assert status == 409


def test_strangers_are_refused_with_a_reason(site):
    words = ["read", "--line", "iface:1", *METER, "--measure", "ElMomentEnergy", "--via", f"127.0.0.1:{site.port}"]
    unknown = control(*words, GATEWAYCTL_PASSWORD=PASSWORD)
    assert unknown.returncode == 1 and "not trusted" in unknown.stderr, unknown.stderr
    fingerprint = unknown.stderr.split("--fingerprint ")[1].split()[0]
    known = control(*words, "--fingerprint", fingerprint, GATEWAYCTL_PASSWORD=PASSWORD)
    assert known.returncode == 0, known.stderr
    other = control(*words, "--fingerprint", "00" * 32, GATEWAYCTL_PASSWORD=PASSWORD)
    assert other.returncode == 1 and "another one" in other.stderr
    trusted = [*words, "--ca", str(site.authority)]
    nobody = control(*trusted)
    assert nobody.returncode == 64 and "password" in nobody.stderr
    wrong = control(*trusted, GATEWAYCTL_PASSWORD="wrong-" + PASSWORD)
    assert wrong.returncode == 1 and "access.login" in wrong.stderr and PASSWORD not in wrong.stderr
    site.gateway.request("PUT", "/auth/password", {"login": "user", "old": "user", "new": "Viewer-2026"})
    viewer = control(*trusted, "--user", "user", GATEWAYCTL_PASSWORD="Viewer-2026")
    assert viewer.returncode == 1 and "access.right" in viewer.stderr, viewer.stderr
    plain = control(*words, "--plain", GATEWAYCTL_PASSWORD=PASSWORD)
    assert plain.returncode == 1 and plain.stderr.count("\n") == 1, plain.stderr
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" + bytes(512), os.urandom(300)):
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as client:
            client.sendall(garbage)
            try:
                while client.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    assert control(*trusted, GATEWAYCTL_PASSWORD=PASSWORD).returncode == 0


def test_without_tls_only_where_it_is_allowed(site):
    site.serve(tls=False)
    try:
        words = ["read", "--line", "iface:1", *METER, "--measure", "ElMomentEnergy", "--via", f"127.0.0.1:{site.port}"]
        plain = control(*words, "--plain", GATEWAYCTL_PASSWORD=PASSWORD)
        assert plain.returncode == 0, plain.stderr
        ciphered = control(*words, GATEWAYCTL_PASSWORD=PASSWORD)
        assert ciphered.returncode == 1 and "--plain" in ciphered.stderr, ciphered.stderr
    finally:
        site.serve(tls=True)

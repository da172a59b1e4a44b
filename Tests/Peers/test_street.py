"""Our simulated meters read by two independent clients, and the simulator's lines, faults and figures."""

import json
import os
import pathlib
import re
import select
import subprocess
import sys
import time

import pytest
from processes import ROOT, Street, executable, free_port

HERE = pathlib.Path(__file__).resolve().parent
READER = {"three-phase": "12345678", "nartis-like": "111", "device-40-like": "111111", "single-phase": "00000001",
          "mercury-234-like": "111111", "energomera-like": "12345678", "milur-107s-like": "789456"}


def tcp_line(name: str, transport: str, personality: str, subscriber: str, serial: int) -> dict:
    return {"name": name, "tcp": f"127.0.0.1:{free_port()}", "transport": transport, "meters": [
        {"address": 17, "serial": serial, "personalities": [personality], "subscribers": [subscriber]}]}


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """Two meters on a pty, one of each model on TCP HDLC, one behind the wrapper; no answering time."""
    folder = tmp_path_factory.mktemp("street")
    lines = [{"name": "wire", "pty": str(folder / "wire"), "settings": "9600,8n1", "meters": [
        {"address": 16, "count": 2, "serial": 500016, "personalities": ["three-phase"],
         "subscribers": ["household", "prosumer"]}]}]
    for index, model in enumerate(READER):
        lines.append(tcp_line(model, "hdlc", model, "shop", 500100 + index))
    lines.append(tcp_line("wrapper", "wrapper", "three-phase", "workshop", 500200))
    file = folder / "street.json"
    file.write_text(json.dumps({"seed": 5, "zoneMinutes": 180, "installed": "2025-10-01", "lines": lines}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    running = Street(folder / "run", file)
    running.folder = folder
    running.ports = {line["name"]: int(line["tcp"].split(":")[1]) for line in lines if "tcp" in line}
    assert running.command(set={"delay": 0})["ok"]
    yield running
    assert running.stop() == 0


def gurux(port: int, *words: str, allowed: tuple[str, ...] = ()) -> str:
    """Runs the Gurux client; every check must be ok but those that begin with a word of `allowed`."""
    run = subprocess.run(
        [sys.executable, str(HERE / "peer_gurux_client.py"), "--port", str(port), "--phys", "17", *words],
        capture_output=True, text=True, timeout=60)
    failed = [line for line in run.stdout.splitlines()
              if line.startswith("FAIL") and not any(line[5:].startswith(word) for word in allowed)]
    assert run.stdout.startswith("ok"), run.stdout + run.stderr
    assert not failed, "\n".join(failed)
    return run.stdout


@pytest.mark.parametrize("words", [
    [], ["--assoc"], ["--info", "32"], ["--info", "512"], ["--addr-size", "1"], ["--addr-size", "4"]])
def test_gurux_reads_days_months_profile_and_clock(street, words):
    # Lists in segmented frames are more than the peer's decoder can do.
    allowed = ("get-with-list",) if "32" in words else ()
    text = gurux(street.ports["three-phase"], "--password", READER["three-phase"], *words, allowed=allowed)
    assert re.search(r"daily profile by range \(3 days\) +3 rows", text)
    assert re.search(r"load profile by range \(2 h\) +5 rows", text)


def test_gurux_reads_through_the_wrapper(street):
    gurux(street.ports["wrapper"], "--wrapper", "--password", READER["three-phase"])


@pytest.mark.parametrize("model", [
    "nartis-like", "device-40-like", "mercury-234-like", "energomera-like", "milur-107s-like"])
def test_gurux_reads_other_models(street, model):
    # These offer no lists, and makers have angles of their own; Milur counts one phase and one direction.
    allowed = ["get-with-list", "register 1.0.81.7."]
    if model == "milur-107s-like":
        allowed.append("register 1.0.")
    if model == "device-40-like":
        # Its rows have fewer values than columns, which the peer does not take when it asks by entry.
        allowed.append("monthly profile, last entry")
    gurux(street.ports[model], "--password", READER[model], allowed=tuple(allowed))


def test_gurux_configures_clock_and_relay(street):
    text = gurux(street.ports["wrapper"], "--wrapper", "--client", "48", "--password", "0000000100000001",
                 "--relay", "--set-clock")
    assert re.search(r"relay disconnect \(method 1\) +\(False, 0\)", text)
    assert "07ea010205030405" in text


def test_the_public_client_reads_the_clock(street):
    gurux(street.ports["three-phase"], "--client", "16", "--auth", "none")


@pytest.mark.parametrize("model", list(READER))
def test_u9n_reads_clock_register_and_days(street, model):
    run = subprocess.run(
        [sys.executable, str(HERE / "peer_u9n_client.py"), str(street.ports[model]), "17", READER[model]],
        capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    answers = run.stdout.splitlines()
    assert len(answers) == 4 and answers[3].startswith("1.0.98.2.0.255 2 ")


def test_a_second_connection_is_closed_without_an_octet(street):
    import socket
    port = street.ports["single-phase"]
    with socket.create_connection(("127.0.0.1", port), 5) as first, \
            socket.create_connection(("127.0.0.1", port), 5) as second:
        second.settimeout(5)
        assert second.recv(1) == b""
        first.settimeout(0.2)
        with pytest.raises(TimeoutError):
            first.recv(1)


SNRM = bytes.fromhex("7ea0080221419350b47e")  # to 1/16, from the reader


def frame(address: int) -> bytes:
    """SNRM to a physical address."""
    body = bytes([0xA0, 0x08, 0x02, address << 1 | 1, 0x41, 0x93])
    crc = 0xFFFF
    for octet in body:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    crc ^= 0xFFFF
    return b"\x7e" + body + bytes([crc & 0xFF, crc >> 8]) + b"\x7e"


class Pty:
    """The near end of the simulated serial line."""

    def __init__(self, path: pathlib.Path):
        self.descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def close(self):
        os.close(self.descriptor)

    def ask(self, octets: bytes, patience: float) -> list[tuple[float, bytes]]:
        """Sends and returns what came with its time since, until `patience` seconds of silence."""
        begun = time.monotonic()
        os.write(self.descriptor, octets)
        heard = []
        while select.select([self.descriptor], [], [], patience)[0]:
            heard.append((time.monotonic() - begun, os.read(self.descriptor, 4096)))
        return heard


def test_frames_come_at_the_pace_of_the_wire(street):
    assert frame(16) == SNRM
    line = Pty(street.folder / "wire")
    try:
        street.command(set={"line": "wire", "delay": 20})
        heard = line.ask(SNRM, 0.3)
        octets = b"".join(piece for _, piece in heard)
        assert octets[0] == octets[-1] == 0x7E and len(octets) > 20
        # Request 10 characters, 20 ms of thinking, then a character every 1.04 ms.
        character = 10 / 9600
        assert heard[0][0] >= 10 * character + 0.020
        elapsed = heard[-1][0]
        whole = (10 + len(octets)) * character + 0.020
        assert whole <= elapsed < whole + 0.05
        assert max(len(piece) for _, piece in heard) <= 8, "octets come in bunches"
    finally:
        line.close()


def test_faults_can_be_set_and_taken_back(street):
    line = Pty(street.folder / "wire")
    try:
        street.command(set={"line": "wire", "delay": 0})
        whole = b"".join(piece for _, piece in line.ask(SNRM, 0.2))
        for fault, healthy in [({"silent": True}, {"silent": False}), ({"truncate": 5}, {"truncate": -1}),
                               ({"wrongFCS": 1}, {"wrongFCS": 0}), ({"noiseBefore": 3}, {"noiseBefore": 0})]:
            assert street.command(set={"line": "wire", "meter": 16, **fault})["meters"] == 1
            spoilt = b"".join(piece for _, piece in line.ask(SNRM, 0.2))
            assert spoilt != whole
            assert b"".join(piece for _, piece in line.ask(frame(17), 0.2)) != b"", "the neighbour is healthy"
            street.command(set={"line": "wire", "meter": 16, **healthy})
            assert b"".join(piece for _, piece in line.ask(SNRM, 0.2)) == whole
        street.command(set={"line": "wire", "echo": True})
        assert b"".join(piece for _, piece in line.ask(SNRM, 0.2)) == SNRM + whole
        street.command(set={"line": "wire", "echo": False})
    finally:
        line.close()


def test_an_unplugged_line_hangs_up_and_comes_back(street):
    line = Pty(street.folder / "wire")
    street.command(set={"line": "wire", "unplugged": True})
    try:
        deadline = time.monotonic() + 5
        while True:
            try:
                if os.read(line.descriptor, 100) == b"":
                    break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break
            assert time.monotonic() < deadline, "no hang-up"
    finally:
        line.close()
    street.command(set={"line": "wire", "unplugged": False})
    deadline = time.monotonic() + 5
    while True:
        try:
            line = Pty(street.folder / "wire")
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert line.ask(SNRM, 0.2)
    line.close()


def test_figures_are_counted(street):
    line = Pty(street.folder / "wire")
    try:
        street.command(stats={"reset": True})
        before = street.command(stats={"line": "wire"})["lines"][0]
        for _ in range(5):
            line.ask(SNRM, 0.05)
        after = street.command(stats={"line": "wire"})["lines"][0]
        assert after["octetsIn"] - before["octetsIn"] == 50
        assert after["meters"][0]["requests"] - before["meters"][0]["requests"] == 5
        assert after["turnaround"]["count"] >= 4
        assert 45_000 < after["turnaround"]["medianUs"] < 90_000
    finally:
        line.close()


def test_the_command_line(tmp_path):
    def metersim(*words):
        return subprocess.run([executable("metersim"), *words], capture_output=True, text=True, timeout=20)
    assert metersim("--help").stdout.startswith("usage: metersim")
    assert "personalities" in metersim("--help-street").stdout
    assert metersim("--version").returncode == 0
    assert metersim().returncode == 64
    (tmp_path / "bad.json").write_text('{"seed": 1}')
    damaged = metersim("--street", str(tmp_path / "bad.json"))
    assert damaged.returncode == 2 and "zoneMinutes is missing" in damaged.stderr
    assert metersim("--street", str(tmp_path / "none.json")).returncode == 1
    table = json.loads(metersim("--street", "etc/street/demo.json", "--print-meters").stdout)["Meters"]
    assert len(table) == 38 and table[0]["ifaceName"] == "Iface1"
    assert [row["link"]["transport"] for row in table[-2:]] == ["hdlc", "wrapper"]

"""Pushes between strangers: Gurux to our gateway, our meters to Gurux."""

import json
import pathlib
import socket
import subprocess
import sys
import time

import pytest
from processes import ROOT, Gateway, Street, free_port

HERE = pathlib.Path(__file__).resolve().parent
EK, AK = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
TITLE = "4752580000000007"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """A gateway whose two meters never answer: all that is known of them is typed into the table."""
    made = Gateway(tmp_path_factory.mktemp("push") / "gateway")
    made.start()
    made.login()
    silent = f"127.0.0.1:{free_port()}"
    row = {"typeName": "SPODES", "addr": silent, "ifaceName": "Ethernet"}
    keys = {"ek": EK, "ak": AK, "systemTitle": "554d530101010101"}
    made.put("/settings/meter/table", {"Meters": [
        {**row, "id": 1, "serial": "61000001"},
        {**row, "id": 2, "serial": "61000002", "link": {**keys, "logical": 2}}]})
    made.put("/settings/servers/tcp", {"Settings": [{"type": "push", "allow": ["127.0.0.1"]}]})
    wait("the port", lambda: made.get("/state/push").get("port") == 4059)
    yield made
    made.stop()


def wait(what: str, condition, patience: float = 20):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.1)


def send(gateway, *words: str) -> dict:
    """Lets Gurux push; the state once the gateway has judged it."""
    before = gateway.get("/state/push")["received"]
    refused = sum(gateway.get("/state/push")["refused"].values())
    subprocess.run([sys.executable, str(HERE / "peer_gurux_push.py"), "send", str(4059 + gateway.offset), *words],
                   check=True, timeout=30)

    def judged():
        state = gateway.get("/state/push")
        return state["received"] > before and state["taken"] + sum(state["refused"].values()) > judged.least \
            or sum(state["refused"].values()) > refused
    state = gateway.get("/state/push")
    judged.least = state["taken"] + refused - 1
    wait("judgement", judged)
    time.sleep(0.3)
    return gateway.get("/state/push")


def energies(gateway, meter: int) -> list[int]:
    _, _, answer = gateway.request("POST", "/meter/data/arch", {
        "ids": [meter], "measures": ["ElMomentEnergy"],
        "time": [{"start": "2026-01-01T00:00:00+03:00", "end": "2030-01-01T00:00:00+03:00"}]})
    return [tag["val"] for one in answer["measures"] for device in one["devices"] for row in device["vals"]
            for tag in row["tags"]]


def test_gurux_pushes_a_register_in_the_clear(gateway):
    state = send(gateway, "61000001", "123456")
    assert state["taken"] == 1 and not state["refused"], state
    assert [float(value) for value in energies(gateway, 1)] == [1234560]


def test_gurux_pushes_ciphered_and_an_old_push_is_refused(gateway):
    state = send(gateway, "61000002", "777", EK, AK, "100", TITLE)
    assert state["taken"] == 2 and not state["refused"], state
    assert [float(value) for value in energies(gateway, 2)] == [7770]
    assert send(gateway, "61000002", "778", EK, AK, "100", TITLE)["refused"] == {"replayed": 1}
    # Not even a restart makes it new.
    gateway.stop()
    gateway.start()
    gateway.login()
    wait("the port", lambda: gateway.get("/state/push").get("port") == 4059)
    assert send(gateway, "61000002", "778", EK, AK, "100", TITLE)["refused"] == {"replayed": 1}
    # In the clear nobody is believed to be a meter with keys, and under another key nobody at all.
    assert send(gateway, "61000002", "779")["refused"] == {"replayed": 1, "unprotected": 1}
    assert send(gateway, "61000002", "780", AK, EK, "101", TITLE)["refused"]["keys"] == 1
    assert [float(value) for value in energies(gateway, 2)] == [7770]


@pytest.mark.parametrize("security", [None, {"ek": EK, "ak": AK, "title": TITLE}])
def test_gurux_reads_what_our_meter_pushes(tmp_path, security):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        meter = {"address": 17, "serial": 500801, "personalities": ["three-phase"], "subscribers": ["shop"],
                 "push": {"to": f"127.0.0.1:{server.getsockname()[1]}"}}
        if security:
            meter["security"] = security
        (tmp_path / "street.json").write_text(json.dumps(
            {"seed": 5, "zoneMinutes": 180, "installed": "2026-03-01", "lines": [
                {"name": "l", "tcp": f"127.0.0.1:{free_port()}", "transport": "wrapper", "meters": [meter]}]}))
        (tmp_path / "personalities").symlink_to(ROOT / "etc/street/personalities")
        street = Street(tmp_path / "run", tmp_path / "street.json")
        try:
            time.sleep(1.5)
            street.command(set={"happen": "magnetOn"})
            link, _ = server.accept()
            octets = b""
            with link:
                link.settimeout(10)
                while piece := link.recv(4096):
                    octets += piece
        finally:
            street.stop()
    keys = [EK, AK, TITLE] if security else []
    run = subprocess.run([sys.executable, str(HERE / "peer_gurux_push.py"), "read", *keys], input=octets.hex(),
                         capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
    # Gurux tells of ciphering on lines of its own.
    values = json.loads(run.stdout.splitlines()[-1])
    assert "500801" in values["0.0.96.1.0.255 2"] or b"500801".hex() in values["0.0.96.1.0.255 2"]
    assert int(values["0.0.97.98.0.255 2"]) & 1 << 3

"""Meters that push, all executables real: metersim connects to the daemon's port, in the clear and ciphered."""

import json
import socket
import time

import pytest

from processes import ROOT, Gateway, Street, free_port

EK, AK = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
OBJECTS = [{"class": 40, "code": "0.0.25.9.0"}, {"class": 1, "code": "0.0.96.1.0"}, {"class": 8, "code": "0.0.1.0.0"},
           {"class": 3, "code": "1.0.1.8.0"}, {"class": 1, "code": "0.0.97.98.0"},
           {"class": 7, "code": "0.0.99.98.4"}]
OPEN, CIPHERED = 500701, 500702


@pytest.fixture
def site(tmp_path):
    """A gateway that takes pushes of loopback, and two meters behind wrappers that push when a cover is opened."""
    gateway = Gateway(tmp_path / "gateway")
    gateway.start()
    gateway.login()
    port = 4059 + gateway.offset
    push = {"to": f"127.0.0.1:{port}", "objects": OBJECTS}
    lines = []
    for serial, security in ((OPEN, None), (CIPHERED, {"ek": EK, "ak": AK, "policy": "optional"})):
        meter = {"address": 17, "serial": serial, "personalities": ["three-phase"], "subscribers": ["shop"],
                 "push": push}
        if security:
            meter["security"] = security
        lines.append({"name": str(serial), "tcp": f"127.0.0.1:{free_port()}", "transport": "wrapper",
                      "meters": [meter]})
    folder = tmp_path / "street"
    folder.mkdir()
    (folder / "street.json").write_text(json.dumps(
        {"seed": 5, "zoneMinutes": 180, "installed": "2026-03-01", "lines": lines}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    street.command(set={"delay": 0})
    rows = []
    for number, line in enumerate(lines, 1):
        link = {"transport": "wrapper"}
        if number == 2:
            link |= {"ek": EK, "ak": AK, "systemTitle": "554d530101010101"}
        rows.append({"id": number, "typeName": "SPODES", "addr": line["tcp"], "ifaceName": "Ethernet",
                     "serial": str(OPEN if number == 1 else CIPHERED),
                     "passRd": b"12345678".hex() if number == 1 else "", "link": link})
    gateway.put("/settings/meter/table", {"Meters": rows})
    gateway.put("/settings/servers/tcp", {"Settings": [{"type": "push", "allow": ["127.0.0.1"]}]})
    gateway.port = port
    wait("the port to be listened at", lambda: gateway.get("/state/push").get("port") == 4059)
    yield gateway, street
    street.stop()
    gateway.stop()


def wait(what: str, condition, patience: float = 30):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.2)


def rows(gateway, measure: str) -> dict[int, list]:
    """Stored rows of a measure, by meter."""
    status, _, answer = gateway.request(
        "POST", "/meter/data/arch", {"ids": [1, 2], "measures": [measure], "time": [{
            "start": "2026-01-01T00:00:00+03:00", "end": "2030-01-01T00:00:00+03:00"}]})
    assert status == 200, answer
    return {device["id"]: device["vals"] for one in answer["measures"] for device in one["devices"]}


def test_an_opened_cover_is_told_by_both_meters_with_registers_and_the_row_of_the_journal(site):
    gateway, street = site
    time.sleep(1.5)
    assert street.command(set={"happen": "coverOpened"})["ok"]
    wait("two pushes taken", lambda: gateway.get("/state/push")["taken"] >= 2)
    state = gateway.get("/state/push")
    assert state["received"] == 2 and not state["refused"], state
    alarms = gateway.get("/state/alarms")
    assert {row["meter"] for row in alarms["Alarms"] if row["code"] == "cover"} == {1, 2}, alarms
    energy = rows(gateway, "ElMomentEnergy")
    assert all(len(energy[meter]) == 1 for meter in (1, 2)), energy
    assert all(len(values) == 1 for values in rows(gateway, "ElJrnlOpen").values())


def test_strangers_are_shut_out_and_named(site):
    gateway, _ = site
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
            link.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert link.recv(1) == b""
    # A notification of a meter that nobody knows.
    body = bytes.fromhex("0f00000001000202" "0908") + b"99999999" + bytes.fromhex("1105")
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as link:
        link.sendall(bytes.fromhex("000100010030") + len(body).to_bytes(2) + body)
    wait("a refusal", lambda: gateway.get("/state/push")["refused"].get("unknown") == 1)
    state = gateway.get("/state/push")
    assert state["refused"]["malformed"] == 3
    assert sorted(row["reason"] for row in state["Refusals"]) == ["malformed", "unknown"]
    assert {row["peer"] for row in state["Refusals"]} == {"127.0.0.1"}

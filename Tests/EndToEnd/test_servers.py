"""Transit ports and the RTU327 server, all executables real: what goes through, who waits, who is refused."""

import contextlib
import datetime
import json
import socket
import struct
import subprocess
import time

import pytest

from processes import ROOT, Gateway, Street, executable

SERIAL = "4100016"
ZONE = datetime.timezone(datetime.timedelta(hours=3))


@pytest.fixture
def site(tmp_path):
    """A gateway with one meter on interface 1, a transit port there, and the RTU327 server."""
    folder = tmp_path / "street"
    folder.mkdir()
    today = datetime.datetime.now(ZONE).date()
    (folder / "street.json").write_text(json.dumps({
        "seed": 5, "zoneMinutes": 180, "installed": str(today - datetime.timedelta(days=2)), "lines": [
            {"name": "one", "pty": str(folder / "one"), "baud": 115200, "meters": [
                {"address": 16, "serial": int(SERIAL), "personalities": ["three-phase"],
                 "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    street.command(set={"delay": 0})
    gateway = Gateway(tmp_path / "gateway")
    gateway.start()
    gateway.login()
    gateway.put("/settings/lines", {"Settings": [{"id": 1, "path": str(folder / "one")}]})
    gateway.put("/settings/meter/table", {"Meters": [
        {"id": 1, "typeName": "SPODES", "addr": "16", "ifaceName": "Iface1", "ifaceCfg": "115200,8n1",
         "passRd": b"12345678".hex()}]})
    gateway.put("/settings/uart", {"Settings": [
        {"id": 1, "iface": 0, "br": 115200, "size": 8, "parity": 0, "stop": 1, "line": 0}]})
    gateway.put("/settings/servers/tcp", {"Settings": [
        {"type": "iface1", "port": 11, "wait": 2, "quiet": 1}, {"type": "rtu327", "port": 55}]})
    wait("both ports", lambda: [one["listening"] for one in servers(gateway)] == [True, True])
    yield gateway, street
    street.stop()
    gateway.stop()


def wait(what: str, condition, patience: float = 30):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.1)


def servers(gateway):
    return gateway.get("/state/servers")["Servers"]


def connect(gateway, port):
    client = socket.create_connection(("127.0.0.1", port + gateway.offset), timeout=10)
    client.settimeout(10)
    return client


SNRM = bytes.fromhex("7ea0080221419350b47e")


def ask_for_frame(client, octets=SNRM):
    client.sendall(octets)
    answer = b""
    while answer.count(b"\x7e") < 2:
        piece = client.recv(4096)
        assert piece, "closed"
        answer += piece
    return answer


def test_a_reader_that_knows_nothing_of_gateways_reads_the_meter_through_the_transit_port(site):
    gateway, _ = site
    read = subprocess.run(
        [executable("gatewayctl"), "read", "--line", f"tcp://127.0.0.1:{11 + gateway.offset}", "--type", "SPODES",
         "--address", "16", "--transport", "hdlc", "--password", "12345678", "--measure", "ElMomentEnergy", "--json"],
        capture_output=True, text=True, timeout=60, check=False)
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout)["measures"][0]["devices"][0]["serial"] == SERIAL


def test_a_second_client_waits_and_is_closed_and_the_first_is_shown(site):
    gateway, _ = site
    with connect(gateway, 11) as first:
        assert ask_for_frame(first)[3:4]
        with connect(gateway, 11) as second:
            wait("a waiting client", lambda: servers(gateway)[0]["waiting"] == ["127.0.0.1"])
            begun = time.monotonic()
            assert second.recv(10) == b"" and time.monotonic() - begun < 4
        state = servers(gateway)[0]
        assert state["turnedAway"] == 1 and state["Clients"][0]["received"] == len(SNRM)
        assert state["Clients"][0]["sent"] > 10
    wait("the port free", lambda: servers(gateway)[0]["Clients"] == [])


def test_a_person_drops_a_client(site):
    gateway, _ = site
    with connect(gateway, 11) as client:
        ask_for_frame(client)
        status, _, answer = gateway.request("POST", "/action/transit/drop", {"type": "iface1"})
        assert status == 200, answer
        assert client.recv(10) == b""
    status, _, _ = gateway.request("POST", "/action/transit/drop", {"type": "iface2"})
    assert status == 409


def test_a_poll_waits_for_the_transit_client_and_is_done_after_it(site):
    gateway, _ = site
    with connect(gateway, 11) as client:
        ask_for_frame(client)
        status, _, answer = gateway.request(
            "POST", "/meter/data/moment", {"ids": [1], "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
        device = answer["measures"][0]["devices"][0]
        assert status == 200 and not device.get("error"), answer


def test_who_was_connected_is_journaled_over_a_restart(site):
    gateway, _ = site
    with connect(gateway, 11) as client:
        ask_for_frame(client)
    with connect(gateway, 55) as head_end:
        assert ask(head_end, 114)[0] == 0
    wait("both connections", lambda: len(gateway.get("/jrnl/srvconn")["Jrnl"]) == 2)
    gateway.stop()
    gateway.start()
    gateway.login()
    head_end, transit = sorted(gateway.get("/jrnl/srvconn")["Jrnl"], key=lambda row: row["type"], reverse=True)
    assert (transit["type"], transit["server"], transit["client"]) == ("iface1", "*:11", "127.0.0.1")
    assert transit["received"] == len(SNRM) and transit["sent"] > 10 and transit["result"] == "clientGone"
    assert head_end["type"] == "rtu327" and head_end["requests"] == 1 and head_end["time"] <= head_end["ended"]


def test_a_port_moves_and_the_other_server_keeps_its_connections(site):
    gateway, _ = site
    with connect(gateway, 55) as head_end:
        assert ask(head_end, 114)[0] == 0
        rows = [row for row in gateway.get("/settings/servers/tcp")["Settings"] if row["type"] != "http"]
        gateway.put("/settings/servers/tcp", {"Settings": [
            {**row, "port": 12 if row["type"] == "iface1" else row["port"]} for row in rows]})
        wait("the new port", lambda: [one["listening"] for one in servers(gateway)] == [True, True])
        with connect(gateway, 12) as client:
            assert ask_for_frame(client)
        with pytest.raises(OSError):
            connect(gateway, 11)
        assert ask(head_end, 114)[0] == 0


def test_a_port_that_another_process_has_is_refused_and_the_old_table_stays(site):
    gateway, _ = site
    before = gateway.get("/settings/servers/tcp")
    with contextlib.ExitStack() as stack:
        port = occupied(gateway, stack)
        rows = [{"type": "iface1", "port": 11}, {"type": "iface2", "port": port}]
        status, _, answer = gateway.request("PUT", "/settings/servers/tcp", {"Settings": rows})
        assert status == 409, answer
        assert answer["faults"][0]["path"] == "/Settings/1/port" and str(port) in answer["faults"][0]["text"]
        assert gateway.get("/settings/servers/tcp") == before
    gateway.put("/settings/servers/tcp", {"Settings": rows})
    with contextlib.ExitStack() as stack:
        # Whoever took it while the gateway was down is told.
        gateway.stop()
        other = socket.socket()
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port + gateway.offset))
        other.listen()
        stack.enter_context(other)
        gateway.start()
        gateway.login()
        wait("a fault", lambda: servers(gateway)[1].get("code") == "server.listen")
        assert servers(gateway)[1]["listening"] is False and servers(gateway)[0]["listening"] is True


def occupied(gateway, stack) -> int:
    """A port of the gateway's range that this process listens at."""
    for port in range(100, 400):
        other = socket.socket()
        try:
            other.bind(("127.0.0.1", port + gateway.offset))
        except OSError:
            other.close()
            continue
        other.listen()
        stack.enter_context(other)
        return port
    raise AssertionError("no free port")


def test_two_servers_share_neither_type_nor_port(site):
    gateway, _ = site
    for rows in ([{"type": "rtu327", "port": 55}, {"type": "rtu327", "port": 56}],
                 [{"type": "rtu327", "port": 55}, {"type": "iface1", "port": 55}],
                 [{"type": "rtu327", "port": 80}], [{"type": "rtu327", "port": 70000}]):
        status, _, answer = gateway.request("PUT", "/settings/servers/tcp", {"Settings": rows})
        assert status == 409, (rows, answer)
    assert {row["type"] for row in gateway.get("/settings/servers/tcp")["Settings"]} >= {"iface1", "rtu327"}


def check(octets: bytes) -> int:
    """The check of RTU327, by the long division bit by bit: nothing of the gateway's table."""
    register = 0xFFFF
    for octet in octets:
        high, register = register >> 8, (register << 8) & 0xFFFF
        rest = high << 8
        for _ in range(8):
            rest = (rest << 1 ^ 0x1021 if rest & 0x8000 else rest << 1) & 0xFFFF
        register ^= rest ^ (octet if octet < 128 else octet | 0xFF00)
    return register


def ask(client, command: int, data: bytes = b"", number: int = 7, password: bytes = bytes(4)):
    """One request: result and data of the answer."""
    body = struct.pack(">H", number) + password + bytes(2) + bytes([command]) + data
    client.sendall(b"\x02" + struct.pack(">H", len(body)) + body + struct.pack(">H", check(body)))
    answer = b""
    while len(answer) < 3 or len(answer) < 5 + struct.unpack(">H", answer[1:3])[0]:
        piece = client.recv(65536)
        assert piece, "closed"
        answer += piece
    body = answer[3:-2]
    assert check(body) == struct.unpack(">H", answer[-2:])[0]
    assert struct.unpack(">H", body[:2])[0] == number
    return body[8], body[9:]


METER = bytes.fromhex(SERIAL.zfill(10))


def test_a_head_end_gets_what_the_archive_holds(site):
    gateway, _ = site
    gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "all", "meters": []}]})
    gateway.put("/settings/templates/arch", {"Settings": [
        {"id": 1, "name": "wanted", "types": ["ElArr1ConsPower", "ElDayEnergy"]}]})
    gateway.put("/settings/actions/meter", {"Settings": [{"id": 1, "archTypesName": "wanted", "metersName": "all"}]})
    gateway.put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 1}]})
    gateway.put("/settings/events/manager", {"Settings": [
        {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})

    def stored():
        _, _, answer = gateway.request("POST", "/meter/data/arch", {
            "ids": [1], "measures": ["ElArr1ConsPower"], "tags": ["P+"],
            "time": [{"start": 946684800, "end": 4102444800}]})
        devices = answer["measures"][0]["devices"] if answer.get("measures") else []
        return devices[0]["vals"] or [] if devices else []

    wait("a day of half-hours", lambda: len(stored()) >= 48, 150)
    rows = stored()
    with connect(gateway, 55) as head_end:
        assert ask(head_end, 3) == (0, b"020102")
        code, data = ask(head_end, 114)
        assert code == 0 and abs(struct.unpack("<I", data)[0] - time.time()) < 5
        code, data = ask(head_end, 112, METER)
        assert code == 0 and len(data) == 40 and data[27] == 30
        first = int(datetime.datetime.fromisoformat(rows[0]["ts"]).timestamp())
        code, data = ask(head_end, 111, METER + b"\x01" + struct.pack("<IH", first, 48))
        count, state, last = struct.unpack("<HBI", data[:7])
        assert code == 0 and count & 0x8000 and state == 0
        count &= 0x7FFF
        values = [struct.unpack("<d", data[7 + 9 * index:15 + 9 * index])[0] for index in range(count)]
        assert len(data) == 7 + 9 * count and count == 48
        assert last == int(datetime.datetime.fromisoformat(rows[47]["ts"]).timestamp())
        # Mean power in W over half an hour is this energy in kWh.
        assert values == pytest.approx([row["tags"][0]["val"] / 2000 for row in rows[:48]], abs=1e-9)
        assert ask(head_end, 112, bytes(5))[0] == 4
        assert ask(head_end, 115, struct.pack("<i", 5))[0] == 11


def test_a_head_end_without_the_password_is_refused(site):
    gateway, _ = site
    gateway.put("/settings/proto/rtu/auth", {"Settings": [{"id": 1, "password": "ab1!"}]})
    assert "ab1!" not in json.dumps(gateway.get("/settings/proto/rtu/auth"))
    with connect(gateway, 55) as head_end:
        assert ask(head_end, 114)[0] == 10
        assert ask(head_end, 114, password=b"ab1!")[0] == 0


def test_a_reader_of_the_command_line_asks_the_server(site):
    gateway, _ = site
    done = subprocess.run(
        [executable("gatewayctl"), "rtu327", "--server", f"127.0.0.1:{55 + gateway.offset}", "time", "--json"],
        capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0 and abs(json.loads(done.stdout)["time"] - time.time()) < 5, done.stderr

"""Virtual hubs: a gateway reads meters through transit ports of other gateways, all executables real."""

import contextlib
import datetime
import json
import os
import pathlib
import pty
import select
import socket
import threading
import time
import tty

import pytest

from processes import ROOT, Gateway, Street

ZONE = datetime.timezone(datetime.timedelta(hours=3))
HUB = 100
METERS = (1, 2, 3)
PASSWORD = b"12345678".hex()


def wait(what: str, condition, patience: float = 60):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {patience:.0f} s"
        time.sleep(0.2)


class Converter:
    """A serial device whose far end is a TCP port, as a converter of the field makes one: connects at the first octet."""

    def __init__(self, link: pathlib.Path, port: int):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        tty.setraw(self.master)
        # An end of ours stays open: the device must not hang up between two users.
        self.slave = slave
        link.symlink_to(os.ttyname(slave))
        self.port = port
        self.socket: socket.socket | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def carry(self):
        while not self.stopped.is_set():
            ends = [self.master] + ([self.socket] if self.socket else [])
            ready, _, _ = select.select(ends, [], [], 0.1)
            if self.master in ready:
                octets = os.read(self.master, 4096)
                try:
                    if not self.socket:
                        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=5)
                    self.socket.sendall(octets)
                except OSError:
                    self.hang_up()
            if self.socket and self.socket in ready:
                try:
                    octets = self.socket.recv(4096)
                except OSError:
                    octets = b""
                if octets:
                    os.write(self.master, octets)
                else:
                    self.hang_up()

    def hang_up(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def stop(self):
        self.stopped.set()
        self.thread.join()
        self.hang_up()
        os.close(self.master)
        os.close(self.slave)


def rows(parent: int = 0) -> list[dict]:
    """The meters of the street: on interface 1, or behind a hub."""
    place = {"pId": parent, "ifaceName": "Hub"} if parent else {"ifaceName": "Iface1", "ifaceCfg": "115200,8n1"}
    return [{"id": number, "typeName": "SPODES", "addr": str(15 + number), "passRd": PASSWORD, **place}
            for number in METERS]


def hub(number: int, gateway: Gateway, **more) -> dict:
    return {"id": number, "typeName": "VirtualHub", "ifaceName": "Ethernet", "passRd": "", "passWr": "",
            "addr": f"127.0.0.1.{11 + gateway.offset}", **more}


def opens_transit(gateway: Gateway, device: pathlib.Path, patience: int = 3) -> None:
    """The gateway lends its interface 1 at port 11."""
    gateway.put("/settings/lines", {"Settings": [{"id": 1, "path": str(device)}]})
    gateway.put("/settings/uart", {"Settings": [
        {"id": 1, "iface": 0, "br": 115200, "size": 8, "parity": 0, "stop": 1, "line": 0}]})
    gateway.put("/settings/servers/tcp", {"Settings": [
        {"type": "iface1", "port": 11, "wait": patience, "quiet": 1}]})
    wait("transit port", lambda: gateway.get("/state/servers")["Servers"][0]["listening"])


def polls(gateway: Gateway, measures=("ElDayEnergy", "ElArr1ConsPower")) -> None:
    """Every minute, all rows in one group: hubs may be listed, polls pass over them."""
    hubs = [row["id"] for row in gateway.get("/settings/meter/table")["Meters"] if row["typeName"] == "VirtualHub"]
    gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "all", "meters": hubs + list(METERS)}]})
    gateway.put("/settings/templates/arch", {"Settings": [{"id": 1, "name": "wanted", "types": list(measures)}]})
    gateway.put("/settings/actions/meter", {"Settings": [{"id": 1, "archTypesName": "wanted", "metersName": "all"}]})
    gateway.put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 1}]})
    gateway.put("/settings/events/manager", {"Settings": [
        {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})


def stored(gateway: Gateway, measure: str) -> dict:
    """Values by meter and stamp."""
    _, _, answer = gateway.request("POST", "/meter/data/arch", {
        "ids": list(METERS), "measures": [measure], "tags": [],
        "time": [{"start": 946684800, "end": 4102444800}]})
    return {device["id"]: {row["ts"]: row["tags"] for row in device["vals"] or []}
            for device in answer["measures"][0]["devices"]}


def is_complete(gateway: Gateway) -> bool:
    """Whether a day of half-hours and the start of today of every meter are there."""
    halves, days = stored(gateway, "ElArr1ConsPower"), stored(gateway, "ElDayEnergy")
    today = f"{datetime.datetime.now(ZONE).date()}T00:00"
    return (len(halves) == len(METERS) and all(len(one) >= 48 for one in halves.values())
            and all(any(stamp.startswith(today) for stamp in one) for one in days.values()))


def states(gateway: Gateway) -> dict[int, str]:
    return {one["id"]: one.get("code") or one["state"] for one in gateway.get("/state/meters")["State"]}


def errors(gateway: Gateway) -> dict[int, str]:
    """What a client is told of each meter that it asks now."""
    _, _, answer = gateway.request("POST", "/meter/data/moment", {
        "ids": list(METERS), "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
    return {device["id"]: device.get("error", "") for device in answer["measures"][0]["devices"]}


@contextlib.contextmanager
def running(directory: pathlib.Path):
    """Starts gateways by name; all are stopped at the end."""
    gateways: list[Gateway] = []

    def start(name: str) -> Gateway:
        gateway = Gateway(directory / name)
        gateways.append(gateway)
        gateway.start()
        gateway.login()
        return gateway
    try:
        yield start
    finally:
        for gateway in gateways:
            gateway.stop()


@pytest.fixture
def street(tmp_path):
    """Three meters on one serial line, installed the day before yesterday."""
    folder = tmp_path / "street"
    folder.mkdir()
    today = datetime.datetime.now(ZONE).date()
    (folder / "street.json").write_text(json.dumps({
        "seed": 8, "zoneMinutes": 180, "installed": str(today - datetime.timedelta(days=2)), "lines": [
            {"name": "one", "pty": str(folder / "one"), "settings": "115200,8n1", "meters": [
                {"address": 16, "count": 3, "serial": 4200016, "personalities": ["three-phase"],
                 "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    street.command(set={"delay": 0})
    yield street, folder / "one"
    street.stop()


def test_meters_three_gateways_away_read_as_on_a_line_of_ones_own(tmp_path, street):
    _, line = street
    with running(tmp_path) as start, contextlib.ExitStack() as stack:
        last, middle, first, reader = (start(name) for name in ("d", "c", "b", "a"))
        opens_transit(last, line)
        for number, (nearer, farther) in enumerate([(middle, last), (first, middle)]):
            device = tmp_path / f"converter{number}"
            stack.callback(Converter(device, 11 + farther.offset).stop)
            opens_transit(nearer, device)
        # A hub without an address behind the first one shares its connection: one meter stands there.
        table = [hub(HUB, first), {"id": HUB + 1, "pId": HUB, "typeName": "VirtualHub", "ifaceName": "Hub", "addr": ""}]
        meters = rows(HUB)
        meters[2]["pId"] = HUB + 1
        reader.put("/settings/meter/table", {"Meters": table + meters})
        assert reader.get("/settings/meter/table")["Meters"][0]["addr"] == f"127.0.0.1.{11 + first.offset}"
        polls(reader)
        wait("archive through three gateways", lambda: is_complete(reader), 180)
        assert states(reader) == {HUB: "ok", HUB + 1: "ok", **{number: "ok" for number in METERS}}
        # The gateway at the meters reads them itself and finds the same.
        last.put("/settings/meter/table", {"Meters": rows()})
        polls(last)
        wait("archive of the last gateway", lambda: is_complete(last), 120)
        for measure in ("ElArr1ConsPower", "ElDayEnergy"):
            far, near = stored(reader, measure), stored(last, measure)
            for meter in METERS:
                both = far[meter].keys() & near[meter].keys()
                assert len(both) >= (48 if measure == "ElArr1ConsPower" else 2)
                assert all(far[meter][stamp] == near[meter][stamp] for stamp in both), (meter, measure)


SNRM = bytes.fromhex("7ea0080221419350b47e")


def test_a_client_that_holds_the_far_port_is_told_and_nothing_is_lost(tmp_path, street):
    _, line = street
    with running(tmp_path) as start:
        far, reader = start("b"), start("a")
        opens_transit(far, line)
        with socket.create_connection(("127.0.0.1", 11 + far.offset), timeout=10) as client:
            client.sendall(SNRM)
            assert client.recv(100)
            reader.put("/settings/meter/table", {"Meters": [hub(HUB, far), *rows(HUB)]})
            polls(reader)
            told = {HUB: "hub.busy", **{number: "hub.busy" for number in METERS}}
            wait("hub told busy", lambda: states(reader) == told, 120)
            texts = errors(reader)
            assert all("занят" in text or "busy" in text for text in texts.values()), texts
            assert not any(stored(reader, "ElDayEnergy").values())
        wait("archive after the client has left", lambda: is_complete(reader), 180)
        wait("everybody well", lambda: set(states(reader).values()) == {"ok"}, 90)


def test_a_far_gateway_that_stops_is_told_by_all_its_meters_until_it_is_back(tmp_path, street):
    _, line = street
    with running(tmp_path) as start:
        far, reader = start("b"), start("a")
        opens_transit(far, line)
        nested = hub(HUB + 1, far, pId=HUB, ifaceName="Hub")
        meters = rows(HUB)
        meters[2]["pId"] = HUB + 1
        reader.put("/settings/meter/table", {"Meters": [hub(HUB, far), nested, *meters]})
        polls(reader)
        wait("archive", lambda: is_complete(reader), 120)
        far.stop()
        begun = time.monotonic()
        texts = errors(reader)
        assert time.monotonic() - begun < 3, "one refusal, and not a time-out for each"
        assert all("недоступно" in text or "cannot be reached" in text for text in texts.values()), texts
        polls(reader, ("ElMomentEnergy",))
        wait("all out of reach", lambda: set(states(reader).values()) == {"hub.unreachable"}, 120)
        far.start()
        wait("all back", lambda: set(states(reader).values()) == {"ok"}, 150)


def test_a_hub_does_not_lead_back_to_the_gateway_itself(tmp_path, street):
    _, line = street
    with running(tmp_path) as start:
        gateway = start("a")
        table = {"Meters": [hub(HUB, gateway), *rows(HUB)]}
        gateway.put("/settings/meter/table", table)
        status, _, answer = gateway.request("PUT", "/settings/servers/tcp", {"Settings": [
            {"type": "iface1", "port": 11}]})
        assert status == 409 and answer["faults"][0]["code"] == "meter.own", answer
        assert answer["faults"][0]["path"] == "/Settings/0/port"
        gateway.put("/settings/meter/table", {"Meters": rows()})
        opens_transit(gateway, line)
        status, _, answer = gateway.request("PUT", "/settings/meter/table", table)
        assert status == 409 and answer["faults"][0]["path"] == "/Meters/0/addr", answer

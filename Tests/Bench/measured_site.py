"""A gateway with a street of its own for one measurement: lines on ptys or TCP, meters with a fixed answering time."""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Support"))

from processes import ROOT, Broker, Gateway, Street, executable, free_port  # noqa: E402

#: Where each measure's rows lie in the archive: table and kind.
TABLES = {"ElDayEnergy": ("energy", 3), "ElMonthEnergy": ("energy", 4), "ElArr1ConsPower": ("profile", 5)}


@contextlib.contextmanager
def scratch():
    """A directory that goes when the measurement ends."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        yield pathlib.Path(name)


def serial_line(name: str, interface: str, count: int, speed: int = 9600) -> dict:
    """An 8N1 line of `count` meters of all models of the demonstration street."""
    return {
        "name": name, "pty": name, "iface": interface, "settings": f"{speed},8n1",
        "meters": [{
            "address": 16, "count": count, "serial": 4100016,
            "personalities": ["three-phase", "single-phase", "nartis-like", "single-phase", "device-40-like"],
            "subscribers": ["household", "household", "shop", "household", "prosumer"],
        }],
    }


class Site:
    """Street and gateway, the gateway knowing every meter of the street."""

    broker: Broker | None = None

    def __init__(
            self, directory: pathlib.Path, lines: list[dict], delay: float | None = 20, installed: str = "2025-10-01"):
        """`delay`: answering time of every meter in ms, None for the field's; `installed`: where history begins."""
        shutil.copytree(ROOT / "etc/street/personalities", directory / "personalities")
        self.models(directory / "personalities")
        for line in lines:
            if "pty" in line:
                line["pty"] = str(directory / line["pty"])
        plan = {"seed": 2026, "zoneMinutes": 180, "installed": installed, "lines": lines}
        path = directory / "street.json"
        path.write_text(json.dumps(plan))
        self.meters = json.loads(subprocess.run(
            [executable("metersim"), "--street", str(path), "--print-meters"], check=True, capture_output=True,
            text=True).stdout)
        self.street = Street(directory / "street", path)
        self.gateway = Gateway(directory / "gateway")
        try:
            if delay is not None:
                self.street.command(set={"delay": delay})
            self._introduce(lines)
        except BaseException:
            self.stop()
            raise

    def models(self, folder: pathlib.Path) -> None:
        """May change the models of the meters before the street is built."""

    def _introduce(self, lines: list[dict]) -> None:
        self.gateway.start()
        self.gateway.login()
        devices = [{"id": int(line["iface"][-1]), "path": line["pty"]} for line in lines if "pty" in line]
        self.gateway.put("/settings/lines", {"Settings": devices})
        self.gateway.put("/settings/site", {"jitter": 0})
        self.gateway.put("/settings/meter/table", self.meters)

    @classmethod
    def demonstration(cls, directory: pathlib.Path) -> "Site":
        """The street, broker, tables and publication that tools/run starts."""
        lines = json.loads((ROOT / "etc/street/demo.json").read_text())["lines"]
        for line in lines:
            if "pty" in line:
                line["pty"] = line["name"]
            else:
                line["tcp"] = f"127.0.0.1:{free_port()}"
        site = cls(directory, lines, delay=None)
        try:
            site.connect(Broker(directory / "broker"))
            tables = {
                "/settings/templates/meter": "groups", "/settings/templates/arch": "data-templates",
                "/settings/actions/meter": "poll-templates", "/settings/templates/messages": "messages",
                "/settings/actions/mqtt": "publications", "/settings/events/schdl": "schedules",
                "/settings/events/manager": "events"}
            for path, name in tables.items():
                site.gateway.put(path, json.loads((ROOT / f"etc/demo/{name}.json").read_text()))
            return site
        except BaseException:
            site.stop()
            raise

    def poll(self, measures: list[str]) -> None:
        """Polls `measures` of all meters every minute, beginning at once as back-fill."""
        put = self.gateway.put
        put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "all", "meters": []}]})
        put("/settings/templates/arch", {"Settings": [{"id": 1, "name": "wanted", "types": measures}]})
        put("/settings/actions/meter",
            {"Settings": [{"id": 1, "archTypesName": "wanted", "metersName": "all"}]})
        put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 1}]})
        put("/settings/events/manager", {"Settings": [
            {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})

    def connect(self, broker: Broker) -> None:
        """Makes `broker` the gateway's first broker: QoS 1, TLS 1.2, its authority trusted. Stopped with the site."""
        self.broker = broker
        self.gateway.put("/settings/servers/mqtt", {"Settings": [{
            "id": 1, "type": 0, "addr": "localhost", "port": broker.port, "qos": 1, "prefix": "um",
            "deviceID": "street", "cropt": 2, "tls": "1.2", "certCheck": True,
            "cert": broker.authority.read_text()}]})

    def publish(self, measures: list[str]) -> None:
        """Publishes every row of `measures` to the first broker, after each poll of `poll`."""
        types = [{"measure": measure, "depthType": "full", "depth": 0} for measure in measures]
        put = self.gateway.put
        put("/settings/templates/messages",
            {"Settings": [{"id": 1, "name": "rows", "group": "all", "format": "json", "types": types}]})
        put("/settings/actions/mqtt", {"Settings": [{"id": 1, "meterMessageId": 1, "brokerId": 1, "topic": "rows"}]})
        put("/settings/events/manager", {"Settings": [
            {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1},
            {"id": 2, "eventType": "Scheduler", "eventId": 1, "actionType": "MQTTMeterMessages", "actionId": 1}]})

    def statistics(self, line: str, reset: bool = False) -> dict:
        """The line's counters; with `reset` turnarounds and the span of octets begin anew."""
        return self.street.command(stats={"line": line, "reset": reset})["lines"][0]

    def stamps(self, measure: str) -> dict[int, set[str]]:
        """Archived stamps by meter."""
        _, _, answer = self.gateway.request("POST", "/meter/data/arch", {"ids": [], "measures": [measure]})
        return {device["id"]: {row["ts"] for row in device["vals"] or []}
                for device in answer["measures"][0]["devices"]}

    def forget(self, measure: str, stamps: tuple[str, str]) -> int:
        """Removes the archived rows of a measure with from ≤ stamp ≤ to, meters' civil time; returns how many.

        The gateway keeps running and knows its meters as before. Changed access to a meter makes it look for gaps
        from the archive's first day again, so the next poll finds these rows missing.
        """
        table, kind = TABLES[measure]
        with contextlib.closing(sqlite3.connect(self.gateway.data / "archive.sqlite", timeout=10)) as archive:
            with archive:
                gone = archive.execute(
                    f"DELETE FROM {table} WHERE series & 63 = ? AND slot >> 1 BETWEEN (strftime('%s', ?) - 946684800) / 60 "
                    "AND (strftime('%s', ?) - 946684800) / 60", (kind, *stamps)).rowcount
        for row in self.meters["Meters"]:
            row["passWr"] = "3132" if row.get("passWr") != "3132" else "3231"
        self.gateway.put("/settings/meter/table", self.meters)
        return gone

    def quiet(self, line: str, seconds: float) -> None:
        """Waits until the line has carried nothing for five seconds."""
        def octets() -> int:
            now = self.statistics(line)
            return now["octetsIn"] + now["octetsOut"]
        seen, since = octets(), time.monotonic()
        deadline = since + seconds
        while time.monotonic() - since < 5:
            if time.monotonic() > deadline:
                raise RuntimeError(f"line {line} did not become quiet within {seconds:.0f} s")
            time.sleep(0.25)
            if octets() != seen:
                seen, since = octets(), time.monotonic()

    def wait(self, seconds: float, what: str, ready) -> None:
        """Waits until `ready()` holds."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"no {what} within {seconds:.0f} s")
            time.sleep(0.25)

    def stop(self) -> None:
        self.gateway.stop()
        self.street.stop()
        if self.broker:
            self.broker.stop()

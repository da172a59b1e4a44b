"""A gateway with a street of its own for one measurement: lines on ptys or TCP, meters with a fixed answering time."""

import json
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Support"))

from processes import ROOT, Gateway, Street, executable  # noqa: E402


def serial_line(name: str, interface: str, count: int) -> dict:
    """A 9600 8N1 line of `count` meters of all models of the demonstration street."""
    return {
        "name": name, "pty": name, "iface": interface, "settings": "9600,8n1",
        "meters": [{
            "address": 16, "count": count, "serial": 4100016,
            "personalities": ["three-phase", "single-phase", "nartis-like", "single-phase", "device-40-like"],
            "subscribers": ["household", "household", "shop", "household", "prosumer"],
        }],
    }


class Site:
    """Street and gateway, the gateway knowing every meter of the street."""

    def __init__(self, directory: pathlib.Path, lines: list[dict], delay: float | None = 20):
        shutil.copytree(ROOT / "etc/street/personalities", directory / "personalities")
        for line in lines:
            if "pty" in line:
                line["pty"] = str(directory / line["pty"])
        plan = {"seed": 2026, "zoneMinutes": 180, "installed": "2025-10-01", "lines": lines}
        path = directory / "street.json"
        path.write_text(json.dumps(plan))
        self.meters = json.loads(subprocess.run(
            [executable("metersim"), "--street", str(path), "--print-meters"], check=True, capture_output=True,
            text=True).stdout)
        self.street = Street(directory / "street", path)
        if delay is not None:
            self.street.command(set={"delay": delay})
        self.gateway = Gateway(directory / "gateway")
        self.gateway.start()
        self.gateway.login()
        devices = [{"id": int(line["iface"][-1]), "path": line["pty"]} for line in lines if "pty" in line]
        self.gateway.put("/settings/lines", {"Settings": devices})
        self.gateway.put("/settings/site", {"jitter": 0})
        self.gateway.put("/settings/meter/table", self.meters)

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

    def statistics(self, line: str, reset: bool = False) -> dict:
        """The line's counters; with `reset` turnarounds and the span of octets begin anew."""
        return self.street.command(stats={"line": line, "reset": reset})["lines"][0]

    def stamps(self, measure: str) -> dict[int, set[str]]:
        """Archived stamps by meter."""
        _, _, answer = self.gateway.request("POST", "/meter/data/arch", {"ids": [], "measures": [measure]})
        return {device["id"]: {row["ts"] for row in device["vals"] or []}
                for device in answer["measures"][0]["devices"]}

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

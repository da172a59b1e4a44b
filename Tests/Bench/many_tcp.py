"""A thousand meters behind TCP or behind virtual hubs, simulated on the same machine, polled every five minutes by a gateway that publishes nothing."""

import datetime
import os
import pathlib
import re
import socket
import time

from measured_site import Site, scratch

METERS = 1_000
ZONE = datetime.timezone(datetime.timedelta(hours=3))


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all at once."""
    probes = []
    try:
        for _ in range(count):
            probe = socket.socket()
            probe.bind(("127.0.0.1", 0))
            probes.append(probe)
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def street(count: int) -> list[dict]:
    """One meter a port, every other behind the wrapper as a GPRS meter is, the rest behind HDLC converters."""
    models = ["three-phase", "single-phase", "nartis-like", "single-phase"]
    return [{
        "name": f"tcp{index}", "tcp": f"127.0.0.1:{port}", "transport": ["wrapper", "hdlc"][index % 2],
        "meters": [{"address": 17, "serial": 6_000_000 + index, "personalities": [models[index % 4]],
                    "subscribers": [["household", "shop"][index % 2]]}]}
        for index, port in enumerate(free_ports(count))]


def processor_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def polls(site: Site, after: int) -> list[tuple[int, int]]:
    """Polls that have ended, of a number above `after`: the number and how many meters went well, oldest first."""
    rows = site.gateway.get("/jrnl/action?limit=100")["Jrnl"] or []
    found = [(row["id"], re.fullmatch(r"(\d+) \D+ (\d+)", row["text"])) for row in rows if row["id"] > after]
    return sorted((number, int(counts.group(1))) for number, counts in found if counts)


def hub_street(hubs: int, meters: int) -> list[dict]:
    """Virtual hubs as transit ports of other gateways are, each with a serial line of meters behind it."""
    models = ["three-phase", "single-phase", "nartis-like", "single-phase"]
    return [{
        "name": f"hub{index}", "tcp": f"127.0.0.1:{port}", "transport": "hdlc", "hub": True,
        "meters": [{"address": 16, "count": meters, "serial": 7_000_000 + meters * index,
                    "personalities": models[index % 4:] + models[:index % 4],
                    "subscribers": ["household", "shop"]}]}
        for index, port in enumerate(free_ports(hubs))]


def tcp_1000(minutes: int) -> tuple[list[float], str]:
    """A thousand meters, each behind a port of its own."""
    return many(street(METERS), minutes)


def hubs_200(minutes: int) -> tuple[list[float], str]:
    """A thousand meters behind two hundred hubs."""
    return many(hub_street(200, METERS // 200), minutes)


def many(lines: list[dict], minutes: int) -> tuple[list[float], str]:
    """Meters missed in the worst poll and resident megabytes after `minutes` of polls every five; CPU in words."""
    with scratch() as directory:
        today = datetime.datetime.now(ZONE).date()
        site = Site(directory, lines, delay=20, installed=str(today - datetime.timedelta(days=1)))
        try:
            gateway, pid = site.gateway, site.gateway.process.child.pid
            gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "all", "meters": []}]})
            gateway.put("/settings/templates/arch", {"Settings": [
                {"id": 1, "name": "wanted", "types": ["ElMomentEnergy", "ElArr1ConsPower"]}]})
            gateway.put("/settings/actions/meter", {"Settings": [{"id": 1, "archTypesName": "wanted", "metersName": "all"}]})
            gateway.put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 5}]})
            gateway.put("/settings/events/manager", {"Settings": [
                {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})
            # The first poll learns every meter and its history; what is measured comes after it.
            site.wait(900, "first poll of a thousand meters", lambda: bool(polls(site, 0)))
            learned = polls(site, 0)[-1][0]
            cpu, begun = processor_seconds(pid), time.monotonic()
            while (left := minutes * 60 - (time.monotonic() - begun)) > 0:
                # A session that asks for nothing for half an hour ends.
                time.sleep(min(left, 600))
                gateway.get("/jrnl/action?limit=1")
            cpu, wall = processor_seconds(pid) - cpu, time.monotonic() - begun
            done = polls(site, learned)
            if len(done) < minutes // 5 - 1:
                raise RuntimeError(f"{len(done)} polls in {minutes} minutes: {done}")
            missed = max(METERS - good for _, good in done)
            hubs = {row["id"] for row in site.meters["Meters"] if row["typeName"] == "VirtualHub"}
            halves = {meter: len(stamps) for meter, stamps in site.stamps("ElArr1ConsPower").items()
                      if meter not in hubs}
            if len(halves) != METERS or min(halves.values()) < max(halves.values()) - 1:
                raise RuntimeError(f"half-hours of {len(halves)} meters: {min(halves.values())} to {max(halves.values())}")
            return [missed, round(gateway.rss_kilobytes() / 1024, 1)], (
                f"{len(done)} polls of {METERS} meters in {wall / 60:.0f} min, CPU {100 * cpu / wall:.1f} % of one core, "
                f"{1000 * cpu / (len(done) * METERS):.1f} ms a meter and poll")
        finally:
            site.stop()

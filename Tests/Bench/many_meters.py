"""A thousand meters with a month of rows, made without polling: what a page of the admin costs then."""

import json
import sqlite3
import statistics
import time
from datetime import datetime, timedelta, timezone

from measured_site import Gateway, scratch

METERS = 1_000
DAYS = 32


def introduce(gateway: Gateway) -> None:
    """A table of meters on TCP, all polled for half-hours and starts of day by an event that hardly ever comes."""
    gateway.put("/settings/meter/table", {"Meters": [{
        "id": number, "pId": 0, "typeName": "SPODES", "addr": f"127.0.0.1:{9_000 + number}", "passRd": "30", "passWr": "30",
        "ifaceName": "Ethernet", "ifaceCfg": "", "serial": "", "comment": "", "tz": 3,
        "link": {"transport": "wrapper", "physical": 16}} for number in range(1, METERS + 1)]})
    gateway.put("/settings/templates/arch", {"Settings": [
        {"id": 1, "name": "wanted", "types": ["ElArr1ConsPower", "ElDayEnergy"]}]})
    gateway.put("/settings/actions/meter", {"Settings": [{"id": 1, "archTypesName": "wanted"}]})
    gateway.put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 0, "hour": 0, "day": 1, "month": 1}]})
    gateway.put("/settings/events/manager", {"Settings": [
        {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})


def fill(path: str) -> int:
    """Rows of a month for every meter of the archive; one half-hour in fifty is missing. Returns how many."""
    now = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(hours=3)
    last = int((now - datetime(2000, 1, 1)).total_seconds() // 1_800) * 30
    halves = [last - 30 * index for index in range(DAYS * 48) if index % 50]
    days = [last // 1_440 * 1_440 - 1_440 * index for index in range(DAYS)]
    database = sqlite3.connect(path)
    database.execute("INSERT OR IGNORE INTO profile_shape VALUES ("
                     + ", ".join("1" if column[1] == "shape" else "30" if column[1] == "interval" else "0" for column in
                                 database.execute("PRAGMA table_info(profile_shape)")) + ")")
    sequence = 0
    for (key,) in database.execute("SELECT meter_key FROM meter WHERE until_at IS NULL").fetchall():
        for table, kind, periods in (("profile", 5, halves), ("energy", 3, days)):
            database.executemany(
                f"INSERT INTO {table}(series, slot, seq, shape, mark) VALUES (?, ?, ?, 1, 0)",
                [(key * 64 + kind, period * 2 + 1, sequence + index) for index, period in enumerate(periods, 1)])
            sequence += len(periods)
    database.execute("UPDATE counter SET value = ? WHERE name = 'seq'", (sequence,))
    database.commit()
    database.close()
    return sequence


def completeness() -> tuple[list[float], str]:
    """Milliseconds of `/state/completeness` for yesterday and for a month, medians of seven."""
    with scratch() as directory:
        gateway = Gateway(directory)
        gateway.start()
        try:
            gateway.login()
            introduce(gateway)
            gateway.stop()
            rows = fill(str(gateway.data / "archive.sqlite"))
            gateway.start()
            gateway.login()
            # The back-fill finds nobody to poll; until it has given up, it is it that is measured.
            time.sleep(10)
            times = []
            for days in (1, 31):
                taken = []
                for _ in range(7):
                    begun = time.monotonic()
                    answer = gateway.get(f"/state/completeness?days={days}")
                    taken.append((time.monotonic() - begun) * 1000)
                meters = answer["Meters"]
                if len(meters) != METERS or any(len(meter["days"]) != days for meter in meters):
                    raise RuntimeError("not every day of every meter: " + json.dumps(answer)[:200])
                if not 40 <= meters[0]["days"][0]["have"] < meters[0]["days"][0]["want"]:
                    raise RuntimeError("the rows were not seen: " + json.dumps(meters[0])[:200])
                times.append(round(statistics.median(taken), 1))
        finally:
            gateway.stop()
    return times, f"{METERS} meters, {rows} rows: yesterday, and 31 days"

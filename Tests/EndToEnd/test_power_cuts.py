"""The whole daemon killed under load: nothing that was committed is lost, nothing is sent again beyond the window."""

import contextlib
import os
import pathlib
import random
import shutil
import sqlite3
import time

from measured_site import Site, serial_line
from processes import Broker, Subscriber

MOMENTS = 200 if os.environ.get("LONG") == "1" else 20
#: Messages that may be on their way to a broker at once.
WINDOW = 20


def archived(site: Site, place: pathlib.Path) -> tuple[dict[tuple, tuple], set[tuple[int, str]]]:
    """What the killed gateway's archive holds: profile rows by key, with sequence number and values; and the same as
    meter and stamp. A copy is looked at, with its log: the gateway must do its own recovery."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for file in site.gateway.data.glob("archive.sqlite*"):
        shutil.copy(file, place)
    with contextlib.closing(sqlite3.connect(place / "archive.sqlite")) as archive:
        assert archive.execute("PRAGMA quick_check").fetchone() == ("ok",)
        names = [row[1] for row in archive.execute("PRAGMA table_info(profile)")]
        key = [names.index(name) for name in ("series", "slot")]
        rows = archive.execute("SELECT * FROM profile").fetchall()
        stamps = archive.execute(
            "SELECT meter, replace(at, ' ', 'T') || '+03:00' FROM readable_profile").fetchall()
        return {tuple(row[place] for place in key): row for row in rows}, set(stamps)


def received(documents: list[dict]) -> set[tuple[int, str]]:
    """Meter and stamp of every profile row in the messages."""
    return {
        (device["id"], row["ts"])
        for document in documents for measure in document["measures"] if measure["measure"] == "ElArr1ConsPower"
        for device in measure["devices"] for row in device["vals"] or []}


def resent(before: list[dict], after: list[dict]) -> int:
    """How many of the later messages begin before the earlier ones had ended."""
    reached = max((document["seqTo"] for document in before), default=0)
    return sum(document["seqFrom"] <= reached for document in after)


def test_kills_under_load_lose_no_row_and_send_again_no_more_than_the_window(tmp_path):
    chance = random.Random(20261121)
    site = Site(tmp_path, [serial_line("line", "Iface1", 4, speed=115200)], delay=2, installed="2026-06-01")
    subscriber = None
    try:
        site.connect(Broker(tmp_path / "broker"))
        subscriber = Subscriber(site.broker, tmp_path)
        site.poll(["ElArr1ConsPower"])
        site.publish(["ElArr1ConsPower"])
        site.wait(150, "first message", subscriber.messages)
        known: dict[tuple, tuple] = {}
        seen = grew = hot = 0
        for _ in range(MOMENTS):
            time.sleep(chance.uniform(0.05, 2.5))
            site.gateway.kill()
            time.sleep(0.1)  # the broker hands on what it had taken
            documents = subscriber.messages()
            assert resent(documents[:seen], documents[seen:]) <= WINDOW
            seen = len(documents)
            log = site.gateway.data / "archive.sqlite-wal"
            hot += log.exists() and log.stat().st_size > 0
            rows, stamps = archived(site, tmp_path / "copy")
            assert received(documents) <= stamps, "the broker was given a row that is gone"
            assert all(rows.get(key) == row for key, row in known.items())
            grew += len(rows) > len(known)
            known = rows
            site.gateway.start()
        assert hot > 0, "no kill left a log to recover"
        assert grew >= MOMENTS / 5, "the kills came between polls and proved nothing"
        site.gateway.login()

        def complete() -> bool:
            sent = received(subscriber.messages())
            stored = site.stamps("ElArr1ConsPower")
            return sum(map(len, stored.values())) >= len(known) and all(
                (meter, stamp) in sent for meter, stamps in stored.items() for stamp in stamps)

        site.wait(240, "every archived row at the broker", complete)
    finally:
        site.stop()
        if subscriber:
            subscriber.stop()


def test_a_broker_that_goes_and_returns_gets_every_row_in_order(tmp_path):
    site = Site(tmp_path, [serial_line("line", "Iface1", 2, speed=115200)], delay=2, installed="2026-11-01")
    subscriber = None
    try:
        site.connect(Broker(tmp_path / "broker"))
        site.poll(["ElArr1ConsPower"])
        site.publish(["ElArr1ConsPower"])
        site.wait(150, "first rows sent", lambda: site.gateway.get("/state/mqtt")["State"][0]["state"] == "ok")
        site.broker.stop()
        site.forget("ElArr1ConsPower", ("2026-11-03", "2026-11-09"))
        site.wait(150, "rows read while the broker is away", lambda: all(
            any(stamp.startswith("2026-11-05") for stamp in stamps)
            for stamps in site.stamps("ElArr1ConsPower").values()))
        site.wait(150, "news that the broker is gone",
                  lambda: site.gateway.get("/state/mqtt")["State"][0]["state"] == "err")
        site.broker.start()
        subscriber = Subscriber(site.broker, tmp_path)

        def came() -> bool:
            rows = received(subscriber.messages())
            return all(
                (meter, stamp) in rows for meter, stamps in site.stamps("ElArr1ConsPower").items()
                for stamp in stamps if "2026-11-03T00:30" <= stamp < "2026-11-08")

        site.wait(180, "what was read meanwhile at the broker", came)
        ends = [(document["seqFrom"], document["seqTo"]) for document in subscriber.messages()]
        assert ends == sorted(ends) and all(begin <= end for begin, end in ends)
        assert all(one[1] < other[0] for one, other in zip(ends, ends[1:])), "a row was sent twice"
    finally:
        site.stop()
        if subscriber:
            subscriber.stop()

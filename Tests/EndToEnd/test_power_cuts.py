"""The whole daemon killed under load: nothing that was committed is lost, nothing is sent again beyond the window."""

import contextlib
import os
import random
import sqlite3
import time

from measured_site import Site, serial_line
from processes import Broker, Subscriber

MOMENTS = 200 if os.environ.get("LONG") == "1" else 20
#: Messages that may be on their way to a broker at once.
WINDOW = 20


def archived(site: Site) -> dict[tuple, tuple]:
    """Every profile row of the stopped gateway's archive with its sequence number and values, by its key."""
    with contextlib.closing(sqlite3.connect(site.gateway.data / "archive.sqlite")) as archive:
        assert archive.execute("PRAGMA quick_check").fetchone() == ("ok",)
        names = [row[1] for row in archive.execute("PRAGMA table_info(profile)")]
        key = [names.index(name) for name in ("meter_key", "period", "season")]
        rows = archive.execute("SELECT * FROM profile").fetchall()
        return {tuple(row[place] for place in key): row for row in rows}


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
        seen = 0
        grew = 0
        for _ in range(MOMENTS):
            time.sleep(chance.uniform(0.05, 2.5))
            site.gateway.kill()
            time.sleep(0.1)  # the broker hands on what it had taken
            documents = subscriber.messages()
            assert resent(documents[:seen], documents[seen:]) <= WINDOW
            seen = len(documents)
            rows = archived(site)
            assert all(rows.get(key) == row for key, row in known.items())
            grew += len(rows) > len(known)
            known = rows
            site.gateway.start()
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

"""Journals and alarms through the real daemon, simulator and broker (R28)."""

import pytest

from measured_site import Site, serial_line
from processes import Broker, Subscriber


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, [serial_line("line", "Iface1", 2, speed=115200)], delay=2, installed="2026-11-01")
    yield made
    made.stop()


def alarms(site: Site) -> list[tuple[int, str, bool]]:
    return [(row["meter"], row["code"], row["active"]) for row in site.gateway.get("/state/alarms")["Alarms"]]


def test_an_opened_cover_is_at_the_broker_without_an_event_of_its_publication(site, tmp_path):
    site.connect(Broker(tmp_path / "broker"))
    subscriber = Subscriber(site.broker, tmp_path)
    try:
        site.poll(["ElJrnlOpen", "ElJrnlLimETrf1"])
        site.publish(["ElJrnlOpen"])
        # Only the poll has an event; the publication has none.
        site.gateway.put("/settings/events/manager", {"Settings": [
            {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1}]})
        site.wait(90, "first visits", lambda: all(site.stamps("ElJrnlOpen").get(id) for id in (1, 2)))
        before = {id: len(stamps) for id, stamps in site.stamps("ElJrnlOpen").items()}
        assert alarms(site) == []
        site.street.command(set={"line": "line", "meter": 17, "happen": "coverOpened"})
        site.wait(90, "the event", lambda: len(site.stamps("ElJrnlOpen")[2]) > before[2])
        number = max(row["val"] for row in newest_tags(site, 2) if row["tag"] == "eventId")
        site.wait(60, "its message", lambda: f'{{"tag":"eventId","val":{number}}}' in text_of(subscriber))
        site.wait(60, "the alarm", lambda: '"code":"cover"' in text_of(subscriber))
        assert alarms(site) == [(2, "cover", True)]
        assert len(site.stamps("ElJrnlOpen")[1]) == before[1]
        assert not site.stamps("ElJrnlLimETrf1").get(1)
        site.gateway.request("POST", "/action/alarms", {})
        assert alarms(site) == [(2, "cover", False)]
    finally:
        subscriber.stop()


def newest_tags(site: Site, meter: int) -> list[dict]:
    _, _, answer = site.gateway.request(
        "POST", "/meter/data/arch", {"ids": [meter], "measures": ["ElJrnlOpen"], "lastTime": True})
    return answer["measures"][0]["devices"][0]["vals"][0]["tags"]


def text_of(subscriber: Subscriber) -> str:
    return subscriber.file.read_text(errors="replace")

"""The daemon as its users meet it: arguments, stopping, power cuts, damaged settings, a broker that is not trusted."""

import random
import subprocess
import time

import pytest

from measured_site import Site, serial_line
from processes import Broker, Gateway, executable


@pytest.fixture
def gateway(tmp_path):
    made = Gateway(tmp_path / "gateway")
    made.start()
    yield made
    made.stop()


def run(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run([executable("gatewayd"), *words], capture_output=True, text=True, timeout=20)


def test_wrong_arguments_say_what_to_change_and_exit_64():
    for words in ([], ["--data"], ["--port-offset", "x", "--data", "/tmp/none"], ["--nonsense"]):
        ended = run(*words)
        assert ended.returncode == 64
        assert ended.stderr.startswith("gatewayd: ") and ended.stderr.count("\n") == 1
    assert run("--help").returncode == 0
    assert run("--version").stdout.startswith("gatewayd 0.")


def test_a_stop_is_quick_and_clean(gateway):
    begun = time.monotonic()
    assert gateway.stop() == 0
    assert time.monotonic() - begun < 5


def test_a_second_gateway_on_the_same_data_is_refused(gateway):
    ended = run("--data", str(gateway.data), "--bind", "127.0.0.1", "--port-offset", "20000")
    assert ended.returncode == 1
    assert "in use by process" in ended.stderr
    assert gateway.request("GET", "/login.html")[0] == 200


def test_a_damaged_revision_gives_way_to_the_newest_good_one(gateway):
    gateway.login()
    gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "kept", "meters": []}]})
    gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "spoiled", "meters": []}]})
    gateway.stop()
    revisions = gateway.data / "etc" / "revisions"
    newest = max(revisions.iterdir(), key=lambda path: int(path.name))
    # Unchanged files are shared between revisions: replace the damaged one, do not write into it.
    (newest / "groups.json").unlink()
    (newest / "groups.json").write_text('{"Settings":[{"id":1,')
    gateway.start()
    gateway.login()
    names = [row["name"] for row in gateway.get("/settings/templates/meter")["Settings"]]
    assert names == ["kept"]


def test_rows_seen_before_a_kill_are_there_after_it(tmp_path):
    chance = random.Random(2026)
    site = Site(tmp_path, [serial_line("line", "Iface1", 2)], delay=5)
    try:
        site.poll(["ElMomentEnergy", "ElArr1ConsPower"])
        seen: dict[int, set[str]] = {}
        site.wait(90, "first rows", lambda: any(site.stamps("ElArr1ConsPower").values()))
        for _ in range(5):
            time.sleep(chance.uniform(1.0, 4.0))
            for meter, stamps in site.stamps("ElArr1ConsPower").items():
                assert seen.get(meter, set()) <= stamps
                seen[meter] = stamps
            site.gateway.kill()
            site.gateway.start()
            site.gateway.login()
        after = site.stamps("ElArr1ConsPower")
        assert sum(map(len, seen.values())) > 0
        assert all(stamps <= after[meter] for meter, stamps in seen.items())
    finally:
        site.stop()


def test_an_archive_that_cannot_be_opened_is_waited_for(tmp_path):
    site = Site(tmp_path, [serial_line("line", "Iface1", 2)], delay=5)
    try:
        site.poll(["ElMomentEnergy", "ElDayEnergy"])
        site.wait(90, "first rows", lambda: all(site.stamps("ElDayEnergy").values()))
        before, present = site.stamps("ElDayEnergy"), site.stamps("ElMomentEnergy")
        site.gateway.stop()
        archive, kept = (site.gateway.data / name for name in ("archive.sqlite", "kept.sqlite"))
        # No file can be opened or made where a folder lies.
        archive.rename(kept)
        archive.mkdir()
        site.gateway.start()
        site.gateway.login()
        notices = site.gateway.get("/state/archive")["Notices"]
        assert [(one["level"], one["code"]) for one in notices] == [("err", "archive.away")]
        assert "каждые 15 с" in notices[0]["text"]
        meter = min(before)
        _, _, answer = site.gateway.request(
            "POST", "/meter/data/moment", {"ids": [meter], "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
        assert answer["measures"][0]["devices"][0]["vals"][0]["tags"][0]["val"] > 0
        archive.rmdir()
        kept.rename(archive)
        site.wait(30, "the archive", lambda: not site.gateway.get("/state/archive")["Notices"])
        site.wait(150, "rows of later polls", lambda: site.stamps("ElMomentEnergy")[meter] - present[meter])
        after = site.stamps("ElDayEnergy")
        assert all(stamps <= after[meter] for meter, stamps in before.items())
    finally:
        site.stop()


def test_a_planned_stop_tells_the_broker_that_the_device_is_gone(tmp_path):
    broker = Broker(tmp_path / "broker")
    gateway = Gateway(tmp_path / "gateway")
    gateway.start()

    def presence() -> list[str]:
        """What a subscriber is told who comes now: the retained message and nothing else."""
        told = subprocess.run(
            ["mosquitto_sub", "-h", "localhost", "-p", str(broker.port), "--cafile", str(broker.authority), "-t",
             "um/test/online", "-C", "1", "-W", "2", "-F", "%r %p"], capture_output=True, text=True, timeout=20)
        return told.stdout.split("\n")[:-1]

    try:
        gateway.login()
        gateway.put("/settings/templates/messages", {"Settings": [{
            "id": 1, "name": "rows", "group": "", "format": "json",
            "types": [{"measure": "ElDayEnergy", "depthType": "full", "depth": 0}]}]})
        gateway.put("/settings/servers/mqtt", {"Settings": [{
            "id": 1, "type": 0, "addr": "localhost", "port": broker.port, "qos": 1, "prefix": "um", "deviceID": "test",
            "cropt": 2, "tls": "1.2", "certCheck": True, "cert": broker.authority.read_text()}]})
        gateway.put("/settings/actions/mqtt",
                    {"Settings": [{"id": 1, "meterMessageId": 1, "brokerId": 1, "topic": "rows"}]})
        gateway.put("/settings/events/schdl", {"Settings": [{"id": 1, "min": 1}]})
        gateway.put("/settings/events/manager", {"Settings": [
            {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "MQTTMeterMessages", "actionId": 1}]})
        deadline = time.monotonic() + 90
        while presence() != ['1 {"online":true}']:
            assert time.monotonic() < deadline, gateway.get("/state/mqtt")
        begun = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - begun < 5
        # DISCONNECT keeps the will unsent: the gateway has to say it itself.
        assert presence() == ['1 {"online":false}']
    finally:
        gateway.stop()
        broker.stop()


def test_a_broker_of_a_foreign_authority_is_refused_with_the_reason(tmp_path):
    site = Site(tmp_path, [serial_line("line", "Iface1", 1)], delay=5)
    broker, foreign = Broker(tmp_path / "broker"), Broker(tmp_path / "foreign")
    try:
        put = site.gateway.put
        site.poll(["ElMomentEnergy"])
        put("/settings/templates/messages", {"Settings": [{
            "id": 1, "name": "rows", "group": "all", "format": "json",
            "types": [{"measure": "ElMomentEnergy", "depthType": "full", "depth": 0}]}]})
        put("/settings/servers/mqtt", {"Settings": [{
            "id": 1, "type": 0, "addr": "localhost", "port": broker.port, "qos": 1, "prefix": "um",
            "deviceID": "test", "cropt": 2, "tls": "1.2", "certCheck": True,
            "cert": foreign.authority.read_text()}]})
        put("/settings/actions/mqtt",
            {"Settings": [{"id": 1, "meterMessageId": 1, "brokerId": 1, "topic": "rows"}]})
        put("/settings/events/manager", {"Settings": [
            {"id": 1, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1},
            {"id": 2, "eventType": "Scheduler", "eventId": 1, "actionType": "MQTTMeterMessages", "actionId": 1}]})

        def refused() -> bool:
            state = site.gateway.get("/state/mqtt")["State"][0]
            return state["state"] != "ok" and "certificate" in str(state)

        site.wait(90, "refusal", refused)
        # The broker never saw a client that got as far as its name: nothing was tried in clear text.
        assert "New client connected" not in (tmp_path / "broker" / "mosquitto.log").read_text()
    finally:
        site.stop()
        broker.stop()
        foreign.stop()

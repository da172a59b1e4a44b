"""What goes wrong on a line, through the real daemon and simulator: the right fault is named, the others are read."""

import time

import pytest

from measured_site import Site, serial_line

COUNT = 3


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, [serial_line("line", "Iface1", COUNT, speed=115200)], delay=2, installed="2026-11-01")
    yield made
    made.stop()


def spoil(site: Site, **fault) -> None:
    """Sets a fault of the second meter."""
    site.street.command(set={"line": "line", "meter": 17, **fault})


def ask(site: Site, meter: int) -> dict:
    """What the API answers for one meter asked now."""
    _, _, answer = site.gateway.request(
        "POST", "/meter/data/moment", {"ids": [meter], "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
    return answer["measures"][0]["devices"][0]


def states(site: Site) -> dict[int, dict]:
    return {row["id"]: row for row in site.gateway.get("/state/meters")["State"]}


@pytest.mark.parametrize("fault, repair, code", [
    ({"silent": True}, {"silent": False}, "meter.silent"),
    ({"wrongFCS": 1.0}, {"wrongFCS": 0.0}, "meter.garbage"),
    ({"garbage": 1.0}, {"garbage": 0.0}, "meter.garbage"),
    ({"truncate": 5}, {"truncate": -1}, "meter.garbage"),
])
def test_one_spoilt_meter_is_named_and_the_others_are_read(site, fault, repair, code):
    assert "vals" in ask(site, 2)
    spoil(site, **fault)
    site.poll(["ElMomentEnergy"])
    site.wait(60, "rows of the others", lambda: all(site.stamps("ElMomentEnergy").get(id) for id in (1, 3)))
    site.wait(30, "verdict", lambda: states(site)[2].get("code") == code)
    assert not site.stamps("ElMomentEnergy").get(2)
    assert "error" in ask(site, 2)
    spoil(site, **repair)
    assert "vals" in ask(site, 2)


def test_a_late_answer_is_taken_for_nothing_else(site):
    first = {meter: ask(site, meter)["serial"] for meter in (1, 2, 3)}
    spoil(site, late=3000)
    assert "error" in ask(site, 2)
    # Its octets may still come while the next meter is asked.
    for meter in (1, 3, 1, 3):
        device = ask(site, meter)
        assert device.get("serial") == first[meter]
        assert "vals" in device
    spoil(site, late=0)
    assert ask(site, 2)["serial"] == first[2]


def test_a_refused_password_is_tried_once(site):
    def requests() -> int:
        return site.statistics("line")["meters"][1]["requests"]
    spoil(site, refusePassword=True)
    site.poll(["ElMomentEnergy"])
    site.wait(30, "refusal", lambda: states(site)[2].get("code") == "meter.password")
    tried = requests()
    time.sleep(65)  # at least one more poll
    assert site.stamps("ElMomentEnergy")[1]
    assert requests() == tried
    assert "error" in ask(site, 2)
    assert requests() == tried


def test_a_line_unplugged_and_plugged_in_again_is_read_on(site):
    assert "vals" in ask(site, 1)
    site.street.command(set={"line": "line", "unplugged": True})
    assert "error" in ask(site, 1)
    assert site.gateway.request("GET", "/login.html")[0] == 200
    site.street.command(set={"line": "line", "unplugged": False})
    site.wait(20, "answer after plugging in", lambda: "vals" in ask(site, 1))

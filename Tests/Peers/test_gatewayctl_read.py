"""gatewayctl read against a meter built on gurux_dlms: every way of the link, every measure."""

import datetime as dt

import pytest

from strangers import gatewayctl, read

LINKS = {
    "info-32": (["--info", "32"], ["--transport", "hdlc"]),
    "info-128": (["--info", "128"], ["--transport", "hdlc"]),
    "info-512": (["--info", "512"], ["--transport", "hdlc"]),
    "pdu-100": (["--info", "128", "--pdu", "100"], ["--transport", "hdlc"]),
    "wrapper": (["--wrapper"], ["--transport", "wrapper"]),
    "one-octet": ([], ["--transport", "hdlc", "--address-octets", "1"]),
    "two-octets": ([], ["--transport", "hdlc", "--address-octets", "2"]),
    "four-octets": ([], ["--transport", "hdlc", "--address-octets", "4"]),
    "great-address": (["--phys", "1230"], ["--transport", "hdlc", "--physical", "1230"]),
    "disc-answered-by-dm": (["--dm"], ["--transport", "hdlc"]),
    "automatic-hdlc": ([], []),
    "automatic-wrapper": (["--wrapper"], []),
}

TODAY = dt.datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)


def tags(row: dict) -> dict:
    return {entry["tag"]: entry["val"] for entry in row["tags"]}


def stamps(rows: list) -> list:
    return [dt.datetime.fromisoformat(row["ts"]).replace(tzinfo=None) for row in rows]


@pytest.mark.parametrize("name", LINKS)
def test_reads_over_every_link(strange_meter, name):
    server, client = LINKS[name]
    meter = strange_meter(*server)
    (clock,) = read(meter, "GetTime", *client)
    assert abs(clock["diff"]) <= 2
    (energy,) = read(meter, "ElMomentEnergy", *client)
    values = tags(energy)
    assert len(values) == 20
    assert (values["A+0"], values["A+4"], values["R-0"]) == (1661974, 664788, 400)
    begin = TODAY - dt.timedelta(days=35)
    days = read(meter, "ElDayEnergy", *client, "--from", begin.isoformat(), "--to", TODAY.isoformat())
    assert stamps(days) == [begin + dt.timedelta(days=i) for i in range(36)]
    # Row i has 100000 + 1000 i + column; the sum stands behind the four tariffs.
    assert [tags(row)["A+0"] for row in days] == [100004 + 1000 * i for i in range(36)]
    assert tags(days[0])["R-1"] == 100015


@pytest.fixture
def meter(strange_meter):
    return strange_meter("--info", "128")


def test_reads_months_by_their_columns(meter):
    first = TODAY.replace(day=1)
    begin = (first - dt.timedelta(days=1)).replace(day=1)
    rows = read(meter, "ElMonthEnergy", "--from", begin.isoformat(), "--to", TODAY.isoformat())
    assert stamps(rows) == [begin, first]
    assert tags(rows[1])["A+1"] == 500000 + 11 * 10000


def test_reads_the_profile_as_increments_turned_to_power(meter):
    begin = TODAY - dt.timedelta(days=1)
    rows = read(
        meter, "ElArr1ConsPower", "--from", (begin + dt.timedelta(minutes=30)).isoformat(),
        "--to", TODAY.isoformat())
    assert stamps(rows) == [begin + dt.timedelta(minutes=30 * (i + 1)) for i in range(48)]
    # Row i of three days holds 10 i Wh for P+, 10 i + 3 varh for Q-: twice that in half an hour's mean power.
    assert tags(rows[0])["P+"] == 2 * 10 * 96
    assert tags(rows[47])["Q-"] == 2 * (10 * 143 + 3)


def test_consumption_of_a_day_is_stamped_with_its_start(meter):
    begin = TODAY - dt.timedelta(days=2)
    rows = read(meter, "ElDayConsEnergy", "--from", begin.isoformat(), "--to", begin.isoformat())
    assert stamps(rows) == [begin]
    assert tags(rows[0])["A+0"] == 1000


def test_reads_quality_configuration_and_relay(meter):
    (row,) = read(meter, "ElMomentQuality")
    values = tags(row)
    assert values["UA"] == 229.5 and values["Freq"] == 49.98 and values["QS"] == -150.003
    assert values["AngUIA"] == -8.1
    (only,) = read(meter, "ElMomentQuality", "--tags", "UB,Freq")
    assert set(tags(only)) == {"UB", "Freq"}
    (row,) = read(meter, "ElConfig")
    values = tags(row)
    assert values["kI"] == 40 and values["const"] == 5000 and values["cTime"] == 30
    assert values["serial"] == "12345678" and values["model"] == "СИМУЛЯТОР-3"
    (row,) = read(meter, "GetRelay")
    assert tags(row)["relayState"] in (1, True)


def test_a_wrong_password_is_told_once_and_not_shown(meter):
    done = gatewayctl(
        "read", "--line", f"tcp://127.0.0.1:{meter.port}", "--type", "SPODES", "--address", "16",
        "--password", "87654321", "--measure", "GetTime", "--trace")
    assert done.returncode == 1
    assert "meter.password" in done.stderr
    assert "87654321" not in done.stderr and b"87654321".hex() not in done.stderr


def test_silence_and_a_closed_port_are_told_apart(strange_meter):
    silent = strange_meter("--phys", "99")
    arguments = ["read", "--type", "SPODES", "--address", "16", "--measure", "GetTime", "--transport", "hdlc"]
    done = gatewayctl(*arguments, "--line", f"tcp://127.0.0.1:{silent.port}")
    assert done.returncode == 1 and "meter.silent" in done.stderr
    silent.stop()
    done = gatewayctl(*arguments, "--line", f"tcp://127.0.0.1:{silent.port}")
    assert done.returncode == 1 and "line.open" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1

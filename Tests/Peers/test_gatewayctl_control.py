"""gatewayctl time and relay against a meter of strangers and one of the street."""

import datetime as dt
import json

import pytest

from processes import ROOT, Street, free_port
from strangers import gatewayctl

READER = "12345678"
CONFIGURATOR = "0000000100000001"


def run(verb: str, port: int, *options: str, password: str = READER):
    return gatewayctl(verb, "--line", f"tcp://127.0.0.1:{port}", "--type", "SPODES", "--address", "16",
                      "--utc-offset", "+00:00", "--transport", "hdlc", "--password", password, *options)


def answer(verb: str, port: int, *options: str, password: str = READER) -> dict:
    done = run(verb, port, "--json", *options, password=password)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def meter(strange_meter):
    return strange_meter("--low")


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """One simulated meter whose clock and relay obey."""
    folder = tmp_path_factory.mktemp("street")
    port = free_port()
    file = folder / "street.json"
    file.write_text(json.dumps({"seed": 7, "zoneMinutes": 0, "installed": "2025-10-01", "lines": [
        {"name": "one", "tcp": f"127.0.0.1:{port}", "transport": "hdlc", "meters": [
            {"address": 16, "serial": 700016, "personalities": ["three-phase"], "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    running = Street(folder / "run", file)
    running.port = port
    assert running.command(set={"delay": 0})["ok"]
    yield running
    assert running.stop() == 0


def test_a_clock_is_read_shifted_and_set(meter):
    clock = answer("time", meter.port)
    assert clock["res"] == 0 and clock["id"] == 16 and clock["serial"] == "12345678"
    assert abs(clock["diff"]) <= 2 and "before" not in clock and clock["roundTripMs"] >= 0
    shifted = answer("time", meter.port, "--shift", "40")
    assert abs(shifted["before"]) <= 2 and abs(shifted["diff"] - 40) <= 2
    stamp = dt.datetime.now() + dt.timedelta(hours=3)
    far = answer("time", meter.port, "--set", stamp.isoformat(timespec="seconds"), password=CONFIGURATOR)
    assert abs(far["before"] - 40) <= 2 and abs(far["diff"] - 3 * 3600) <= 3
    right = answer("time", meter.port, "--set", "now", password=CONFIGURATOR)
    assert abs(right["before"] - 3 * 3600) <= 3 and abs(right["diff"]) <= 2


def test_the_clock_of_a_street_meter_is_set_by_its_configurator_only(street):
    refused = run("time", street.port, "--set", "now", "--client", "32")
    assert refused.returncode == 1 and "meter.access" in refused.stderr
    done = run("time", street.port, "--set", "now", password=CONFIGURATOR)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("meter 700016") and "before" in done.stdout and "round trip" in done.stdout


@pytest.mark.parametrize("how", [["--password", CONFIGURATOR], ["--password", CONFIGURATOR, "--serial", "700016"]])
def test_a_street_relay_goes_off_and_on(street, how):
    line = ["relay", "--line", f"tcp://127.0.0.1:{street.port}", "--type", "SPODES", "--address", "16", "--json"]
    assert json.loads(gatewayctl(*line, "--password", READER).stdout)["control"] == "on"
    off = json.loads(gatewayctl(*line, *how, "--off").stdout)
    assert (off["relayId"], off["relayState"], off["control"], off["before"]) == (1, 0, "off", "on")
    on = json.loads(gatewayctl(*line, *how, "--on").stdout)
    assert (on["relayState"], on["control"], on["before"]) == (1, "on", "off")
    again = gatewayctl(*[word for word in line if word != "--json"], *how, "--on")
    assert again.returncode == 0 and "relay on  mode 4  no command needed" in again.stdout


def test_another_meter_than_named_is_left_alone(street):
    done = run("relay", street.port, "--off", "--serial", "1", password=CONFIGURATOR)
    assert done.returncode == 1 and "meter.serial" in done.stderr
    assert answer("relay", street.port)["control"] == "on"


def test_a_strange_relay_is_switched(meter):
    assert answer("relay", meter.port, "--off", password=CONFIGURATOR)["relayState"] == 0
    back = answer("relay", meter.port, "--on", password=CONFIGURATOR)
    assert (back["before"], back["control"]) == ("off", "on")


def test_a_relay_that_waits_for_its_button_is_no_success(strange_meter):
    meter = strange_meter("--low", "--relay-mode", "3")
    assert answer("relay", meter.port, "--off", password=CONFIGURATOR)["mode"] == 3
    done = run("relay", meter.port, "--on", password=CONFIGURATOR)
    assert done.returncode == 1 and "relay.ready" in done.stderr and "button" in done.stderr
    assert answer("relay", meter.port)["control"] == "ready"


def test_a_reader_is_refused_and_a_meter_may_have_no_relay(meter, strange_meter):
    refused = run("relay", meter.port, "--off", "--client", "32")
    assert refused.returncode == 1 and "meter.access" in refused.stderr
    assert answer("relay", meter.port)["control"] == "on"
    done = run("relay", strange_meter("--relay-mode", "-1").port)
    assert done.returncode == 1 and "meter.relay" in done.stderr


@pytest.mark.parametrize(("words", "told"), [
    (["time", "--set", "now", "--shift", "1"], "one of --set and --shift"),
    (["time", "--shift", "901"], "--shift must be"),
    (["time", "--set", "yesterday"], "--set must be now"),
    (["relay", "--on", "--off"], "one of --on and --off"),
    (["relay", "--toggle"], "unknown argument --toggle"),
])
def test_what_cannot_be_meant_is_refused(words, told):
    verb, *rest = words
    done = gatewayctl(verb, "--line", "tcp://127.0.0.1:1", "--type", "SPODES", "--address", "16", *rest)
    assert done.returncode == 64 and told in done.stderr


@pytest.mark.parametrize("verb", ["time", "relay"])
def test_help_tells_the_options(verb):
    done = gatewayctl(verb, "--help")
    assert done.returncode == 0 and f"gatewayctl {verb}" in done.stdout and "--password-file" in done.stdout

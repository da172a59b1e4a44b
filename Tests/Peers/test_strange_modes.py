"""The Gurux meter in the modes no other test asks for: its clients, sizes of frames and APDUs, ways of closing."""

import datetime as dt
import json

import pytest

from strangers import gatewayctl, read

KEY = "0000000100000001"  # of the configurator, for AES-128-ECB
CONFIGURATOR = ["--client", "48"]


def ask(verb: str, meter, *options: str):
    return gatewayctl(
        verb, "--line", f"tcp://127.0.0.1:{meter.port}", "--type", "SPODES", "--address", "16", "--utc-offset", "+00:00",
        *options)


def way(over: str) -> list[str]:
    return ["--wrapper"] if over == "wrapper" else []


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
@pytest.mark.parametrize("mechanism", ["2", "auto"])
def test_the_configurator_proves_itself_by_its_key(strange_meter, over, mechanism):
    meter = strange_meter(*way(over))
    (clock,) = read(meter, "GetTime", "--transport", over, *CONFIGURATOR, "--mechanism", mechanism, password=KEY)
    assert abs(clock["diff"]) <= 2


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
def test_the_configurator_sets_clock_and_relay_by_its_key(strange_meter, over):
    meter = strange_meter(*way(over))
    words = ["--transport", over, "--password", KEY, "--mechanism", "2", "--json"]
    stamp = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(hours=1)
    done = ask("time", meter, "--set", stamp.isoformat(timespec="seconds"), *words)
    assert done.returncode == 0, done.stderr
    assert abs(json.loads(done.stdout)["diff"] - 3600) <= 3
    for wanted, state in (("--off", 0), ("--on", 1)):
        done = ask("relay", meter, wanted, *words)
        assert done.returncode == 0 and json.loads(done.stdout)["relayState"] == state, done.stderr


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
def test_another_key_of_the_configurator_is_refused_and_changes_nothing(strange_meter, over):
    meter = strange_meter(*way(over))
    done = ask("relay", meter, "--off", "--transport", over, "--password", "1000000100000001", "--mechanism", "2")
    assert done.returncode == 1 and "meter.password" in done.stderr, done.stderr
    done = ask("relay", meter, "--transport", over, "--password", "12345678", "--json")
    assert json.loads(done.stdout)["control"] == "on"


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
def test_the_public_client_is_told_the_clock_and_no_energy(strange_meter, over):
    meter = strange_meter(*way(over))
    words = ["--transport", over, "--client", "16"]
    done = ask("read", meter, "--measure", "GetTime", "--json", *words)
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)["measures"]
    assert abs(answer["devices"][0]["vals"][0]["diff"]) <= 2
    done = ask("read", meter, "--measure", "ElDayEnergy", "--from", "2020-01-01", "--to", "2020-01-02", *words)
    assert done.returncode == 1 and done.stderr


@pytest.mark.parametrize("info", ["32", "64", "256", "2030"])
@pytest.mark.parametrize("pdu", ["64", "200", "1224", "65535"])
def test_every_size_of_frames_and_apdus_gives_the_same_days(strange_meter, info, pdu):
    meter = strange_meter("--info", info, "--pdu", pdu)
    today = dt.datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = read(meter, "ElDayEnergy", "--transport", "hdlc", "--from", (today - dt.timedelta(days=5)).isoformat())
    values = [{entry["tag"]: entry["val"] for entry in row["tags"]} for row in rows]
    assert [row["A+0"] for row in values] == [100004 + 1000 * i for i in range(30, 36)]
    assert all(len(row) == 20 for row in values)


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
@pytest.mark.parametrize("pdu", ["64", "100"])
def test_lists_of_registers_come_in_blocks(strange_meter, tmp_path, over, pdu):
    meter = strange_meter("--pdu", pdu, "--trace", str(tmp_path / "trace"), *way(over))
    (energy,) = read(meter, "ElMomentEnergy", "--transport", over)
    values = {entry["tag"]: entry["val"] for entry in energy["tags"]}
    assert len(values) == 20 and values["A+0"] == 1661974 and values["R-0"] == 400
    trace = (tmp_path / "trace").read_text()
    assert "c003" in trace and "c402" in trace, "lists, and blocks of their answers"


@pytest.mark.parametrize("words", [["--dm"], ["--dm", "--info", "32"], ["--phys", "16381"], ["--phys", "127"]], ids=" ".join)
def test_ways_of_closing_and_addresses(strange_meter, words):
    meter = strange_meter(*words)
    physical = ["--physical", words[1]] if words[0] == "--phys" else []
    for _ in range(2):
        (clock,) = read(meter, "GetTime", "--transport", "hdlc", *physical)
        assert abs(clock["diff"]) <= 2


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
def test_a_meter_that_must_be_ciphered_with_says_so_to_a_clear_reader(strange_meter, over):
    meter = strange_meter("--ek", "00" * 16, "--ak", "11" * 16, *way(over))
    done = ask("read", meter, "--measure", "GetTime", "--transport", over, "--password", "12345678", "--trace")
    assert done.returncode == 1 and "a203020101a305a103020102" in done.stderr, done.stderr


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
def test_a_reader_without_a_password_is_told_that_one_is_required(strange_meter, over):
    done = ask("read", strange_meter(*way(over)), "--measure", "GetTime", "--transport", over, "--trace")
    assert done.returncode == 1 and "a203020101a305a10302010c" in done.stderr, done.stderr

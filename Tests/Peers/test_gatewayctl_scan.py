"""gatewayctl scan against a meter of strangers and a line of the street."""

import json

import pytest

from processes import ROOT, Street
from strangers import gatewayctl


def scan(line: str, *options: str) -> list[dict]:
    done = gatewayctl("scan", "--line", line, "--json", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(text) for text in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    """A serial line at 19200 with meters at 40, 41 and 42."""
    folder = tmp_path_factory.mktemp("street")
    file = folder / "street.json"
    file.write_text(json.dumps({"seed": 9, "zoneMinutes": 0, "installed": "2025-10-01", "lines": [
        {"name": "wire", "pty": str(folder / "wire"), "settings": "19200,8n1", "meters": [
            {"address": 40, "count": 3, "serial": 810040, "personalities": ["three-phase", "nartis-like"],
             "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    running = Street(folder / "run", file)
    assert running.command(set={"delay": 0})["ok"]
    yield f"serial:{folder}/wire?9600,8n1"
    assert running.stop() == 0


def test_meters_are_found_at_another_speed_by_serial_number_and_by_walking(wire, tmp_path):
    serials = tmp_path / "serials"
    serials.write_text("810041  # second floor\n\n999\n")
    found = scan(wire, "--serials", str(serials), "--speeds", "19200", "--utc-offset", "+00:00")
    assert [(one["address"], one["serial"], one["settings"]) for one in found] == [(41, "810041", "19200,8n1")]
    assert found[0]["maker"] and abs(found[0]["diff"]) < 600 and found[0]["transport"] == "hdlc"
    found = scan(wire, "--speeds", "19200", "--range", "39-43")
    assert [one["address"] for one in found] == [40, 41, 42]


def test_a_strange_meter_is_found_where_its_serial_number_says(strange_meter, tmp_path):
    meter = strange_meter("--phys", str(16 + 5678))
    serials = tmp_path / "serials"
    serials.write_text("12345678\n")
    found = scan(f"tcp://127.0.0.1:{meter.port}", "--serials", str(serials))
    assert found[0]["address"] == 5694 and found[0]["name"] == "GRX0000012345678"
    assert (found[0]["maker"], found[0]["serial"]) == ("GRX", "12345678")
    assert len(found) == 1


def test_a_strange_meter_behind_the_wrapper_is_found(strange_meter):
    meter = strange_meter("--wrapper")
    done = gatewayctl("scan", "--line", f"tcp://127.0.0.1:{meter.port}")
    assert done.returncode == 0 and done.stdout.startswith("wrapper  12345678  GRX"), done.stderr


def test_a_line_that_cannot_be_opened_and_arguments_that_cannot_be_meant_are_told(strange_meter):
    meter = strange_meter()
    meter.stop()
    done = gatewayctl("scan", "--line", f"tcp://127.0.0.1:{meter.port}")
    assert done.returncode == 1 and "line.open" in done.stderr
    for words in (["--range", "20-10"], ["--range", "1-20000"], ["--speeds", "9601"], ["--password", "1"]):
        done = gatewayctl("scan", "--line", "serial:/dev/null", *words)
        assert done.returncode == 64 and words[0] in done.stderr

"""Diagnostics of a line, all executables real: the verdict in the terminal, a recording without secrets, and a meter
that answers from it."""

import json
import subprocess
import time

import pytest

from processes import PASSWORD, ROOT, Gateway, Process, Street, executable, free_port

METER_PASSWORD = "12345678"


@pytest.fixture
def site(tmp_path):
    """A gateway with one meter on interface 1, and the street behind it."""
    folder = tmp_path / "street"
    folder.mkdir()
    (folder / "street.json").write_text(json.dumps({
        "seed": 5, "zoneMinutes": 180, "installed": "2026-01-01", "lines": [
            {"name": "one", "pty": str(folder / "one"), "meters": [
                {"address": 17, "serial": 4100017, "personalities": ["three-phase"], "subscribers": ["shop"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    street.command(set={"delay": 20})
    gateway = Gateway(tmp_path / "gateway")
    gateway.start()
    gateway.login()
    gateway.put("/settings/lines", {"Settings": [{"id": 1, "path": str(folder / "one")}]})
    gateway.put("/settings/meter/table", {"Meters": [
        {"id": 1, "typeName": "SPODES", "addr": "17", "ifaceName": "Iface1", "ifaceCfg": "9600,8n1",
         "passRd": METER_PASSWORD.encode().hex()}]})
    (tmp_path / "password").write_text(PASSWORD + "\n")
    yield gateway, street, tmp_path
    street.stop()
    gateway.stop()


def control(site, *words, timeout=60):
    gateway, _, folder = site
    return subprocess.run(
        [executable("gatewayctl"), "line", *words, "--gateway", gateway.url, "--password-file",
         str(folder / "password")], capture_output=True, text=True, timeout=timeout, check=False)


def run_job(gateway, kind, **more):
    status, _, answer = gateway.request("POST", "/jobs", {"type": kind, "ids": [1], **more})
    assert status == 200, answer
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job = gateway.request("GET", f"/jobs/{answer['id']}")[2]
        if job["state"] != "running":
            return job
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def test_a_silent_line_is_named_and_a_mended_one_is_good(site):
    gateway, street, _ = site
    shown = control(site, "show")
    assert shown.returncode == 0 and "Not enough seen yet" in shown.stdout, shown
    street.command(set={"silent": True})
    for _ in range(3):
        run_job(gateway, "test")
    shown = control(site, "show", "Iface1")
    assert shown.returncode == 1 and "Silence: not one octet came" in shown.stdout, shown
    assert "wires A and B" in shown.stdout
    street.command(set={"silent": False})
    run_job(gateway, "read", measures=["ElMomentEnergy"])
    shown = control(site, "show", "Iface1")
    assert shown.returncode == 0 and "The line is good" in shown.stdout, shown
    assert "meter 1 (1/17)" in shown.stdout and "p90" in shown.stdout


def test_a_recording_holds_no_secret_and_a_meter_answers_from_it(site):
    gateway, _, folder = site
    tape = folder / "tape.txt"
    # The first visit learns the meter's ways; from the second one on visits are alike.
    run_job(gateway, "read", measures=["ElMomentEnergy"])
    recorder = subprocess.Popen(
        [executable("gatewayctl"), "line", "record", "Iface1", "--seconds", "6", "--output", str(tape),
         "--gateway", gateway.url, "--password-file", str(folder / "password")])
    time.sleep(0.5)
    original = run_job(gateway, "read", measures=["ElMomentEnergy"])
    assert recorder.wait(30) == 0
    text = tape.read_text()
    secret = METER_PASSWORD.encode()
    assert "••" in text and METER_PASSWORD not in text
    assert secret.hex() not in text and secret.hex(" ") not in text
    traced = control(site, "trace", "Iface1")
    assert traced.returncode == 0 and "get-request" in traced.stdout, traced
    assert secret.hex(" ") not in traced.stdout and secret.hex() not in traced.stdout

    port = free_port()
    player = Process([executable("metersim"), "--replay", str(tape), "--tcp", f"127.0.0.1:{port}"],
                     folder / "player.log")
    try:
        deadline = time.monotonic() + 10
        while "listens" not in player.log.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        gateway.put("/settings/meter/table", {"Meters": [
            {"id": 1, "typeName": "SPODES", "addr": f"127.0.0.1:{port}", "ifaceName": "Ethernet",
             "passRd": METER_PASSWORD.encode().hex(), "link": {"transport": "hdlc", "physical": 17}}]})
        played = run_job(gateway, "read", measures=["ElMomentEnergy"])
        assert played["items"][0]["state"] == "ok", (played, player.log.read_text())

        def values(job):
            rows = job["items"][0]["answer"]["measures"][0]["devices"][0]["vals"]
            return [(tag["tag"], tag["val"]) for tag in rows[0]["tags"]]

        assert values(played) == values(original)
        # What was not recorded is told, not made up.
        run_job(gateway, "read", measures=["ElMomentQuality"])
        assert "nothing recorded is like it" in player.log.read_text()
    finally:
        player.stop()


def test_a_damaged_recording_is_refused_with_its_line(tmp_path):
    tape = tmp_path / "tape.txt"
    tape.write_text("# um-line-recording 1\n0.000 >> 7e zz\n")
    player = subprocess.run([executable("metersim"), "--replay", str(tape), "--tcp", "127.0.0.1:0"],
                            capture_output=True, text=True, timeout=20, check=False)
    assert player.returncode == 2 and "line 2" in player.stderr, player

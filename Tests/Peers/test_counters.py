"""Invocation counters of gatewayctl between its calls: kept, never given twice, and told where they cannot be kept."""

import json
import os
import stat
import subprocess

import pytest
from processes import ROOT, Street, executable, free_port

EK, AK = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counters")
    port = free_port()
    (folder / "street.json").write_text(json.dumps({
        "seed": 5, "zoneMinutes": 180, "installed": "2026-03-01", "lines": [
            {"name": "l", "tcp": f"127.0.0.1:{port}", "transport": "wrapper", "meters": [
                {"address": 17, "serial": 500901, "personalities": ["three-phase"], "subscribers": ["shop"],
                 "security": {"ek": EK, "ak": AK}}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", folder / "street.json")
    street.command(set={"delay": 0})
    yield port
    street.stop()


def read(port: int, state, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [executable("gatewayctl"), "read", "--line", f"tcp://127.0.0.1:{port}", "--type", "SPODES", "--address", "17",
         "--transport", "wrapper", "--ek", EK, "--ak", AK, "--system-title", "554d530101010101", "--measure",
         "GetTime", *words],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_STATE_HOME": str(state)})


def kept(state) -> int:
    (line,) = (state / "gatewayctl/counters").read_text().splitlines()
    return int(line.split()[1])


def test_each_call_goes_on_above_all_before_it(port, tmp_path):
    assert read(port, tmp_path).returncode == 0
    file = tmp_path / "gatewayctl/counters"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = kept(tmp_path)
    assert read(port, tmp_path).returncode == 0
    assert kept(tmp_path) >= first + 256
    # What was reserved is gone, also for two calls at once.
    before = kept(tmp_path)
    calls = [subprocess.Popen([executable("gatewayctl"), "read", "--line", f"tcp://127.0.0.1:{free_port()}", "--type",
                               "SPODES", "--address", "17", "--transport", "wrapper", "--ek", EK, "--ak", AK,
                               "--system-title", "554d530101010101", "--measure", "GetTime"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, "XDG_STATE_HOME": str(tmp_path)}) for _ in range(2)]
    for call in calls:
        call.wait(60)
    assert kept(tmp_path) >= before
    assert EK not in file.read_text() and AK not in file.read_text()


def test_a_file_is_named_or_none_is_used(port, tmp_path):
    assert read(port, tmp_path, "--counters", str(tmp_path / "own")).returncode == 0
    assert (tmp_path / "own").exists() and not (tmp_path / "gatewayctl").exists()
    assert read(port, tmp_path, "--counters", "none").returncode == 0
    assert not (tmp_path / "gatewayctl").exists()


def test_a_damaged_file_is_not_begun_anew(port, tmp_path):
    (tmp_path / "own").write_text("0123 12\nnonsense\n")
    done = read(port, tmp_path, "--counters", str(tmp_path / "own"))
    assert done.returncode == 1 and "damaged" in done.stderr and "--counters none" in done.stderr, done.stderr
    assert (tmp_path / "own").read_text() == "0123 12\nnonsense\n"

"""General block transfer: our simulated meter asked by the Gurux client, the Gurux meter by our reader."""

import datetime as dt
import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from processes import ROOT, Street, free_port

from strangers import read

HERE = pathlib.Path(__file__).resolve().parent


def test_gurux_reads_the_meter_by_general_blocks(tmp_path):
    shutil.copytree(ROOT / "etc/street/personalities", tmp_path / "personalities")
    model = tmp_path / "personalities/three-phase.json"
    description = json.loads(model.read_text())
    # General block transfer, GET, SET, selective access, ACTION; no blocks of the services' own.
    description["link"]["conformance"] = "20001D"
    model.write_text(json.dumps(description))
    port = free_port()
    file = tmp_path / "street.json"
    file.write_text(json.dumps({"seed": 5, "zoneMinutes": 180, "installed": "2025-10-01", "lines": [
        {"name": "line", "tcp": f"127.0.0.1:{port}", "transport": "hdlc", "meters": [
            {"address": 16, "serial": 500016, "personalities": ["three-phase"], "subscribers": ["household"]}]}]}))
    street = Street(tmp_path / "run", file)
    try:
        assert street.command(set={"delay": 0})["ok"]
        done = subprocess.run(
            [sys.executable, str(HERE / "peer_gurux_client.py"), "--port", str(port), "--general-blocks", "--pdu", "200",
             "--assoc", "--trace", str(tmp_path / "trace")], capture_output=True, text=True, timeout=60)
    finally:
        street.stop()
    lines = done.stdout.splitlines()
    # Lists are not offered here.
    failed = [line for line in lines if line.startswith("FAIL") and "get-with-list" not in line]
    assert not failed and any(line.startswith("ok   association object list") for line in lines), done.stdout + done.stderr
    trace = (tmp_path / "trace").read_text()
    blocks = [line for line in trace.splitlines() if line.startswith("<<") and "e6e700e0" in line]
    assert len(blocks) > 50
    assert "e6e700c402" not in trace, "a data block of GET"


EK, AK, TITLE = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf", "554d530101010101"
WAYS = {
    "hdlc": ([], "hdlc"),
    "hdlc, frames of 32": (["--info", "32"], "hdlc"),
    "wrapper": (["--wrapper"], "wrapper"),
    "wrapper, windows of 3": (["--wrapper", "--window", "3"], "wrapper"),
    "wrapper, a block lost": (["--wrapper", "--window", "3", "--lose-block", "2"], "wrapper"),
    "wrapper, windows of 63": (["--wrapper", "--window", "63"], "wrapper"),
}


# A block that comes in segments of HDLC is taken by gurux_dlms for one that a meter has sent: no small APDUs there.
@pytest.mark.parametrize("way, size", [(way, size) for way in WAYS for size in (64, 400) if (way, size) != ("hdlc, frames of 32", 64)])
def test_our_reader_takes_general_blocks_of_the_gurux_meter(strange_meter, tmp_path, way, size):
    words, over = WAYS[way]
    # Our reader proposes general blocks where it ciphers.
    meter = strange_meter(
        "--ek", EK, "--ak", AK, "--general-blocks", "--pdu", str(size), "--trace", str(tmp_path / "trace"), *words)
    begin = dt.datetime.now().replace(hour=0, minute=0, second=0, microsecond=0) - dt.timedelta(days=35)
    rows = read(
        meter, "ElDayEnergy", "--transport", over, "--ek", EK, "--ak", AK, "--system-title", TITLE, "--mechanism", "1",
        "--from", begin.isoformat())
    assert [{entry["tag"]: entry["val"] for entry in row["tags"]}["A+0"] for row in rows] == [
        100004 + 1000 * i for i in range(36)]
    trace = (tmp_path / "trace").read_text()
    lines = trace.splitlines()
    ours = [line for line in lines if line.startswith("C>S") and is_block(line, over)]
    theirs = [line for line in lines if line.startswith("S>C") and is_block(line, over)]
    assert len(theirs) > 1 and (ours or "63" in way)
    # What one APDU cannot hold of a request goes in blocks too.
    assert any(has_data(line) for line in ours) == (size == 64)


def is_block(line: str, over: str) -> bool:
    return re.search("0001[0-9a-f]{12}e0" if over == "wrapper" else "e6e[67]00e0", line) is not None


def has_data(line: str) -> bool:
    """Whether a block of ours has data behind its two numbers."""
    return re.search("e0[0-9a-f]{10}00(?:[0-9a-f]{4}7e)?$", line) is None

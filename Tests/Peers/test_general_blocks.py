"""General block transfer of our simulated meter, asked for by the Gurux client."""

import json
import pathlib
import shutil
import subprocess
import sys

from processes import ROOT, Street, free_port

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

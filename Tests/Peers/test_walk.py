"""Our meter read completely by clients of others: every readable attribute, profiles by range and by entry."""

import ast
import json
import pathlib
import subprocess
import sys

import pytest
from processes import ROOT, Street, free_port

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """TCP port of one three-phase meter spoken to by HDLC."""
    folder = tmp_path_factory.mktemp("walk")
    number = free_port()
    meter = {"address": 17, "serial": 500300, "personalities": ["three-phase"], "subscribers": ["shop"]}
    lines = [{"name": "walk", "tcp": f"127.0.0.1:{number}", "transport": "hdlc", "meters": [meter]}]
    file = folder / "street.json"
    file.write_text(json.dumps({"seed": 5, "zoneMinutes": 180, "installed": "2026-01-01", "lines": lines}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    running = Street(folder / "run", file)
    running.command(set={"delay": 0})
    yield number
    assert running.stop() == 0


@pytest.mark.parametrize("package", ["gurux", "u9n"])
def test_a_stranger_reads_everything(port, package):
    run = subprocess.run(
        [sys.executable, str(HERE / "peer_walk.py"), package, str(port), "17", "12345678"],
        capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    figures = ast.literal_eval(run.stdout.splitlines()[-1])
    assert figures["objects"] > 100 and figures["attributes"] > 300
    # Three days back from now lie three or four midnights, as zones have it.
    assert figures["ranges"] in (3, 4)
    assert figures.get("entries", 4) == 4

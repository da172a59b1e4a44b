"""Our simulated meter read whole by DLMS-SPODES-client, the one package that is made for SPODES."""

import datetime
import json
import pathlib
import subprocess
import sys

import pytest
from processes import ROOT, Street, free_port

HERE = pathlib.Path(__file__).resolve().parent

#: Rows of scalers without a clock have no sort object, told as class 0; the package takes that for an unknown class and
#: then cannot name the columns either.
WITHOUT_SORT_OBJECT = "01 00 5e 07 03 ff"


@pytest.fixture(scope="module")
def attributes(tmp_path_factory) -> list[dict]:
    """What the package made of each attribute of a three-phase meter, read as its reader."""
    folder = tmp_path_factory.mktemp("spodes")
    port = free_port()
    file = folder / "street.json"
    # The package asks for whole buffers, and slowly: a week is enough of each.
    installed = str(datetime.date.today() - datetime.timedelta(days=7))
    file.write_text(json.dumps({"seed": 5, "zoneMinutes": 180, "installed": installed, "lines": [
        {"name": "line", "tcp": f"127.0.0.1:{port}", "transport": "hdlc", "meters": [
            {"address": 16, "serial": 500016, "personalities": ["three-phase"], "subscribers": ["household"]}]}]}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    street = Street(folder / "run", file)
    try:
        assert street.command(set={"delay": 0})["ok"]
        done = subprocess.run(
            [sys.executable, str(HERE / "peer_spodes_client.py"), str(port), "12345678"], capture_output=True, text=True,
            timeout=120)
        assert done.returncode == 0, done.stderr[-500:]
    finally:
        street.stop()
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_it_reads_every_attribute_that_the_meter_lets_it(attributes):
    failed = [row for row in attributes if row["verdict"] in ("failed", "value")]
    assert {row["name"] for row in failed} <= {WITHOUT_SORT_OBJECT}, failed
    assert sum(row["verdict"] == "read" for row in attributes) >= 550
    refused = {(row["name"], row["attribute"]) for row in attributes if row["verdict"] == "refused"}
    # Secrets of the associations.
    assert refused and all(name.startswith("00 00 28 00") and index == 7 for name, index in refused), refused


def test_it_knows_all_classes_but_two(attributes):
    assert {row["text"] for row in attributes if row["verdict"] == "unknown"} == {
        "class 17, version 0", "class 40, version 0"}


def test_it_takes_the_values_for_what_they_are(attributes):
    values = {(row["name"], row["attribute"]): row["text"] for row in attributes if row["verdict"] == "read"}
    assert bytes.fromhex(values["00 00 60 01 00 ff", 2]) == b"500016"
    # A register's scaler and unit, and its value.
    assert int(values["01 00 01 08 00 ff", 2]) > 0
    assert values["01 00 63 01 00 ff", 4] == "1800"

"""gatewayctl decode over the golden dialogues: schema, exit codes, secrets."""

import json
import pathlib

import jsonschema
import pytest

from processes import ROOT
from strangers import gatewayctl

SCHEMA = json.loads((ROOT / "etc/schemas/decode.schema.json").read_text())
VECTORS = sorted((ROOT / "Tests/Vectors/dlms").glob("*.hex"))


def dialogue(path: pathlib.Path) -> tuple[dict, list[str]]:
    lines = path.read_text().splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line)
    return header, [line[3:] for line in lines if line[:3] in (">> ", "<< ")]


def decode(protocol: str, *octets: str) -> tuple[int, list[dict]]:
    done = gatewayctl("decode", "--protocol", protocol, *octets)
    units = [json.loads(line) for line in done.stdout.splitlines()]
    for unit in units:
        jsonschema.validate(unit, SCHEMA)
    return done.returncode, units


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_golden_dialogues_fit_the_schema(path):
    header, frames = dialogue(path)
    kind = header["kind"]
    if kind == "crypto":
        kind = "hdlc" if frames[0].startswith("7e") else "apdu"
        kind = "wrapper" if frames[0].startswith("0001") else kind
    code, units = decode(f"dlms-{kind}", *frames)
    assert units
    if header["kind"] != "crypto":
        assert code == (2 if "negative" in header else 0)
    if kind == "apdu":
        assert all(unit["apdu"]["name"] for unit in units if unit["error"] is None)


def test_exit_codes_tell_damaged_from_incomplete():
    frame = dialogue(ROOT / "Tests/Vectors/dlms/v003.hex")[1][0]
    assert decode("dlms-hdlc", frame)[0] == 0
    assert decode("dlms-hdlc", frame[:-6] + "00007e")[0] == 2
    code, units = decode("dlms-hdlc", frame[:-10])
    assert code == 3 and units[0]["error"]["code"] == "truncated"
    assert gatewayctl("decode", "--protocol", "dlms-hdlc", "xyz").returncode == 64
    assert gatewayctl("decode", "--protocol", "mbus", "68").returncode == 69
    assert gatewayctl("decode").returncode == 64


def test_passwords_are_covered():
    frames = dialogue(ROOT / "Tests/Vectors/dlms/v024.hex")[1]
    done = gatewayctl("decode", "--protocol", "dlms-hdlc", *frames)
    assert "313131313131" not in done.stdout and "••" in done.stdout

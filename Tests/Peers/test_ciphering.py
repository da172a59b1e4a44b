"""Ciphered associations: the Gurux client under suite 0 against our meters, our reader against them, and decode."""

import json
import pathlib
import subprocess
import sys

import jsonschema
import pytest
from processes import ROOT, Street, free_port

from strangers import gatewayctl, read

HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = json.loads((ROOT / "etc/schemas/decode.schema.json").read_text())
# Keys and title of the standard's examples.
EK, AK = "000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
TITLE = "554d530101010101"
MECHANISMS = {1: "low", 2: "high", 3: "md5", 4: "sha1", 5: "gmac", 6: "sha256"}
PASSWORD = "12345678"


@pytest.fixture(scope="module")
def street(tmp_path_factory):
    """A meter for each mechanism, by turns behind HDLC and the wrapper; the one of GMAC takes nothing open."""
    folder = tmp_path_factory.mktemp("ciphered")
    lines = []
    for mechanism in MECHANISMS:
        security = {"ek": EK, "ak": AK, "mechanism": mechanism, "policy": "full" if mechanism == 5 else "optional"}
        lines.append({
            "name": f"m{mechanism}", "tcp": f"127.0.0.1:{free_port()}",
            "transport": "hdlc" if mechanism % 2 else "wrapper", "meters": [
                {"address": 17, "serial": 500300 + mechanism, "personalities": ["three-phase"],
                 "subscribers": ["shop"], "security": security}]})
    file = folder / "street.json"
    file.write_text(json.dumps({"seed": 5, "zoneMinutes": 180, "installed": "2025-10-01", "lines": lines}))
    (folder / "personalities").symlink_to(ROOT / "etc/street/personalities")
    running = Street(folder / "run", file)
    running.ports = {mechanism: int(line["tcp"].split(":")[1]) for mechanism, line in zip(MECHANISMS, lines)}
    running.counter = 1000
    assert running.command(set={"delay": 0})["ok"]
    yield running
    assert running.stop() == 0


def gurux(street, mechanism: int, *words: str) -> tuple[list[str], str]:
    """Runs the Gurux client; its failed checks and all it printed."""
    # A counter is used once: each run begins above all before it.
    street.counter += 10_000
    run = subprocess.run(
        [sys.executable, str(HERE / "peer_gurux_client.py"), "--port", str(street.ports[mechanism]), "--phys", "17",
         "--auth", MECHANISMS[mechanism], "--password", PASSWORD, *([] if mechanism % 2 else ["--wrapper"]),
         "--ek", EK, "--ak", AK, "--counter", str(street.counter), *words],
        capture_output=True, text=True, timeout=60)
    text = run.stdout + run.stderr
    return [line for line in run.stdout.splitlines() if line.startswith("FAIL")], text


def ours(street, mechanism: int, *words: str, ek: str = EK) -> subprocess.CompletedProcess:
    return gatewayctl(
        "read", "--line", f"tcp://127.0.0.1:{street.ports[mechanism]}", "--type", "SPODES", "--address", "17",
        "--transport", "hdlc" if mechanism % 2 else "wrapper", "--password", PASSWORD, "--ek", ek, "--ak", AK,
        "--system-title", TITLE, "--utc-offset", "+03:00", *words)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_gurux_reads_our_meters_ciphered(street, mechanism):
    failed, text = gurux(street, mechanism)
    assert not failed and text.count("\nok ") > 40, text


@pytest.mark.parametrize("words", [
    ["--protection", "authenticated"], ["--protection", "encrypted"],
    ["--dedicated", "0f0e0d0c0b0a09080706050403020100"]], ids=lambda words: words[-1])
def test_gurux_reads_under_other_protection(street, words):
    failed, text = gurux(street, 1, *words)
    assert not failed and text.count("\nok ") > 40, text


def test_gurux_with_another_key_is_refused(street):
    _, text = gurux(street, 6, "--ek", "00112233445566778899aabbccddeeff")
    assert "\nok " not in text


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_our_reader_finds_the_mechanism_and_goes_on_above_the_counter(street, mechanism):
    for words in (["--mechanism", str(mechanism)], ["--mechanism", "auto", "--dedicated-key"]):
        done = ours(street, mechanism, "--measure", "ElMomentEnergy", "--json", *words)
        assert done.returncode == 0, done.stderr
        (answer,) = json.loads(done.stdout)["measures"]
        assert answer["devices"][0]["serial"] == str(500300 + mechanism)


def test_our_reader_with_another_key_is_refused_once_and_shows_none(street):
    wrong = "00112233445566778899aabbccddeeff"
    done = ours(street, 5, "--measure", "GetTime", "--trace", ek=wrong)
    assert done.returncode == 1 and "meter.password" in done.stderr
    assert wrong not in done.stderr and AK not in done.stderr


def decode(*words: str) -> tuple[int, dict]:
    done = gatewayctl("decode", "--protocol", "dlms-apdu", "--ak", AK, "--system-title", "4D4D4D0000BC614E", *words)
    (unit,) = [json.loads(line) for line in done.stdout.splitlines()]
    jsonschema.validate(unit, SCHEMA)
    return done.returncode, unit


def test_decode_opens_with_the_key_and_says_so_without(tmp_path):
    request = "c81e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b"
    code, unit = decode("--ek", EK, request)
    assert code == 0
    assert unit["apdu"]["name"] == "glo-get-request" and unit["apdu"]["invocationCounter"] == 0x01234567
    assert unit["apdu"]["deciphered"]["name"] == "get-request"
    code, unit = decode("--ek", AK, request)
    assert code == 2 and unit["error"]["code"] == "protection"
    assert "deciphered" not in unit["apdu"]
    file = tmp_path / "keys"
    file.write_text(f"ek {EK}\nak {AK}\nsystem-title 4d4d4d0000bc614e\n")
    done = gatewayctl("decode", "--protocol", "dlms-apdu", "--keys-file", str(file), request)
    assert json.loads(done.stdout)["apdu"]["deciphered"]["name"] == "get-request"
    done = gatewayctl("decode", "--protocol", "dlms-apdu", "--ek", EK[:-1], request)
    assert done.returncode == 64 and EK[:-1] not in done.stderr


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("words", [[], ["--dedicated-key"], ["--ciphering", "authenticated"]], ids=str)
def test_our_reader_reads_the_gurux_meter_ciphered(strange_meter, mechanism, words, over):
    meter = strange_meter("--ek", EK, "--ak", AK, "--mechanism", str(mechanism), *(["--wrapper"] if over == "wrapper" else []))
    (energy,) = read(
        meter, "ElMomentEnergy", "--transport", over, "--ek", EK, "--ak", AK, "--system-title", TITLE,
        "--mechanism", str(mechanism), *words)
    assert {entry["tag"]: entry["val"] for entry in energy["tags"]}["A+0"] == 1661974


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
@pytest.mark.parametrize("mechanism", [2, 3, 4, 5, 6])
def test_our_reader_proves_itself_to_the_gurux_meter_in_the_clear(strange_meter, tmp_path, mechanism, over):
    keys = ["--ek", EK, "--ak", AK] if mechanism == 5 else []
    meter = strange_meter(
        "--mechanism", str(mechanism), "--trace", str(tmp_path / "trace"), *keys, *(["--open"] if keys else []),
        *(["--wrapper"] if over == "wrapper" else []))
    ours = [*keys, "--system-title", TITLE, "--ciphering", "none"] if keys else []
    (energy,) = read(meter, "ElMomentEnergy", "--transport", over, "--mechanism", str(mechanism), *ours)
    assert {entry["tag"]: entry["val"] for entry in energy["tags"]}["A+0"] == 1661974
    trace = (tmp_path / "trace").read_text()
    # The context without ciphers, and the mechanism's own name.
    assert "60857405080101" in trace and f"6085740508020{mechanism}" in trace


@pytest.mark.parametrize("over", ["hdlc", "wrapper"])
@pytest.mark.parametrize("mechanism", [2, 3, 4, 5, 6])
def test_a_wrong_secret_is_refused_by_the_gurux_meter(strange_meter, mechanism, over):
    keys = ["--ek", EK, "--ak", AK] if mechanism == 5 else []
    meter = strange_meter(
        "--mechanism", str(mechanism), *keys, *(["--open"] if keys else []), *(["--wrapper"] if over == "wrapper" else []))
    ours = ["--ek", AK, "--ak", EK, "--system-title", TITLE, "--ciphering", "none"] if keys else []
    done = gatewayctl(
        "read", "--line", f"tcp://127.0.0.1:{meter.port}", "--type", "SPODES", "--address", "16", "--transport", over,
        "--mechanism", str(mechanism), "--password", "87654321", "--measure", "GetTime", *ours)
    assert done.returncode == 1 and "meter.password" in done.stderr, done.stderr

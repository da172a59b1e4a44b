"""The codec beside others': one look-up an octet, and the PyPI package dlms-cosem, in the same run on the same machine."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

from dlms_cosem.protocol import xdlms
from dlms_cosem.utils import parse_as_dlms_data

from measured_site import executable

HERE = pathlib.Path(__file__).resolve().parent

#: Requests a client encodes and the answers it decodes: clock, an energy, its scaler and unit, a serial number.
PAIRS = [
    ("C001C100080000010000FF0200", "C401C100090C07EA0B16FF041E00FFFF4C00"),
    ("C001C100030100010800FF0200", "C401C10006000186A0"),
    ("C001C100030100010800FF0300", "C401C10002020F00161E"),
    ("C001C100010000600100FF0200", "C401C10009083431303030313620"),
]


def ours(*words: str) -> dict:
    done = subprocess.run([executable("bench-codec"), *words], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def least(calls: int, body) -> float:
    """Nanoseconds of one call, the least of some rounds."""
    best = float("inf")
    for _ in range(9):
        began = time.process_time_ns()
        for _ in range(calls):
            body()
        best = min(best, (time.process_time_ns() - began) / calls)
    return best


def frame_check() -> tuple[float, str]:
    times = ours("fcs")
    return round(times["twin"] / times["ours"], 2), (
        f"140 octets: {times['ours']:.0f} ns, octet by octet {times['twin']:.0f} ns")


def small_units() -> tuple[float, str]:
    requests = [xdlms.GetRequestNormal.from_bytes(bytes.fromhex(request)) for request, _ in PAIRS]
    answers = [bytes.fromhex(answer) for _, answer in PAIRS]

    def theirs() -> None:
        for request, answer in zip(requests, answers):
            request.to_bytes()
            parse_as_dlms_data(xdlms.GetResponseNormal.from_bytes(answer).data)

    # In turns, so that both see the same machine.
    words = [text for pair in PAIRS for text in pair]
    rounds = [(ours("units", *words)["nanoseconds"], least(1_000, theirs)) for _ in range(7)]
    mine, stranger = (min(times) for times in zip(*rounds))
    return round(stranger / mine, 1), (
        f"{len(PAIRS)} requests encoded and answers decoded: {mine / 1_000:.2f} µs, dlms-cosem {stranger / 1_000:.1f} µs")


def month() -> tuple[float, str]:
    found = ours("month")
    return round(found["nanoseconds"] / 1e6, 2), (
        f"{found['rows']} rows of stamp and four channels, {found['octets']} octets, "
        f"{found['nanoseconds'] / found['rows']:.0f} ns a row")


def allocations() -> tuple[float, str]:
    counts = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        shim = pathlib.Path(folder) / "count_allocations.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, HERE / "count_allocations.c"], check=True)
        for decoded in (1_000, 11_000):
            done = subprocess.run(
                [executable("bench-codec"), "decode", str(decoded), PAIRS[1][1]], check=True, capture_output=True, text=True,
                env={**os.environ, "LD_PRELOAD": str(shim)})
            counts.append(int(re.search(r"allocations (\d+)", done.stderr).group(1)))
    return round((counts[1] - counts[0]) / 10_000, 2), "calls of malloc, calloc and realloc a GET response of one register"

"""Meters of strangers, started by pid on free ports of loopback, and gatewayctl to read them."""

import json
import pathlib
import socket
import subprocess
import sys
import time

from processes import ROOT, Process, executable, free_port

HERE = pathlib.Path(__file__).resolve().parent

READER_PASSWORD = "12345678"


class StrangeMeter:
    """A meter made by others (gurux_dlms) on a TCP port."""

    def __init__(self, directory: pathlib.Path, *options: str):
        self.port = free_port()
        self.process = Process(
            [sys.executable, str(HERE / "peer_gurux.py"), "--port", str(self.port), *options],
            directory / "peer.log")
        deadline = time.monotonic() + 20
        while True:
            self.process.check_alive()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if time.monotonic() > deadline:
                raise RuntimeError("the peer did not listen within 20 s")
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.stop()


def gatewayctl(*arguments: str) -> subprocess.CompletedProcess:
    """Runs the command; output as text."""
    return subprocess.run(
        [executable("gatewayctl"), *arguments], capture_output=True, text=True, timeout=120, cwd=ROOT,
        stdin=subprocess.DEVNULL)


def read(meter: StrangeMeter, measure: str, *options: str, password: str = READER_PASSWORD) -> list:
    """Rows of one measure: the `vals` of the answer document."""
    done = gatewayctl(
        "read", "--line", f"tcp://127.0.0.1:{meter.port}", "--type", "SPODES", "--address", "16",
        "--password", password, "--utc-offset", "+00:00", "--measure", measure, "--json", *options)
    assert done.returncode == 0, done.stderr
    (answer,) = json.loads(done.stdout)["measures"]
    assert answer["measure"] == measure
    (device,) = answer["devices"]
    assert device["serial"] == "12345678"
    return device["vals"]

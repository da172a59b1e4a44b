"""Puts the helpers that start the product's executables on the path; starts meters of strangers."""

import contextlib
import os
import pathlib
import sys
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Support"))
sys.path.insert(0, str(HERE))

from strangers import StrangeMeter  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def state_home():
    """What programs keep from call to call is the tests' own, not the user's."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        yield


@pytest.fixture
def strange_meter(tmp_path):
    """Starts strange meters with the options given; all are stopped at the end."""
    with contextlib.ExitStack() as stack:
        def start(*options: str) -> StrangeMeter:
            meter = StrangeMeter(tmp_path, *options)
            stack.callback(meter.stop)
            return meter
        yield start

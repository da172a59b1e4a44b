"""Where the end-to-end suite finds the executables: the build that the Swift suites were made with."""

import os
import pathlib
import sys

os.environ.setdefault("GATEWAY_BUILD", ".build/debug")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Bench"))

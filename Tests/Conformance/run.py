"""Runs the conformance tests on one model or on all and prints their table; called by tools/conformance."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import pytest
from expectations import departures, unknown
from suite import SECTIONS, Table

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "etc/street/personalities"
#: Ports set aside for the street of each model; `meter.PORT_BLOCK`, which is not to be had before pytest runs.
PORT_BLOCK = 40
#: One letter a verdict in the matrix.
LETTERS = {"pass": "+", "departs": "q", "FAIL": "F", "not applicable": "-"}
#: Models at a time: their tests wait more than they work.
ABREAST = 4 * (os.cpu_count() or 1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--personality", default="three-phase")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--section", action="append", default=[], type=str.upper)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    begun = time.monotonic()
    if asked.all:
        found = of_all(asked.section)
    else:
        found = [of_one(asked.personality, asked.section)]
    if asked.json:
        print(json.dumps(found if asked.all else found[0], ensure_ascii=False, indent=1))
    elif asked.all:
        show_matrix(found, round(time.monotonic() - begun, 1))
    else:
        show(found[0])
    return 1 if any(is_bad(run) for run in found) else 0


def is_bad(run: dict) -> bool:
    return any(row["verdict"] == "FAIL" for row in run["tests"]) or bool(run["broken"]) or not run["tests"]


def of_one(name: str, sections: list[str]) -> dict:
    """The tests on one model, in this process."""
    model = json.loads((MODELS / f"{name}.json").read_text())
    table = Table(departures(model))
    begun = time.monotonic()
    prefixes = tuple(f"{section}_" if section in SECTIONS else section for section in sections)
    status = pytest.main(
        ["-p", "no:terminal", "-p", "no:cacheprovider", "--personality", name, str(HERE)],
        plugins=[table, Selection(prefixes)])
    broken = table.broken + [f"no test shows the quirk {quirk}" for quirk in unknown(model)]
    if status > 1:
        broken.append(f"pytest ended with {int(status)}")
    if not sections:
        seen = {row["id"] for row in table.rows}
        broken += [f"the test {test} of {quirk} is not there" for test, (quirk, _) in table.owed.items() if test not in seen]
    return {"personality": name, "seconds": round(time.monotonic() - begun, 1), "tests": table.rows, "broken": broken}


def of_all(sections: list[str]) -> list[dict]:
    """Each model in a process of its own."""
    words = [word for section in sections for word in ("--section", section)]
    names = sorted(file.stem for file in MODELS.glob("*.json"))
    first = random.SystemRandom().randrange(10_000, 32_000 - PORT_BLOCK * len(names))

    def run(name: str) -> dict:
        ports = str(first + PORT_BLOCK * names.index(name))
        done = subprocess.run(
            [sys.executable, __file__, "--personality", name, "--json", *words], capture_output=True, text=True,
            env={**os.environ, "CONFORMANCE_PORTS": ports})
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"personality": name, "seconds": 0, "tests": [], "broken": [done.stdout + done.stderr]}
    with concurrent.futures.ThreadPoolExecutor(ABREAST) as pool:
        return list(pool.map(run, names))


class Selection:
    """Leaves only tests whose identity begins with one of the prefixes."""

    def __init__(self, prefixes: tuple[str, ...]):
        self.prefixes = prefixes

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        if self.prefixes:
            items[:] = [item for item in items
                        if item.get_closest_marker("case").args[0].startswith(self.prefixes)]


def show(run: dict) -> None:
    """Rows, then a line a section, then the departures, then the reasons of failures."""
    width = max([len(row["id"]) for row in run["tests"]] + [2])
    for row in run["tests"]:
        print(f"{row['id']:<{width}}  {row['verdict']:<14}  {row['seconds']:>5.2f} s  {row['title']}")
    print()
    for section, title in SECTIONS.items():
        verdicts = [row["verdict"] for row in run["tests"] if row["id"].startswith(section + "_")]
        if verdicts:
            counts = " ".join(f"{verdicts.count(verdict):>4} {verdict.lower()}" for verdict in LETTERS)
            print(f"{title + ':':<24}{counts}")
    show_departures(run)
    show_failures(run)
    print(f"\n{run['personality']}: {len(run['tests'])} tests in {run['seconds']} s")


def show_departures(run: dict) -> None:
    owed: dict[str, list[str]] = {}
    for row in run["tests"]:
        if row["verdict"] == "departs":
            owed.setdefault(row["quirk"], []).append(row["id"])
    for quirk, tests in owed.items():
        print(f"{run['personality']} departs by {quirk}: {', '.join(tests)}")


def show_failures(run: dict) -> None:
    told = ""
    for row in run["tests"]:
        # A site that does not start fails every test with the same words; once is enough.
        if row["verdict"] == "FAIL" and row["reason"] != told:
            told = row["reason"]
            print(f"\n== {run['personality']} {row['id']}: {row['title']}\n{told}")
    for text in run["broken"]:
        print(f"\n== {run['personality']}: broken\n{text}")


def show_matrix(found: list[dict], seconds: float) -> None:
    """A row a test and a column a model, then sums, departures and failures."""
    rows: dict[str, dict] = {}
    for run in found:
        for row in run["tests"]:
            rows.setdefault(row["id"], {"title": row["title"]})[run["personality"]] = LETTERS[row["verdict"]]
    names = [run["personality"] for run in found]
    width = max([len(identity) for identity in rows] + [2])
    for depth, name in enumerate(names):
        print(" " * width + " " + " │" * depth + f" ┌ {name}")
    for identity, row in rows.items():
        letters = " ".join(row.get(name, " ") for name in names)
        print(f"{identity:<{width}}  {letters}  {row['title']}")
    print("\n+ pass, q departs as its quirk says, - not applicable, F fails\n")
    for run in found:
        verdicts = [row["verdict"] for row in run["tests"]]
        counts = " ".join(f"{verdicts.count(verdict):>4} {verdict.lower()}" for verdict in LETTERS)
        print(f"{run['personality'] + ':':<24}{counts}   in {run['seconds']} s")
    for run in found:
        show_departures(run)
    for run in found:
        show_failures(run)
    print(f"\n{len(found)} models, {sum(len(run['tests']) for run in found)} tests in {seconds} s")


if __name__ == "__main__":
    sys.exit(main())

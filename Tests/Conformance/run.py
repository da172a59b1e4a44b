"""Runs the conformance tests and prints their table; called by tools/conformance."""

import argparse
import json
import pathlib
import sys
import time

import pytest
from suite import SECTIONS, Table

HERE = pathlib.Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--personality", default="three-phase")
    parser.add_argument("--section", action="append", default=[], type=str.upper)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    table = Table()
    begun = time.monotonic()
    prefixes = tuple(f"{section}_" if section in SECTIONS else section for section in asked.section)
    selection = Selection(prefixes)
    status = pytest.main(
        ["-p", "no:terminal", "-p", "no:cacheprovider", "--personality", asked.personality, str(HERE)], plugins=[table, selection])
    seconds = round(time.monotonic() - begun, 1)
    if asked.json:
        print(json.dumps({"personality": asked.personality, "seconds": seconds, "tests": table.rows,
                          "broken": table.broken}, ensure_ascii=False, indent=1))
    else:
        show(table, asked.personality, seconds)
    failed = any(row["verdict"] == "FAIL" for row in table.rows)
    return 1 if failed or table.broken or not table.rows or status > 1 else 0


class Selection:
    """Leaves only tests whose identity begins with one of the prefixes."""

    def __init__(self, prefixes: tuple[str, ...]):
        self.prefixes = prefixes

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        if self.prefixes:
            items[:] = [item for item in items
                        if item.get_closest_marker("case").args[0].startswith(self.prefixes)]


def show(table: Table, personality: str, seconds: float) -> None:
    """Rows, then a line a section, then the reasons of failures."""
    width = max([len(row["id"]) for row in table.rows] + [2])
    for row in table.rows:
        print(f"{row['id']:<{width}}  {row['verdict']:<14}  {row['seconds']:>5.2f} s  {row['title']}")
    print()
    for section, title in SECTIONS.items():
        verdicts = [row["verdict"] for row in table.rows if row["id"].startswith(section + "_")]
        if verdicts:
            print(f"{title + ':':<24}{verdicts.count('pass'):>4} pass {verdicts.count('FAIL'):>4} fail "
                  f"{verdicts.count('not applicable'):>4} not applicable")
    told = ""
    for row in table.rows:
        # A site that does not start fails every test with the same words; once is enough.
        if row["verdict"] == "FAIL" and row["reason"] != told:
            told = row["reason"]
            print(f"\n== {row['id']}: {row['title']}\n{told}")
    for text in table.broken:
        print(f"\n== cannot be collected\n{text}")
    print(f"\n{personality}: {len(table.rows)} tests in {seconds} s")


if __name__ == "__main__":
    sys.exit(main())

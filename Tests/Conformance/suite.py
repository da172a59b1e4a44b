"""The names of the tests: `@case("HDLC_FRAME_03", "…")` gives one its identity and its title for the table.

Verdicts: `pass`, `departs` for a departure the model owes (`expectations.py`), `FAIL`, and `not applicable` for what
the model does not offer.
"""

import pytest

SECTIONS = {
    "HDLC": "Data link layer", "APPL": "Application layer", "COSEM": "COSEM objects",
    "PROFILE": "Profiles and journals", "SECURITY": "Security"}


def case(identity: str, title: str):
    """Names a test; the part before the first underscore is its section."""
    assert identity.split("_")[0] in SECTIONS, identity
    return pytest.mark.case(identity, title)


class Table:
    """A pytest plugin that keeps one row a test: identity, title, verdict, seconds, reason, quirk.

    `owed` are the departures of the model: by test the quirk and a part of the words the test must fail with.
    """

    def __init__(self, owed: dict[str, tuple[str, str]]):
        self.owed = owed
        self.rows: list[dict] = []
        self.broken: list[str] = []
        self._marks: dict[str, tuple[str, str]] = {}

    def pytest_collection_modifyitems(self, items):
        seen = {}
        for item in items:
            identity, title = item.get_closest_marker("case").args
            assert seen.setdefault(identity, item) is item, f"two tests are called {identity}"
            self._marks[item.nodeid] = (identity, title)
        items.sort(key=lambda item: list(SECTIONS).index(self._marks[item.nodeid][0].split("_")[0]))

    def pytest_collectreport(self, report):
        if report.failed:
            self.broken.append(str(report.longrepr))

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or (report.when == "setup" and not report.passed):
            identity, title = self._marks[report.nodeid]
            verdict = {"passed": "pass", "failed": "FAIL", "skipped": "not applicable"}[report.outcome]
            reason = ""
            if report.outcome == "failed":
                reason = self._reason(report.longrepr)
            elif report.outcome == "skipped":
                reason = report.longrepr[2].removeprefix("Skipped: ")
            quirk, words = self.owed.get(identity, ("", ""))
            if quirk:
                shows = verdict == "FAIL" and words in reason
                verdict = "departs" if shows else "FAIL"
                reason = reason if shows else f"the quirk {quirk} does not show as “{words}”\n{reason}".strip()
            self.rows.append({"id": identity, "title": title, "verdict": verdict,
                              "seconds": round(report.duration, 2), "reason": reason, "quirk": quirk})

    @staticmethod
    def _reason(error) -> str:
        """Where it failed, outermost first, and the message."""
        if not hasattr(error, "reprcrash"):
            return str(error)
        places = [entry.reprfileloc for entry in error.reprtraceback.reprentries if entry.reprfileloc]
        way = " > ".join(f"{place.path.rsplit('/')[-1]}:{place.lineno}" for place in places)
        return f"{way}\n{error.reprcrash.message}"

"""One meter's day over a serial line of 9600 baud: what the gateway takes for it, and what a script over gurux_dlms does."""

import datetime
import json
import pathlib
import subprocess
import sys
import time

from line_tap import LineTap, Session
from measured_site import ROOT, Site, scratch, serial_line

#: What a meter may offer at its link: octets of an information field and frames of a window.
OFFERS = {"1024/1": (1024, 1), "128/7": (128, 7), "128/1": (128, 1)}
MEASURES = ["ElDayEnergy", "ElMonthEnergy", "ElArr1ConsPower", "ElJrnlPwr", "ElJrnlOpen", "ElJrnlUnAyth"]
ZONE = datetime.timezone(datetime.timedelta(hours=3))


class TappedSite(Site):
    """A site of one meter whose line passes a tap."""

    def __init__(self, directory: pathlib.Path, offer: tuple[int, int]):
        self.directory, self.offer = directory, offer
        today = datetime.datetime.now(ZONE).date()
        # The first of a month long enough ago that a row of the month's start is held.
        installed = (today.replace(day=1) - datetime.timedelta(days=1)).replace(day=25)
        line = serial_line("line", "Iface1", 1)
        line["meters"][0]["personalities"] = ["three-phase"]
        super().__init__(directory, [line], installed=str(installed))

    def _introduce(self, lines: list[dict]) -> None:
        self.tap = LineTap(lines[0]["pty"], self.directory / "tapped")
        lines[0]["pty"] = str(self.directory / "tapped")
        super()._introduce(lines)

    def models(self, folder: pathlib.Path) -> None:
        path = folder / "three-phase.json"
        model = json.loads(path.read_text())
        model["link"]["information"], model["link"]["window"] = self.offer
        path.write_text(json.dumps(model))

    def stop(self) -> None:
        super().stop()
        self.tap.stop()


def gateway_day(site: TappedSite, today: datetime.date) -> Session:
    """The session that brings the newest start of day and of month and yesterday's half-hours of a known meter."""
    yesterday = today - datetime.timedelta(days=1)
    month, midnight = f"{today.replace(day=1)}T00:00", f"{today}T00:00"

    def rows() -> bool:
        halves = site.stamps("ElArr1ConsPower").values()
        return (any(stamp[:16] == midnight for stamps in site.stamps("ElDayEnergy").values() for stamp in stamps)
                and any(stamp[:16] == month for stamps in site.stamps("ElMonthEnergy").values() for stamp in stamps)
                and sum(f"{yesterday}T00:30" <= stamp[:16] <= midnight for stamps in halves for stamp in stamps) == 48)

    site.poll(MEASURES)
    site.wait(300, "history of the meter", rows)
    site.quiet("line", 300)
    gone = [site.forget("ElArr1ConsPower", (f"{yesterday}T00:30", midnight)),
            site.forget("ElDayEnergy", (midnight, midnight)), site.forget("ElMonthEnergy", (month, month))]
    if gone != [48, 1, 1]:
        raise RuntimeError(f"rows removed: {gone}")
    before = len(site.tap.sessions)
    site.wait(120, "day of the meter", rows)
    site.quiet("line", 60)
    sessions = site.tap.sessions[before:]
    # The poll of the minute in which rows were removed may bring one of the three before the others are gone.
    return max(sessions, key=lambda session: session.data_octets)


def gurux_day(site: TappedSite, today: datetime.date) -> Session:
    """The same by a script of the library, over the same tap."""
    site.gateway.stop()
    run = subprocess.run(
        [sys.executable, str(ROOT / "Tests/Bench/gurux_day.py"), str(site.directory / "tapped"), "12345678", "16",
         str(site.offer[0]), str(today)], capture_output=True, text=True, timeout=120)
    if run.stdout.split() != ["1", "1", "48"]:
        raise RuntimeError("the script got other rows: " + run.stdout + run.stderr[-500:])
    time.sleep(0.2)
    return site.tap.sessions[-1]


def told(session: Session) -> str:
    ratio = session.octets / max(1, session.data_octets)
    return (f"{session.seconds:.2f} s, {session.round_trips} round trips, {session.octets} octets, "
            f"{ratio:.2f} an octet of data")


def meter_day() -> tuple[list[float], str]:
    """Seconds, round trips and octets an octet of data of the gateway's day with the best link; the rest in words."""
    today, words, best = datetime.datetime.now(ZONE).date(), [], None
    for name, offer in OFFERS.items():
        with scratch() as directory:
            site = TappedSite(directory, offer)
            try:
                ours = gateway_day(site, today)
                theirs = gurux_day(site, today)
            finally:
                site.stop()
        best = best or ours
        words.append(f"{name}: {told(ours)} (gurux_dlms {told(theirs)}; {ours.seconds / theirs.seconds:.2f} of its time)")
    return [round(best.seconds, 2), best.round_trips, round(best.octets / best.data_octets, 3)], "; ".join(words)


if __name__ == "__main__":
    print(*meter_day(), sep="\n")

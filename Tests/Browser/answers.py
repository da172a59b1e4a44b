"""Answers of the device that a test puts in its place: a full disk, a month of gaps, a journal of a year.

What a real gateway cannot be brought to show within seconds is shown to the pages from here.
"""

import datetime
import json
import math
import re

DAY = datetime.date(2026, 11, 20)


def answer(page, answers):
    """Answers GET requests of these paths, whatever their query, with these values."""
    for path, value in answers.items():
        page.route(re.compile(re.escape(path) + r"(\?.*)?$"), fulfilment(value))


def fulfilment(value):
    def fulfil(route):
        if route.request.method == "GET":
            route.fulfill(status=200, content_type="application/json", headers={"ETag": '"1"'},
                          body=json.dumps(value))
        else:
            route.fallback()

    return fulfil


def kind(measure, depth, rows, fill, loss=None, unsent=0, unit="days"):
    return {"measure": measure, "rows": rows, "depth": depth, "unit": unit, "fill": fill, "unsent": unsent, "loss": loss,
            "oldest": "2026-09-21T00:00:00+03:00", "newest": "2026-11-20T00:00:00+03:00"}


STORE = {
    "/state/archive": {
        "Kinds": [
            kind("ElArr1ConsPower", 8784, 92160, 0.327, unsent=1536),
            kind("ElDayEnergy", 40, 1280, 1.0, loss="2026-11-25T00:00:00+03:00", unsent=640),
            kind("ElMonthEnergy", 36, 64, 0.055, unit="months"),
            kind("ElMomentEnergy", 1000, 31000, 0.97, unit="records"),
        ],
        "Journals": [kind("ElJrnlPwr", 1000, 212, 0.007, unit="records")],
        "File": {"octets": 41_300_000, "free": 8_200_000, "written": 7_900_000_000,
                 "endurance": 20_000_000_000_000, "years": 41.7},
        "Notices": [{"level": "err", "code": "archive.disk-full",
                     "text": "Места на диске хватит до 25.11.26: после этого суточные показания старше 40 суток "
                             "будут потеряны."}],
        "Integrity": {"state": "ok", "last": "2026-11-20T04:00:00+03:00", "text": "Ошибок нет"},
    },
    "/settings/archive": {"Settings": [
        {"id": 1, "measure": "ElArr1ConsPower", "depth": 8784}, {"id": 2, "measure": "ElDayEnergy", "depth": 40},
        {"id": 3, "measure": "ElMonthEnergy", "depth": 36}, {"id": 4, "measure": "ElMomentEnergy", "depth": 1000},
        {"id": 5, "measure": "ElJrnlPwr", "depth": 1000}]},
    "/archive/quarantine": {"Rows": [
        {"id": 9, "meter": 1, "measure": "ElDayEnergy", "ts": "2026-11-19T00:00:00+03:00",
         "text": "часы ПУ ушли вперёд на 2 ч"}]},
    "/archive/unbalanced": {"Rows": []},
    "/archive/changes": {"Rows": [
        {"id": 4, "meter": 1, "measure": "ElArr1ConsPower", "ts": "2026-11-18T12:30:00+03:00", "tag": "P+",
         "old": 1200, "new": 1240}]},
}


def meter_days(meter, days=31):
    """A month of one meter: mostly full, a part missing now and then, a day without anything."""
    def one(i):
        missing = 49 if (meter + i) % 17 == 0 else 12 if (meter * i) % 11 == 1 else 0
        why = {49: "poweredOff", 12: "wanted"}.get(missing)
        return {"day": str(DAY - datetime.timedelta(days=days - 1 - i)), "want": 49, "have": 49 - missing,
                **({"why": why} if why else {})}

    return [one(i) for i in range(days)]


def completeness(ids):
    return {
        "/state/completeness": {
            "Lines": [{"iface": "Iface1", "meters": 32, "full": 31, "day": str(DAY)},
                      {"iface": "Ethernet", "meters": 2, "full": 2, "day": str(DAY)}],
            "Meters": [{"id": n, "iface": "Iface1", "days": meter_days(n)} for n in ids]},
    }


ALARMS = {"/state/alarms": {"Alarms": [
    {"id": 2, "meter": 1024, "code": "magnet", "text": "Воздействие магнитным полем", "active": True,
     "time": "2026-11-20T08:30:00+03:00"},
    {"id": 1, "meter": 7, "code": "case", "text": "Вскрытие корпуса", "active": False,
     "time": "2026-11-19T08:30:00+03:00", "until": "2026-11-19T09:30:00+03:00"}]}}


def firing(number, rule, result, text, began="2026-11-20T08:30:00+03:00", action="Poller"):
    return {"id": number, "rule": rule, "time": began, "planned": began, "began": began,
            "ended": began.replace(":30:00", ":31:12"), "event": {"id": 1, "type": "Scheduler"},
            "action": {"id": 1, "type": action}, "result": result, "text": text}


FIRINGS = {"/jrnl/action": {"Jrnl": [
    firing(3, 1, "ok", "32 из 32"), firing(2, 2, "err", "Брокер не отвечает", action="MQTTMeterMessages"),
    firing(1, 1, "warn", "31 из 32, ПУ ID 7 молчит")]}}

REVISIONS = {
    "/settings/revisions": {"Revisions": [
        {"revision": 118, "user": "admin", "time": "2026-11-20T12:00:00+03:00",
         "tables": ["/settings/meter/table"]},
        {"revision": 117, "user": "petrov", "time": "2026-11-19T12:00:00+03:00",
         "tables": ["/settings/events/manager", "/settings/events/schdl"]}]},
    "/settings/revisions/118/diff": {"Changes": [
        {"table": "/settings/meter/table", "record": "3", "path": "/addr", "kind": "changed", "old": "17",
         "new": "18"},
        {"table": "/settings/meter/table", "record": "9", "path": "/", "kind": "removed"}]},
}


def reading(page, rows):
    """Answers a reading of the network: `rows` of tags by meter, as a job that has ended."""
    def item(meter, tags):
        record = {"ts": "2026-11-20T08:30:00+03:00", "diff": 0,
                  "tags": [{"tag": tag, "val": value} for tag, value in tags.items()]}
        answer = {"measures": [{"measure": "ElMomentQuality", "devices": [
            {"id": meter, "serial": f"50{meter}", "vals": [record]}]}]}
        return {"id": meter, "state": "ok", "answer": answer}

    end = {"id": 72, "state": "done", "total": len(rows), "done": len(rows),
           "items": [item(meter, tags) for meter, tags in rows.items()]}
    orders = []

    def start(route):
        orders.append(json.loads(route.request.post_data))
        route.fulfill(json={"res": 0, "id": 72, "total": len(rows)})

    page.route(re.compile("/jobs$"), start)
    page.route(re.compile("/jobs/72/events$"), lambda route: route.fulfill(
        status=200, content_type="text/event-stream", body=f"id: 1\nevent: end\ndata: {json.dumps(end)}\n\n"))
    return orders


def network(reversed_phases="", order=(0, 120, 240), currents=(5.2, 4.1, 6.3), lag=(25, 31, 22)):
    """What a three-phase meter tells of its network; currents of `reversed_phases` run the other way."""
    row = {"AngAB": order[1] - order[0], "AngBC": (order[2] - order[1]) % 360, "AngAC": order[2] - order[0],
           "Freq": 50.02}
    for at, name in enumerate("ABC"):
        angle = math.radians(lag[at] + (180 if name in reversed_phases else 0))
        volts, amperes = 231.4 - 1.7 * at, currents[at]
        row |= {f"U{name}": round(volts, 1), f"I{name}": amperes,
                f"P{name}": round(volts * amperes * math.cos(angle), 1),
                f"Q{name}": round(volts * amperes * math.sin(angle), 1)}
    return row

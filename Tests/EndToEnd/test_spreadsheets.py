"""A workbook of the archive (REQ-317): what was read of meters and stored, against the data request's own answer."""

import datetime
import io
import json
import urllib.request

import openpyxl

from measured_site import Site, serial_line

MEASURE, TAGS = "ElArr1ConsPower", ["P+", "Q+"]


def workbook(gateway, body) -> list[tuple]:
    request = urllib.request.Request(gateway.url + "/spreadsheet", data=json.dumps(body).encode(), method="POST")
    request.add_header("Cookie", gateway.cookie)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
        book = openpyxl.load_workbook(io.BytesIO(answer.read()))
    assert book.sheetnames == ["Профили мощности"]
    return list(book.active.iter_rows(values_only=True))


def rows_of(gateway, selection) -> list[tuple]:
    """Rows of the data request as the workbook has them: stamps without a zone, kilowatts."""
    _, _, answer = gateway.request("POST", "/meter/data/arch", selection)
    rows = []
    for device in answer["measures"][0]["devices"]:
        for row in device["vals"] or []:
            values = {one["tag"]: one["val"] for one in row["tags"]}
            clock = datetime.datetime.fromisoformat(row["ts"]).replace(tzinfo=None)
            rows.append((device["id"], device["serial"], clock,
                         *[None if values.get(tag) is None else round(values[tag] / 1000, 9) for tag in TAGS]))
    return rows


def test_a_workbook_of_the_archive_has_the_rows_of_the_data_request(tmp_path):
    site = Site(tmp_path, [serial_line("line", "Iface1", 2)], delay=5)
    try:
        site.poll([MEASURE])
        site.wait(90, "rows of both meters", lambda: all(len(stamps) > 40 for stamps in site.stamps(MEASURE).values())
                  and len(site.stamps(MEASURE)) == 2)
        newest = min(sorted(stamps)[-1] for stamps in site.stamps(MEASURE).values())
        oldest = max(sorted(stamps)[-40] for stamps in site.stamps(MEASURE).values())
        selection = {"ids": [], "measures": [MEASURE], "tags": TAGS, "time": [{"start": oldest, "end": newest}]}
        columns = [{"head": "ID", "key": "meter"}, {"head": "Серийный номер", "key": "serial"},
                   {"head": "Метка времени", "key": "ts"}, *[{"head": f"{tag}, кВт", "key": tag, "scale": 1000,
                                                              "digits": 3} for tag in TAGS]]
        for _ in range(5):
            before = rows_of(site.gateway, selection)
            head, *rows = workbook(site.gateway, {"sheet": "Профили мощности", "columns": columns, "from": selection})
            # A poll in between may have filled a gap of the window.
            if before == rows_of(site.gateway, selection):
                break
        assert head == ("ID", "Серийный номер", "Метка времени", "P+, кВт", "Q+, кВт")
        assert len(rows) >= 40
        rounded = [(*row[:3], *[None if value is None else round(value, 9) for value in row[3:]]) for row in rows]
        assert sorted(rounded, key=lambda row: row[:3]) == sorted(before, key=lambda row: row[:3])
    finally:
        site.stop()

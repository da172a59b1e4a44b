"""«Скачать (Excel)» (REQ-303, REQ-317, REQ-338): the file opens and has the rows and columns of the JSON beside it."""

import datetime
import json
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from answers import network, reading
from conftest import Session, record_events


@pytest.fixture
def meters(gateway):
    api = Session(gateway)
    numbers = [api.add_meter(address) for address in ("961", "962")]
    yield numbers
    api.remove_meters(numbers)


def saved(page, name, folder):
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name, exact=True).click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    return file


def both(page, folder):
    """The JSON and the sheet of what is shown: a value, and rows under their heads."""
    value = json.loads(saved(page, "Скачать (JSON)", folder).read_text())
    book = openpyxl.load_workbook(saved(page, "Скачать (Excel)", folder))
    sheet = book.active
    heads, *rows = sheet.iter_rows(values_only=True)
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:")
    return value, [dict(zip(heads, row)) for row in rows], list(heads)


def clock(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=None)


def test_present_readings_are_the_same_in_both_files(admin, meters, tmp_path):
    page = admin.page
    rows = {meters[0]: network(), meters[1]: network() | {"UC": None}}
    del rows[meters[1]]["UC"]
    reading(page, rows)
    admin.log_in().read_meters()
    ids = ",".join(map(str, meters))
    admin.open(f"#/electricity/current?kind=ElMomentQuality&tags=UA,UC,PA,AngAC&scale=1000&ids={ids}")
    for name in ("Скачать (JSON)", "Скачать (Excel)"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.get_by_role("button", name="Считать показания").click()
    expect(page.get_by_role("button", name="Скачать (Excel)")).to_be_enabled()
    value, sheet, heads = both(page, tmp_path)
    assert heads[:7] == ["ID", "Тип прибора учёта", "Сетевой адрес", "Интерфейс", "Серийный номер", "Метка времени",
                         "Расхождение времени"]
    assert heads[7:] == ["UA, В", "UC, В", "PA, кВт", "AngAC, град."]
    assert [row["ID"] for row in sheet] == [one["id"] for one in value["vals"]] == meters
    assert value["scale"] == "1/1000"
    for row, one in zip(sheet, value["vals"]):
        tags = {tag["tag"]: tag["val"] for tag in one["tags"]}
        assert row["Метка времени"] == clock(one["ts"]) and row["Серийный номер"] == one["serial"]
        assert [row[head] for head in heads[7:]] == [tags.get(head.split(",")[0]) for head in heads[7:]]
        assert row["Сетевой адрес"] in ("961", "962") and row["Тип прибора учёта"] == "СПОДЭС"
    assert sheet[1]["UC, В"] is None


def test_events_are_the_same_in_both_files(admin, meters, tmp_path):
    page = admin.page
    day = datetime.date.today() - datetime.timedelta(days=2)
    opened, power = 15, 9
    record_events(admin.gateway, meters[0], [
        (power, f"{day}T03:12:40", 0), (power, f"{day}T03:20:00", 1), (opened, f"{day}T10:00:00", 0)])
    record_events(admin.gateway, meters[1], [(power, f"{day}T05:00:00", 1)])
    admin.log_in().read_meters()
    admin.open(f"#/electricity/journals?ids={','.join(map(str, meters))}")
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator("um-table").last.locator("tbody tr[data-id]")).to_have_count(4)
    value, sheet, _ = both(page, tmp_path)
    assert [(row["ID"], row["Метка времени"]) for row in sheet] \
        == [(one["id"], clock(one["ts"])) for one in value["events"]]
    assert [row["Журнал"] for row in sheet] == [
        "Журнал открытие крышки", *["Журнал управление питанием"] * 3]
    assert [row["Событие"] for row in sheet] == [None, "включение", "включение", "отключение"]
    assert [row["№"] for row in sheet] == [one["eventId"] for one in value["events"]]


def test_a_refusal_and_a_slow_file_are_said_where_the_button_is(admin, meters):
    page = admin.page
    reading(page, {meters[0]: network()})
    held = []
    page.route(re.compile("/spreadsheet$"), lambda route: held.append(route))
    admin.log_in().read_meters()
    admin.open(f"#/electricity/current?kind=ElMomentQuality&tags=UA&ids={meters[0]}")
    page.get_by_role("button", name="Считать показания").click()
    page.get_by_role("button", name="Скачать (Excel)").click()
    expect(page.get_by_role("button", name="Готовлю файл…")).to_be_disabled()
    assert json.loads(held[0].request.post_data)["rows"][0][0] == meters[0]
    held[0].fulfill(status=409, content_type="application/vnd.um+json", body=json.dumps({
        "res": 409, "code": "spreadsheet.size", "text": "Для одного файла это слишком много.", "faults": []}))
    expect(page.locator(".toast")).to_contain_text("Для одного файла это слишком много")
    expect(page.get_by_role("button", name="Скачать (Excel)")).to_be_enabled()
    admin.complaints[:] = [line for line in admin.complaints if "409" not in line]

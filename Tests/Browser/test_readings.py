"""«Показания электросчётчиков» (REQ-279…322): choice, period, chart with its gaps, download."""

import datetime
import json

from playwright.sync_api import expect

from conftest import record_events
from test_meters import add_meters, open_table, row_count, save


def with_meter(admin):
    page = open_table(admin)
    if not row_count(page):
        add_meters(page, 1, 840)
        save(page)
    return page


def test_the_archive_shows_a_chart_and_the_same_rows(admin):
    page = with_meter(admin)
    admin.open("#/electricity/archive")
    page.locator("um-table tbody input[type=checkbox]").first.check()
    expect(page.get_by_text("Выбрано ПУ: 1")).to_be_visible()
    page.get_by_role("button", name="Считать показания").click()
    chart = page.locator("svg.chart[role=img]")
    expect(chart).to_be_visible()
    assert chart.locator("rect.gap").count() or chart.locator("path.p").get_attribute("d")
    assert chart.get_attribute("aria-label").startswith("Профиль мощности")
    chart.focus()
    chart.press("ArrowLeft")
    expect(page.locator(".readout b").first).to_contain_text("–")


def test_a_period_that_ends_before_it_begins_is_refused_without_a_request(admin):
    page = with_meter(admin)
    admin.open("#/electricity/archive")
    page.locator("um-table tbody input[type=checkbox]").first.check()
    page.get_by_label("Начало периода").fill("2026-02-01 00:00")
    page.get_by_label("Конец периода").fill("2026-01-01 00:00")
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator(".toast")).to_contain_text("Конец периода раньше начала")
    assert not [url for url in asked if "/meter/data" in url]


def test_the_eight_archive_kinds_stand_in_the_order_of_the_manual(admin):
    page = with_meter(admin)
    admin.open("#/electricity/archive")
    page.get_by_role("button", name="Показать параметры").click()
    kinds = page.locator("fieldset").first.locator("label").all_inner_texts()
    assert [one.strip() for one in kinds] == [
        "На начало суток", "На начало месяца", "Потребление за сутки", "Потребление за месяц",
        "Профили мощности", "Срезы показаний качества электросети", "Срезы показаний энергии", "Срезы аппаратной конфигурации"]


def test_current_readings_offer_twenty_and_thirty_eight_parameters(admin):
    page = with_meter(admin)
    admin.open("#/electricity/current")
    boxes = page.locator(".tag-groups input[type=checkbox]")
    expect(boxes).to_have_count(20)
    page.get_by_label("Показатели качества электросети").check()
    expect(boxes).to_have_count(38)


def test_the_download_holds_the_chosen_rows(admin, tmp_path):
    page = with_meter(admin)
    admin.open("#/electricity/archive")
    page.locator("um-table tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Считать показания").click()
    button = page.get_by_role("button", name="Скачать (JSON)")
    expect(button).to_be_visible()
    if button.is_disabled():
        expect(page.locator("um-table")).to_contain_text("Нет данных за этот период.")
        return
    with page.expect_download() as waiting:
        button.click()
    file = tmp_path / "rows.json"
    waiting.value.save_as(file)
    value = json.loads(file.read_text())
    assert value["measure"] == "ElArr1ConsPower"
    assert value["vals"] and all(one["ts"] for one in value["vals"])


def test_the_device_itself_writes_the_chosen_rows_as_a_table(admin, tmp_path):
    page = with_meter(admin)
    meter = int(page.locator("um-table tbody tr[data-id]").first.get_attribute("data-id"))
    row = {"ts": "2026-01-01T00:30:00+03:00", "diff": 0, "tags": [{"tag": "P+", "val": 120}]}
    page.route("**/meter/data/arch", lambda route: route.fulfill(json={"measures": [{
        "measure": "ElArr1ConsPower", "devices": [{"id": meter, "serial": "1", "vals": [row]}]}]}))
    admin.open("#/electricity/archive")
    page.get_by_label(f"Выбрать ПУ ID {meter}", exact=True).check()
    page.get_by_label("Начало периода").fill("2026-01-01 00:00")
    page.get_by_label("Конец периода").fill("2026-01-02 00:00")
    page.get_by_label("Конец периода").press("Tab")
    page.get_by_role("button", name="Считать показания").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Скачать (CSV)").click()
    assert waiting.value.suggested_filename == "ElArr1ConsPower.csv"
    file = tmp_path / "rows.csv"
    waiting.value.save_as(file)
    # The head comes from the device, which has no row of this meter; a refusal would be no table.
    head = file.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    assert head[:4] == ["meter", "serial", "ts", "diff"] and "P+" in head


def test_reading_now_shows_the_chosen_meters_with_an_outcome_each(admin):
    page = with_meter(admin)
    admin.open("#/electricity/current")
    page.locator("um-table tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator(".progress")).to_contain_text("Запрошено: 1 / 1", timeout=70000)
    expect(page.locator("um-table tbody tr[data-id]")).to_have_count(1)
    state = page.locator("um-table tbody tr[data-id] .st").first
    assert not state.get_attribute("class").endswith(("st-idle", "st-wait", "st-run"))
    page.get_by_role("button", name="Выбрать другие приборы учёта").click()
    expect(page.get_by_role("button", name="Выбрать другие приборы учёта")).to_have_count(0)


def test_a_reload_and_the_way_back_show_the_same_question_and_answer(admin):
    page = with_meter(admin)
    admin.open("#/electricity/archive")
    page.locator("um-table tbody input[type=checkbox]").first.check()
    page.get_by_label("Начало периода").fill("2026-01-01 00:00")
    page.get_by_label("Конец периода").fill("2026-01-02 00:00")
    page.get_by_label("Конец периода").press("Tab")
    page.get_by_role("button", name="Считать показания").click()
    heading = page.locator("#main section h2")
    expect(heading).to_contain_text("Профили мощности")
    assert "from=2026-01-01T00:00" in page.url and "kind=ElArr1ConsPower" in page.url
    page.reload()
    expect(heading).to_contain_text("Профили мощности")
    expect(page.get_by_label("Начало периода")).to_have_value("2026-01-01 00:00")
    page.get_by_label("Конец периода").fill("2026-01-03 00:00")
    page.get_by_label("Конец периода").press("Tab")
    page.get_by_role("button", name="Считать показания").click()
    page.wait_for_url("**to=2026-01-03T00:00**")
    page.go_back()
    expect(page.get_by_label("Конец периода")).to_have_value("2026-01-02 00:00")


def test_forty_journals_are_read_over_a_period_and_a_link_shows_the_same(admin, tmp_path):
    page = with_meter(admin)
    meter = int(page.locator("um-table tbody tr[data-id]").first.get_attribute("data-id"))
    day = datetime.date.today() - datetime.timedelta(days=2)
    opened, power = 15, 9
    record_events(admin.gateway, meter, [
        (power, f"{day}T03:12:40", 0), (power, f"{day}T03:20:00", 1), (opened, f"{day}T10:00:00", 0)])
    asked = []
    page.on("request", lambda one: asked.append(one.post_data) if "/meter/data/arch" in one.url else None)
    admin.open("#/electricity/current")
    page.get_by_role("link", name="Журналы").click()
    assert page.locator(".tabs a").all_inner_texts() == ["Текущие показания", "Архивные показания", "Журналы"]
    boxes = page.locator(".journal-kinds label")
    expect(boxes).to_have_count(40)
    words = [one.strip() for one in boxes.all_inner_texts()]
    assert words[0] == "Журнал управление питанием" and words[33] == "Ограничение мощности"
    assert "Журнал ограничение максимальной частоты сети" in words
    page.get_by_label("Выбрать все", exact=True).first.uncheck()
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator(".toast")).to_contain_text("Выберите приборы учёта")
    page.get_by_label(f"Выбрать ПУ ID {meter}", exact=True).check()
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator(".toast")).to_contain_text("Выберите журналы")
    page.get_by_label("Журнал открытие крышки").check()
    page.get_by_label("Журнал управление питанием").check()
    page.get_by_role("button", name="Считать показания").click()
    rows = page.locator("um-table").last.locator("tbody tr[data-id]")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(f"{day:%d.%m.%y} 10:00:00")
    expect(rows.first).to_contain_text("Журнал открытие крышки")
    # An opened cover has no end to tell of; a supply is switched on and off.
    assert "окончание" not in rows.first.inner_text()
    expect(rows.nth(1)).to_contain_text("включение")
    expect(rows.nth(2)).to_contain_text("отключение")
    question = json.loads(asked[0])
    assert question["measures"] == ["ElJrnlPwr", "ElJrnlOpen"] and question["ids"] == [meter]
    page.reload()
    expect(rows).to_have_count(3)
    expect(page.locator(".journal-kinds input:checked")).to_have_count(2)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Скачать (JSON)").click()
    file = tmp_path / "events.json"
    waiting.value.save_as(file)
    assert [one["event"] for one in json.loads(file.read_text())["events"]] == [0, 1, 0]

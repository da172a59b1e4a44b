"""«Диагностика»: archive, completeness, firings and revisions as the device reports them, on both widths."""

import json
import re

import pytest
from playwright.sync_api import expect

import answers
from answers import answer
from conftest import Session, record_alarms


@pytest.fixture
def store(admin):
    answer(admin.page, answers.STORE)
    admin.log_in().open("#/diagnostics/store")
    return admin.page


@pytest.fixture
def alarmed(gateway):
    """A meter with a magnet at it, whose case was opened once."""
    api = Session(gateway)
    meter = api.add_meter("962")
    record_alarms(gateway, meter, [(3, True), (5, False)])
    yield meter
    api.remove_meters([meter])


def test_the_archive_says_what_will_be_lost_and_when(store):
    expect(store.locator(".notice.error")).to_contain_text("Места на диске хватит до 25.11.26")
    row = store.locator("um-table tbody tr", has_text="На начало суток")
    expect(row).to_contain_text("100 %")
    expect(row).to_contain_text("25.11.26")
    expect(row.locator(".st-warn")).to_be_visible()
    expect(store.locator("um-table tbody tr", has_text="Журнал управление питанием")).to_be_visible()
    expect(store.get_by_text("Хватит на 41 год флеш-памяти")).to_be_visible()
    expect(store.get_by_text("Ошибок нет")).to_be_visible()


def test_a_depth_is_edited_reviewed_and_written(store):
    written = []

    def keep(route):
        if route.request.method == "GET":
            return route.fallback()
        written.append(json.loads(route.request.post_data))
        return route.fulfill(status=200, content_type="application/json", body='{"res":0,"revision":2}')

    store.route(re.compile("/settings/archive$"), keep)
    store.route(re.compile("/settings/preview$"), lambda route: route.fulfill(
        status=200, content_type="application/json", body='{"res":0,"lost":[],"warnings":[]}'))
    row = store.locator("um-table tbody tr", has_text="На начало суток")
    row.locator("td").nth(1).dblclick()
    row.locator("input").fill("0")
    row.locator("input").press("Enter")
    expect(store.locator(".draft")).to_contain_text("исправьте 1 ячейку")
    row.locator("td").nth(1).dblclick()
    row.locator("input").fill("60")
    row.locator("input").press("Enter")
    expect(store.get_by_role("button", name="Очистить")).to_have_count(0)
    store.get_by_role("button", name=re.compile("^Записать")).click()
    dialog = store.get_by_role("dialog")
    expect(dialog).to_contain_text("На начало суток · Глубина")
    dialog.get_by_role("button", name="Записать").click()
    expect(store.locator(".toast")).to_contain_text("Записано")
    assert next(one for one in written[0]["Settings"] if one["id"] == 2)["depth"] == 60


def test_the_home_page_passes_notices_of_the_archive_and_alarms_on(admin, alarmed):
    answer(admin.page, {**answers.STORE, **answers.completeness([1, 2])})
    admin.log_in()
    tasks = admin.page.locator("ul.tasks")
    expect(tasks).to_contain_text("Места на диске хватит до 25.11.26")
    expect(tasks).to_contain_text("1 тревога ПУ")
    tasks.get_by_role("link", name="Открыть архив").click()
    expect(admin.page.locator(".tabs [aria-current]")).to_have_text("Архив")


def test_alarms_are_listed_until_somebody_takes_note_of_them(admin, alarmed):
    admin.log_in().open("#/diagnostics/completeness")
    page = admin.page
    rows = page.locator("section", has_text="Тревоги").locator("li", has_text=f"ID {alarmed}")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Воздействие магнитного поля")
    expect(rows.last).to_contain_text("Вскрытие корпуса")
    expect(rows.last.get_by_role("button")).to_have_count(0)
    rows.first.get_by_role("button", name="Принять").click()
    expect(rows.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name="Принять все")).to_have_count(0)
    admin.open("#/home")
    expect(page.locator("#main")).not_to_contain_text("тревога ПУ")


def test_lists_of_the_archive_are_asked_for_when_they_are_opened(store):
    asked = []
    store.on("request", lambda one: asked.append(one.url))
    store.get_by_text("Журнал исправлений").click()
    expect(store.locator("details[open]")).to_contain_text("P+ 1200 1240")
    assert [one for one in asked if "/archive/changes" in one] and not [one for one in asked if "/archive/q" in one]
    store.get_by_text("Сутки, где показания и профиль расходятся").click()
    expect(store.get_by_text("Записей нет.")).to_be_visible()


def test_a_phone_edits_a_depth_in_a_form(phone):
    answer(phone.page, answers.STORE)
    phone.log_in().open("#/diagnostics/store")
    page = phone.page
    page.locator("um-table tbody tr", has_text="На начало суток").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Глубина").fill("90")
    form.get_by_role("button", name="В черновик").click()
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    expect(page.locator("um-table tbody tr", has_text="На начало суток")).to_contain_text("90")
    page.get_by_role("button", name="Отмена").click()


def test_completeness_shows_lines_days_and_reasons(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("961")
    answer(admin.page, answers.completeness([meter]))
    admin.log_in()
    expect(admin.page.get_by_text("вчера: 31 из 32 полностью")).to_be_visible()
    admin.open("#/diagnostics/completeness")
    page = admin.page
    strip = page.locator("svg.days").first
    assert strip.get_attribute("aria-label").startswith(f"ПУ ID {meter}: полных суток")
    strip.focus()
    # From the newest day backwards to the first that is not complete, by keyboard only.
    days = answers.meter_days(meter)
    last = max(i for i, one in enumerate(days) if one["have"] < one["want"])
    for _ in range(len(days) - 1 - last):
        strip.press("ArrowLeft")
    if last == len(days) - 1:
        strip.press("ArrowRight")
    why = {"poweredOff": "ПУ был без питания", "wanted": "ещё не прочитано"}[days[last]["why"]]
    expect(page.locator("#main p[role=status]")).to_contain_text(f"{days[last]['have']} из 49 · {why}")
    admin.open(f"#/meter/{meter}")
    expect(page.locator("svg.days")).to_have_count(1)
    api.remove_meters([meter])


def test_the_log_of_events_tells_outcomes_and_is_found_by_a_link(admin):
    answer(admin.page, answers.FIRINGS)
    admin.log_in().open("#/diagnostics/firings")
    page = admin.page
    rows = page.locator("um-table tbody tr[data-id]")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("Брокер не отвечает")
    expect(rows.nth(0)).to_contain_text("1 мин 12 с")
    page.get_by_label("Фильтр: Результат").fill("молчит")
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)


def test_a_revision_shows_its_changes_and_one_record_can_be_put_back(admin):
    answer(admin.page, answers.REVISIONS)
    asked = []

    def restored(route):
        assert route.request.headers["if-match"] == '"118"'
        asked.append((route.request.url.split("/settings/")[1], route.request.post_data))
        route.fulfill(status=200, content_type="application/json", body='{"res":0,"revision":119}')

    admin.page.route(re.compile("/restore$"), restored)
    admin.log_in().open("#/diagnostics/revisions")
    page = admin.page
    expect(page.locator("um-table tbody tr").first).to_contain_text("Настройки таблицы ПУ")
    expect(page.locator("um-table tbody tr").first).to_contain_text("действует")
    page.get_by_role("button", name="Изменения").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Настройки таблицы ПУ · ID 3 · Сетевой адрес")
    expect(dialog.locator("del").first).to_have_text("17")
    dialog.get_by_role("button", name="Вернуть как было").first.click()
    page.get_by_role("dialog").last.get_by_role("button", name="Вернуть как было").click()
    expect(page.locator(".toast")).to_contain_text("ревизия 119")
    page.get_by_role("dialog").get_by_role("button", name="Закрыть").click()
    page.get_by_role("button", name="Вернуть эту ревизию").click()
    page.get_by_role("dialog").get_by_role("button", name="Вернуть эту ревизию").click()
    expect(page.locator(".toast")).to_contain_text("ревизия 119")
    assert asked[0][0] == "revisions/117/restore"
    assert json.loads(asked[0][1]) == {"table": "/settings/meter/table", "record": "3"}
    assert asked[1] == ("revisions/117/restore", None)


def test_the_real_list_of_revisions_goes_back_to_what_was(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("971")
    api.remove_meters([meter])
    admin.log_in().open("#/diagnostics/revisions")
    page = admin.page
    page.get_by_role("button", name="Вернуть эту ревизию").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Вернуть эту ревизию").click()
    expect(page.locator(".toast")).to_contain_text("Записано")
    assert "971" in [one["addr"] for one in api.rows("/settings/meter/table", "Meters")]
    api.remove_meters([meter])


def test_what_a_device_does_not_report_is_said(admin):
    for path in ("/state/archive", "/state/completeness", "/jrnl/action", "/settings/events/din"):
        admin.page.route(re.compile(re.escape(path) + r"(\?.*)?$"), lambda route: route.fulfill(
            status=405, content_type="application/json", body="{}"))
    admin.log_in()
    for address in ("#/diagnostics/store", "#/diagnostics/completeness", "#/diagnostics/firings", "#/inputs"):
        admin.open(address)
        expect(admin.page.locator("#main")).to_contain_text("Эта версия устройства такого не сообщает.")
    # The browser reports each refusal this test has put there.
    admin.complaints[:] = [line for line in admin.complaints if "405" not in line]


def test_the_device_keeps_a_depth_checks_its_archive_and_knows_its_memory(admin):
    """Nothing is answered for the device here: what is written is there after a reload."""
    page = admin.log_in().open("#/diagnostics/store").page
    row = page.locator("um-table tbody tr", has_text="На начало месяца")
    row.locator("td").nth(1).dblclick()
    row.locator("input").fill("36")
    row.locator("input").press("Enter")
    page.get_by_role("button", name=re.compile("^Записать")).click()
    page.get_by_role("dialog").get_by_role("button", name="Записать").click()
    expect(page.locator(".toast")).to_contain_text("Записано")
    page.reload()
    expect(page.locator("um-table tbody tr", has_text="На начало месяца").locator("td").nth(1)).to_contain_text("36")

    page.get_by_role("button", name="Проверить целостность").click()
    expect(page.get_by_text("Проверка окончена")).to_be_visible()

    page.get_by_role("button", name="Изменить").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Ресурс записи").fill("12")
    dialog.get_by_role("button", name="Записать").click()
    expect(page.get_by_text("12,0 ТБ")).to_be_visible()

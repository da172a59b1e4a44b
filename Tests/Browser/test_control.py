"""«Управление ПУ → Время» (REQ-261…269) and «Дискретные входы» (REQ-249…260)."""

import json
import pathlib
import re

import pytest
from playwright.sync_api import expect

from conftest import Session


def open_time(admin):
    admin.log_in().open("#/control/time")
    page = admin.page
    page.get_by_role("button", name="Считать таблицу").click()
    page.wait_for_selector("um-table tbody tr[data-id]")
    return page


def test_clocks_have_the_columns_of_the_manual_and_need_the_table_first(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("981")
    admin.log_in().open("#/control/time")
    page = admin.page
    expect(page.locator("um-table")).to_contain_text("Считайте таблицу для отображения данных")
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.get_by_role("button", name="Считать", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Считайте таблицу")
    assert not [url for url in asked if "/jobs" in url]
    page.get_by_role("button", name="Считать таблицу").click()
    page.wait_for_selector("um-table tbody tr[data-id]")
    heads = page.locator("um-table thead tr").first.locator("th").all_inner_texts()
    assert [one.strip() for one in heads][1:] == [
        "ID", "Статус", "Тип прибора учёта", "Сетевой адрес", "Интерфейс", "Серийный номер", "Метка времени",
        "Расхождение времени", "Комментарий"]
    api.remove_meters([meter])


def test_reading_clocks_ends_with_an_outcome_for_every_chosen_meter(admin, gateway):
    api = Session(gateway)
    meters = [api.add_meter(address) for address in ("982", "983")]
    page = open_time(admin)
    for meter in meters:
        page.get_by_label(f"Выбрать ПУ ID {meter}", exact=True).check()
    assert "ids=" in page.url
    page.get_by_role("button", name="Считать", exact=True).click()
    expect(page.locator(".progress")).to_contain_text("Запрошено: 2 / 2", timeout=70000)
    expect(page.locator("um-table tbody tr[data-id]")).to_have_count(2)
    api.remove_meters(meters)


def test_a_group_is_chosen_as_a_whole_and_its_clocks_are_written(admin, gateway):
    api = Session(gateway)
    meters = [api.add_meter(address) for address in ("984", "985")]
    api.replace("/settings/templates/meter", "Settings", lambda rows: [
        *[row for row in rows if row["name"] != "Часы"], {"name": "Часы", "meters": meters}])
    orders = []

    def start(route):
        orders.append(json.loads(route.request.post_data))
        route.fulfill(status=200, content_type="application/json", body='{"res":0,"id":71,"total":2}')

    def stream(route):
        items = [{"id": meters[0], "state": "ok", "diff": 0, "before": -41, "serial": "5022173"},
                 {"id": meters[1], "state": "mute", "text": "ПУ не отвечает"}]
        body = {"id": 71, "state": "done", "total": 2, "done": 2, "items": items}
        route.fulfill(status=200, content_type="text/event-stream",
                      body=f"id: 1\nevent: end\ndata: {json.dumps(body)}\n\n")

    admin.page.route(re.compile("/jobs$"), start)
    admin.page.route(re.compile("/jobs/71/events$"), stream)
    page = open_time(admin)
    page.get_by_label("Выбрать группу ПУ").select_option(label="Часы")
    expect(page.get_by_text("Выбрано ПУ: 2")).to_be_visible()
    page.get_by_role("button", name="Записать", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Записать время в 2 ПУ?")
    dialog.get_by_role("button", name="Записать").click()
    row = page.locator(f'um-table tbody tr[data-id="{meters[0]}"]')
    expect(row).to_contain_text("было −41 с")
    expect(row).to_contain_text("5022173")
    expect(page.locator(".progress")).to_contain_text("Запрошено: 2 / 2")
    assert orders == [{"type": "time", "ids": meters}]
    api.replace("/settings/templates/meter", "Settings",
                lambda rows: [row for row in rows if row["name"] != "Часы"])
    api.remove_meters(meters)


@pytest.fixture
def inputs(gateway):
    """One rule: input 1 appears. Its rules and those that name it go afterwards."""
    api = Session(gateway)
    api.replace("/settings/events/din", "Settings", lambda _: [{"id": 1, "addr": 1, "type": 1, "filter": 50}])
    yield api
    api.replace("/settings/events/manager", "Settings",
                lambda rows: [row for row in rows if row["eventType"] == "Scheduler"])
    api.replace("/settings/events/din", "Settings", lambda _: [])


@pytest.fixture
def levels(gateway):
    """Brings the inputs of the suite's own gateway to levels, as on a bench."""
    if not gateway.own:
        pytest.skip("the inputs of this gateway are not in the hands of the suite")
    place = pathlib.Path(gateway.data) / "inputs"
    yield place.write_text
    place.write_text("1 0 0\n")


def test_inputs_have_the_lists_of_the_manual_and_may_repeat(admin, inputs):
    admin.log_in().open("#/inputs")
    page = admin.page
    expect(page.locator("h1")).to_have_text("Дискретные входы устройства")
    heads = page.locator("um-table thead tr").first.locator("th").all_inner_texts()
    assert [one.strip() for one in heads] == [
        "ID", "Дискретный вход", "Ожидаемое состояние", "Фильтр, мс", "Удалить"]
    page.get_by_role("button", name="Строку настройки").click()
    expect(page.locator("um-table tbody tr[data-id]")).to_have_count(2)
    cell = page.locator("um-table tbody tr[data-id]").last.locator("td").nth(2)
    cell.dblclick()
    assert cell.locator("option").all_inner_texts() == [
        "Не проверять", "Появление сигнала", "Исчезновение сигнала", "Изменение состояния сигнала"]
    cell.locator("select").select_option(label="Изменение состояния сигнала")
    page.locator("um-table tbody tr[data-id]").last.locator("td").nth(1).dblclick()
    assert page.locator("um-table tbody select option").all_inner_texts() == [
        f"Дискретный вход УСПД №{n}" for n in (1, 2, 3)]
    page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    page.get_by_role("button", name="Записать").click()
    page.get_by_role("dialog").get_by_role("button", name="Записать").click()
    expect(page.locator(".toast")).to_contain_text("Записано")
    assert inputs.rows("/settings/events/din", "Settings") == [
        {"id": 1, "addr": 1, "type": 1, "filter": 50}, {"id": 2, "addr": 1, "type": 3, "filter": 50}]


def test_the_levels_of_the_inputs_are_shown_as_they_are(admin, levels):
    admin.log_in().open("#/inputs")
    line = admin.page.locator("#main [role=status]").first
    expect(line).to_contain_text("Дискретный вход УСПД №1: есть сигнал")
    expect(line).to_contain_text("Дискретный вход УСПД №3: нет сигнала")
    levels("0 0 1\n")
    expect(line).to_contain_text("Дискретный вход УСПД №1: нет сигнала", timeout=15000)
    expect(line).to_contain_text("Дискретный вход УСПД №3: есть сигнал")


def test_a_change_of_an_input_fires_its_rule_and_is_journaled(admin, gateway, inputs, levels):
    inputs.replace("/settings/templates/meter", "Settings", lambda rows: [*rows, {"name": "Вход", "meters": []}])
    group = inputs.rows("/settings/templates/meter", "Settings")[-1]["id"]
    inputs.replace("/settings/events/manager", "Settings", lambda rows: [
        *rows, {"id": max([row["id"] for row in rows], default=0) + 1, "eventType": "IntDigitalSensor", "eventId": 1,
                "actionType": "SyncTime", "actionId": group}])
    admin.log_in().open("#/inputs")
    line = admin.page.locator("#main [role=status]").first
    levels("0 0 0\n")
    expect(line).to_contain_text("Дискретный вход УСПД №1: нет сигнала", timeout=15000)
    levels("1 0 0\n")
    expect(line).to_contain_text("Дискретный вход УСПД №1: есть сигнал", timeout=15000)
    admin.open("#/diagnostics/firings")
    row = admin.page.locator("um-table tbody tr[data-id]").first
    expect(row).to_contain_text("Дискретный вход УСПД №1, Появление сигнала")
    expect(row).to_contain_text("Синхронизация времени")
    admin.open("#/events")
    expect(admin.page.locator("um-table tbody tr[data-id]").last).to_contain_text(f"{group}: Вход")
    inputs.replace("/settings/events/manager", "Settings",
                   lambda rows: [row for row in rows if row["eventType"] == "Scheduler"])
    inputs.replace("/settings/templates/meter", "Settings",
                   lambda rows: [row for row in rows if row["name"] != "Вход"])


def test_an_event_of_an_input_switches_its_conditions(admin, inputs):
    admin.log_in().open("#/events")
    page = admin.page
    page.get_by_role("button", name="Строку настройки").click()
    row = page.locator("um-table tbody tr[data-id]").last
    row.locator("td").nth(1).dblclick()
    assert row.locator("option").all_inner_texts() == ["Расписание", "Дискретные входы УСПД"]
    row.locator("select").select_option(label="Дискретные входы УСПД")
    row.locator("select").press("Enter")
    expect(row).to_contain_text("1: Дискретный вход УСПД №1, Появление сигнала")
    row.locator("td").nth(3).dblclick()
    assert row.locator("option").all_inner_texts() == [
        "Опрос ПУ", "Синхронизация времени", "Отправка публикаций по MQTT"]
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Отмена").click()

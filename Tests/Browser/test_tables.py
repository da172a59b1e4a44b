"""The settings tables as the manual has them: columns, lists, ranges, what refers to what (REQ-149…248, 385…422)."""

import re

import pytest
from playwright.sync_api import expect

from conftest import Session, request
from test_meters import edit_cell, open_table, row_count, save


def heads(page):
    return [one.strip(" ▴▾") for one in page.locator("um-table thead tr").first.locator("th").all_inner_texts()]


def options(page, heading):
    """What the drop-down of a cell of the last row offers."""
    cell = page.locator("um-table tbody tr[data-id]").last.locator("td").nth(heads(page).index(heading))
    cell.dblclick()
    words = cell.locator("option").all_inner_texts()
    page.keyboard.press("Escape")
    return words


@pytest.fixture
def parts(gateway):
    """A group, a data template, a poll template, schedules, a broker, a send template and a publication."""
    api = Session(gateway)
    meter = api.add_meter("4001")
    kept = {}
    tables = {
        "/settings/templates/meter": [{"name": "1", "meters": [meter]}, {"name": "МКД", "meters": [meter]}],
        "/settings/templates/arch": [{"name": "1", "types": ["ElDayEnergy"]}, {"name": "2", "types": ["GetTime"]}],
        "/settings/actions/meter": [{"id": 1, "metersName": "1", "archTypesName": "1"}],
        "/settings/events/schdl": [{"id": 1, "hour": 1, "min": 30}, {"id": 2, "day": 5, "hour": 12, "min": 0},
                                   {"id": 3, "min": 15}],
        "/settings/servers/mqtt": [{"id": 1, "type": 0, "addr": "mqtt.example.org", "port": 1883, "qos": 1,
                                    "prefix": "um/s1", "deviceID": "1", "cropt": 1}],
        "/settings/templates/messages": [{"id": 1, "name": "Суточные", "group": "МКД", "format": "json-zip",
                                          "types": [{"measure": "ElDayEnergy", "depthType": "full", "depth": 0}]}],
        "/settings/actions/mqtt": [{"id": 1, "meterMessageId": 1, "brokerId": 1, "topic": "day"}],
    }
    for path, rows in tables.items():
        kept[path] = api.rows(path, "Settings")
        api.replace(path, "Settings", lambda _, rows=rows: rows)
    yield api
    api.replace("/settings/events/manager", "Settings", lambda _: [])
    for path in reversed(tables):
        api.replace(path, "Settings", lambda _, path=path: kept[path])
    api.remove_meters([meter])


def test_the_meter_table_has_the_columns_and_lists_of_the_manual(admin):
    page = open_table(admin)
    page.get_by_role("button", name="Строку").first.click()
    assert [one for one in heads(page) if one][1:] == [
        "№", "Статус", "ID", "ID род. устройства", "Тип прибора учёта", "Сетевой адрес", "Пароль 1-го уровня",
        "Пароль 2-го уровня", "Интерфейс", "Скорость обмена", "Длина кадра", "Контроль чётности",
        "Количество стопбит", "Комментарий", "Дополнительно", "Удалить"]
    types = options(page, "Тип прибора учёта")
    assert {"СПОДЭС", "СЕ208/318 ВУ", "Милур30х", "Виртуальный хаб", "Пульсар-М (вода)"} <= set(types)
    assert options(page, "Интерфейс") == ["Интерфейс 1", "Интерфейс 2", "Интерфейс 3", "Интерфейс 4", "Ethernet",
                                          "Интерфейс концентратора"]
    assert options(page, "Скорость обмена")[0] == "Автоматически"
    row = page.locator("um-table tbody tr[data-id]").last
    assert row.locator("td").nth(heads(page).index("Длина кадра")).inner_text() == "-"
    page.get_by_role("button", name="Отмена").click()


def test_numbers_of_meters_are_new_unique_and_never_zero(admin, gateway):
    api = Session(gateway)
    meters = [api.add_meter(address) for address in ("4011", "4012", "4013")]
    api.remove_meters([meters[1]])
    page = open_table(admin)
    page.get_by_role("button", name="Строку").first.click()
    row = page.locator("um-table tbody tr[data-id]").last
    assert row.get_attribute("data-id") == str(meters[2] + 1)
    edit_cell(page, row_count(page) - 1, "Сетевой адрес", "4014")
    for wrong in ("0", str(meters[0])):
        edit_cell(page, row_count(page) - 1, "ID", wrong)
        expect(page.locator(".draft")).to_contain_text("исправьте")
    page.get_by_role("button", name="Отмена").click()
    status, answer, _ = request(api.url, "PUT", "/settings/meter/table", {"Meters": [
        {**one, "id": 0} for one in api.rows("/settings/meter/table", "Meters")[:1]]}, api.cookie)
    assert status == 409 and answer["faults"][0]["path"] == "/Meters/0/id"
    api.remove_meters(meters)


def test_a_copied_row_is_the_same_with_a_new_number(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("4021")
    page = open_table(admin)
    page.get_by_role("button", name=f"Копировать ПУ ID {meter}", exact=True).click()
    save(page)
    rows = api.rows("/settings/meter/table", "Meters")
    assert rows[-1]["id"] == meter + 1 and rows[-1]["addr"] == "4021"
    api.remove_meters([meter, meter + 1])


@pytest.mark.parametrize("change, path", [
    ({"passRd": "303"}, "/passRd"), ({"typeName": "Telegraph"}, "/typeName"), ({"pId": 999}, "/pId")])
def test_the_device_refuses_what_does_not_fit(gateway, change, path):
    api = Session(gateway)
    row = {"id": 5000, "pId": 0, "typeName": "SPODES", "addr": "7", "passRd": "", "passWr": "",
           "ifaceName": "Iface1", "ifaceCfg": "", **change}
    status, answer, _ = request(api.url, "POST", "/settings/meter/table", {"Meters": [row]}, api.cookie)
    assert status == 409 and answer["faults"][0]["path"].endswith(path)


def test_five_hundred_meters_are_saved_and_shown(admin, gateway):
    api = Session(gateway)
    before = api.rows("/settings/meter/table", "Meters")
    many = [{"id": 6000 + n, "pId": 0, "typeName": "SPODES", "addr": str(n + 1), "passRd": "", "passWr": "",
             "ifaceName": "Iface4", "ifaceCfg": ""} for n in range(500)]
    api.replace("/settings/meter/table", "Meters", lambda rows: [*rows, *many])
    page = open_table(admin)
    assert row_count(page) == len(before) + 500
    # Only rows in view are in the document.
    assert page.locator("um-table tbody tr[data-id]").count() < 60
    api.remove_meters([one["id"] for one in many])


def test_groups_choose_meters_of_the_table_in_a_dialog(admin, parts):
    admin.log_in().open("#/templates/groups")
    page = admin.page
    block = page.locator(".block").last
    expect(block).to_contain_text("Приборов учёта: 1")
    block.get_by_role("button", name="Развернуть: МКД").click()
    assert [one for one in heads(block) if one] == ["ID", "Тип прибора учёта", "Сетевой адрес", "Интерфейс",
                                                    "Комментарий"]
    block.get_by_role("button", name="Добавить ПУ").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Выбрано ПУ: 1")
    dialog.locator("thead input[type=checkbox]").check()
    expect(dialog).to_contain_text(f"Выбрано ПУ: {len(parts.rows('/settings/meter/table', 'Meters'))}")
    dialog.locator("thead input[type=checkbox]").uncheck()
    expect(dialog).to_contain_text("Выбрано ПУ: 0")
    dialog.get_by_role("button", name="Отмена").click()
    expect(block).to_contain_text("Приборов учёта: 1")
    status, _, _ = request(parts.url, "POST", "/settings/templates/meter",
                           {"Settings": [{"name": "x", "meters": [77777]}]}, parts.cookie)
    assert status == 409


def test_saving_groups_and_templates_keeps_what_still_has_its_parts(admin, parts):
    parts.replace("/settings/templates/meter", "Settings", lambda rows: [*rows, {"name": "Ещё", "meters": []}])
    assert len(parts.rows("/settings/actions/meter", "Settings")) == 1
    # A group that goes takes its poll templates along, and the dialog says so.
    admin.log_in().open("#/templates/groups")
    page = admin.page
    page.locator(".block").first.get_by_role("button", name="Удалить ID 1").click()
    page.get_by_role("button", name=re.compile("^Записать")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Будет потеряно:")
    dialog.get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="Отмена").click()


def test_poll_templates_join_existing_names_once(admin, parts):
    admin.log_in().open("#/templates/polls")
    page = admin.page
    assert heads(page)[:3] == ["ID", "Группы приборов учёта", "Шаблон данных приборов учёта"]
    page.get_by_role("button", name="Шаблон", exact=True).click()
    assert options(page, "Группы приборов учёта") == ["все ПУ", "1", "МКД"]
    assert options(page, "Шаблон данных приборов учёта") == ["1", "2"]
    expect(page.locator(".draft")).to_contain_text("исправьте")
    page.get_by_role("button", name="Отмена").click()


def test_schedules_have_active_fields_by_type_and_their_ranges(admin, parts):
    admin.log_in().open("#/schedule")
    page = admin.page
    assert [one for one in heads(page)][:6] == ["ID", "Тип", "Месяц", "День", "Час", "Минута"]
    page.get_by_role("button", name="Добавить").click()
    assert options(page, "Тип") == ["Ежедневно", "Ежемесячно", "Каждые", "Ежегодно"]
    last = row_count(page) - 1
    for wrong in ("24", "-1", "x"):
        edit_cell(page, last, "Час", wrong)
        expect(page.locator(".draft")).to_contain_text("исправьте 1 ячейку")
    edit_cell(page, last, "Час", "4")
    expect(page.locator(".draft")).not_to_contain_text("исправьте")
    month = page.locator("um-table tbody tr[data-id]").last.locator("td").nth(heads(page).index("Месяц"))
    expect(month).to_have_text("–")
    month.dblclick()
    expect(month.locator("input")).to_have_count(0)
    page.get_by_role("button", name="Отмена").click()


@pytest.mark.parametrize("minute, good", [(0, False), (60, False), (-1, False), (1.5, False), (1, True), (59, True)])
def test_every_n_minutes_is_one_to_fifty_nine(parts, minute, good):
    status, _, _ = request(parts.url, "POST", "/settings/events/schdl",
                           {"Settings": [{"id": 77, "min": minute}]}, parts.cookie)
    assert (status == 200) == good


def test_events_name_conditions_and_actions_as_the_manual_does(admin, parts):
    admin.log_in().open("#/events")
    page = admin.page
    assert heads(page)[:5] == ["ID", "Тип события", "Условие события", "Тип действия", "Описание"]
    page.get_by_role("button", name="Строку настройки").click()
    assert options(page, "Условие события") == ["1: Ежедневно 1ч 30мин", "2: Ежемесячно 5 числа 12ч 0мин",
                                                "3: Каждые 15мин"]
    assert options(page, "Описание") == ["1: 1, 1"]
    row = page.locator("um-table tbody tr[data-id]").last
    action = row.locator("td").nth(3)
    action.dblclick()
    action.locator("select").select_option(label="Отправка публикаций по MQTT")
    action.locator("select").press("Enter")
    expect(row).to_contain_text("1: mqtt.example.org, Суточные")
    save(page)
    for address in ("#/templates/events", "#/mqtt/events"):
        admin.open(address)
        expect(page.locator("um-table tbody")).to_contain_text("1: mqtt.example.org, Суточные")
    # A schedule that goes leaves the event, marked.
    page.get_by_role("button", name="Расписания").click()
    expect(page.get_by_role("dialog")).to_contain_text("Каждые")
    page.get_by_role("dialog").get_by_role("button", name="Закрыть").click()


@pytest.mark.parametrize("change, path", [
    ({"eventType": "Volcano"}, "/eventType"), ({"actionType": "Dance"}, "/actionType"),
    ({"actionId": 99}, "/actionId")])
def test_the_device_refuses_events_it_cannot_do(parts, change, path):
    row = {"id": 9, "eventType": "Scheduler", "eventId": 1, "actionType": "Poller", "actionId": 1, **change}
    status, answer, _ = request(parts.url, "POST", "/settings/events/manager", {"Settings": [row]}, parts.cookie)
    assert status == 409 and answer["faults"][0]["path"].endswith(path)


def test_brokers_have_the_fields_of_the_manual(admin, parts):
    admin.log_in().open("#/mqtt/brokers")
    page = admin.page
    block = page.locator(".block").first
    for label in ("ID", "Тип", "Адрес", "Порт", "Качество услуги", "Префикс", "Шифрование", "Логин", "Пароль"):
        expect(block.get_by_label(label, exact=True).first).to_be_attached()
    assert block.get_by_label("Качество услуги").locator("option").all_inner_texts() == ["QoS 0", "QoS 1", "QoS 2"]
    assert block.get_by_label("Шифрование").locator("option").all_inner_texts() == [
        "Без шифрования", "TLS 1.1", "TLS 1.2"]
    expect(block).to_contain_text("Проверка сертификата")
    expect(block).to_contain_text("MQTT 3.1.1")
    # Our own: how long the connection is held.
    assert block.get_by_label("Соединение").locator("option").all_inner_texts() == [
        "Постоянное", "Только на время передачи"]
    block.get_by_label("Соединение").select_option("sending")
    expect(block).to_contain_text("не расходует трафик")
    keep_alive = block.get_by_label("Проверка связи, с")
    keep_alive.fill("5")
    keep_alive.press("Tab")
    expect(block).to_contain_text("от 10 до 7200 секунд")
    keep_alive.fill("600")
    keep_alive.press("Tab")
    # The check asks for the authority's certificate, and text that is none is refused.
    block.get_by_label("Шифрование").select_option(label="TLS 1.2")
    block.get_by_label("Проверка сертификата").uncheck()
    block.get_by_label("Проверка сертификата").check()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Сертификат брокера")
    dialog.get_by_role("textbox").fill("nonsense")
    dialog.get_by_role("button", name="В черновик").click()
    expect(block).to_contain_text("-----BEGIN CERTIFICATE-----")
    page.get_by_role("button", name="Отмена").click()


def test_send_templates_have_depths_only_for_stored_data(admin, parts):
    admin.log_in().open("#/mqtt/messages")
    page = admin.page
    block = page.locator(".block").first
    block.get_by_role("button", name="Развернуть: Суточные").click()
    assert block.get_by_label("Формат данных").locator("option").all_inner_texts() == ["JSON", "JSON-zip"]
    assert block.get_by_label("Группа приборов учёта").locator("option").all_inner_texts()[1:] == ["1", "МКД"]
    assert [one.strip() for one in block.locator("th").all_inner_texts()] == ["Данные", "Тип глубины",
                                                                            "Размер глубины"]
    assert block.get_by_label("Тип глубины").locator("option").all_inner_texts() == [
        "Полная", "Последние N записей", "За последние N суток"]
    block.get_by_label("Тип глубины").select_option(label="Последние N записей")
    block.get_by_label("Размер глубины").fill("10001")
    block.get_by_label("Размер глубины").press("Tab")
    expect(block).to_contain_text("От 1 до 10")
    block.get_by_label("Данные", exact=True).select_option(label="Текущее время прибора учёта")
    expect(block.get_by_label("Тип глубины")).to_have_count(0)
    page.get_by_role("button", name="Отмена").click()


def test_publications_show_their_topic_and_refuse_wildcards(admin, parts):
    admin.log_in().open("#/mqtt/publications")
    page = admin.page
    assert heads(page)[:5] == ["ID", "Брокер", "Тип шаблона сообщения", "Описание шаблона сообщения", "Постфикс"]
    expect(page.locator("um-table tbody")).to_contain_text("um/s1/1/day")
    edit_cell(page, 0, "Постфикс", "a/#")
    expect(page.locator(".draft")).to_contain_text("исправьте 1 ячейку")
    page.get_by_role("button", name="Отмена").click()
    status, _, _ = request(parts.url, "POST", "/settings/actions/mqtt", {"Settings": [
        {"id": 7, "meterMessageId": 1, "brokerId": 1, "topic": "a/#"}]}, parts.cookie)
    assert status == 409


def test_an_address_that_is_there_twice_is_allowed_and_told(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("4031")
    page = open_table(admin)
    page.get_by_role("button", name=f"Копировать ПУ ID {meter}", exact=True).click()
    page.get_by_role("button", name=re.compile("^Записать")).click()
    expect(page.get_by_role("dialog").locator(".notice")).to_contain_text(f"ПРИМЕЧАНИЕ:ID {meter + 1}:")
    page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="Отмена").click()
    api.remove_meters([meter])

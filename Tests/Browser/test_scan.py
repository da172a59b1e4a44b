"""«Поиск приборов учёта»: what is asked for, what is found, and the way into the draft of the meter table."""

import json
import re

import pytest
from playwright.sync_api import expect

from conftest import Session

FOUND = [
    {"id": 1, "state": "ok", "addr": 3173, "octets": 0, "transport": "hdlc", "settings": "9600,8n1",
     "serial": "5022173", "maker": "MIL", "ms": 82, "diff": -3},
    {"id": 2, "state": "ok", "addr": 40, "octets": 4, "transport": "hdlc", "settings": "19200,8n1",
     "serial": "", "maker": "", "ms": 140},
]


class Device:
    """Answers the search of a page with what a line would."""

    def __init__(self, page, found=(), state="done", **more):
        self.orders = []
        self.body = {"id": 81, "type": "scan", "state": state, "total": 120, "done": 60 if state == "running" else 120,
                     "items": list(found), **more}
        page.route(re.compile("/jobs$"), self.start)
        page.route(re.compile(r"/jobs/81(\?|$)"), self.one)
        page.route(re.compile("/jobs/81/events"), self.stream)

    def start(self, route):
        self.orders.append(json.loads(route.request.post_data))
        route.fulfill(status=200, content_type="application/json", body='{"res":0,"id":81,"total":120}')

    def one(self, route):
        route.fulfill(status=200, content_type="application/json", body=json.dumps(self.body))

    def stream(self, route):
        route.fulfill(status=200, content_type="text/event-stream",
                      body=f"id: 1\nevent: item\ndata: {json.dumps(self.body)}\n\n")


def start(page):
    page.get_by_role("button", name="Начать поиск").click()


def test_the_search_is_reached_from_the_meter_table_and_asks_for_what_is_told(admin):
    admin.log_in().read_meters()
    admin.open("#/meters")
    page = admin.page
    page.get_by_role("link", name="Найти приборы").click()
    expect(page.locator("h1")).to_have_text("Поиск приборов учёта")
    expect(page.get_by_text("Пароли не подбираются")).to_be_visible()
    device = Device(page)
    page.get_by_label("Интерфейс").select_option(label="Интерфейс 2")
    page.get_by_label("19200", exact=True).check()
    page.get_by_label("Серийные номера").fill("5022173, 5022174\n5022175")
    page.get_by_label("Адреса от").fill("20")
    start(page)
    expect(page.locator(".progress")).to_contain_text("Запрошено: 120 / 120")
    expect(page.get_by_text("Никто не ответил. Проверьте линию")).to_be_visible()
    assert device.orders == [{"type": "scan", "ifaceName": "Iface2", "addr": "", "speeds": [9600, 19200], "from": 20,
                              "to": 127, "serials": ["5022173", "5022174", "5022175"]}]


def test_what_cannot_be_searched_is_told_before_anything_is_sent(admin):
    admin.log_in().open("#/scan")
    page = admin.page
    device = Device(page)
    page.get_by_label("9600", exact=True).uncheck()
    start(page)
    expect(page.locator(".toast")).to_contain_text("хотя бы одну скорость")
    page.get_by_label("9600", exact=True).check()
    page.get_by_label("Адреса от").fill("200")
    start(page)
    expect(page.locator(".toast")).to_contain_text("от 1 до 16381")
    page.get_by_label("Интерфейс").select_option(label="Ethernet")
    start(page)
    expect(page.locator(".toast")).to_contain_text("адрес и порт")
    assert device.orders == []


def test_found_meters_go_into_the_draft_by_one_press(admin, gateway):
    api = Session(gateway)
    known = api.add_meter("3173")
    admin.log_in().open("#/scan")
    page = admin.page
    Device(page, FOUND)
    page.get_by_label("Адреса от").fill("")
    page.get_by_label("до", exact=True).fill("")
    start(page)
    rows = page.locator("um-table tbody tr[data-id]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("5022173")
    expect(rows.first).to_contain_text("Уже в таблице")
    expect(rows.last).to_contain_text("не назвался")
    rows.last.get_by_role("button", name="Добавить").click()
    expect(rows.last).to_contain_text("Уже в таблице")
    page.locator(".toast").get_by_role("button").click()
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    page.get_by_role("button", name="Записать").click()
    page.get_by_role("dialog").get_by_role("button", name="Записать").click()
    expect(page.locator(".toast")).to_contain_text("Записано")
    added = api.rows("/settings/meter/table", "Meters")[-1]
    assert (added["addr"], added["ifaceName"], added["ifaceCfg"]) == ("40", "Iface1", "19200,8n1")
    assert added["link"]["addressOctets"] == 4
    api.remove_meters([known, added["id"]])


def test_a_running_search_is_shown_again_after_a_reload_and_stopped(admin):
    admin.log_in().open("#/scan")
    page = admin.page
    Device(page, FOUND[:1], state="running")
    start(page)
    expect(page.locator(".progress")).to_contain_text("Запрошено: 60 / 120")
    expect(page.get_by_role("button", name="Начать поиск")).to_be_disabled()
    page.reload()
    expect(page.locator(".progress")).to_contain_text("Запрошено: 60 / 120")
    expect(page.locator("um-table tbody tr[data-id]")).to_have_count(1)
    with page.expect_request(lambda one: one.method == "DELETE" and one.url.endswith("/jobs/81")):
        page.get_by_role("button", name="Остановить").click()


@pytest.mark.parametrize(("more", "told"), [
    ({"garbled": 3}, "обрывки ответов (3 раза)"), ({"text": "Такой линии нет: Iface1."}, "Такой линии нет"),
    ({"waits": True, "done": 0, "state": "running"}, "Линия занята опросом"),
    ({"done": 0, "state": "stopped"}, "ни один адрес не проверен")])
def test_why_nothing_was_found_is_told(admin, more, told):
    admin.log_in().open("#/scan")
    Device(admin.page, **more)
    start(admin.page)
    expect(admin.page.get_by_text(told)).to_be_visible()

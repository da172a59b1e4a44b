"""«Управление ПУ → Состояние реле» (REQ-270…278)."""

import json
import re

import pytest
from playwright.sync_api import expect

from conftest import Session, change_factory_password, request


@pytest.fixture
def meters(gateway):
    """Three meters; they go afterwards."""
    api = Session(gateway)
    ids = [api.add_meter(address) for address in ("971", "972", "973")]
    yield ids
    api.remove_meters(ids)


class Device:
    """Answers the jobs of a page as a device with three relays would: on, off, none."""

    def __init__(self, page, meters):
        self.states = dict(zip(meters, (1, 0, None)))
        self.orders = []
        #: What comes of switching: state, control state afterwards, text.
        self.outcome = None
        page.route(re.compile("/jobs$"), self.start)
        page.route(re.compile(r"/jobs/\d+/events"), self.stream)

    def start(self, route):
        self.orders.append(json.loads(route.request.post_data))
        number = len(self.orders)
        total = len(self.orders[-1]["ids"])
        route.fulfill(status=200, content_type="application/json",
                      body=json.dumps({"res": 0, "id": number, "total": total}))

    def item(self, meter, order):
        if order["type"] == "relay":
            state, relay, text = self.outcome or ("ok", order["relayState"], "")
            self.states[meter] = relay
            return {"id": meter, "state": state, "relay": relay, **({"text": text} if text else {})}
        if self.states[meter] is None:
            return {"id": meter, "state": "warn", "code": "meter.relay", "text": "У прибора нет реле."}
        tags = [{"tag": "relayState", "val": int(self.states[meter] == 1)},
                {"tag": "relayControl", "val": self.states[meter]}]
        answer = {"measures": [{"measure": "GetRelay", "devices": [
            {"id": meter, "serial": "1", "vals": [{"ts": "2026-03-01T12:00:00+03:00", "diff": 0, "tags": tags}]}]}]}
        return {"id": meter, "state": "ok", "answer": answer}

    def stream(self, route):
        number = int(re.search(r"/jobs/(\d+)/", route.request.url)[1])
        order = self.orders[number - 1]
        body = {"id": number, "state": "done", "total": len(order["ids"]), "done": len(order["ids"]),
                "items": [self.item(meter, order) for meter in order["ids"]]}
        route.fulfill(status=200, content_type="text/event-stream",
                      body=f"id: 1\nevent: end\ndata: {json.dumps(body)}\n\n")


def open_relays(admin):
    admin.log_in().open("#/control/relay")
    page = admin.page
    page.get_by_role("button", name="Считать таблицу").click()
    page.wait_for_selector("um-table tbody tr[data-id]")
    return page


def tick(page, meter):
    page.get_by_label(f"Выбрать ПУ ID {meter}", exact=True).check()


def read(page, meters):
    for meter in meters:
        tick(page, meter)
    page.get_by_role("button", name="Считать", exact=True).click()
    expect(page.locator(".progress")).to_contain_text(f"Запрошено: {len(meters)} / {len(meters)}")


def write(page):
    page.get_by_role("button", name="Записать", exact=True).click()


def relay(page, meter):
    return page.get_by_role("switch", name=f"Реле ПУ ID {meter}", exact=True)


def test_many_are_read_and_a_switch_stands_where_there_is_a_relay(admin, meters):
    page = open_relays(admin)
    expect(page.get_by_role("link", name="Состояние реле")).to_have_attribute("aria-current", "page")
    heads = page.locator("um-table thead tr").first.locator("th").all_inner_texts()
    assert [one.strip() for one in heads][1:] == [
        "ID", "Статус", "Тип прибора учёта", "Сетевой адрес", "Интерфейс", "Состояние реле", "Комментарий"]
    assert page.get_by_role("switch").count() == 0
    device = Device(page, meters)
    read(page, meters)
    assert device.orders == [
        {"type": "read", "measures": ["GetRelay"], "tags": ["relayState", "relayControl"], "ids": meters}]
    expect(relay(page, meters[0])).to_be_checked()
    expect(relay(page, meters[1])).not_to_be_checked()
    expect(page.locator(f'um-table tr[data-id="{meters[2]}"]')).to_contain_text("Нет реле")
    assert page.get_by_role("switch").count() == 2


def test_nothing_is_written_before_it_was_read_and_never_for_two(admin, meters):
    page = open_relays(admin)
    device = Device(page, meters)
    tick(page, meters[0])
    write(page)
    expect(page.locator(".toast")).to_contain_text("Сначала считайте состояние реле")
    tick(page, meters[1])
    read(page, meters[:2])
    write(page)
    expect(page.locator(".toast")).to_contain_text("только одного реле одного ПУ")
    page.get_by_label(f"Выбрать ПУ ID {meters[1]}", exact=True).uncheck()
    # Unticked, it stays in sight.
    expect(page.locator(f'um-table tr[data-id="{meters[1]}"]')).to_be_visible()
    write(page)
    expect(page.locator(".toast")).to_contain_text("Измените состояние реле")
    assert [order["type"] for order in device.orders] == ["read"]


def test_one_relay_is_switched_after_a_question_that_names_the_meter(admin, meters):
    page = open_relays(admin)
    device = Device(page, meters)
    read(page, meters[:1])
    relay(page, meters[0]).click()
    expect(page.locator("um-table")).to_contain_text("Включено → Отключено")
    write(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Отключить реле ПУ ID {meters[0]}?")
    expect(dialog).to_contain_text("971")
    expect(dialog).to_contain_text("без электроснабжения")
    dialog.get_by_role("button", name="Отмена").click()
    assert len(device.orders) == 1
    write(page)
    dialog.get_by_role("button", name="Отключить").click()
    expect(page.locator(".toast")).to_contain_text(f"Реле ПУ ID {meters[0]}: отключено.")
    assert device.orders[1] == {"type": "relay", "relayState": 0, "ids": [meters[0]]}
    expect(relay(page, meters[0])).not_to_be_checked()


def test_a_relay_that_waits_for_its_button_is_told_so(admin, meters):
    page = open_relays(admin)
    device = Device(page, meters)
    device.outcome = ("warn", 2, "Реле готово к включению. Чтобы включить его, нажмите кнопку на приборе.")
    read(page, meters[1:2])
    relay(page, meters[1]).click()
    write(page)
    page.get_by_role("dialog").get_by_role("button", name="Включить").click()
    expect(page.locator(".toast")).to_contain_text("нажмите кнопку на приборе")
    expect(page.locator(f'um-table tr[data-id="{meters[1]}"]')).to_contain_text("Готово к включению")
    expect(relay(page, meters[1])).not_to_be_checked()


def test_a_user_sees_states_and_no_switch(admin, gateway, meters):
    change_factory_password(gateway.url, "user", "user", "Reader-2026")
    admin.log_in("user", "Reader-2026").open("#/control/relay")
    page = admin.page
    page.get_by_role("button", name="Считать таблицу").click()
    page.wait_for_selector("um-table tbody tr[data-id]")
    Device(page, meters)
    read(page, meters[:1])
    expect(page.locator(f'um-table tr[data-id="{meters[0]}"]')).to_contain_text("Включено")
    assert page.get_by_role("switch").count() == 0
    assert page.get_by_role("button", name="Записать", exact=True).count() == 0


def test_a_command_stands_in_the_journal_of_events(admin, gateway, meters):
    api = Session(gateway)
    status, answer, _ = request(gateway.url, "PUT", "/meter/settings/relay",
                                {"id": meters[0], "relayId": 1, "relayState": 0}, api.cookie)
    # Without the password of the second level nothing is sent to the meter.
    assert status == 409 and answer["code"] == "meter.level", answer
    admin.log_in().open("#/diagnostics/firings")
    row = admin.page.locator("um-table tbody tr[data-id]").first
    expect(row).to_contain_text("Управление реле")
    expect(row).to_contain_text(f"ID {meters[0]}")
    expect(row).to_contain_text("пароль второго уровня")
    many = {"ids": meters, "relayId": 1, "relayState": 0}
    assert request(gateway.url, "PUT", "/meter/settings/relay", many, api.cookie)[0] == 400

"""«Настройки цифровых интерфейсов»: speed and format of a line in transit mode, and what feeds it (REQ-132…142)."""

import json

import pytest
from playwright.sync_api import expect

from conftest import Session
from test_server_page import write

TABLE = "/settings/uart"


@pytest.fixture(autouse=True)
def no_rows(gateway):
    yield
    Session(gateway).replace(TABLE, "Settings", lambda rows: [])


def test_the_servers_lead_to_the_interfaces_of_the_menu(admin):
    admin.log_in().open("#/servers")
    page = admin.page
    page.get_by_role("link", name="Перейти к цифровым интерфейсам").click()
    expect(page.get_by_role("heading", name="Настройки цифровых интерфейсов")).to_be_visible()
    expect(page.locator("#menu a[aria-current]")).to_contain_text("Настройки цифровых интерфейсов")
    expect(page.get_by_text("Все интерфейсы в режиме транзита работают на 9600 8N1.")).to_be_visible()


def test_an_automatic_row_shows_dashes_and_a_chosen_speed_is_saved_with_its_frame(admin, gateway):
    admin.log_in().open("#/interfaces")
    page = admin.page
    page.get_by_role("button", name="Интерфейс", exact=True).click()
    row = page.locator("um-table tbody tr[data-id]")
    expect(row).to_contain_text("Автоматически")
    assert row.get_by_role("gridcell").all_inner_texts()[3:6] == ["-", "-", "-"]
    for column, value in (("Скорость обмена", "19200"), ("Контроль чётности", "Контроль чётности"),
                          ("Количество стопбит", "2"), ("Линия питания", "Включена")):
        choose(page, column, value)
    write(page)
    expect(page.locator(".draft")).to_contain_text("Всё записано")
    assert Session(gateway).rows(TABLE, "Settings") == [
        {"id": 1, "line": 1, "iface": 0, "br": 19200, "size": 8, "parity": 1, "stop": 2}]
    choose(page, "Скорость обмена", "Автоматически")
    assert row.get_by_role("gridcell").all_inner_texts()[3:6] == ["-", "-", "-"]
    write(page)
    expect(page.locator(".draft")).to_contain_text("Всё записано")
    assert Session(gateway).rows(TABLE, "Settings")[0]["br"] == 0


def choose(page, column: str, value: str) -> None:
    """Picks a value of the only row's cell by keys, as in the table of meters."""
    place = page.get_by_role("columnheader").all_inner_texts().index(column)
    page.locator("um-table tbody tr[data-id]").get_by_role("gridcell").nth(place).dblclick()
    select(page, value)


def select(page, value: str) -> None:
    """Takes an option in the cell being edited."""
    page.locator("um-table tbody select").select_option(label=value)
    page.locator("um-table tbody select").press("Enter")


def test_one_interface_has_one_row(admin):
    admin.log_in().open("#/interfaces")
    page = admin.page
    for _ in range(2):
        page.get_by_role("button", name="Интерфейс", exact=True).click()
    rows = page.locator("um-table tbody tr[data-id]")
    expect(rows.nth(1)).to_contain_text("Интерфейс 2")
    rows.nth(1).get_by_role("gridcell").nth(1).dblclick()
    select(page, "Интерфейс 1")
    expect(page.locator(".draft")).to_contain_text("исправьте")
    expect(page.get_by_role("button", name="Записать")).to_be_disabled()


def test_a_supply_line_that_cannot_be_switched_is_told_and_a_phone_is_not_too_narrow(phone, gateway):
    Session(gateway).replace(TABLE, "Settings", lambda rows: [
        {"id": 1, "iface": 2, "br": 9600, "size": 7, "parity": 2, "stop": 1, "line": 3}])
    phone.page.route("**/state/dout", lambda route: route.fulfill(
        status=200, content_type="application/json", body=json.dumps({"State": [
            {"addr": "/dev/ttyUSB3", "state": "on"}, {"addr": "/dev/ttyUSB2", "state": "off"},
            {"addr": "/dev/ttyUSB1", "state": "off", "code": "supply.switch",
             "text": "Линия питания 3 не переключена: нет файла."}]})))
    phone.log_in().open("#/interfaces")
    expect(phone.page.get_by_text("Интерфейс 3")).to_be_visible()
    expect(phone.page.get_by_text("Линия питания 1 включена")).to_be_visible()
    expect(phone.page.get_by_text("Линия питания 3 не переключена: нет файла.")).to_be_visible()
    assert phone.sideways <= 0


def test_a_transit_port_speaks_tls_and_rfc_2217_when_its_row_says_so(admin, gateway):
    admin.log_in().open("#/servers")
    page = admin.page
    page.get_by_role("button", name="Сервер", exact=True).click()
    expect(page.locator("um-table tbody tr[data-id]")).to_contain_text("прозрачный")
    choose(page, "Протокол", "TLS, RFC 2217")
    write(page)
    expect(page.locator(".draft")).to_contain_text("Всё записано")
    expect(page.locator("um-table tbody tr[data-id]")).to_contain_text("TLS, RFC 2217")
    row = next(one for one in Session(gateway).rows("/settings/servers/tcp", "Settings") if one["type"] == "iface1")
    assert row["tls"] is True and row["rfc2217"] is True and row["quiet"] == 10
    Session(gateway).replace("/settings/servers/tcp", "Settings", lambda rows: [
        one for one in rows if one["type"] in ("http", "https")])

"""«Настройки серверов устройства»: servers are added with their usual ports, and what they do now is shown."""

import json

from playwright.sync_api import expect

from conftest import Session

STATE = {"Servers": [
    {"type": "iface1", "port": 11, "listening": True, "turnedAway": 1, "waiting": ["10.0.0.6"], "Clients": [
        {"peer": "10.0.0.5", "since": "2026-11-20T08:30:00+03:00", "received": 9, "sent": 120, "holdsLine": True}]},
    {"type": "rtu327", "port": 55, "listening": False, "code": "server.listen", "turnedAway": 0, "waiting": [],
     "text": "Сервер не открыл порт 55: занят.", "Clients": [],
     "profile": {"version": 1, "lp_gap": "stop", "elm": "2", "empty_rr": "8", "pok_lookup": "floor",
                 "autoread_nsh_reversed": "false", "unknown_meter_rr": "4", "settime_limit_s": "60"},
     "Shared": [{"number": "0041000016", "meters": [1, 7]}]},
    {"type": "remote", "port": 19524, "listening": True, "turnedAway": 0, "waiting": [], "Clients": [
        {"peer": "10.0.0.9", "since": "2026-11-20T08:31:00+03:00", "received": 5, "sent": 6, "holdsLine": True,
         "line": "Iface2", "user": "admin"}]}]}


def write(page):
    page.get_by_role("button", name="Записать").click()
    page.get_by_role("dialog").get_by_role("button", name="Записать").click()


def test_a_server_is_added_with_its_usual_port_and_listens(admin, gateway):
    admin.log_in().open("#/servers")
    page = admin.page
    expect(page.get_by_text("Кроме страниц устройства серверов нет.")).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name="Сервер", exact=True).click()
    rows = page.locator("um-table tbody tr[data-id]")
    expect(rows.nth(0)).to_contain_text("Сервер транзита интерфейса 1")
    expect(rows.nth(1)).to_contain_text("22")
    write(page)
    expect(page.get_by_text("Сервер транзита интерфейса 2: Порт 22 открыт")).to_be_visible(timeout=10_000)
    stored = Session(gateway).rows("/settings/servers/tcp", "Settings")
    assert [(row["type"], row["port"], row.get("second")) for row in stored if row["type"].startswith("iface")] == [
        ("iface1", 11, "wait"), ("iface2", 22, "wait")]
    Session(gateway).replace("/settings/servers/tcp", "Settings", lambda rows: [
        row for row in rows if row["type"] in ("http", "https")])


def test_clients_those_who_wait_and_ports_that_are_taken_are_shown_and_a_client_is_dropped(admin):
    page = admin.page
    page.route("**/state/servers", lambda route: route.fulfill(
        status=200, content_type="application/json", body=json.dumps(STATE)))
    dropped = []

    def drop(route):
        dropped.append(json.loads(route.request.post_data))
        route.fulfill(status=200, content_type="application/json", body='{"res":0}')

    page.route("**/action/transit/drop", drop)
    admin.log_in().open("#/servers")
    expect(page.get_by_text("10.0.0.5 с 2026-11-20 08:30, принято 9, передано 120 октетов")).to_be_visible()
    expect(page.get_by_text("Ждут: 10.0.0.6")).to_be_visible()
    expect(page.get_by_text("Сервер не открыл порт 55: занят.")).to_be_visible()
    expect(page.get_by_text("У приборов 1, 7 совпадают последние десять цифр номера, 0041000016")).to_be_visible()
    page.get_by_text("Профиль протокола, версия 1").click()
    expect(page.get_by_text("lp_gap stop · elm 2")).to_be_visible()
    with page.expect_response("**/state/servers"):
        pass
    page.wait_for_timeout(100)
    expect(page.get_by_text("lp_gap stop · elm 2")).to_be_visible()
    with page.expect_response("**/action/transit/drop"):
        page.get_by_role("button", name="Отключить 10.0.0.5").click()
    expect(page.get_by_text("Удалённое подключение: Порт 19524 открыт")).to_be_visible()
    expect(page.get_by_text("10.0.0.9 с 2026-11-20 08:31, принято 5, передано 6 октетов · admin · Интерфейс 2 · "
                            "занимает линию")).to_be_visible()
    with page.expect_response("**/action/transit/drop"):
        page.get_by_role("button", name="Отключить 10.0.0.9").click()
    assert dropped == [{"type": "iface1"}, {"type": "remote", "line": "Iface2"}]


def test_a_phone_shows_which_interface_a_port_leads_to(phone, gateway):
    Session(gateway).replace("/settings/servers/tcp", "Settings", lambda rows: [
        *rows, {"type": "iface3", "port": 33}])
    phone.log_in().open("#/servers")
    expect(phone.page.get_by_text("Транзит интерфейса 3", exact=True)).to_be_visible()
    assert phone.sideways <= 0
    Session(gateway).replace("/settings/servers/tcp", "Settings", lambda rows: [
        row for row in rows if row["type"] in ("http", "https")])

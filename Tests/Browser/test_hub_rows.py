"""Virtual hubs in «Настройки таблицы ПУ»: how a hub's row is written, what may be a parent, what the device keeps."""

import re

from playwright.sync_api import expect

from conftest import Session
from test_meters import open_table, save

PARENT = "ID род. устройства"


def form_of(page, row):
    """The form of a row: every field under its label."""
    row.get_by_role("button", name=re.compile("^Изменить ПУ")).click()
    return page.get_by_role("dialog")


def change(dialog, label, text):
    field = dialog.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Tab")


def keep(dialog):
    dialog.get_by_role("button", name="В черновик").click()


def options(dialog, label):
    return [text for text in dialog.get_by_label(label, exact=True).locator("option").all_inner_texts() if text]


def test_a_hub_and_a_meter_behind_it_are_written_with_hints_and_kept_in_the_manuals_form(admin, gateway):
    api = Session(gateway)
    other = api.add_meter("4301")
    page = open_table(admin)

    page.get_by_role("button", name="Строку").first.click()
    row = page.locator("um-table tbody tr[data-id]").last
    number = int(row.get_attribute("data-id"))
    dialog = form_of(page, row)
    dialog.get_by_label("Тип прибора учёта", exact=True).select_option(label="Виртуальный хаб")
    interface = dialog.get_by_label("Интерфейс", exact=True)
    expect(interface.locator("option:checked")).to_have_text("Ethernet")
    expect(dialog.get_by_label("Сетевой адрес", exact=True)).to_have_attribute("placeholder", "192.168.205.17.2222")
    change(dialog, "Сетевой адрес", "192.168.205.17")
    expect(dialog.locator(".why")).to_contain_text("Хабу нужны IP-адрес и порт")
    interface.select_option(label="Интерфейс 1")
    expect(dialog).to_contain_text("Хаб подключается по Ethernet или за другим хабом")
    interface.select_option(label="Ethernet")
    change(dialog, "Сетевой адрес", "192.168.205.17:2222")
    change(dialog, "Комментарий", "Подстанция")
    expect(dialog.locator(".why")).to_have_count(0)
    assert str(number) not in " ".join(options(dialog, PARENT)), "a hub is not behind itself"
    keep(dialog)

    page.get_by_role("button", name="Строку").first.click()
    row = page.locator("um-table tbody tr[data-id]").last
    child = int(row.get_attribute("data-id"))
    dialog = form_of(page, row)
    dialog.get_by_label("Интерфейс", exact=True).select_option(label="Интерфейс концентратора")
    change(dialog, "Сетевой адрес", "4302")
    expect(dialog.locator(".why")).to_contain_text("нужен родитель")
    offered = options(dialog, PARENT)
    assert any(text.startswith(f"ID {number} · 192.168.205.17:2222 · Подстанция") for text in offered), offered
    assert not any(f"ID {other} " in text + " " for text in offered), "a meter is no parent"
    dialog.get_by_label(PARENT, exact=True).select_option(label=next(
        text for text in offered if text.startswith(f"ID {number} ")))
    expect(dialog.locator(".why")).to_have_count(0)
    keep(dialog)
    save(page)

    rows = {one["id"]: one for one in api.rows("/settings/meter/table", "Meters")}
    assert rows[number]["addr"] == "192.168.205.17.2222" and rows[number]["ifaceName"] == "Ethernet"
    assert rows[child]["pId"] == number and rows[child]["ifaceName"] == "Hub"
    api.remove_meters([number, child, other])


def test_the_device_says_at_the_cell_what_no_page_can_know(admin, gateway):
    """A hub that is a transit port of the device itself."""
    api = Session(gateway)
    api.replace("/settings/servers/tcp", "Settings", lambda rows: [{"type": "iface1", "port": 11}])
    shown = api.rows("/state/servers", "Servers")[0]
    page = open_table(admin)
    page.get_by_role("button", name="Строку").first.click()
    row = page.locator("um-table tbody tr[data-id]").last
    dialog = form_of(page, row)
    dialog.get_by_label("Тип прибора учёта", exact=True).select_option(label="Виртуальный хаб")
    offset = int(gateway.url.rsplit(":", 1)[1].rstrip("/")) - 80
    change(dialog, "Сетевой адрес", f"127.0.0.1.{shown['port'] + offset}")
    keep(dialog)
    page.get_by_role("button", name=re.compile("^Записать")).click()
    expect(page.locator("um-table td.bad")).to_have_count(1)
    dialog = form_of(page, row)
    expect(dialog.locator(".why")).to_contain_text("порт транзита самого устройства")
    dialog.get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="Отмена").last.click()
    api.replace("/settings/servers/tcp", "Settings", lambda rows: [])
    # The refusal is what was asked for.
    admin.complaints[:] = [line for line in admin.complaints if "409" not in line]

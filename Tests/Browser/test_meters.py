"""«Настройки таблицы ПУ» (REQ-149…180): rows, drafts, review, files, the communication test."""

import json
import re
import socket

import pytest
from playwright.sync_api import expect

from conftest import Session


def open_table(admin):
    admin.log_in()
    admin.open("#/meters")
    read = admin.page.get_by_role("button", name="Считать таблицу")
    if admin.page.get_by_text("Считайте таблицу для отображения данных").count():
        read.click()
    admin.page.wait_for_selector("um-table tbody tr")
    return admin.page


def row_count(page):
    return int(page.locator("um-table table").get_attribute("aria-rowcount")) - 2


def edit_cell(page, row, heading, text):
    """Types into a cell as a person does: focus, Enter, text, Enter."""
    headings = page.locator("um-table thead tr").first.locator("th")
    names = [name.strip(" ▴▾") for name in headings.all_inner_texts()]
    cell = page.locator("um-table tbody tr[data-id]").nth(row).locator("td").nth(names.index(heading))
    cell.dblclick()
    cell.locator("input").fill(text)
    cell.locator("input").press("Enter")


def save(page):
    page.get_by_role("button", name=re.compile("^Записать")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=re.compile("^Записать")).click()
    expect(page.locator(".toast")).to_contain_text("Записано")


def add_meters(page, count, first):
    page.get_by_role("button", name="Группа строк").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Интерфейс").select_option(label="Интерфейс 1")
    dialog.get_by_label("Первый адрес").fill(str(first))
    dialog.get_by_label("Количество").fill(str(count))
    dialog.get_by_role("button", name="Добавить").click()
    expect(dialog.locator("li")).to_have_count(count)
    dialog.get_by_role("button", name="В черновик").click()


def test_meters_added_as_a_group_of_rows_are_saved_and_still_there_after_a_reload(admin):
    page = open_table(admin)
    before = row_count(page)
    add_meters(page, 3, 700)
    assert row_count(page) == before + 3
    expect(page.locator(".draft")).to_contain_text("Не записано: 3 изменения")
    save(page)
    expect(page.locator(".draft")).to_contain_text("Всё записано в устройство")
    page.reload()
    page.wait_for_selector("um-table tbody tr[data-id]")
    assert row_count(page) == before + 3


def test_cancel_returns_the_last_saved_state(admin):
    page = open_table(admin)
    before = row_count(page)
    page.get_by_role("button", name="Строку").first.click()
    assert row_count(page) == before + 1
    page.get_by_role("button", name="Отмена").click()
    assert row_count(page) == before


def test_a_wrong_cell_is_marked_and_keeps_the_table_from_being_saved(admin):
    page = open_table(admin)
    page.get_by_role("button", name="Строку").first.click()
    expect(page.locator(".draft")).to_contain_text("исправьте 1 ячейку")
    expect(page.get_by_role("button", name=re.compile("^Записать"))).to_be_disabled()
    page.locator(".draft").get_by_role("button", name=re.compile("исправьте")).click()
    expect(page.locator("um-table td.bad")).to_be_focused()
    page.get_by_role("button", name="Отмена").click()


def test_a_draft_survives_a_reload(admin):
    page = open_table(admin)
    if not row_count(page):
        add_meters(page, 1, 800)
        save(page)
    edit_cell(page, 0, "Комментарий", "Щит на крыше")
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    page.reload()
    page.wait_for_selector("um-table tbody tr[data-id]")
    expect(page.locator(".draft")).to_contain_text("продолжен черновик этого браузера")
    expect(page.locator("um-table tbody")).to_contain_text("Щит на крыше")
    page.get_by_role("button", name="Отмена").click()


def test_removing_a_meter_says_what_will_be_lost_before_anything_happens(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("901")
    api.replace("/settings/templates/meter", "Settings", lambda rows: [
        *[row for row in rows if row["name"] != "Крыша"], {"name": "Крыша", "meters": [meter]}])
    page = open_table(admin)
    before = row_count(page)
    page.get_by_role("button", name=f"Удалить ПУ ID {meter}", exact=True).click()
    page.get_by_role("button", name=re.compile("^Записать")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Будет потеряно:")
    expect(dialog).to_contain_text("Крыша")
    dialog.get_by_role("button", name="Отмена").click()
    page.get_by_role("button", name="Отмена").click()
    assert row_count(page) == before


def test_export_can_be_imported_again(admin, tmp_path):
    page = open_table(admin)
    if not row_count(page):
        add_meters(page, 2, 810)
        save(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Экспорт", exact=True).click()
    file = tmp_path / "meters.json"
    waiting.value.save_as(file)
    exported = json.loads(file.read_text())["Meters"]
    assert len(exported) == row_count(page)
    assert not any(one.get("passRd") for one in exported)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Импорт").click()
    chooser.value.set_files(file)
    page.get_by_role("dialog").get_by_role("button", name="Заменить таблицу").click()
    expect(page.locator(".draft")).to_contain_text("Всё записано в устройство")


def test_pasted_spreadsheet_lines_become_rows(admin):
    page = open_table(admin)
    before = row_count(page)
    page.get_by_role("button", name="Строку").first.click()
    page.evaluate("""() => {
        const data = new DataTransfer();
        data.setData('text/plain', '1201\\n1202\\n1203');
        const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true });
        document.activeElement.dispatchEvent(paste);
    }""")
    assert row_count(page) == before + 3
    expect(page.locator("um-table tbody")).to_contain_text("1203")
    page.get_by_role("button", name="Отмена").click()


def test_the_communication_test_counts_to_its_end(admin):
    page = open_table(admin)
    if not row_count(page):
        add_meters(page, 3, 820)
        save(page)
    page.locator("um-table tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Тест связи").click()
    expect(page.locator(".progress")).to_contain_text("Запрошено: 1 / 1", timeout=60000)
    expect(page.locator(".progress").get_by_role("button", name="Закрыть")).to_be_visible(timeout=60000)
    states = page.locator("um-table tbody tr[data-id]").first.locator("td .st")
    assert not states.first.get_attribute("class").endswith(("st-idle", "st-wait", "st-run"))


def test_a_running_test_can_be_stopped(admin, gateway):
    # A meter that takes the connection and says nothing keeps the test busy for as long as anybody waits.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        api = Session(gateway)
        meters = [api.add_meter(address, "Ethernet") for _ in range(3)]
        page = open_table(admin)
        for meter in meters:
            page.get_by_label(f"Выбрать ПУ ID {meter}", exact=True).check()
        page.get_by_role("button", name="Тест связи").click()
        page.get_by_role("button", name="Остановить").click()
        expect(page.locator(".progress").get_by_role("button", name="Закрыть")).to_be_visible(timeout=30000)
    api.remove_meters(meters)


@pytest.mark.parametrize("language, word", [("ru", "Настройки таблицы ПУ"), ("en", "Meter table")])
def test_the_page_bears_the_language_s_title(admin, language, word):
    admin.page.add_init_script(f"localStorage.setItem('language', '{language}')")
    admin.log_in()
    admin.open("#/meters")
    expect(admin.page.locator("h1")).to_have_text(word)


def test_a_cell_that_somebody_else_changed_meanwhile_asks_which_value_holds(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("905")
    page = open_table(admin)
    row = page.locator(f'um-table tbody tr[data-id="{meter}"]')
    headings = page.locator("um-table thead tr").first.locator("th").all_inner_texts()
    names = [name.strip(" ▴▾") for name in headings]
    cell = row.locator("td").nth(names.index("Сетевой адрес"))
    cell.dblclick()
    cell.locator("input").fill("906")
    cell.locator("input").press("Enter")

    def change(rows):
        return [{**one, "addr": "907"} if one["id"] == meter else one for one in rows]

    api.replace("/settings/meter/table", "Meters", change)
    page.get_by_role("button", name=re.compile("^Записать")).click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Записать")).click()
    expect(page.locator(".draft")).to_contain_text("изменены и здесь, и на устройстве")
    page.get_by_role("button", name="С устройства: 907").click()
    expect(page.locator(".draft")).to_contain_text("Всё записано в устройство")
    expect(cell).to_contain_text("907")
    api.remove_meters([meter])


def test_a_save_can_be_taken_back(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("908")
    page = open_table(admin)
    before = row_count(page)
    page.get_by_role("button", name=f"Удалить ПУ ID {meter}", exact=True).click()
    save(page)
    assert row_count(page) == before - 1
    page.locator(".toast").get_by_role("button", name="Вернуть").click()
    expect(page.locator(".toast")).to_contain_text("Возвращено как было")
    assert row_count(page) == before
    api.remove_meters([meter])


def test_the_card_of_a_meter_shows_its_passwords_only_when_asked(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("909", password="3132333435363738")
    admin.log_in().open(f"#/meter/{meter}")
    page = admin.page
    expect(page.locator("#main")).not_to_contain_text("3132333435363738")
    page.get_by_role("button", name="Показать пароли").click()
    expect(page.get_by_role("dialog")).to_contain_text("будет записано в журнал")
    page.get_by_role("dialog").get_by_role("button", name="Показать пароли").click()
    expect(page.get_by_role("dialog")).to_contain_text("3132333435363738")
    page.get_by_role("button", name="Закрыть").click()
    api.remove_meters([meter])


def test_the_form_of_a_meter_holds_its_link_and_the_zone_of_its_clock(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("910")
    page = open_table(admin)
    page.get_by_role("button", name=f"Изменить ПУ ID {meter}", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_text("Дополнительно").click()
    form.get_by_label("Транспорт").select_option(label="HDLC")
    form.get_by_label("Логический адрес").fill("99999")
    form.get_by_label("Логический адрес").press("Tab")
    expect(form).to_contain_text("От 1 до 16")
    form.get_by_label("Логический адрес").fill("2")
    form.get_by_label("Длина адреса, октетов").select_option(label="4")
    form.get_by_label("Клиент (SAP)").fill("16")
    form.get_by_label("Механизм аутентификации").select_option(label="1 – пароль (LLS)")
    form.get_by_label("Часовой пояс ПУ").select_option(label="+05:00")
    form.get_by_role("button", name="В черновик").click()
    expect(page.locator(".draft")).to_contain_text("Не записано: 6 изменений в 1 строке")
    save(page)
    row = next(one for one in api.rows("/settings/meter/table", "Meters") if one["id"] == meter)
    assert row["tz"] == 5
    assert row["link"] == {"transport": "hdlc", "logical": 2, "addressOctets": 4, "client": 16, "mechanism": 1}
    api.remove_meters([meter])


def test_a_link_shows_the_same_filter_and_order(admin, gateway):
    api = Session(gateway)
    meters = [api.add_meter(address) for address in ("1911", "1912", "2911")]
    page = open_table(admin)
    page.get_by_label("Фильтр: Сетевой адрес").fill("191")
    page.get_by_role("button", name="Сетевой адрес").click()
    page.get_by_role("button", name="Сетевой адрес").click()
    addresses = page.locator("um-table tbody tr[data-id]")
    expect(addresses).to_have_count(2)
    assert "f.addr=191" in page.url and "sort=-addr" in page.url
    page.reload()
    page.wait_for_selector("um-table tbody tr[data-id]")
    expect(addresses).to_have_count(2)
    expect(addresses.first).to_contain_text("1912")
    expect(page.get_by_label("Фильтр: Сетевой адрес")).to_have_value("191")
    # A page left and come back to by «назад» is as it was left.
    admin.open("#/schedule")
    page.go_back()
    expect(page.get_by_label("Фильтр: Сетевой адрес")).to_have_value("191")
    api.remove_meters(meters)


def test_a_phone_edits_a_meter_from_its_card(phone, gateway):
    api = Session(gateway)
    meter = api.add_meter("911")
    phone.log_in().open(f"#/meter/{meter}")
    page = phone.page
    page.get_by_role("button", name="Изменить").click()
    page.get_by_role("dialog").get_by_label("Комментарий").fill("Чердак")
    page.get_by_role("dialog").get_by_role("button", name="В черновик").click()
    expect(page.locator("h1")).to_have_text("Настройки таблицы ПУ")
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    assert phone.sideways == 0
    save(page)
    assert api.rows("/settings/meter/table", "Meters")[-1]["comment"] == "Чердак"
    api.remove_meters([meter])

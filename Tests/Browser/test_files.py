"""«Экспорт» and «Импорт» of the meter table as CSV (REQ-169…171): the way there and back, and bad files."""

import re

from playwright.sync_api import expect

from conftest import Session
from test_meters import open_table, row_count, save


def choose_file(page, file):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Импорт").click()
    chooser.value.set_files(file)
    return page.get_by_role("dialog")


def test_a_table_exported_as_csv_comes_back_the_same(admin, gateway, tmp_path):
    api = Session(gateway)
    meter = api.add_meter("921", password="3132333435363738")
    page = open_table(admin)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Экспорт (CSV)").click()
    file = tmp_path / "meters.csv"
    waiting.value.save_as(file)
    text = file.read_text("utf-8-sig")
    head = text.splitlines()[0].split(";")
    assert head[:4] == ["ID", "ID род. устройства", "Тип прибора учёта", "Сетевой адрес"]
    assert f"\n{meter};0;СПОДЭС;921;Интерфейс 1;" in text.replace("\r", "")
    assert "3132" not in text
    choose_file(page, file).get_by_role("button", name="Заменить таблицу").click()
    # Nothing differs: passwords are not in the file and stay as they are in the device.
    expect(page.locator(".draft")).to_contain_text("Всё записано в устройство")
    api.remove_meters([meter])


def test_a_spreadsheet_of_windows_1251_adds_its_meters(admin, gateway, tmp_path):
    page = open_table(admin)
    before = row_count(page)
    file = tmp_path / "new.csv"
    file.write_bytes("Сетевой адрес;Скорость обмена;Комментарий\r\n931;4800;Щит № 4\r\n932;;\"Подвал; слева\"\r\n"
                     .encode("cp1251"))
    choose_file(page, file).get_by_role("button", name="Добавить к таблице").click()
    assert row_count(page) == before + 2
    expect(page.locator("um-table tbody")).to_contain_text("Щит № 4")
    expect(page.locator("um-table tbody")).to_contain_text("Подвал; слева")
    save(page)
    api = Session(gateway)
    added = api.rows("/settings/meter/table", "Meters")[-2:]
    assert [(one["addr"], one["ifaceCfg"]) for one in added] == [("931", "4800,8n1"), ("932", "")]
    api.remove_meters([one["id"] for one in added])


def refused(page, tmp_path, name, text, reason):
    """A file that cannot be read says where, and the table stays as it was."""
    before = row_count(page)
    file = tmp_path / name
    file.write_text(text)
    dialog = choose_file(page, file)
    expect(dialog).to_contain_text(f"Файл {name} не прочитан")
    expect(dialog).to_contain_text(reason)
    dialog.get_by_role("button", name="Закрыть").click()
    assert row_count(page) == before
    expect(page.locator(".draft")).to_contain_text("Всё записано в устройство")


def test_a_broken_file_is_refused_with_its_line_and_column_and_nothing_is_lost(admin, gateway, tmp_path):
    api = Session(gateway)
    meter = api.add_meter("941")
    page = open_table(admin)
    refused(page, tmp_path, "quote.csv", 'ID;Сетевой адрес;Комментарий\n1;941;ok\n2;942;"без конца\n3;943;\n',
            "Строка 3, столбец 3: кавычка открыта и не закрыта.")
    refused(page, tmp_path, "wide.csv", "ID;Сетевой адрес\n1;941\n2;942;лишнее\n",
            "Строка 3, столбец 3: в заголовке столбцов только 2.")
    refused(page, tmp_path, "head.csv", "Номер;Место\n1;941\n", "Строка 1: нет столбца «Сетевой адрес»")
    refused(page, tmp_path, "broken.json", '{"Meters": [\n  {"id": 1,\n   "addr" "941"}\n]}',
            "Строка 3, знак")
    refused(page, tmp_path, "list.json", '{"Groups": []}', "В файле нет списка Meters.")
    api.remove_meters([meter])


def test_wrong_values_are_named_by_line_and_column_and_marked_in_the_draft(admin, tmp_path):
    page = open_table(admin)
    before = row_count(page)
    file = tmp_path / "values.csv"
    file.write_text("Сетевой адрес;Пароль 1-го уровня\n951;30\n99999;30\n953;ABC\n")
    dialog = choose_file(page, file)
    expect(dialog.locator("li")).to_have_count(2)
    expect(dialog.locator("li").first).to_contain_text("строка 3, «Сетевой адрес»")
    expect(dialog.locator("li").last).to_contain_text("строка 4, «Пароль 1-го уровня»")
    dialog.get_by_role("button", name="Добавить к таблице").click()
    assert row_count(page) == before + 3
    expect(page.locator(".draft")).to_contain_text("исправьте 2 ячейки")
    expect(page.get_by_role("button", name=re.compile("^Записать"))).to_be_disabled()
    page.get_by_role("button", name="Отмена").click()
    assert row_count(page) == before

"""What stands around every page, «Главная» and the rights of «Пользователь» (REQ-015…039, 049…062)."""

import re
import time

import pytest
from playwright.sync_api import expect

from answers import answer
from conftest import Session, change_factory_password, request
from test_meters import open_table, row_count

#: The menu of the manual; lines whose page is not there yet are absent.
MENU = ["Главная", "Устройство", "Настройки времени", "Настройки сети", "Настройки цифровых интерфейсов",
        "Диагностика", "Сбор данных", "Настройки таблицы ПУ", "Настройки шаблонов ПУ", "Показания ПУ",
        "Управление ПУ", "Электросчётчики", "Водосчётчики", "Телемеханика", "Система событий",
        "Настройка системы событий", "Расписание", "Дискретные входы", "Передача данных", "MQTT",
        "Администрирование", "Учётные записи", "Обновление прошивки"]
TITLES = {"#/home": "Главная", "#/meters": "Настройки таблицы ПУ",
          "#/templates": "Настройки шаблонов приборов учёта", "#/electricity": "Показания электросчётчиков",
          "#/events": "Настройка системы событий", "#/schedule": "Расписание",
          "#/inputs": "Дискретные входы устройства", "#/control": "Управление приборами учёта",
          "#/mqtt": "MQTT", "#/diagnostics": "Диагностика", "#/servers": "Настройки серверов устройства",
          "#/interfaces": "Настройки цифровых интерфейсов"}
DEVICE = {
    "/state/system": {"fw": "30857", "bl": "1", "name": "УМ SMART", "SystemInfo": {"SN": "200000963651"}},
    "/state/time": {"time": "2025-09-03T09:55:12+03:00", "sync": True},
    "/state/modem": {"csq": 25, "generation": "4G", "ip": "10.8.0.14", "ops": "MegaFon", "creg": 1},
    "/settings/servers/tcp": {"Settings": [{"type": "http", "port": port} for port in (80, 11, 22, 33, 44, 55)]},
    "/settings/ip": {"Settings": [{"iface": "eth0", "ip": "", "netmask": "", "gw": ""},
                                  {"iface": "eth1", "ip": "192.168.0.1", "netmask": "255.255.255.0", "gw": ""}]},
}


@pytest.fixture
def reader(admin, gateway):
    """The same browser, used by an account that may only read."""
    change_factory_password(gateway.url, "user", "user", "Reader-2026")
    return admin.log_in("user", "Reader-2026")


def test_the_menu_stands_in_the_order_of_the_manual_and_every_line_opens_its_page(admin):
    admin.log_in()
    menu = admin.page.locator("#menu")
    shown = menu.evaluate("""menu => [...menu.querySelectorAll('h2, a[data-page]')]
        .map(one => one.textContent.trim())""")
    assert shown == [name for name in MENU if name in shown] and "Настройки таблицы ПУ" in shown
    for address in menu.locator("a[data-page]").evaluate_all("list => list.map(one => one.getAttribute('href'))"):
        admin.open(address)
        expect(admin.page.locator("h1")).to_have_text(TITLES[address])
        expect(admin.page.get_by_role("button", name="Перезагрузить").first).to_be_visible()
        expect(admin.page.get_by_role("button", name="Выйти").first).to_be_visible()


def test_the_strip_and_the_key_parameters_show_the_device_as_the_manual_does(admin):
    answer(admin.page, DEVICE)
    admin.log_in()
    strip = admin.page.locator("#strip")
    for text in ("Тип:УМ SMART", "Серийный номер:200000963651", "Версия ПО:30857", "4G", "Превосходный"):
        expect(strip).to_contain_text(text)
    strip.get_by_role("button", name="Показать ключевые параметры").click()
    panel = strip.locator("#key")
    expect(panel.locator("h2")).to_have_text(["Устройство", "Модем", "Ethernet 1", "Ethernet 2"])
    expect(panel).to_contain_text(re.compile(r"Время:03\.09\.25 09:55:\d\d \(\+03:00\)"))
    expect(panel).to_contain_text("Порты:11,22,33,44,55,80")
    expect(panel).to_contain_text("IP-адрес:No IP addr")
    expect(panel).to_contain_text("Маска подсети:None")
    expect(panel).to_contain_text("IP-адрес:10.8.0.14")
    expect(panel).to_contain_text("Данные на: 03.09.25 09:55:1")
    answer(admin.page, {"/state/modem": {**DEVICE["/state/modem"], "ip": "10.8.0.15"},
                        "/state/time": {"time": "2025-09-03T10:01:00+03:00", "sync": True}})
    panel.get_by_role("button", name="Обновить данные").click()
    expect(panel).to_contain_text("IP-адрес:10.8.0.15")
    expect(panel).to_contain_text("Данные на: 03.09.25 10:01:0")
    panel.get_by_role("link", name="Расширенная информация").click()
    expect(admin.page.locator("h1")).to_have_text("Диагностика")


@pytest.mark.parametrize("csq, word", [(0, "Нет сигнала"), (5, "Слабый"), (12, "Средний"), (17, "Хороший"),
                                       (25, "Превосходный")])
def test_the_signal_has_a_word(admin, csq, word):
    answer(admin.page, {**DEVICE, "/state/modem": {"csq": csq, "generation": "4G"}})
    admin.log_in()
    expect(admin.page.locator("#strip")).to_contain_text(word)


def test_without_a_modem_the_strip_has_no_signal(admin):
    answer(admin.page, {**DEVICE, "/state/modem": {}})
    admin.log_in()
    expect(admin.page.locator("#strip")).to_contain_text("30857")
    expect(admin.page.locator("#strip")).not_to_contain_text("Уровень сигнала")


def test_the_home_page_shows_its_ten_items_without_a_scroll(admin):
    answer(admin.page, DEVICE)
    admin.log_in()
    main = admin.page.locator("#main")
    for text in ("УМ SMART", "200000963651", "30857", "Превосходный", "03.09.25 09:55:", "11,22,33,44,55,80",
                 "MegaFon", "192.168.0.1", "Количество приборов учёта", "HTTP сервер"):
        expect(main).to_contain_text(text)
    assert main.locator("input, select, textarea").count() == 0
    # One short scroll at most: half a screen.
    assert admin.page.evaluate("document.documentElement.scrollHeight - innerHeight") < 384
    main.get_by_role("link", name="Расширенная информация").click()
    expect(admin.page.locator("h1")).to_have_text("Диагностика")
    admin.open("#/home")
    main.get_by_role("link", name="Перейти к таблице ПУ").last.click()
    expect(admin.page.locator("h1")).to_have_text("Настройки таблицы ПУ")


def test_a_tab_that_comes_back_asks_only_for_what_it_missed(admin):
    streams = []
    admin.page.on("request", lambda one: "/events" in one.url and streams.append(one.url))
    admin.log_in()
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    deadline = time.monotonic() + 10
    # A hidden tab listens to nothing; the number is known as soon as the first event has come.
    while not re.search(r"/events\?after=\w+-\d+$", streams[-1] if streams else ""):
        assert time.monotonic() < deadline, streams
        admin.page.evaluate(hide, True)
        admin.page.evaluate(hide, False)
        admin.page.wait_for_timeout(50)
    assert "after" not in streams[0]


def test_restarting_is_asked_twice_and_refusing_changes_nothing(admin):
    admin.log_in()
    asked = []
    admin.page.on("request", lambda one: asked.append(one.url))
    admin.page.get_by_role("button", name="Перезагрузить").first.click()
    expect(admin.page.get_by_role("dialog")).to_contain_text("Архивы сохранятся")
    admin.page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    assert not [url for url in asked if "/action/restart" in url]


def test_a_user_reads_everything_and_changes_nothing(reader, gateway):
    page = reader.page
    expect(page.get_by_role("button", name="Перезагрузить")).to_have_count(0)
    expect(page.locator("#menu")).not_to_contain_text("Учётные записи")
    for address in ("#/templates/groups", "#/schedule", "#/events", "#/mqtt/brokers", "#/meters"):
        reader.open(address)
        if page.get_by_role("button", name="Считать таблицу").count():
            page.get_by_role("button", name="Считать таблицу").first.click()
        for name in ("Записать", "Очистить", "Удалить", "Добавить"):
            expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    for method, path in (("PUT", "/settings/meter/table"), ("POST", "/action/restart"),
                         ("GET", "/settings/proto/json/auth")):
        assert request(gateway.url, method, path, {"Meters": []} if method == "PUT" else None, cookie)[0] == 403


def test_tables_are_paged_by_ten(admin, gateway):
    api = Session(gateway)
    rows = [{"id": n, "min": n} for n in range(1, 12)]
    before = api.rows("/settings/events/schdl", "Settings")
    api.replace("/settings/events/schdl", "Settings", lambda _: rows)
    admin.log_in().open("#/schedule")
    page = admin.page
    shown = page.locator("um-table tbody tr[data-id]")
    expect(shown).to_have_count(10)
    expect(page.locator("um-table .foot")).to_contain_text("1 / 2")
    page.get_by_role("button", name="Вперёд").click()
    expect(shown).to_have_count(1)
    api.replace("/settings/events/schdl", "Settings", lambda _: before)


def test_the_heading_box_chooses_all_and_none_and_a_filter_finds_one(admin, gateway):
    api = Session(gateway)
    meters = [api.add_meter(address) for address in ("3171", "3172", "3173")]
    open_table(admin)
    admin.open("#/electricity/current")
    page = admin.page
    all_of_them = page.locator("um-table thead input[type=checkbox]")
    total = row_count(page)
    all_of_them.check()
    expect(page.get_by_text(f"Приборов учёта: {total} · Выбрано ПУ: {total}")).to_be_visible()
    all_of_them.uncheck()
    expect(page.get_by_text("Выбрано ПУ: 0")).to_be_visible()
    page.get_by_label("Фильтр: Сетевой адрес").fill("3173")
    expect(page.locator("um-table tbody tr[data-id]")).to_have_count(1)
    api.remove_meters(meters)


def test_reading_needs_the_table_and_says_so(admin):
    admin.log_in().open("#/electricity/current")
    page = admin.page
    expect(page.locator("um-table")).to_contain_text("Считайте таблицу для отображения данных")
    expect(page.get_by_text("Приборов учёта: 0")).to_be_visible()
    asked = []
    page.on("request", lambda one: asked.append(one.url))
    page.get_by_role("button", name="Считать показания").click()
    expect(page.locator(".toast")).to_contain_text("Считайте таблицу")
    assert not [url for url in asked if "/jobs" in url or "/meter/data" in url]


def test_folded_parameters_keep_their_choice(admin):
    admin.log_in().open("#/electricity/current")
    page = admin.page
    page.get_by_label("A+3", exact=True).check()
    page.get_by_role("button", name="Скрыть параметры").click()
    expect(page.get_by_label("A+3", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Показать параметры").click()
    expect(page.get_by_label("A+3", exact=True)).to_be_checked()
    page.get_by_label("Выбрать все", exact=True).first.check()
    expect(page.locator(".tag-groups input:checked")).to_have_count(20)


def test_clearing_is_asked_and_local_until_it_is_written(admin, gateway):
    api = Session(gateway)
    meter = api.add_meter("3181")
    page = open_table(admin)
    before = row_count(page)
    page.get_by_role("button", name="Очистить").click()
    page.get_by_role("dialog").get_by_role("button", name="Отмена").click()
    assert row_count(page) == before
    page.get_by_role("button", name="Очистить").click()
    page.get_by_role("dialog").get_by_role("button", name="Очистить").click()
    assert row_count(page) == 0
    assert len(api.rows("/settings/meter/table", "Meters")) == before
    page.get_by_role("button", name="Отмена").click()
    assert row_count(page) == before
    api.remove_meters([meter])


def test_warnings_look_different_and_pages_are_utf_8(admin, gateway):
    admin.log_in().open("#/schedule")
    notice = admin.page.locator(".notice.warning")
    expect(notice).to_contain_text("ВНИМАНИЕ!")
    expect(notice).to_contain_text("от 1 до 59 минут")
    for path in ("/login.html", "/index.html"):
        answered = admin.page.request.get(gateway.url + path)
        assert "charset=utf-8" in answered.headers["content-type"]

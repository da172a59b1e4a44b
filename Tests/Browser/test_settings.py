"""Templates, schedules, events and MQTT: added is saved, wrong is said (REQ-181…248, 385…422)."""

import re

import pytest
from playwright.sync_api import expect

from test_meters import save


def test_a_schedule_is_added_saved_and_offered_to_events(admin):
    admin.log_in().open("#/schedule")
    page = admin.page
    page.get_by_role("button", name="Добавить").click()
    expect(page.locator(".draft")).to_contain_text("Не записано: 1 изменение")
    save(page)
    admin.open("#/events")
    page.get_by_role("button", name="Строку настройки").click()
    expect(page.locator("um-table tbody")).to_contain_text("Ежедневно 1ч 30мин")
    page.get_by_role("button", name="Отмена").click()


def test_a_group_needs_a_name(admin):
    admin.log_in().open("#/templates/groups")
    page = admin.page
    page.get_by_role("button", name="Добавить новую группу").click()
    expect(page.locator(".draft")).to_contain_text("исправьте 1 ячейку")
    page.get_by_label("Наименование").last.fill("Подвал")
    page.get_by_label("Наименование").last.press("Tab")
    expect(page.get_by_role("button", name=re.compile("^Записать"))).to_be_enabled()
    page.get_by_role("button", name="Отмена").click()


def test_a_data_template_offers_each_kind_once(admin):
    admin.log_in().open("#/templates/data")
    page = admin.page
    page.get_by_role("button", name="Добавить новый шаблон").click()
    block = page.locator(".block").last
    block.get_by_role("button", name="Добавить тип данных").click()
    chosen = block.locator("select").evaluate_all("list => list.map(one => one.value)")
    assert len(chosen) == 2 and len(set(chosen)) == 2
    expect(block.get_by_text("Текущее время прибора учёта").first).to_be_attached()
    block.get_by_role("button", name="Все журналы").click()
    expect(block.locator("select")).to_have_count(42)
    expect(block.get_by_role("button", name="Все журналы")).to_be_disabled()
    expect(block.get_by_text("Журнал открытие крышки").first).to_be_attached()
    page.get_by_role("button", name="Отмена").click()


def test_a_broker_says_which_field_is_wrong_and_refuses_tls_1_1(admin):
    admin.log_in().open("#/mqtt/brokers")
    page = admin.page
    page.get_by_role("button", name="Добавить новый шаблон").click()
    block = page.locator(".block").last
    block.get_by_label("Порт").fill("70000")
    block.get_by_label("Порт").press("Tab")
    expect(block).to_contain_text("Порт – число от 1 до 65535")
    block.get_by_label("Шифрование").select_option("1.1")
    expect(block).to_contain_text("TLS 1.1 небезопасен")
    page.get_by_role("button", name="Отмена").click()


@pytest.mark.parametrize("address, tabs", [
    ("#/templates", ["Группы ПУ", "Шаблоны данных ПУ", "Шаблоны опросов ПУ", "Настройка системы событий"]),
    ("#/mqtt", ["MQTT брокеры", "Группы ПУ", "Шаблоны отправки", "Формирование публикаций",
                "Настройка системы событий"]),
])
def test_tabs_stand_in_the_order_of_the_manual(admin, address, tabs):
    admin.log_in().open(address)
    admin.page.wait_for_selector(".tabs a")
    assert admin.page.locator(".tabs a").all_inner_texts() == tabs

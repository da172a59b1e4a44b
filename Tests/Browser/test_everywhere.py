"""What holds on every page: no sideways scroll, no complaint of the browser, no finding of axe."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

import answers
from conftest import ROOT, Session, make_admin

#: What the pages of this suite's empty gateway would have nothing to show of.
FILLED = {**answers.STORE, **answers.completeness([1, 2, 3]), **answers.FIRINGS, **answers.REVISIONS,
          **answers.ALARMS}
PAGES = ["#/home", "#/meters", "#/templates/groups", "#/templates/data", "#/templates/polls", "#/events",
         "#/schedule", "#/electricity/archive", "#/electricity/current", "#/electricity/journals", "#/mqtt/brokers", "#/mqtt/messages",
         "#/mqtt/publications", "#/inputs", "#/scan", "#/control/time", "#/control/relay", "#/diagnostics/store",
         "#/diagnostics/completeness", "#/diagnostics/lines",
         "#/diagnostics/firings", "#/diagnostics/revisions"]
#: Keys of words: one that is visible has no words loaded.
KEYS = {key for file in (ROOT / "www/i18n/ru").glob("*.json") for key in json.loads(file.read_text()) if "." in key}


def findings(page):
    """What axe finds, one line each. Colours are checked on the page as drawn."""
    result = Axe().run(page).response
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in result["violations"]]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("width", ["phone", "laptop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_is_accessible(chromium, gateway, width, language, theme):
    admin = make_admin(chromium, gateway, width, language, theme)
    answers.answer(admin.page, FILLED)
    admin.open_login()
    wrong = [f"login {line}" for line in findings(admin.page)]
    admin.log_in()
    admin.read_meters()
    for address in PAGES:
        admin.open(address)
        if admin.sideways > 0:
            wrong.append(f"{address} is {admin.sideways} px too wide")
        wrong += [f"{address} shows the key {key}" for key in KEYS & set(admin.page.inner_text("body").split())]
        wrong += [f"{address} {line}" for line in findings(admin.page)]
        wrong += [f"{address} {line}" for line in admin.complaints]
        admin.complaints.clear()
    admin.page.context.close()
    assert wrong == []


def test_a_page_that_is_opened_first_has_all_its_words(admin):
    answers.answer(admin.page, FILLED)
    admin.log_in().read_meters()
    seen = """() => [document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], [placeholder]')]
        .flatMap(one => ['aria-label', 'title', 'placeholder'].map(name => one.getAttribute(name) || ''))].join(' ')"""
    for address in PAGES:
        # A load of its own: what another page loaded is not there.
        admin.page.goto(f"{admin.gateway.url}/icon.svg")
        admin.page.goto(f"{admin.gateway.url}/index.html{address}")
        admin.page.wait_for_selector(f'#main[data-drawn="{address}"]')
        assert KEYS & set(admin.page.evaluate(seen).split()) == set(), address


@pytest.mark.parametrize("width", ["phone", "laptop"])
def test_dialogs_fit_and_are_accessible(chromium, gateway, width):
    admin = make_admin(chromium, gateway, width)
    answers.answer(admin.page, FILLED)
    meter = Session(gateway).add_meter("991")
    admin.log_in()
    page, wrong = admin.page, []

    def look(name):
        expect(page.get_by_role("dialog")).to_be_visible()
        if admin.sideways > 0:
            wrong.append(f"{name} is {admin.sideways} px too wide")
        wrong.extend(f"{name} {line}" for line in findings(page))
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)

    admin.open(f"#/meter/{meter}")
    page.get_by_role("button", name="Изменить").click()
    page.get_by_role("dialog").get_by_text("Дополнительно").click()
    look("the form of a meter")
    admin.open("#/diagnostics/revisions")
    if width == "phone":
        page.locator("um-table tbody tr").first.click()
    else:
        page.get_by_role("button", name="Изменения").first.click()
    look("the changes of a revision")
    if width == "phone":
        admin.open("#/diagnostics/store")
        page.locator("um-table tbody tr", has_text="На начало суток").click()
        look("the form of a depth")
        api = Session(gateway)
        api.replace("/settings/events/din", "Settings", lambda _: [{"id": 1, "addr": 1, "type": 1}])
        admin.open("#/inputs")
        page.locator("um-table tbody tr").first.click()
        look("the form of an input")
    page.context.close()
    Session(gateway).remove_meters([meter])
    assert wrong == []


def test_switching_the_language_redraws_the_page(admin):
    admin.log_in()
    admin.page.get_by_role("button", name="English").first.click()
    expect(admin.page.locator("h1")).to_have_text("Home")
    assert admin.page.evaluate("document.documentElement.lang") == "en"


def test_the_menu_of_a_phone_opens_and_leads_on(phone):
    phone.log_in()
    phone.page.get_by_role("button", name="Меню").click()
    phone.page.locator("#menu").get_by_role("link", name="Расписание").click()
    expect(phone.page.locator("h1")).to_have_text("Расписание")
    expect(phone.page.locator("#menu")).to_be_hidden()


def test_keys_lead_to_pages(admin):
    admin.log_in()
    admin.page.locator("#main").focus()
    admin.page.keyboard.press("g")
    admin.page.keyboard.press("s")
    expect(admin.page.locator("h1")).to_have_text("Расписание")
    admin.page.keyboard.press("?")
    expect(admin.page.get_by_role("dialog")).to_contain_text("Клавиши")
    admin.page.keyboard.press("Escape")
    expect(admin.page.get_by_role("dialog")).to_have_count(0)


def test_the_key_parameters_open_and_close(admin):
    admin.log_in()
    strip = admin.page.locator("#strip")
    strip.get_by_role("button", name="Показать ключевые параметры").click()
    expect(strip.locator("#key")).to_contain_text("Данные на:")
    strip.get_by_role("button", name="Скрыть ключевые параметры").click()
    expect(strip.locator("#key")).to_have_count(0)


def test_only_scripts_and_styles_of_the_device_itself_are_allowed(admin):
    answer = admin.page.goto(f"{admin.gateway.url}/login.html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy

"""Login, the forced first password, sessions (REQ-040…055, design D10)."""

import re

from playwright.sync_api import expect

from conftest import request


def test_the_form_has_the_words_of_the_manual(admin):
    admin.open_login()
    expect(admin.page.get_by_role("heading", name="Войдите в систему")).to_be_visible()
    expect(admin.page.get_by_label("Логин:")).to_be_visible()
    expect(admin.page.get_by_label("Пароль:")).to_have_attribute("type", "password")
    expect(admin.page.get_by_role("button", name="Войти")).to_be_visible()
    forgotten = "Если вы не можете вспомнить пароль, обратитесь в сервисный центр"
    expect(admin.page.get_by_text(forgotten)).to_be_visible()


def test_a_wrong_password_is_told_and_nothing_opens(admin):
    admin.open_login()
    admin.page.fill("#name", "admin")
    admin.page.fill("#password", "bad")
    admin.page.click("[type=submit]")
    expect(admin.page.get_by_role("alert")).to_contain_text("Логин или пароль не подошли.")
    assert "login.html" in admin.page.url
    assert not admin.page.context.cookies()


def test_a_factory_password_must_be_changed_before_anything_opens(admin, gateway):
    status, answer, cookie = request(gateway.url, "POST", "/auth", {"login": "user", "password": "user"})
    if status != 200:
        return  # this gateway's factory account is gone already
    status, answer, _ = request(gateway.url, "GET", "/settings/meter/table", cookie=cookie)
    assert (status, answer["code"]) == (403, "access.password.change")
    admin.open_login()
    admin.page.fill("#name", "user")
    admin.page.fill("#password", "user")
    admin.page.click("[type=submit]")
    expect(admin.page.get_by_role("heading", name="Задайте свой пароль")).to_be_visible()
    admin.page.fill("#next", "short")
    admin.page.fill("#again", "short")
    admin.page.click("[type=submit]")
    expect(admin.page.get_by_role("alert")).to_contain_text("слишком короткий")
    admin.page.fill("#next", "Reader-2026")
    admin.page.fill("#again", "Reader-2026")
    admin.page.click("[type=submit]")
    admin.page.wait_for_selector("#main .card")
    expect(admin.page.locator("h1")).to_have_text("Главная")


def test_login_opens_the_home_page_and_logout_ends_the_session(admin, gateway):
    admin.log_in()
    expect(admin.page.locator("h1")).to_have_text("Главная")
    cookie = "; ".join(f"{one['name']}={one['value']}" for one in admin.page.context.cookies())
    admin.page.get_by_role("button", name="Выйти").first.click()
    admin.page.get_by_role("dialog").get_by_role("button", name="Выйти").click()
    expect(admin.page).to_have_url(re.compile("login.html"))
    status, _, _ = request(gateway.url, "GET", "/settings/meter/table", cookie=cookie)
    assert status == 401


def test_a_page_without_a_session_leads_to_the_form_and_back(admin):
    admin.page.goto(f"{admin.gateway.url}/index.html#/schedule")
    admin.page.wait_for_selector("#name")
    admin.page.fill("#name", admin.gateway.login)
    admin.page.fill("#password", admin.gateway.password)
    admin.page.click("[type=submit]")
    expect(admin.page.locator("h1")).to_have_text("Расписание")
    # Being sent to the form is what the 401 is for; the browser reports it all the same.
    admin.complaints = [line for line in admin.complaints if "401" not in line]

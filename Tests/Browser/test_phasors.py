"""The phasor diagram of a meter's network and its verdict in words, on «Текущие показания»."""

import pytest
from playwright.sync_api import expect

from answers import network, reading
from conftest import Session

QUALITY = "#/electricity/current?kind=ElMomentQuality&tags="


@pytest.fixture
def meters(gateway):
    api = Session(gateway)
    numbers = [api.add_meter(address) for address in ("951", "952")]
    yield numbers
    api.remove_meters(numbers)


def read(admin, meters, tags="UA,IA,PA,QA"):
    admin.log_in().read_meters()
    admin.open(f"{QUALITY}{tags}&ids={','.join(map(str, meters))}")
    admin.page.get_by_role("button", name="Считать показания").click()
    return admin.page


def test_a_reversed_transformer_is_drawn_and_named_with_its_evidence(admin, meters):
    reading(admin.page, {meters[0]: network(reversed_phases="C")})
    page = read(admin, meters[:1])
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("Порядок фаз прямой: AngAB 120°, AngBC 120°, AngAC 240°.")
    expect(verdict).to_contain_text("ток IC направлен встречно")
    expect(verdict).to_contain_text("φC −158°")
    picture = page.locator("svg.phasors")
    assert picture.get_attribute("role") == "img" and "IC 6,30 А, φ −158°" in picture.get_attribute("aria-label")
    assert picture.locator(".phasor").count() == 6 and picture.locator(".phasor.current").count() == 3
    table = page.locator(".wiring table")
    assert table.locator("thead th").all_inner_texts() == ["A", "B", "C"]
    expect(table).to_contain_text("φ")
    expect(table.locator("tbody tr").nth(0)).to_contain_text("231,4")
    assert admin.sideways <= 0


def test_a_right_wiring_claims_no_more_than_that_no_fault_is_seen(admin, meters):
    reading(admin.page, {meters[0]: network()})
    page = read(admin, meters[:1])
    expect(page.locator(".verdict")).to_contain_text("Ошибок включения токов не видно")
    expect(page.locator(".verdict .st-err, .verdict .st-warn")).to_have_count(0)


def test_what_the_diagram_lacks_is_chosen_with_one_press(admin, meters):
    orders = reading(admin.page, {meters[0]: {"UA": 231.4}})
    page = read(admin, meters[:1], tags="UA")
    expect(page.get_by_text("Для векторной диаграммы нужны")).to_be_visible()
    page.get_by_role("button", name="Выбрать параметры диаграммы").click()
    page.get_by_role("button", name="Считать показания").click()
    page.wait_for_function("document.querySelectorAll('.tag-groups input:checked').length === 18")
    assert orders[0]["tags"] == ["UA"] and {"UC", "IB", "QA", "AngAC", "AngUIC"} <= set(orders[-1]["tags"])


def test_each_of_several_meters_has_its_diagram(admin, meters):
    reading(admin.page, {meters[0]: network(), meters[1]: network(order=(0, 240, 120))})
    page = read(admin, meters)
    expect(page.locator(".verdict")).to_contain_text("Порядок фаз прямой")
    page.locator("section select").select_option(str(meters[1]))
    expect(page.locator(".verdict")).to_contain_text("Порядок фаз обратный")


def test_the_diagram_fits_a_phone_and_comes_after_its_verdict(phone, meters):
    reading(phone.page, {meters[0]: network(reversed_phases="A")})
    page = read(phone, meters[:1])
    expect(page.locator("svg.phasors")).to_be_visible()
    assert phone.sideways <= 0
    tops = [page.locator(place).bounding_box()["y"] for place in (".verdict", "svg.phasors", ".wiring table")]
    assert tops == sorted(tops)


def test_reading_one_meter_now_shows_its_diagram_too(admin, meters):
    record = {"ts": "2026-11-20T08:30:00+03:00", "diff": 1,
              "tags": [{"tag": tag, "val": value} for tag, value in network(reversed_phases="B").items()]}

    def moment(route):
        measure = route.request.post_data_json["measures"][0]
        route.fulfill(json={"measures": [{"measure": measure, "devices": [
            {"id": meters[0], "serial": "1", "vals": [record]}]}]})

    admin.page.route("**/meter/data/moment", moment)
    admin.log_in().open(f"#/meter/{meters[0]}")
    admin.page.get_by_role("button", name="Прочитать сейчас").click()
    expect(admin.page.locator(".verdict")).to_contain_text("ток IB направлен встречно")
    expect(admin.page.locator("svg.phasors")).to_be_visible()
    # The card is half a page wide: the table of numbers must not stick out of it.
    card, table = (admin.page.locator(one).bounding_box() for one in ("section:has(> .wiring)", ".wiring table"))
    assert table["x"] + table["width"] <= card["x"] + card["width"] + 1


def test_long_names_in_the_choice_of_meters_do_not_widen_a_phone(phone, gateway, meters):
    def name(rows):
        return [{**row, "comment": "Насосная станция второго подъёма, ввод " + str(row["id"])}
                if row["id"] in meters else row for row in rows]

    Session(gateway).replace("/settings/meter/table", "Meters", name)
    reading(phone.page, {meters[0]: network(), meters[1]: network()})
    page = read(phone, meters)
    expect(page.locator("section select")).to_be_visible()
    assert phone.sideways <= 0

"""«Диагностика», «Линии»: verdicts with what to do next, who has the line, octets as they pass, a recording."""

import json

import pytest
from playwright.sync_api import expect

TIMES = {"count": 40, "p50": 50, "p90": 125, "p99": 400}
BUSY = {
    "line": "Iface1", "settings": "9600,8n1", "open": True, "newest": 4,
    "verdict": {"code": "twoAnswers", "state": "err", "text": "На один адрес отвечают два ПУ", "station": "1/17",
                "meter": 5, "advice": "Отключайте ПУ по одному и смените сетевой адрес того, чей адрес занят.",
                "evidence": [{"name": "second", "text": "вторых ответов", "count": 3}], "frames": [3, 1]},
    "holder": {"number": 7, "owner": "transit 10.0.0.5", "class": "remote", "since": "2026-11-22T12:00:00.000+03:00",
               "text": "Линию держит transit 10.0.0.5 с 12:00:00: отправлено 120, принято 480 байт"},
    "Waiters": [{"number": 8, "owner": "poll meter 5", "class": "scheduled",
                 "since": "2026-11-22T12:00:01.000+03:00", "text": "Ждёт poll meter 5 с 12:00:01"}],
    "Facts": ["Занята: 40 % за минуту, 12 % за час; обмен: 30 % и 9 %", "Ответ: 50 мс (p50), 125 мс (p90), 400 мс (p99)",
              "Отправлено 12000, принято 48000, непрошеных 0 байт; отказов 0, опросов отложено 2"], "times": TIMES}
IDLE = {"line": "Iface2", "verdict": {
    "code": "unseen", "state": "idle", "text": "Запросов пока мало", "evidence": [], "frames": [],
    "advice": "Выполните «Тест связи» в таблице ПУ: заключение появится после трёх запросов."}}
WHOLE = {**BUSY, "hour": [[index, index // 2] for index in range(60)], "Stations": [
    {"station": "1/17", "meter": 5, "text": "ПУ ID 5 (1/17): запросов 40, ответов 38", "verdict": BUSY["verdict"]}]}
BURSTS = [
    {"n": 1, "time": "2026-11-22T12:00:00.100+03:00", "direction": "request", "octets": 10,
     "hex": "7e a0 08 02 23 41 93 00 00 7e", "Frames": [{"text": "SNRM"}]},
    {"n": 2, "time": "2026-11-22T12:00:00.180+03:00", "direction": "response", "octets": 44,
     "hex": "7e a0 08 41 02 23 73 •• •• 7e", "Frames": [{"text": "UA"}, {"text": "UA", "error": "HDLC FCS"}]}]


@pytest.fixture
def lines(request):
    """Answers in the gateway's place; what was asked of it is kept."""
    asked = []

    def serve(page):
        def answer(route, value):
            route.fulfill(status=200, content_type="application/json", body=json.dumps(value))

        def done(route):
            asked.append((route.request.url.split("/action")[1], json.loads(route.request.post_data)))
            answer(route, {"res": 0})

        page.route("**/state/lines", lambda route: answer(route, {"Lines": [BUSY, IDLE], "connections": 0}))
        page.route("**/state/lines/Iface1", lambda route: answer(route, WHOLE))
        page.route("**/state/lines/Iface1/frames*", lambda route: answer(route, {
            "Frames": [] if "after" in route.request.url else BURSTS, "newest": 2}))
        page.route("**/state/lines/Iface1/frames/2", lambda route: answer(route, {
            **BURSTS[1], "Frames": [{"text": "UA", "link": {"frame": "UA"}, "apdu": None}]}))
        page.route("**/action/**", done)
        return asked
    return serve


def test_a_verdict_says_what_to_do_and_a_waiter_is_sent_away(admin, lines):
    asked = lines(admin.page)
    admin.log_in().open("#/diagnostics")
    page = admin.page
    expect(page.get_by_text("На один адрес отвечают два ПУ · ПУ ID 5")).to_be_visible()
    expect(page.get_by_text("вторых ответов: 3 · Кадры: 3, 1")).to_be_visible()
    expect(page.get_by_text("Выполните «Тест связи» в таблице ПУ")).to_be_visible()
    page.get_by_role("button", name="Отключить poll meter 5").click()
    page.get_by_role("button", name="Отключить transit 10.0.0.5").click()
    assert asked == [("/lines/drop", {"line": "Iface1", "number": 8}), ("/transit/drop", {"type": "iface1"})]


def test_octets_of_a_line_are_shown_as_they_pass_and_recorded(admin, lines):
    asked = lines(admin.page)
    admin.log_in().open("#/diagnostics/lines")
    page = admin.page
    page.get_by_role("link", name="Интерфейс 1").click()
    expect(page.get_by_text("UA + UA ✕ HDLC FCS")).to_be_visible()
    page.get_by_text("UA + UA ✕ HDLC FCS").click()
    expect(page.get_by_text("7e a0 08 41 02 23 73 •• •• 7e")).to_be_visible()
    expect(page.get_by_text("ПУ ID 5 (1/17): запросов 40, ответов 38")).to_be_visible()
    with page.expect_response("**/action/lines/record"):
        page.get_by_role("button", name="Записать обмен в файл").click()
    assert asked == [("/lines/record", {"line": "Iface1", "on": True})]


def test_a_phone_shows_lines_without_scrolling_sideways(phone, lines):
    lines(phone.page)
    phone.log_in().open("#/diagnostics/lines/Iface1")
    expect(phone.page.get_by_text("На один адрес отвечают два ПУ")).to_have_count(2)
    assert phone.sideways <= 0

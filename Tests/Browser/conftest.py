"""Fixtures of the browser suite: a gateway, a browser, a page that reports what went wrong on it.

The gateway is UM_BASE_URL when it is set (UM_LOGIN, UM_PASSWORD then name an administrator), else the built
`gatewayd` with a fresh data directory, UM_GATEWAYD or .build/debug/gatewayd. Nothing here sleeps for a fixed time.
"""

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("UM_CHROMIUM", "/usr/bin/chromium")
NEW_PASSWORD = "Vodolaz-2026"
#: A wrong password, a save that was overtaken.
PROVOKED = ("403", "412")
WIDTHS = {"phone": (320, 640), "laptop": (1280, 768)}


@dataclass
class Gateway:
    """A running gateway and the administrator the suite uses."""

    url: str
    login: str = "admin"
    password: str = NEW_PASSWORD
    #: True when the suite started it, so that factory state can be relied upon.
    own: bool = False
    #: Its data directory, when the suite started it.
    data: str = ""


def request(url, method, path, body=None, cookie=None):
    """One API call without a browser: status, answer, cookie."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    headers = {"Accept": "application/vnd.um+json", "Content-Type": "application/json",
               "X-Protocol-USPD": "40"}
    if cookie:
        headers["Cookie"] = cookie
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return answer.status, value, (answer.getheader("Set-Cookie") or "").split(";")[0]


def change_factory_password(url, login, old, new):
    """Leaves the factory password behind; harmless when that has been done."""
    status, _, cookie = request(url, "POST", "/auth", {"login": login, "password": old})
    if status == 200:
        request(url, "PUT", "/auth/password", {"login": login, "old": old, "new": new}, cookie)


class Session:
    """An administrator's session of the API, for what a test needs to be there before it looks."""

    def __init__(self, gateway):
        self.url = gateway.url
        status, answer, self.cookie = request(
            self.url, "POST", "/auth", {"login": gateway.login, "password": gateway.password})
        assert status == 200, answer

    def rows(self, path, wrapper):
        """A table as the device has it."""
        return request(self.url, "GET", path, cookie=self.cookie)[1][wrapper]

    def replace(self, path, wrapper, change):
        """Writes a table as `change` makes it of the present rows."""
        _, value, _ = request(self.url, "GET", path, cookie=self.cookie)
        status, answer, _ = request(self.url, "PUT", path, {wrapper: change(value[wrapper])}, self.cookie)
        assert status == 200, answer

    def add_meter(self, address, interface="Iface1", password=""):
        """Adds a SPODES meter; its number."""
        added = []

        def change(rows):
            added.append(max([row["id"] for row in rows], default=0) + 1)
            row = {"id": added[0], "pId": 0, "typeName": "SPODES", "addr": address, "ifaceName": interface,
                   "ifaceCfg": "", "passRd": password, "passWr": ""}
            return [*rows, row]

        self.replace("/settings/meter/table", "Meters", change)
        return added[0]

    def remove_meters(self, ids):
        self.replace("/settings/meter/table", "Meters",
                     lambda rows: [row for row in rows if row["id"] not in ids])


def record_events(gateway, meter, events):
    """Events of a meter as a visit would have stored them: (kind, stamp of the meter's clock, state)."""
    if not gateway.data:
        pytest.skip("the archive of a given gateway is left alone")
    epoch = datetime.datetime(2000, 1, 1)
    with contextlib.closing(sqlite3.connect(f"{gateway.data}/archive.sqlite", timeout=10)) as archive, archive:
        key, = archive.execute("SELECT meter_key FROM meter WHERE id = ? AND until_at IS NULL", (meter,)).fetchone()
        first, = archive.execute("SELECT max(coalesce(max(seq), 0), 1000000) FROM event").fetchone()
        for number, (kind, stamp, state) in enumerate(events, 1):
            seconds = int((datetime.datetime.fromisoformat(stamp) - epoch).total_seconds())
            archive.execute("INSERT INTO event VALUES (?,?,?,0,0,-1,-1,-1,0,?,?,?,0,NULL,NULL)",
                            (key, kind, seconds, state, number, first + number))


def record_alarms(gateway, meter, alarms):
    """Alarms of a meter as visits would have stored them: (bit of the word, whether it holds)."""
    if not gateway.data:
        pytest.skip("the archive of a given gateway is left alone")
    with contextlib.closing(sqlite3.connect(f"{gateway.data}/archive.sqlite", timeout=10)) as archive, archive:
        key, = archive.execute("SELECT meter_key FROM meter WHERE id = ? AND until_at IS NULL", (meter,)).fetchone()
        for bit, holds in alarms:
            archive.execute("INSERT INTO alarm(meter_key, bit, since_at, until_at) VALUES (?, ?, ?, ?)",
                            (key, bit, int(time.time()), None if holds else int(time.time())))


def wait_for(url, process, seconds=15):
    """Waits until the listener accepts; fails at once when the process ends first."""
    parts = urllib.parse.urlsplit(url)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"gatewayd ended with {process.returncode} before it listened")
        try:
            socket.create_connection((parts.hostname, parts.port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"nothing listens at {url} after {seconds} s")


@pytest.fixture(scope="session")
def gateway():
    given = os.environ.get("UM_BASE_URL")
    if given:
        login = os.environ.get("UM_LOGIN", "admin")
        password = os.environ.get("UM_PASSWORD", NEW_PASSWORD)
        change_factory_password(given, login, login, password)
        yield Gateway(given.rstrip("/"), login, password)
        return
    program = pathlib.Path(os.environ.get("UM_GATEWAYD", ROOT / ".build/debug/gatewayd"))
    if not program.exists():
        pytest.skip(f"no gatewayd at {program} and no UM_BASE_URL")
    data = tempfile.mkdtemp(prefix="um-browser-")
    offset = 20000 + os.getpid() % 10000
    url = f"http://127.0.0.1:{80 + offset}"
    command = [str(program), "--data", data, "--www", str(ROOT / "www"),
               "--config", str(ROOT / "etc/factory"), "--bind", "127.0.0.1", "--port-offset", str(offset),
               "--inputs", data + "/inputs"]
    (pathlib.Path(data) / "inputs").write_text("1 0 0\n")
    with open(pathlib.Path(data) / "gatewayd.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        try:
            wait_for(url, process)
            change_factory_password(url, "admin", "admin", NEW_PASSWORD)
            yield Gateway(url, own=True, data=data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Admin:
    """The admin in one browser page, with everything the browser complained about."""

    page: object
    gateway: Gateway
    complaints: list = field(default_factory=list)

    def open_login(self):
        self.page.goto(f"{self.gateway.url}/login.html")
        self.page.wait_for_selector("#name")

    def log_in(self, login=None, password=None):
        self.open_login()
        self.page.fill("#name", login or self.gateway.login)
        self.page.fill("#password", password or self.gateway.password)
        self.page.click("[type=submit]")
        self.page.wait_for_selector("#main .card")
        return self

    def open(self, address):
        """Opens a page by its address and waits until it is drawn."""
        self.page.evaluate("address => { location.hash = address; }", address)
        self.page.wait_for_selector(f'#main[data-drawn="{address}"]')
        return self

    def read_meters(self):
        """«Считать таблицу» counts once a session; pages of this browser may then read it by themselves."""
        self.page.evaluate("sessionStorage.setItem('meters.read', '1')")

    @property
    def sideways(self):
        """Pixels by which the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


def make_admin(chromium, gateway, width="laptop", language="ru", theme="light"):
    wide, tall = WIDTHS[width]
    context = chromium.new_context(viewport={"width": wide, "height": tall}, ignore_https_errors=True,
                                   accept_downloads=True)
    context.add_init_script(f"""if (!localStorage.getItem('language')) {{
        localStorage.setItem('language', '{language}'); localStorage.setItem('theme', '{theme}'); }}""")
    admin = Admin(context.new_page(), gateway)
    admin.page.on("pageerror", lambda error: admin.complaints.append(str(error)))
    admin.page.on("console", lambda line: line.type == "error" and admin.complaints.append(line.text))
    return admin


@pytest.fixture
def admin(chromium, gateway):
    one = make_admin(chromium, gateway)
    yield one
    one.page.context.close()
    # Refusals that a test provokes are reported by the browser itself; the rest are faults of the page.
    assert [line for line in one.complaints if not any(code in line for code in PROVOKED)] == []


@pytest.fixture
def phone(chromium, gateway):
    one = make_admin(chromium, gateway, width="phone")
    yield one
    one.page.context.close()
    assert [line for line in one.complaints if not any(code in line for code in PROVOKED)] == []

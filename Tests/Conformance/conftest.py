"""Starts the meter under test once, and links to it for each test; see `meter.py`."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Support"))
sys.path.insert(0, str(HERE))

import meter  # noqa: E402
from expectations import SILENT, departures  # noqa: E402
from meter import Link, Personality, Session, Site, Wrapper, associate  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--personality", default="three-phase", help="model of meter under test")


def pytest_configure(config):
    config.addinivalue_line("markers", "case(identity, title): name of a conformance test")


@pytest.fixture(scope="session")
def site(request, tmp_path_factory):
    """The running street."""
    running = Site(tmp_path_factory.mktemp("site"), Personality(request.config.getoption("--personality")))
    yield running
    assert running.street.stop() == 0, "the simulator ended in disorder"


@pytest.fixture(autouse=True)
def patience(request, site, monkeypatch):
    """Silence that a model owes need not be waited out."""
    identity = request.node.get_closest_marker("case").args[0]
    if departures(site.personality.file).get(identity, ("", ""))[1] == SILENT:
        monkeypatch.setattr(meter, "PATIENCE", 0.4)


@pytest.fixture
def links(site):
    """Makes links to the lone meter (or another line's port); all are closed at the end."""
    opened = []

    def make(port: int | None = None, **words) -> Link:
        opened.append(Link(port or site.alone, **words))
        return opened[-1]
    yield make
    for link in opened:
        link.close()


@pytest.fixture
def link(links):
    """A link of the reader to the lone meter; nothing is open yet."""
    return links()


@pytest.fixture
def nrm(link):
    """The same with the HDLC link open, by the standard's limits."""
    link.open()
    return link


@pytest.fixture
def wrapper(site):
    """Makes connections of a client to the meter behind the wrapper."""
    opened = []

    def make(client: int = 32, port: int | None = None) -> Wrapper:
        opened.append(Wrapper(port or site.wrapper, client))
        return opened[-1]
    yield make
    for connection in opened:
        connection.close()


@pytest.fixture
def raw(wrapper):
    """A connection of the reader without an association."""
    return wrapper()


@pytest.fixture
def sessions(site, wrapper):
    """Opens associations over one connection by client: 16, 32 or 48."""
    connection = []

    def make(client: int = 32, **words) -> Session:
        if not connection:
            connection.append(wrapper(client))
        mechanism, secret = site.mechanisms()[client]
        return associate(connection[0].for_client(client), mechanism, secret, **words)
    return make


@pytest.fixture
def reader(sessions):
    """The reader's association."""
    return sessions(32)

"""A USB adapter that is pulled out and put back while somebody talks, waits, or does nothing."""

import time

import pytest

from processes import Street
from test_servers import ask_for_frame, connect, servers, site, wait  # noqa: F401


def moment(gateway):
    status, _, answer = gateway.request(
        "POST", "/meter/data/moment", {"ids": [1], "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
    assert status == 200, answer
    return answer["measures"][0]["devices"][0]


@pytest.mark.parametrize("state", ["idle", "connected", "holding", "waiting"])
def test_the_port_stays_and_the_line_works_again_once_it_is_plugged_in(site, tmp_path, state):  # noqa: F811
    gateway, street = site
    assert not moment(gateway).get("error")
    clients = []
    if state != "idle":
        clients.append(connect(gateway, 11))
    if state in ("holding", "waiting"):
        assert ask_for_frame(clients[0])
    if state == "waiting":
        clients.append(connect(gateway, 11))
        wait("a waiting client", lambda: servers(gateway)[0]["waiting"] == ["127.0.0.1"])

    street.stop()
    if state in ("holding", "waiting"):
        begun = time.monotonic()
        assert clients[0].recv(10) == b"", "whoever had the line is told by the end of its connection"
        assert time.monotonic() - begun < 5
    error = moment(gateway)["error"]
    assert error, "a question for values of now is answered with the line's fault"
    assert servers(gateway)[0]["listening"], "the port stays"
    with connect(gateway, 11) as late:
        late.sendall(b"\x7e")
        assert late.recv(10) == b"", "without a line a client is not left hanging"

    for client in clients:
        client.close()
    wait("the port free", lambda: servers(gateway)[0]["Clients"] == [])
    again = Street(tmp_path / "again", tmp_path / "street" / "street.json")
    try:
        again.command(set={"delay": 0})
        with connect(gateway, 11) as client:
            assert ask_for_frame(client), "the next client opens the line"
        wait("a reading", lambda: not moment(gateway).get("error"), 15)
    finally:
        again.stop()

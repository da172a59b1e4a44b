"""Opening and closing a link, and what may be said when (IEC 62056-46, 6.4.4)."""

import time

import axdr
import hdlc
import pytest
from meter import associate
from suite import case


@case("HDLC_NDM2NRM_01", "SNRM without parameters is answered with UA")
def test_plain(link):
    found = link.open()
    assert 32 <= found[5] <= 2030 and 32 <= found[6] <= 2030


def need_limits(link) -> None:
    """Where UA is empty, as GOST R 58940 allows, the standard's limits hold and nothing is negotiated."""
    if not link.ask(hdlc.SNRM).info:
        pytest.skip("the model's UA tells no limits")


@case("HDLC_NDM2NRM_02", "SNRM with parameters of one, two and four octets is understood")
def test_widths(link):
    need_limits(link)
    for width in (1, 2, 4):
        found = link.open(hdlc.parameters(64, 64, 1, 1, width=width, window_width=min(width, 4)))
        assert found[5] == found[6] == 64 and found[7] == found[8] == 1, width


@case("HDLC_NDM2NRM_03", "No limit in UA is above what the client proposes, nor above the meter's own")
def test_smaller(site, link):
    need_limits(link)
    for transmit, receive in ((32, 32), (32, 128), (128, 32), (100, 77), (2030, 2030)):
        found = link.open(hdlc.parameters(transmit, receive, 7, 7))
        own = site.personality.information
        assert found[5] <= min(own, receive) and found[6] <= min(own, transmit), (transmit, receive, found)
        assert 1 <= found[7] <= 7 and 1 <= found[8] <= 7


@case("HDLC_NDM2NRM_04", "Absent parameters stand for the standard's values")
def test_absent(link):
    need_limits(link)
    assert link.open(hdlc.parameters(transmit=48))[6] <= 48
    found = link.open(hdlc.parameters(window_transmit=1))
    assert found[5] <= 128 and found[6] <= 128


@case("HDLC_NDM2NRM_05", "Parameters out of range leave a link with limits within it")
def test_out_of_range(link):
    for transmit, receive, window in ((0, 0, 0), (1, 1, 8), (65535, 65535, 255)):
        found = link.open(hdlc.parameters(transmit, receive, window, window))
        assert 32 <= found[5] <= 2030 and 32 <= found[6] <= 2030 and 1 <= found[7] <= 7 and 1 <= found[8] <= 7


@case("HDLC_NDM2NRM_06", "SNRM with damaged parameters is answered with UA or DM, and the next one opens")
def test_damaged(link):
    for info in ("81", "8180", "818003050200", "81801205", "827f03050180", "ffffffff"):
        assert link.ask(hdlc.SNRM, bytes.fromhex(info)).control in (hdlc.UA, hdlc.DM), info
        link.open()


@case("HDLC_NDM2NRM_07", "Answers obey the limits agreed on")
def test_limits_hold(site, link):
    link.open(hdlc.parameters(32, 32))
    link.limit = 32
    link.send(link.frame(hdlc.information(0, 0), hdlc.REQUEST + axdr.aarq(1, site.personality.reader)[:29],
                         segmented=True))
    assert link.next().is_ready
    link.send(link.frame(hdlc.information(1, 0), axdr.aarq(1, site.personality.reader)[29:61]))
    answer = link.next()
    assert answer.is_information and len(answer.info) <= 32


@case("HDLC_NDM2NRM_08", "A second SNRM begins a new link: numbers from zero, no association")
def test_again(site, nrm):
    nrm.request(axdr.aarq(1, site.personality.reader))
    nrm.open()
    assert nrm.request(axdr.get(8, "0.0.1.0.0.255", 2))[0] == 0xD8


@case("HDLC_NDM2NRM_09", "SNRM that does not poll is not answered and opens nothing")
def test_no_poll(link):
    assert link.is_silent_to(link.frame(hdlc.SNRM & 0xEF))
    assert link.ask(hdlc.ready(0)).control == hdlc.DM


@case("HDLC_NDM_01", "Without a link DISC is answered with DM")
def test_disc_closed(link):
    assert link.disconnect().control == hdlc.DM


@case("HDLC_NDM_02", "Without a link I, RR, RNR and REJ are answered with DM when they poll")
def test_others_closed(link):
    for control in (hdlc.information(0, 0), hdlc.ready(0), hdlc.not_ready(0), 0x19):
        info = hdlc.REQUEST + axdr.get(8, "0.0.1.0.0.255", 2) if control & 1 == 0 else b""
        assert link.ask(control, info).control == hdlc.DM, f"{control:02X}"


@case("HDLC_NDM_03", "Without a link frames that do not poll are not answered")
def test_unpolled_closed(link):
    assert link.is_silent_to(link.frame(hdlc.ready(0, poll=False)), link.frame(hdlc.information(0, 0, False), b"x"))


@case("HDLC_NRM2NDM_01", "DISC is answered with UA, the next one with DM")
def test_disc(nrm):
    assert nrm.disconnect().control == hdlc.UA
    assert nrm.disconnect().control == hdlc.DM


@case("HDLC_NRM2NDM_02", "After DISC the association is gone with the link")
def test_disc_association(site, nrm):
    nrm.request(axdr.aarq(1, site.personality.reader))
    nrm.disconnect()
    nrm.open()
    assert nrm.request(axdr.get(8, "0.0.1.0.0.255", 2))[0] == 0xD8


@case("HDLC_NRM2NDM_03", "A stranger's DISC is answered with DM and closes nothing")
def test_stranger(nrm):
    nrm.send(hdlc.frame(nrm.probe_to, nrm.nobody, hdlc.DISC))
    assert nrm.next().control == hdlc.DM
    assert nrm.ask(hdlc.ready(0)).is_ready


@case("HDLC_NRM2NDM_04", "A stranger's I frame is answered with DM and is not served")
def test_strange_request(nrm):
    info = hdlc.REQUEST + axdr.aarq()
    nrm.send(hdlc.frame(nrm.probe_to, nrm.nobody, hdlc.information(0, 0), info))
    assert nrm.next().control == hdlc.DM
    assert nrm.ask(hdlc.ready(0)).is_ready


@case("HDLC_INFO_01", "An APDU in one frame is answered in one frame that acknowledges it")
def test_one_frame(nrm):
    answer = nrm.ask(hdlc.information(0, 0), hdlc.REQUEST + axdr.get(8, "0.0.1.0.0.255", 2))
    assert answer.is_information and answer.sent == 0 and answer.received == 1 and answer.final
    assert answer.info[:3] == hdlc.RESPONSE


@case("HDLC_INFO_02", "An APDU in segments is joined; each segment that polls is acknowledged with RR")
def test_segments(site, nrm):
    nrm.limit = 20
    assert axdr.Opened(nrm.request(axdr.aarq(1, site.personality.reader))).accepted


@case("HDLC_INFO_03", "A long answer comes in segments, each asked for with RR")
def test_long_answer(site, link):
    found = link.open(hdlc.parameters(64, 64, 1, 1))
    link.request(axdr.aarq(1, site.personality.reader))
    link.send(link.frame(hdlc.information(link.sent, link.received),
                         hdlc.REQUEST + axdr.get(15, "0.0.40.0.0.255", 2)))
    link.sent = (link.sent + 1) & 7
    segments = 0
    while True:
        answer = link.next()
        assert len(answer.info) <= found[5] and answer.sent == link.received
        assert (answer.info[:3] == hdlc.RESPONSE) == (segments == 0), "the LLC header stands in the first segment"
        segments += 1
        link.received = (link.received + 1) & 7
        if not answer.segmented:
            break
        link.send(link.frame(hdlc.ready(link.received)))
    assert segments > 1


@case("HDLC_INFO_04", "An information field of exactly the limit is taken, one octet more gives FRMR, Y bit set")
def test_too_long(site, link):
    own = link.open(hdlc.parameters(128, 128))[6]
    assert link.ask(hdlc.information(0, 0), hdlc.REQUEST + bytes(own - 3), segmented=True).is_ready
    answer = link.ask(hdlc.information(1, 0), bytes(own + 1), segmented=True)
    assert answer.control == hdlc.FRMR and answer.info[2] & 0x0F == 4, answer.info.hex()


@case("HDLC_INFO_05", "An I frame without the LLC header is not passed on")
def test_wrong_llc(nrm):
    answer = nrm.ask(hdlc.information(0, 0), b"\xe6\xe7\x00" + axdr.aarq())
    assert answer.is_ready and answer.received == 1


@case("HDLC_INFO_06", "RR repeats the last segment that was not acknowledged")
def test_repeat(nrm):
    first = nrm.ask(hdlc.information(0, 0), hdlc.REQUEST + axdr.aarq())
    again = nrm.ask(hdlc.ready(0))
    assert again.is_information and again.sent == first.sent and again.info == first.info


@case("HDLC_INFO_07", "A repeated I frame is answered again and served once")
def test_repeated_request(nrm):
    info = hdlc.REQUEST + axdr.aarq()
    first = nrm.ask(hdlc.information(0, 0), info)
    again = nrm.ask(hdlc.information(0, 0), info)
    assert (again.sent, again.received, again.info) == (first.sent, first.received, first.info)


@case("HDLC_INFO_08", "An I frame out of order gives FRMR or REJ, or its number is asked for")
def test_out_of_order(nrm):
    answer = nrm.ask(hdlc.information(3, 0), hdlc.REQUEST + axdr.aarq())
    assert answer.control == hdlc.FRMR or answer.control & 0x0F == 9 and answer.received == 0 or (
        answer.is_ready and answer.received == 0), answer.octets.hex()


@case("HDLC_INFO_09", "N(R) of a frame never sent gives FRMR, Z bit set")
def test_received_number(nrm):
    answer = nrm.ask(hdlc.ready(5))
    assert answer.control == hdlc.FRMR and answer.info[2] & 0x0F == 8, answer.octets.hex()


@case("HDLC_INFO_10", "FRMR tells the control octet refused and the station's numbers")
def test_reject_field(nrm):
    nrm.request(axdr.aarq())
    answer = nrm.ask(hdlc.ready(6))
    assert answer.control == hdlc.FRMR and len(answer.info) == 3
    assert answer.info[0] == hdlc.ready(6) and answer.info[1] == 1 << 5 | 1 << 1, answer.info.hex()


@case("HDLC_INFO_11", "After FRMR nothing but SNRM and DISC is heard: FRMR is repeated")
def test_reject_condition(nrm):
    refused = nrm.ask(hdlc.ready(5))
    again = nrm.ask(hdlc.information(0, 0), hdlc.REQUEST + axdr.aarq())
    assert again.control == hdlc.FRMR and again.info == refused.info, again.octets.hex()
    nrm.open()
    assert nrm.ask(hdlc.ready(0)).is_ready
    nrm.ask(hdlc.ready(5))
    assert nrm.disconnect().control == hdlc.UA


@case("HDLC_INFO_12", "REJ lets the answer be sent again from the number it tells")
def test_reject(nrm):
    first = nrm.ask(hdlc.information(0, 0), hdlc.REQUEST + axdr.aarq())
    again = nrm.ask(0x19)
    assert again.is_information and again.info == first.info


@case("HDLC_INFO_13", "RNR is answered with RR and no information")
def test_not_ready(nrm):
    nrm.ask(hdlc.information(0, 0), hdlc.REQUEST + axdr.aarq())
    answer = nrm.ask(hdlc.not_ready(0))
    assert answer.is_ready and answer.received == 1


@case("HDLC_INFO_14", "RR with nothing to send is answered with RR")
def test_idle(nrm):
    for _ in range(3):
        assert nrm.ask(hdlc.ready(0)).is_ready
    assert nrm.is_silent_to(nrm.frame(hdlc.ready(0, poll=False)))


@case("HDLC_INFO_15", "An information frame outside of numbers (UI) is not answered")
def test_ui(nrm):
    assert nrm.is_silent_to(nrm.frame(hdlc.UI & 0xEF, hdlc.REQUEST + axdr.aarq()))


@case("HDLC_INFO_16", "Numbers run on through the modulus of eight")
def test_modulus(site, nrm):
    nrm.request(axdr.aarq(1, site.personality.reader))
    for _ in range(20):
        assert nrm.request(axdr.get(8, "0.0.1.0.0.255", 2))[3] == 0


@case("HDLC_WINDOW_01", "A window agreed on is used for the answer: so many frames, the last one polls")
def test_window(site, link):
    found = link.open(hdlc.parameters(64, 64, 3, 3))
    link.request(axdr.aarq(1, site.personality.reader))
    link.send(link.frame(hdlc.information(link.sent, link.received),
                         hdlc.REQUEST + axdr.get(15, "0.0.40.0.0.255", 2)))
    frames = [link.next()]
    while not frames[-1].final:
        frames.append(link.next())
    assert len(frames) == found[7], f"{len(frames)} frames, the window is {found[7]}"
    assert link.stream.next(0.05) is None


@case("HDLC_WINDOW_02", "Part of a window acknowledged: the rest comes again")
def test_part_of_window(site, link):
    found = link.open(hdlc.parameters(64, 64, 3, 3))
    link.request(axdr.aarq(1, site.personality.reader))
    link.send(link.frame(hdlc.information(link.sent, link.received),
                         hdlc.REQUEST + axdr.get(15, "0.0.40.0.0.255", 2)))
    first = link.next()
    while not link.next().final if not first.final else False:
        pass
    link.send(link.frame(hdlc.ready((first.sent + 1) & 7)))
    assert link.next().sent == (first.sent + 1) & 7
    assert found[7] >= 1


PORT = (23, "0.1.22.0.0.255")


@case("HDLC_TIMEOUT_01", "Without frames for the inactivity time-out the link is gone")
def test_inactivity(site, links):
    mechanism, secret = site.mechanisms()[48]
    link = links(client=48)
    link.open()
    session = associate(link, mechanism, secret)
    assert session.get(*PORT, 8) != (axdr.UINT16, 0)
    before = session.get(*PORT, 8)
    assert session.put(*PORT, 8, (axdr.UINT16, 1)) == 0
    try:
        time.sleep(0.5)
        assert link.ask(hdlc.ready(link.received)).is_ready, "half of the time-out"
        time.sleep(1.3)
        assert link.ask(hdlc.ready(link.received)).control == hdlc.DM
    finally:
        link.open()
        again = associate(link, mechanism, secret)
        assert again.put(*PORT, 8, before) == 0


@case("HDLC_TIMEOUT_02", "The inter-octet time-out is the one the port's object tells")
def test_inter_octet(site, links):
    mechanism, secret = site.mechanisms()[48]
    link = links(client=48)
    link.open()
    session = associate(link, mechanism, secret)
    before = session.get(*PORT, 7)
    assert session.put(*PORT, 7, (axdr.UINT16, 100)) == 0
    try:
        whole = link.frame(hdlc.ready(link.received))
        link.send(whole[:5])
        time.sleep(0.3)
        assert link.is_silent_to(whole[5:])
    finally:
        assert session.put(*PORT, 7, before) == 0
    whole = link.frame(hdlc.ready(link.received))
    link.send(whole[:5])
    time.sleep(0.3)
    link.send(whole[5:])
    assert link.next().is_ready


@case("HDLC_TIMEOUT_03", "Values outside of the port's ranges are refused")
def test_port_ranges(sessions):
    session = sessions(48)
    for index, value in ((7, (axdr.UINT16, 10)), (7, (axdr.UINT16, 7000)), (8, (axdr.UINT16, 121)),
                         (9, (axdr.UINT16, 3)), (2, (axdr.ENUM, 17)), (7, (axdr.UINT8, 100))):
        before = session.get(*PORT, index)
        assert session.put(*PORT, index, value) != 0, (index, value)
        assert session.get(*PORT, index) == before


@case("HDLC_ADDRESS_12", "An address written to the port's object holds from the next link on")
def test_new_address(site, links):
    mechanism, secret = site.mechanisms()[48]
    link = links(client=48, width=2)
    link.open()
    session = associate(link, mechanism, secret)
    assert session.get(*PORT, 9) == (axdr.UINT16, 17)
    assert session.put(*PORT, 9, (axdr.UINT16, 25)) == 0
    assert link.ask(hdlc.ready(link.received)).is_ready, "the link goes on under the old address"
    assert link.disconnect().control == hdlc.UA
    assert link.stream.next(0.05) is None
    link.send(link.frame(hdlc.SNRM))
    assert link.stream.next(0.1) is None, "the old address is answered"
    link.meter = hdlc.address(1, 25, 2)
    link.open()
    again = associate(link, mechanism, secret)
    assert again.put(*PORT, 9, (axdr.UINT16, 17)) == 0
    assert link.disconnect().control == hdlc.UA


@case("HDLC_TWO_01", "Two clients have links at a time, each with its own numbers and association")
def test_two_clients(site, links):
    link = links(width=2)
    link.open()
    associate(link, 1, site.personality.reader)
    reader = (link.client, link.sent, link.received)
    link.client = hdlc.address(16)
    link.open()
    associate(link, 0, b"")
    public = (link.client, link.sent, link.received)
    for _ in range(3):
        for turn in range(2):
            link.client, link.sent, link.received = (reader, public)[turn]
            assert link.request(axdr.get(8, "0.0.1.0.0.255", 2))[:2] == b"\xc4\x01"
            taken = (link.client, link.sent, link.received)
            reader, public = (taken, public) if turn == 0 else (reader, taken)
    link.client, link.sent, link.received = public
    assert link.disconnect().control == hdlc.UA
    link.client, link.sent, link.received = reader
    assert link.request(axdr.get(1, "0.0.96.1.0.255", 2))[3] == 0, "the reader's link stays"


@case("HDLC_TWO_02", "Each client sees what is open to it, though both have links")
def test_two_rights(site, links):
    link = links(width=2)
    link.open()
    associate(link, 1, site.personality.reader)
    link.client = hdlc.address(16)
    link.open()
    associate(link, 0, b"")
    assert link.request(axdr.get(1, "0.0.96.1.0.255", 2))[3] == 1


@case("HDLC_TWO_03", "A client more than there are places takes the place of the one heard longest ago")
def test_third(site, links):
    link = links(width=2)
    for client in (32, 16, 48):
        link.client = hdlc.address(client)
        link.open()
    for client, control in ((32, hdlc.DM), (16, None), (48, None)):
        link.client = hdlc.address(client)
        answer = link.ask(hdlc.ready(0))
        assert answer.control == control or control is None and answer.is_ready, client

"""Frames and addresses: what a station answers, and what it must not even hear (IEC 62056-46, 6.4.1–6.4.2)."""

import time

import hdlc
import pytest
from suite import case


@case("HDLC_FRAME_01", "A frame between two flags is answered with a whole frame")
def test_plain(link):
    answer = link.ask(hdlc.SNRM)
    assert answer.control == hdlc.UA and answer.octets[0] == answer.octets[-1] == hdlc.FLAG


@case("HDLC_FRAME_02", "Flags before a frame are time fill")
def test_time_fill(link):
    link.send(b"\x7e" * 20 + link.frame(hdlc.SNRM))
    assert link.next().control == hdlc.UA


@case("HDLC_FRAME_03", "A wrong FCS is not answered")
def test_wrong_fcs(link):
    assert link.is_silent_to(link.frame(hdlc.SNRM, bad_fcs=True))


@case("HDLC_FRAME_04", "A wrong HCS is not answered, though the FCS is right")
def test_wrong_hcs(link):
    assert link.is_silent_to(link.frame(hdlc.SNRM, hdlc.parameters(128, 128), bad_hcs=True))


@case("HDLC_FRAME_05", "A frame of another format type is not answered")
@pytest.mark.parametrize("kinds", [[0x0, 0x8, 0x9, 0xB, 0xC, 0xF]], ids=["all"])
def test_format_type(link, kinds):
    for kind in kinds:
        assert link.is_silent_to(link.frame(hdlc.SNRM, kind=kind)), f"type {kind:X}"


@case("HDLC_FRAME_06", "A frame without flags is not answered")
def test_no_flags(link):
    # Octets on either side keep it from borrowing the flags of its neighbours.
    assert link.is_silent_to(b"\x55" + link.frame(hdlc.SNRM)[1:-1] + b"\x55")


@case("HDLC_FRAME_07", "A length field that says less than there is, is not answered")
def test_short_length(link):
    assert link.is_silent_to(link.frame(hdlc.SNRM, length=6))


@case("HDLC_FRAME_08", "After a length field that says more than there is, silence brings the station back")
def test_long_length(link):
    link.send(link.frame(hdlc.SNRM, length=200))
    assert link.stream.next(1.2) is None
    assert link.ask(hdlc.SNRM).control == hdlc.UA


@case("HDLC_FRAME_09", "Half a frame is forgotten after the inter-octet time-out")
def test_octet_time_out(link):
    whole = link.frame(hdlc.SNRM)
    link.send(whole[:5])
    time.sleep(1.2)
    assert link.is_silent_to(whole[5:])
    assert link.ask(hdlc.SNRM).control == hdlc.UA


@case("HDLC_FRAME_10", "A frame that comes octet by octet is answered")
def test_octet_by_octet(link):
    for octet in link.frame(hdlc.SNRM):
        link.send(bytes([octet]))
        time.sleep(0.002)
    assert link.next().control == hdlc.UA


@case("HDLC_FRAME_11", "Noise before a frame does not hide it")
def test_noise(link):
    link.send(bytes.fromhex("00ff7e7e005512a07e") + link.frame(hdlc.SNRM))
    assert link.next(2.0).control == hdlc.UA


@case("HDLC_FRAME_12", "An unknown control octet is not taken for another")
def test_unknown_control(link):
    for control in (0x17, 0x3B, 0xEF, 0x8F, 0xC3, 0x5F):
        assert link.is_silent_to(link.frame(control)), f"control {control:02X}"


@case("HDLC_FRAME_13", "In NRM an unknown control octet is refused with FRMR that names it, W bit set")
def test_unknown_control_connected(nrm):
    answer = nrm.ask(0x3B)
    assert answer.control == hdlc.FRMR and answer.info[0] == 0x3B and answer.info[2] & 0x0F == 1, answer.info.hex()


@case("HDLC_FRAME_14", "Two frames may share the flag between them")
def test_shared_flag(nrm):
    nrm.send(nrm.frame(hdlc.ready(0))[:-1] + nrm.frame(hdlc.ready(0)))
    assert nrm.next().is_ready and nrm.next().is_ready


@case("HDLC_FRAME_15", "Commands of a server (UA, DM, FRMR) are not answered")
def test_responses(nrm):
    assert nrm.is_silent_to(nrm.frame(hdlc.UA), nrm.frame(hdlc.DM), nrm.frame(hdlc.FRMR))


@case("HDLC_FRAME_16", "Every single wrong bit of a frame is noticed")
def test_bit_flips(link):
    whole = link.frame(hdlc.SNRM, hdlc.parameters(128, 128, 1, 1))
    for place in range(3, len(whole) - 1):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << place % 8
        if hdlc.FLAG not in spoilt[1:-1]:
            assert link.is_silent_to(bytes(spoilt)), f"octet {place}"


@case("HDLC_ADDRESS_01", "A lone meter answers an address of one octet from one octet")
def test_one_octet(links):
    assert links(width=1).ask(hdlc.SNRM).control == hdlc.UA


@case("HDLC_ADDRESS_02", "An address of two octets is answered from two octets")
def test_two_octets(links):
    assert links(width=2).ask(hdlc.SNRM).control == hdlc.UA


@case("HDLC_ADDRESS_03", "An address of four octets is answered from four octets")
def test_four_octets(links):
    assert links(width=4).ask(hdlc.SNRM).control == hdlc.UA


@case("HDLC_ADDRESS_04", "A wrong physical address is not answered")
def test_wrong_physical(link):
    for width in (2, 4):
        meter = hdlc.address(1, 99, width)
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.SNRM)), f"{width} octets"


@case("HDLC_ADDRESS_05", "A wrong logical device is not answered")
def test_wrong_logical(link):
    for meter in (hdlc.address(0x20), hdlc.address(0x20, 17, 2), hdlc.address(0x20, 17, 4)):
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.SNRM)), meter.hex()


@case("HDLC_ADDRESS_06", "The address of no station is not answered")
def test_no_station(link):
    for meter in (hdlc.address(0), hdlc.address(1, 0, 2), hdlc.address(0, 0, 4)):
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.SNRM)), meter.hex()


@case("HDLC_ADDRESS_07", "A broadcast is not answered")
def test_broadcast(link):
    for meter in (hdlc.address(0x7F), hdlc.address(1, 0x7F, 2), hdlc.address(1, 0x3FFF, 4)):
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.SNRM)), meter.hex()
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.UI & 0xEF, hdlc.REQUEST + b"\0"))


@case("HDLC_ADDRESS_08", "An address of three octets, or of more than four, is not answered")
def test_odd_widths(link):
    for meter in (bytes.fromhex("020023"), bytes.fromhex("0002000023"), bytes.fromhex("000200000023")):
        assert link.is_silent_to(hdlc.frame(meter, link.client, hdlc.SNRM)), meter.hex()


@case("HDLC_ADDRESS_09", "A client's address of two octets, or of nobody, is not answered")
def test_client_address(link):
    for client in (hdlc.address(0x20, 1, 2), hdlc.address(0)):
        assert link.is_silent_to(hdlc.frame(link.meter, client, hdlc.SNRM)), client.hex()


@case("HDLC_ADDRESS_10", "On a bus each meter answers its own address alone, and none an address of one octet")
def test_bus(site, links):
    link = links(site.bus, width=2)
    assert link.ask(hdlc.SNRM).control == hdlc.UA
    neighbour = hdlc.address(1, 18, 2)
    link.send(hdlc.frame(neighbour, link.client, hdlc.SNRM))
    answer = link.next()
    assert answer.source == neighbour and answer.control == hdlc.UA
    assert link.stream.next(0.1) is None
    assert link.is_silent_to(hdlc.frame(hdlc.address(1), link.client, hdlc.SNRM))


@case("HDLC_ADDRESS_11", "A link keeps while its client changes the width of the address")
def test_width_changes(links):
    link = links(width=1)
    link.open()
    link.meter = hdlc.address(1, 17, 2)
    assert link.ask(hdlc.ready(0)).is_ready

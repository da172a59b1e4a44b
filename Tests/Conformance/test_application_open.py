"""Opening and closing an application association (IEC 62056-5-3, 7; GOST R 58940, 8)."""

import axdr
import hdlc
import pytest
from meter import associate
from suite import case

CLOCK = (8, "0.0.1.0.0.255")
PASSED = 0  # diagnostic of a user who was let in


def answer(link, apdu: bytes) -> axdr.Opened:
    return axdr.Opened(link.request(apdu))


def is_closed(link) -> bool:
    """Whether services are refused for want of an association."""
    refused = link.request(axdr.get(*CLOCK, 2))
    return refused[0] == 0xD8 and refused[1] == 1


@case("APPL_IDLE_01", "Without an association GET, SET and ACTION are refused with ExceptionResponse")
def test_idle(raw):
    for apdu in (axdr.get(*CLOCK, 2), axdr.put(*CLOCK, 2, (axdr.NULL, None)), axdr.act(*CLOCK, 3, (axdr.INT8, 0))):
        assert raw.request(apdu)[0] == 0xD8


@case("APPL_OPEN_01", "The public client opens without a secret")
def test_public(wrapper):
    opened = answer(wrapper(16), axdr.aarq())
    assert opened.accepted and opened.context == axdr.LOGICAL_NAMES and opened.version == 6


@case("APPL_OPEN_02", "The reader opens with its password (low level)")
def test_low(site, raw):
    opened = answer(raw, axdr.aarq(1, site.personality.reader))
    assert opened.accepted and opened.diagnostic == PASSED


@case("APPL_OPEN_03", "The configurator opens, by the passes its mechanism has")
def test_configurator(site, wrapper):
    mechanism, secret = site.mechanisms()[48]
    assert associate(wrapper(48), mechanism, secret).get(*CLOCK, 1)


@case("APPL_OPEN_04", "A wrong password is refused: result 1, diagnostic 13, and nothing is open")
def test_wrong_password(site, raw):
    site.need_open_door()
    for secret in (b"", b"1", site.personality.reader[:-1], site.personality.reader + b"0",
                   bytes([site.personality.reader[0] ^ 1]) + site.personality.reader[1:], bytes(64)):
        opened = answer(raw, axdr.aarq(1, secret))
        assert (opened.result, opened.source, opened.diagnostic) == (1, 1, 13), secret
        assert is_closed(raw)


@case("APPL_OPEN_05", "No mechanism where one is asked for is refused: diagnostic 12")
def test_mechanism_missing(raw):
    opened = answer(raw, axdr.aarq())
    assert opened.result == 1 and opened.diagnostic in (12, 14) and is_closed(raw)


@case("APPL_OPEN_06", "A mechanism that is not the client's is refused: diagnostic 11, 12 or 13")
def test_wrong_mechanism(site, raw):
    site.need_open_door()
    for mechanism in (3, 4, 6, 7, 99):
        opened = answer(raw, axdr.aarq(mechanism, bytes(16)))
        assert opened.result in (1, 2) and opened.diagnostic in (11, 12, 13), mechanism
        assert is_closed(raw)


@case("APPL_OPEN_07", "An application context that is not offered is refused: diagnostic 2")
def test_context(site, raw):
    for context in (axdr.SHORT_NAMES, 4, 9, 255):
        opened = answer(raw, axdr.aarq(1, site.personality.reader, application=context))
        assert opened.result in (1, 2) and opened.diagnostic == 2, context
        assert is_closed(raw)


@case("APPL_OPEN_08", "DLMS version 5 is refused with an initiate error, version 6 and later are not")
def test_version(site, raw):
    opened = answer(raw, axdr.aarq(1, site.personality.reader, version=5))
    assert opened.result in (1, 2) and opened.error == (1, 6, 1), opened.raw.hex()
    assert is_closed(raw)
    assert answer(raw, axdr.aarq(1, site.personality.reader, version=7)).version == 6


@case("APPL_OPEN_09", "No service in common is refused with an initiate error")
def test_no_conformance(site, raw):
    opened = answer(raw, axdr.aarq(1, site.personality.reader, conformance=axdr.READ | axdr.WRITE))
    assert opened.result in (1, 2) and opened.error == (1, 6, 2), opened.raw.hex()
    assert is_closed(raw)


@case("APPL_OPEN_10", "What is granted was both proposed and offered")
def test_conformance(site, raw):
    own = site.personality.conformance
    for proposed in (0xFFFFFF >> 1, axdr.PROPOSED, axdr.GET, axdr.GET | axdr.SET, axdr.GET | axdr.ACTION
                     | axdr.GET_BLOCKS):
        opened = answer(raw, axdr.aarq(1, site.personality.reader, conformance=proposed))
        assert opened.accepted and opened.conformance == proposed & own, f"{proposed:06X}"


@case("APPL_OPEN_11", "A client's PDU too small for any service is refused with an initiate error")
def test_small_pdu(site, raw):
    opened = answer(raw, axdr.aarq(1, site.personality.reader, size=11))
    assert opened.result in (1, 2) and opened.error == (1, 6, 3), opened.raw.hex()


@case("APPL_OPEN_12", "A client's PDU of 0 means no limit of its own; the meter tells its own")
def test_unlimited_pdu(site, raw):
    opened = answer(raw, axdr.aarq(1, site.personality.reader, size=0))
    assert opened.accepted and 12 <= opened.size <= site.personality.size


@case("APPL_OPEN_13", "No answer is longer than the client takes")
def test_pdu_limit(site, raw):
    for size in (64, 100, 200):
        opened = answer(raw, axdr.aarq(1, site.personality.reader, size=size))
        assert opened.accepted
        reply = raw.request(axdr.get(15, "0.0.40.0.0.255", 2))
        assert len(reply) <= size, f"{len(reply)} octets of {size}"
        assert reply[:2] == b"\xc4\x02"


@case("APPL_OPEN_14", "Quality of service and titles in the AARQ are no hindrance")
def test_optional_fields(site, raw):
    secret = site.personality.reader
    assert answer(raw, axdr.aarq(1, secret, quality=0)).accepted
    assert answer(raw, axdr.aarq(1, secret, title=b"STRANGER")).accepted


@case("APPL_OPEN_15", "An AARQ without or with damaged user information is refused")
def test_information(site, raw):
    site.need_open_door()
    for request in (b"", b"\1", b"\1\0\0\0\6", bytes.fromhex("0100000006 5f1f0400007e1f"), b"\x21\x00"):
        reply = raw.request(axdr.aarq(1, b"x", request=request))
        assert reply[0] == 0xD8 or axdr.Opened(reply).result in (1, 2), request.hex()
        assert is_closed(raw)


@case("APPL_OPEN_16", "A client address nobody knows is refused")
def test_unknown_client(wrapper):
    link = wrapper(77)
    reply = link.request(axdr.aarq())
    assert reply[0] == 0xD8 or axdr.Opened(reply).result in (1, 2)
    assert is_closed(link)


@case("APPL_OPEN_17", "A second AARQ is answered; whether let in or not, its own result counts")
def test_second(site, raw):
    site.need_open_door()
    secret = site.personality.reader
    associate(raw, 1, secret)
    assert associate(raw, 1, secret).get(*CLOCK, 1)
    assert answer(raw, axdr.aarq(1, b"wrong")).result == 1
    assert is_closed(raw)


@case("APPL_OPEN_18", "The AARE names the LN server's object 0007, version 6, and at least GET")
def test_response(site, reader):
    assert reader.opened.version == 6 and reader.grants(axdr.GET)


@case("APPL_OPEN_19", "Clients hold associations side by side, each with its rights")
def test_side_by_side(site, raw):
    associate(raw, 1, site.personality.reader)
    raw.client = 16
    associate(raw, 0, b"")
    assert raw.request(axdr.get(1, "0.0.96.1.0.255", 2))[3] == 1, "the public client sees the serial number"
    raw.client = 32
    assert raw.request(axdr.get(1, "0.0.96.1.0.255", 2))[3] == 0


@case("APPL_OPEN_20", "A damaged AARQ opens nothing, wherever it is cut or changed")
def test_damaged(site, raw):
    site.need_open_door()
    whole = axdr.aarq(1, site.personality.reader)
    for place in range(1, len(whole)):
        raw.request(whole[:place])
        assert is_closed(raw), f"cut at {place}"
    for place in (0, 1, 2, 3, 5, 10, 20):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x80
        raw.request(bytes(spoilt))
        assert is_closed(raw), f"octet {place}"


@case("APPL_OPEN_21", "Five wrong passwords do not keep the right one out")
def test_many_wrong_passwords(site, wrapper):
    link = wrapper(port=site.doomed)
    for _ in range(5):
        assert answer(link, axdr.aarq(1, b"wrong")).diagnostic == 13
    link.close()
    # By another connection, as a reader would that gave up and comes again.
    assert answer(wrapper(port=site.doomed), axdr.aarq(1, site.personality.reader)).accepted


@case("APPL_REL_01", "RLRQ is answered with RLRE and ends the association")
def test_release(site, reader):
    assert reader.link.request(bytes.fromhex("6200"))[:1] == b"\x63"
    assert is_closed(reader.link)


@case("APPL_REL_02", "RLRQ with a reason is answered with RLRE")
def test_release_reason(reader):
    reply = reader.link.request(bytes.fromhex("6203800100"))
    assert reply[0] == 0x63 and reply[1] == len(reply) - 2


@case("APPL_REL_03", "After release the client opens again")
def test_reopen(site, reader):
    reader.link.request(bytes.fromhex("6200"))
    assert associate(reader.link, 1, site.personality.reader).get(*CLOCK, 1)


@case("APPL_WRAP_01", "A unit for another logical device is not answered")
def test_wrapper_port(site, raw):
    apdu = axdr.aarq(1, site.personality.reader)
    raw.send(raw.unit(32, 2, apdu), raw.unit(32, 1, apdu))
    assert raw.next()[0] == 1
    raw.connection.settimeout(0.05)
    with pytest.raises(TimeoutError):
        raw.take(1)


@case("APPL_WRAP_02", "Units that come in pieces or glued together are answered one by one")
def test_wrapper_stream(site, raw):
    unit = raw.unit(32, 1, axdr.aarq(1, site.personality.reader))
    raw.send(unit[:5])
    raw.send(unit[5:] + raw.unit(32, 1, axdr.get(*CLOCK, 2)) + raw.unit(32, 1, axdr.get(*CLOCK, 2)))
    assert [raw.next()[2][0] for _ in range(3)] == [0x61, 0xC4, 0xC4]


@case("APPL_LINK_01", "The same association opens over HDLC, the AARQ in one frame")
def test_over_hdlc(site, nrm):
    assert associate(nrm, 1, site.personality.reader).get(*CLOCK, 1)
    assert nrm.disconnect().control == hdlc.UA

"""GET, SET and ACTION, whole, in blocks and in lists, and what is no proper service (IEC 62056-5-3, 9.3)."""

import random
import struct

import axdr
import pytest
from suite import case

CLOCK = (8, "0.0.1.0.0.255")
NAME = (1, "0.0.42.0.0.255")
FILTER = (1, "0.0.97.98.10.255")
LIST = (15, "0.0.40.0.0.255")


def need(session, bits: int, what: str) -> None:
    if not session.grants(bits):
        pytest.skip(f"the model does not offer {what}")


@case("APPL_GET_01", "GET of a value is answered with it and the request's invoke-id")
def test_get(reader):
    for invoke in (0x01, 0x8F, 0xC0, 0xC7):
        answer = reader.request(axdr.get(*NAME, 2, invoke=invoke))
        assert answer[:2] == b"\xc4\x01" and answer[2] & 0x0F == invoke & 0x0F and answer[3] == 0
        assert axdr.decode(answer[4:])[0] == axdr.OCTETS


@case("APPL_GET_02", "An object that does not exist: result 4 (or 9, 11)")
def test_no_object(reader):
    for class_id, code in ((1, "0.0.96.1.99.255"), (3, "1.0.99.99.99.255"), (8, "0.0.1.0.7.255")):
        assert reader.refusal(class_id, code, 2) in (4, 11), code


@case("APPL_GET_03", "Another class under a known name: result 4 or 9")
def test_other_class(reader):
    assert reader.refusal(3, CLOCK[1], 2) in (4, 9)
    assert reader.refusal(1, CLOCK[1], 1) in (4, 9)


@case("APPL_GET_04", "An attribute that the class does not have is refused")
def test_no_attribute(reader):
    for index in (10, 11, 100, 127, -1, -128):
        assert reader.refusal(*CLOCK, index) in (3, 4, 11, 13), index


@case("APPL_GET_05", "Attribute 0 is refused where all-at-once is not granted")
def test_attribute_0(reader):
    assert reader.refusal(*CLOCK, 0) in (3, 4, 9, 11, 12, 13, 250)


@case("APPL_GET_06", "A selector the class does not know, or for an attribute without any, is refused")
def test_selector(reader):
    assert reader.refusal(7, "1.0.98.2.0.255", 2, (9, (axdr.NULL, None))) != 0
    assert reader.refusal(7, "1.0.98.2.0.255", 2, (1, (axdr.NULL, None))) != 0


@case("APPL_GET_07", "A GET cut short anywhere or too long is no GET; the association lives on")
def test_damaged(reader):
    whole = axdr.get(*NAME, 2)
    for spoilt in [whole[:place] for place in range(1, len(whole))] + [whole + b"\0", whole + whole]:
        answer = reader.request(spoilt)
        assert answer[0] == 0xD8 and len(answer) == 3, f"{spoilt.hex()} gives {answer.hex()}"
    assert reader.get(*NAME, 2)


@case("APPL_GET_08", "An unknown kind of GET is refused")
def test_kind(reader):
    for kind in (0, 4, 255):
        assert reader.request(bytes([0xC0, kind]) + axdr.get(*NAME, 2)[2:])[0] in (0xD8, 0xC4)


@case("APPL_GET_09", "An answer bears the whole invoke-id and priority of its request")
def test_invoke(reader):
    for invoke in (0x01, 0x4F, 0x8A, 0xC0, 0xC7):
        for apdu in (axdr.get(*NAME, 2, invoke=invoke), axdr.get(*LIST, 99, invoke=invoke)):
            given = reader.request(apdu)[2]
            assert given == invoke, f"invoke-id and priority {given:02X} for {invoke:02X}"


@case("APPL_GETB_01", "A value longer than the APDU comes in blocks numbered from 1, the last one marked")
def test_blocks(reader):
    need(reader, axdr.GET_BLOCKS, "GET in blocks")
    tag, objects = reader.get(*LIST, 2)
    assert tag == axdr.ARRAY and len(objects) > 10


@case("APPL_GETB_02", "A block asked for twice, or ahead, ends the transfer with an error")
def test_wrong_block(reader):
    need(reader, axdr.GET_BLOCKS, "GET in blocks")
    for number in (0, 2, 5, 0xFFFFFFFF):
        assert reader.request(axdr.get(*LIST, 2))[:2] == b"\xc4\x02"
        answer = reader.request(axdr.get_next(number))
        assert is_abort(answer), f"block {number}: {answer.hex()}"
        assert is_abort(reader.request(axdr.get_next(1))), "the transfer is over"


def is_abort(answer: bytes) -> bool:
    """A block response with a result instead of data, an access error, or ExceptionResponse."""
    if answer[:2] == b"\xc4\x02":
        return answer[3] == 1 and answer[8] == 1 and answer[9] != 0
    return answer[:2] == b"\xc4\x01" and answer[3] == 1 or answer[0] == 0xD8


@case("APPL_GETB_03", "GET next without a transfer is refused: no long get in progress")
def test_no_transfer(reader):
    answer = reader.request(axdr.get_next(1))
    assert is_abort(answer)
    if answer[:2] == b"\xc4\x02":
        assert answer[9] in (16, 15, 19), answer.hex()


@case("APPL_GETB_04", "Another GET in the middle of a transfer is served and ends it")
def test_interrupted(reader):
    need(reader, axdr.GET_BLOCKS, "GET in blocks")
    reader.request(axdr.get(*LIST, 2))
    assert reader.get(*NAME, 2)
    assert is_abort(reader.request(axdr.get_next(1)))


@case("APPL_GETB_05", "Without blocks granted a long value is refused, not cut")
def test_blocks_not_granted(sessions):
    session = sessions(32, conformance=axdr.GET | axdr.SELECTION)
    answer = session.request(axdr.get(*LIST, 2))
    assert answer[:2] == b"\xc4\x01" and answer[3] == 1, answer[:12].hex()


@case("APPL_GETL_01", "A list of attributes is answered in its order, errors in their places")
def test_list(reader):
    need(reader, axdr.LISTS, "lists")
    wanted = [axdr.attribute(*NAME, 2), axdr.attribute(1, "0.0.96.1.99.255", 2), axdr.attribute(*CLOCK, 8)]
    answer = reader.request(axdr.get_list(wanted))
    assert answer[:2] == b"\xc4\x03" and answer[3] == 3, answer.hex()
    reading = axdr.Reader(answer[4:])
    assert reading.octet() == 0 and reading.value()[0] == axdr.OCTETS
    assert reading.octet() == 1 and reading.octet() in (4, 11)
    assert reading.octet() == 0 and reading.value()[0] == axdr.BOOLEAN
    reading.finish()


@case("APPL_GETL_02", "A list not granted is refused")
def test_list_not_granted(sessions):
    session = sessions(32, conformance=axdr.GET)
    assert session.request(axdr.get_list([axdr.attribute(*NAME, 2)]))[0] in (0xD8, 0xC4)
    assert session.request(axdr.get_list([axdr.attribute(*NAME, 2)]))[:2] != b"\xc4\x03"


@case("APPL_GETL_03", "A long list of values comes in blocks")
def test_long_list(reader):
    need(reader, axdr.LISTS | axdr.GET_BLOCKS, "lists in blocks")
    wanted = [axdr.attribute(*LIST, 2)] + [axdr.attribute(*NAME, 2)] * 4
    answer = reader.request(axdr.get_list(wanted))
    assert answer[:2] == b"\xc4\x02", answer[:8].hex()
    joined, number = b"", 1
    while True:
        assert answer[8] == 0 and struct.unpack(">I", answer[4:8])[0] == number
        reading = axdr.Reader(answer[9:])
        joined += reading.take(reading.length())
        if answer[3]:
            break
        answer = reader.request(axdr.get_next(number))
        number += 1
    reading = axdr.Reader(joined)
    assert reading.length() == 5
    for _ in range(5):
        assert reading.octet() == 0
        reading.value()
    reading.finish()


@case("APPL_SET_01", "What may be written is written, and reads back")
def test_set(sessions):
    session = sessions(48)
    before = session.get(*FILTER, 2)
    assert session.put(*FILTER, 2, (before[0], 0x55)) == 0
    assert session.get(*FILTER, 2) == (before[0], 0x55)
    assert session.put(*FILTER, 2, before) == 0


@case("APPL_SET_02", "A value of another type is refused: result 12, and nothing changes")
def test_set_type(sessions):
    session = sessions(48)
    before = session.get(*FILTER, 2)
    for value in ((axdr.OCTETS, b"abcd"), (axdr.BOOLEAN, True), (axdr.ARRAY, []), (axdr.NULL, None)):
        assert session.put(*FILTER, 2, value) == 12, value
    assert session.get(*FILTER, 2) == before


@case("APPL_SET_03", "What may only be read is not written: result 3")
def test_set_read_only(sessions):
    session = sessions(48)
    assert session.put(*NAME, 2, (axdr.OCTETS, b"x")) == 3
    assert session.put(*CLOCK, 1, (axdr.OCTETS, bytes(6))) == 3


@case("APPL_SET_04", "The reader writes nothing: result 3")
def test_set_reader(reader):
    need(reader, axdr.SET, "SET")
    assert reader.put(*FILTER, 2, (axdr.UINT32, 1)) == 3
    assert reader.put(*CLOCK, 2, (axdr.OCTETS, axdr.moment(2030, 1, 1))) == 3


@case("APPL_SET_05", "An object or attribute that does not exist is not written")
def test_set_unknown(sessions):
    session = sessions(48)
    assert session.put(1, "0.0.96.1.99.255", 2, (axdr.UINT8, 1)) in (4, 11)
    assert session.put(*FILTER, 9, (axdr.UINT8, 1)) in (3, 4, 11)


@case("APPL_SET_06", "A clock value that is no moment is refused")
def test_set_clock(sessions):
    session = sessions(48)
    for octets in (b"", bytes(11), bytes(13), axdr.moment(2026, 13, 1), axdr.moment(2026, 2, 30),
                   axdr.moment(2026, 1, 1, 24), axdr.moment(2026, 1, 1, 0, 60), b"\xff" * 12):
        assert session.put(*CLOCK, 2, (axdr.OCTETS, octets)) != 0, octets.hex()


@case("APPL_SET_07", "A damaged SET is refused and writes nothing")
def test_set_damaged(sessions):
    session = sessions(48)
    before = session.get(*FILTER, 2)
    whole = axdr.put(*FILTER, 2, (axdr.UINT32, 7))
    for place in range(1, len(whole)):
        assert session.request(whole[:place])[0] == 0xD8, place
    assert session.request(whole + b"\0")[0] == 0xD8
    assert session.get(*FILTER, 2) == before


@case("APPL_SETB_01", "A value in blocks is acknowledged block by block and written at the last")
def test_set_blocks(sessions):
    session = sessions(48)
    need(session, axdr.SET_BLOCKS, "SET in blocks")
    before = session.get(*FILTER, 2)
    raw = axdr.encode((axdr.UINT32, 0x1234))
    answer = session.request(axdr.put_first(*FILTER, 2, raw[:2], False))
    assert answer[:2] == b"\xc5\x02" and answer[3:] == b"\0\0\0\1", answer.hex()
    answer = session.request(axdr.put_next(raw[2:3], False, 2))
    assert answer[:2] == b"\xc5\x02" and answer[3:] == b"\0\0\0\2", answer.hex()
    assert session.request(axdr.put_next(raw[3:], True, 3)) == b"\xc5\x03\xc1\x00\x00\x00\x00\x03"
    assert session.get(*FILTER, 2) == (axdr.UINT32, 0x1234)
    assert session.put(*FILTER, 2, before) == 0


@case("APPL_SETB_02", "A block out of order ends the transfer, and nothing is written")
def test_set_block_order(sessions):
    session = sessions(48)
    need(session, axdr.SET_BLOCKS, "SET in blocks")
    before = session.get(*FILTER, 2)
    raw = axdr.encode((axdr.UINT32, 0x4321))
    for number in (1, 3, 0):
        session.request(axdr.put_first(*FILTER, 2, raw[:2], False))
        answer = session.request(axdr.put_next(raw[2:], True, number))
        assert answer[0] == 0xD8 or answer[:2] == b"\xc5\x03" and answer[3] != 0, answer.hex()
    assert session.request(axdr.put_next(raw[2:], True, 2))[3] != 0, "no transfer is under way"
    assert session.get(*FILTER, 2) == before


@case("APPL_SETB_03", "Blocks where they are not granted are refused")
def test_set_blocks_not_granted(sessions):
    session = sessions(48, conformance=axdr.GET | axdr.SET)
    answer = session.request(axdr.put_first(*FILTER, 2, axdr.encode((axdr.UINT32, 1)), True))
    assert answer[0] == 0xD8 or answer[3] != 0, answer.hex()


@case("APPL_SETL_01", "A list of values is written in its order, each with its result")
def test_set_list(sessions):
    session = sessions(48)
    need(session, axdr.LISTS | axdr.SET, "lists")
    before = session.get(*FILTER, 2)
    answer = session.request(axdr.put_list(
        [axdr.attribute(*FILTER, 2), axdr.attribute(*NAME, 2)], [(axdr.UINT32, 3), (axdr.UINT32, 3)]))
    assert answer[:2] == b"\xc5\x05" and answer[3:] == b"\2\0\3", answer.hex()
    assert session.get(*FILTER, 2) == (axdr.UINT32, 3)
    assert session.put(*FILTER, 2, before) == 0


@case("APPL_SETL_02", "A list with fewer values than attributes is refused")
def test_set_uneven(sessions):
    session = sessions(48)
    answer = session.request(axdr.put_list([axdr.attribute(*FILTER, 2)] * 2, [(axdr.UINT32, 3)]))
    assert answer[0] == 0xD8 or any(answer[4:]), answer.hex()


@case("APPL_ACTION_01", "A method that may be invoked is, and answers success")
def test_action(reader):
    need(reader, axdr.ACTION, "ACTION")
    assert reader.act(*CLOCK, 6, (axdr.INT16, 0)) == 0


@case("APPL_ACTION_02", "Parameters of another type or out of range are refused")
def test_action_parameters(reader):
    need(reader, axdr.ACTION, "ACTION")
    for value in (None, (axdr.NULL, None), (axdr.INT8, 1), (axdr.OCTETS, b"1"), (axdr.INT16, 901),
                  (axdr.INT16, -901)):
        assert reader.act(*CLOCK, 6, value) != 0, value


@case("APPL_ACTION_03", "Methods without right, and methods that do not exist, are refused")
def test_action_rights(reader):
    for class_id, code, index in ((70, "0.0.96.3.10.255", 1), (70, "0.0.96.3.10.255", 2), (*CLOCK, 5),
                                  (*CLOCK, 99), (*CLOCK, 0), (*CLOCK, -3), (1, "0.0.96.1.99.255", 1)):
        assert reader.act(class_id, code, index, (axdr.INT8, 0)) in (3, 4, 9, 11, 13), (class_id, index)


@case("APPL_ACTION_04", "A damaged ACTION is refused")
def test_action_damaged(reader):
    whole = axdr.act(*CLOCK, 6, (axdr.INT16, 0))
    for place in range(1, len(whole)):
        assert reader.request(whole[:place])[0] == 0xD8, place


@case("APPL_ACTION_05", "ACTION where it is not granted is refused")
def test_action_not_granted(sessions):
    session = sessions(32, conformance=axdr.GET)
    assert session.request(axdr.act(*CLOCK, 6, (axdr.INT16, 0)))[0] == 0xD8
    assert session.request(axdr.put(*CLOCK, 2, (axdr.NULL, None)))[0] == 0xD8


@case("APPL_ACTION_06", "A parameter in blocks is joined")
def test_action_blocks(reader):
    need(reader, axdr.ACTION_BLOCKS, "ACTION in blocks")
    raw = axdr.encode((axdr.INT16, 0))
    first = bytes([0xC3, 4, 0xC1]) + axdr.method(*CLOCK, 6) + axdr.block(raw[:1], False, 1)
    answer = reader.request(first)
    assert answer[:2] == b"\xc7\x04" and answer[3:] == b"\0\0\0\1", answer.hex()
    answer = reader.request(bytes([0xC3, 6, 0xC1]) + axdr.block(raw[1:], True, 2))
    assert answer[:2] == b"\xc7\x01" and answer[3] == 0, answer.hex()


@case("APPL_OTHER_01", "Unknown tags are refused with ExceptionResponse")
def test_tags(reader):
    for tag in (0x00, 0x02, 0x05, 0x06, 0x0D, 0x42, 0x64, 0x7F, 0xBF, 0xD0, 0xFE, 0xFF):
        answer = reader.request(bytes([tag]) + axdr.get(*NAME, 2)[1:])
        assert answer[0] == 0xD8 and len(answer) == 3, f"{tag:02X}: {answer.hex()}"
    assert reader.get(*NAME, 2)


@case("APPL_OTHER_02", "An empty APDU, and responses sent by a client, do no harm")
def test_responses(reader):
    link = reader.link
    for apdu in (b"", bytes.fromhex("c401c1000900"), bytes.fromhex("c501c100"), bytes.fromhex("d80101")):
        link.send(link.unit(link.client, 1, apdu))
    link.send(link.unit(link.client, 1, axdr.get(*NAME, 2)))
    while True:
        answer = link.next()[2]
        if answer[0] == 0xC4:
            break
        assert answer[0] == 0xD8, answer.hex()


@case("APPL_OTHER_03", "Lengths that say more than there is are refused, however large")
def test_lengths(reader):
    head = bytes([0xC1, 1, 0xC1]) + axdr.attribute(*FILTER, 2)
    for value in ("0984ffffffff", "0182ffff", "0283ffffff", "04840fffffff00", "0a7f", "0988ffffffffffffffff"):
        assert reader.request(head + bytes.fromhex(value))[0] == 0xD8, value


@case("APPL_OTHER_05", "Every single wrong bit of a request is answered by its service or an exception, and does no harm")
def test_bit_flips(reader):
    wholes = [axdr.get(*NAME, 2), axdr.get(7, "1.0.98.2.0.255", 2, axdr.by_entry(1, 1)), axdr.put(*FILTER, 2, (axdr.UINT32, 1)),
              axdr.act(*CLOCK, 6, (axdr.INT16, 0)), axdr.get_list([axdr.attribute(*NAME, 2)])]
    for whole in wholes:
        for place in range(8 * len(whole)):
            spoilt = bytearray(whole)
            spoilt[place // 8] ^= 1 << place % 8
            if spoilt[0] in (0xE0, 0x60, 0x62):
                continue
            answer = reader.link.request(bytes(spoilt))
            assert answer[0] in (0xC4, 0xC5, 0xC7, 0xD8), f"{spoilt.hex()} gives {answer.hex()}"
            assert len(answer) <= reader.opened.size
    assert reader.get(*NAME, 2)


@case("APPL_OTHER_06", "Octets without sense are refused, and the association lives on")
def test_noise(reader):
    chance = random.Random(62056)
    for _ in range(400):
        tag = chance.choice((0xC0, 0xC1, 0xC3, 0xC8, 0xDB, chance.randrange(256)))
        octets = bytes([tag]) + chance.randbytes(chance.randrange(60))
        if octets[0] in (0x60, 0x62):
            continue
        reader.link.send(reader.link.unit(reader.link.client, 1, octets))
    reader.link.send(reader.link.unit(reader.link.client, 1, axdr.get(*NAME, 2, invoke=0xCE)))
    while True:
        answer = reader.link.next()[2]
        if answer[0] == 0xC4 and answer[2] & 0x0F == 0x0E:
            break
        assert answer[0] in (0xC4, 0xC5, 0xC7, 0xD8), answer.hex()
    assert reader.get(*NAME, 2)


@case("APPL_OTHER_04", "A value nested without end is refused")
def test_nested(reader):
    head = bytes([0xC1, 1, 0xC1]) + axdr.attribute(*FILTER, 2)
    assert reader.request(head + b"\2\1" * 400)[0] == 0xD8
    assert reader.request(head + b"\2\1" * 400 + b"\0")[0] == 0xD8
    assert reader.get(*NAME, 2)

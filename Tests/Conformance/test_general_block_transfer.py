"""General block transfer: long requests and answers of any service in numbered blocks (IEC 62056-5-3, 9.3.13).

The model's variant is asked that has no other blocks, with APDUs of 200 octets.
"""

import axdr
import pytest
from meter import associate
from suite import case

TAG = 0xE0
LIST = axdr.get(15, "0.0.40.0.0.255", 2)
FILTER = (1, "0.0.97.98.10.255")
LAST, STREAMING = 0x80, 0x40
SIZE = 200


class Block:
    """One general block, read."""

    def __init__(self, apdu: bytes):
        reader = axdr.Reader(apdu)
        assert reader.octet() == TAG, apdu.hex()
        self.control = reader.octet()
        self.number = int.from_bytes(reader.take(2), "big")
        self.acknowledged = int.from_bytes(reader.take(2), "big")
        self.data = reader.take(reader.length())
        reader.finish()
        self.last = bool(self.control & LAST)


def block(data: bytes, number: int, acknowledged: int = 0, last: bool = True, window: int = 1) -> bytes:
    control = (LAST if last else 0) | window
    return (bytes([TAG, control]) + number.to_bytes(2, "big") + acknowledged.to_bytes(2, "big") + axdr.length(len(data))
            + data)


@pytest.fixture
def blocks(site, wrapper):
    """An association of a client that agreed on general blocks."""
    def make(client: int = 32, link=None, **words):
        link = link or wrapper(client, site.general)
        mechanism, secret = site.mechanisms()[client]
        session = associate(link, mechanism, secret, conformance=axdr.PROPOSED | axdr.GENERAL_BLOCKS, **words)
        assert session.grants(axdr.GENERAL_BLOCKS)
        return link
    return make


def take(link, first: bytes, counted: bool = True) -> bytes:
    """Acknowledges block by block; our acknowledgements are numbered, or bear 0."""
    taken, joined, number = Block(first), b"", 1
    while True:
        assert taken.number == number, f"block {taken.number} instead of {number}"
        assert taken.data and not taken.control & STREAMING
        joined += taken.data
        if taken.last:
            return joined
        answer = link.request(block(b"", number if counted else 0, number))
        assert len(answer) <= SIZE, len(answer)
        taken, number = Block(answer), number + 1


@case("APPL_GBT_01", "A long answer comes in blocks numbered from 1, each within the client's APDU, the last one marked")
def test_answer(blocks):
    link = blocks()
    joined = take(link, link.request(LIST))
    assert joined[:2] == b"\xc4\x01" and joined[3] == 0
    tag, objects = axdr.decode(joined[4:])
    assert tag == axdr.ARRAY and len(objects) > 10


@case("APPL_GBT_02", "Acknowledgements numbered or not, the answer is the same; APDUs may be smaller")
def test_acknowledgements(blocks):
    link = blocks()
    whole = take(link, link.request(LIST))
    assert take(link, link.request(LIST), counted=False)[3:] == whole[3:]
    blocks(link=link, size=100)
    first = link.request(LIST)
    assert len(first) <= 100
    assert take(link, first)[3:] == whole[3:]


@case("APPL_GBT_03", "A block not acknowledged is sent again")
def test_lost(blocks):
    link = blocks()
    first = link.request(LIST)
    again = Block(link.request(block(b"", 1, 0)))
    assert (again.number, again.data) == (1, Block(first).data)
    second = Block(link.request(block(b"", 2, 1)))
    repeated = Block(link.request(block(b"", 3, 1)))
    assert second.number == repeated.number == 2 and second.data == repeated.data


@case("APPL_GBT_04", "Another request in the middle of a transfer is served and ends it")
def test_interrupted(blocks):
    link = blocks()
    link.request(LIST)
    assert link.request(axdr.get(8, "0.0.1.0.0.255", 2))[:2] == b"\xc4\x01"
    assert take(link, link.request(LIST))[:2] == b"\xc4\x01"


@case("APPL_GBT_05", "A request in blocks is acknowledged block by block and served at the last")
def test_request(blocks):
    link = blocks(48)
    before = axdr.decode(link.request(axdr.get(*FILTER, 2))[4:])
    whole = axdr.put(*FILTER, 2, (axdr.UINT32, 0x66))
    for size in (1, 5, 11):
        pieces = [whole[place:place + size] for place in range(0, len(whole), size)]
        for number, piece in enumerate(pieces[:-1], 1):
            given = Block(link.request(block(piece, number, last=False)))
            assert given.acknowledged == number and not given.data
        answer = link.request(block(pieces[-1], len(pieces)))
        assert answer[:2] == b"\xc5\x01" and answer[3] == 0, answer.hex()
        assert axdr.decode(link.request(axdr.get(*FILTER, 2))[4:]) == (axdr.UINT32, 0x66)
        assert link.request(axdr.put(*FILTER, 2, before))[3] == 0


@case("APPL_GBT_06", "A block missing in a request is told by the number acknowledged, and nothing is done before it came")
def test_gap(blocks):
    link = blocks(48)
    before = link.request(axdr.get(*FILTER, 2))[4:]
    whole = axdr.put(*FILTER, 2, (axdr.UINT32, 0x55))
    assert Block(link.request(block(whole[:5], 1, last=False))).acknowledged == 1
    assert Block(link.request(block(whole[10:], 3))).acknowledged == 1
    assert Block(link.request(block(whole[5:10], 2, last=False))).acknowledged == 2
    assert link.request(block(whole[10:], 3))[:2] == b"\xc5\x01"
    assert link.request(axdr.put(*FILTER, 2, axdr.decode(before)))[3] == 0


@case("APPL_GBT_07", "A block heard twice is joined once")
def test_twice(blocks):
    link = blocks()
    whole = axdr.get(8, "0.0.1.0.0.255", 2)
    assert Block(link.request(block(whole[:4], 1, last=False))).acknowledged == 1
    assert Block(link.request(block(whole[4:8], 2, last=False))).acknowledged == 2
    assert Block(link.request(block(whole[4:8], 2, last=False))).acknowledged == 2
    assert link.request(block(whole[8:], 3))[:2] == b"\xc4\x01"


@case("APPL_GBT_11", "Requests in blocks follow one another, each numbered from 1")
def test_one_after_another(blocks):
    link = blocks()
    whole = axdr.get(8, "0.0.1.0.0.255", 2)
    for _ in range(3):
        assert Block(link.request(block(whole[:7], 1, last=False))).acknowledged == 1
        assert link.request(block(whole[7:], 2))[:2] == b"\xc4\x01"
    pieces = LIST[:7], LIST[7:]
    link.request(block(pieces[0], 1, last=False))
    first = link.request(block(pieces[1], 2))
    assert Block(first).data[:2] == b"\xc4\x01", first.hex()


@case("APPL_GBT_08", "What comes whole out of blocks and is no request is refused")
def test_contents(blocks):
    link = blocks()
    for content in (b"\xff\xff", b"\xc0", block(b"\xc0", 1), axdr.get(8, "0.0.1.0.0.255", 2)[:-1]):
        assert link.request(block(content, 1))[0] == 0xD8, content.hex()
    assert link.request(block(axdr.get(8, "0.0.1.0.0.255", 2), 1))[:2] == b"\xc4\x01"


@case("APPL_GBT_09", "Damaged blocks are refused, and the association lives on")
def test_damaged(blocks):
    link = blocks()
    whole = block(axdr.get(8, "0.0.1.0.0.255", 2), 1)
    for place in range(1, len(whole)):
        assert link.request(whole[:place])[0] == 0xD8, place
    assert link.request(whole + b"\0")[0] == 0xD8
    assert link.request(block(b"", 1)[:-1] + bytes.fromhex("84ffffffff"))[0] == 0xD8
    assert link.request(whole)[:2] == b"\xc4\x01"


@case("APPL_GBT_10", "Where it was not granted a general block is refused")
def test_not_granted(reader):
    assert not reader.grants(axdr.GENERAL_BLOCKS)
    assert reader.request(block(axdr.get(8, "0.0.1.0.0.255", 2), 1))[0] == 0xD8

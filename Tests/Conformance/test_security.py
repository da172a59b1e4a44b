"""Suite 0: ciphered associations and services, and what must not pass (IEC 62056-5-3, 5; Green Book 9.2)."""

import axdr
import ciphers
import pytest
from meter import AK, EK, Wrapper
from suite import case

TITLE = bytes.fromhex("554d530101010101")
CLOCK = (8, "0.0.1.0.0.255")
FULL = 0x30


class Ciphered:
    """A client of the ciphered meter. Its counter never falls: the meter remembers it beyond a connection."""

    counter = 0x100

    def __init__(self, site):
        self.link = Wrapper(site.ciphered)
        self.secret = site.personality.reader
        self.server = b""

    def protect(self, tag: int, text: bytes, counter: int | None = None) -> bytes:
        """Authenticated and encrypted under a global key."""
        if counter is None:
            Ciphered.counter += 1
            counter = Ciphered.counter
        octets = counter.to_bytes(4, "big")
        cipher, check = ciphers.gcm(EK, TITLE + octets, text, bytes([FULL]) + AK)
        return axdr.tlv(tag, bytes([FULL]) + octets + cipher + check)

    def open_up(self, apdu: bytes, tag: int) -> bytes:
        """The text of a protected APDU, whose tag must be right."""
        reader = axdr.Reader(apdu)
        assert reader.octet() == tag, apdu.hex()
        content = reader.take(reader.length())
        reader.finish()
        assert content[0] == FULL, "answers are protected as far as requests"
        text, _ = ciphers.gcm(EK, self.server + content[1:5], content[5:-12], bytes([FULL]) + AK, decrypts=True)
        _, check = ciphers.gcm(EK, self.server + content[1:5], text, bytes([FULL]) + AK)
        assert check == content[-12:], "authentication tag"
        return text

    def open(self) -> axdr.Opened:
        request = axdr.aarq(1, self.secret, axdr.CIPHERED_NAMES, self.protect(0x21, axdr.initiate()), TITLE)
        opened = axdr.Opened(self.link.request(request))
        if opened.result == 0:
            self.server = opened.title
            assert len(self.server) == 8
            opened.take_response(self.open_up(opened.raw, 0x28))
        return opened

    def get(self, index: int = 2) -> bytes:
        return self.open_up(self.link.request(self.protect(0xC8, axdr.get(*CLOCK, index))), 0xCC)


@pytest.fixture
def ciphered(site):
    client = Ciphered(site)
    yield client
    client.link.close()


@case("SECURITY_OPEN_01", "A ciphered association opens, its answer under the meter's title")
def test_open(ciphered):
    opened = ciphered.open()
    assert opened.accepted and opened.context == axdr.CIPHERED_NAMES and opened.version == 6


@case("SECURITY_OPEN_02", "Where everything must be protected a clear association opens nothing")
def test_clear(ciphered):
    answer = ciphered.link.request(axdr.aarq(1, ciphered.secret))
    assert answer[0] == 0xD8 or axdr.Opened(answer).result in (1, 2) or (
        ciphered.link.request(axdr.get(*CLOCK, 2))[0] == 0xD8)


@case("SECURITY_OPEN_03", "A damaged InitiateRequest, or one under another key, opens nothing")
def test_damaged_open(ciphered):
    whole = ciphered.protect(0x21, axdr.initiate())
    for place in (1, 8, len(whole) - 1):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        answer = ciphered.link.request(
            axdr.aarq(1, ciphered.secret, axdr.CIPHERED_NAMES, bytes(spoilt), TITLE))
        assert answer[0] == 0xD8 or axdr.Opened(answer).result in (1, 2), place


@case("SECURITY_GET_01", "Ciphered services are answered ciphered, with the right tag")
def test_get(ciphered):
    ciphered.open()
    for _ in range(3):
        assert ciphered.get()[:2] == b"\xc4\x01"


@case("SECURITY_GET_02", "A counter that was used is refused")
def test_replay(ciphered):
    ciphered.open()
    ciphered.get()
    for counter in (ciphered.counter, ciphered.counter - 1, 0):
        assert ciphered.link.request(ciphered.protect(0xC8, axdr.get(*CLOCK, 2), counter))[0] == 0xD8, counter
    assert ciphered.get()[:2] == b"\xc4\x01"


@case("SECURITY_GET_03", "Every changed octet of a protected request is refused")
def test_tampering(ciphered):
    ciphered.open()
    whole = ciphered.protect(0xC8, axdr.get(*CLOCK, 2))
    for place in range(2, len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x01
        assert ciphered.link.request(bytes(spoilt))[0] == 0xD8, f"octet {place}"


@case("SECURITY_GET_04", "A clear request within a ciphered association is refused")
def test_clear_request(ciphered):
    ciphered.open()
    assert ciphered.link.request(axdr.get(*CLOCK, 2))[0] == 0xD8

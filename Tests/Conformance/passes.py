"""The four passes of high level authentication, mechanisms 2…6 (IEC 62056-5-3, 7.2.3), from the client's side."""

import hashlib

import axdr
import ciphers
from meter import AK, EK

TITLE = bytes.fromhex("554d530101010101")
ASSOCIATION = (15, "0.0.40.0.0.255")
AUTHENTICATED = 0x10


def proof(mechanism: int, secret: bytes, answered: bytes, sent: bytes, own: bytes, other: bytes, counter: int = 1,
          ek: bytes = EK, ak: bytes = AK) -> bytes:
    """What the side titled `own` answers to the challenge `answered`, having sent `sent` itself."""
    if mechanism == 2:
        return ciphers.ecb(secret, answered)
    if mechanism == 3:
        return hashlib.md5(answered + secret).digest()
    if mechanism == 4:
        return hashlib.sha1(answered + secret).digest()
    if mechanism == 5:
        head = bytes([AUTHENTICATED])
        octets = counter.to_bytes(4, "big")
        _, tag = ciphers.gcm(ek, own + octets, b"", head + ak + answered)
        return head + octets + tag
    assert mechanism == 6
    return hashlib.sha256(secret + own + other + answered + sent).digest()


class Passes:
    """One client on its way into a meter of high level security."""

    def __init__(self, link, mechanism: int, secret: bytes, challenge: bytes = bytes(range(0x41, 0x51)), **words):
        self.link, self.mechanism, self.secret, self.challenge = link, mechanism, secret, challenge
        self.opened = axdr.Opened(link.request(axdr.aarq(mechanism, challenge, title=TITLE, **words)))

    def reply(self, **other) -> bytes:
        """The right answer to the meter's challenge, or one with something else in it."""
        words = {"secret": self.secret, "answered": self.opened.challenge, "sent": self.challenge, "own": TITLE,
                 "other": self.opened.title} | other
        return proof(self.mechanism, **words)

    def give(self, value) -> bytes:
        """Hands an answer over; returns what the meter says to it."""
        return self.link.request(axdr.act(*ASSOCIATION, 1, value))

    def finish(self) -> bytes:
        """The right answer; returns the meter's own proof."""
        answer = self.give((axdr.OCTETS, self.reply()))
        assert answer[:2] == b"\xc7\x01" and answer[3:6] == b"\0\1\0", answer.hex()
        tag, returned = axdr.decode(answer[6:])
        assert tag == axdr.OCTETS
        return returned

    def expected(self, returned: bytes) -> bytes:
        """The meter's right answer to our challenge, of the counter it has used."""
        return proof(self.mechanism, self.secret, self.challenge, self.opened.challenge, self.opened.title, TITLE,
                     int.from_bytes(returned[1:5], "big"))

    def is_closed(self) -> bool:
        """Whether services are refused."""
        return self.link.request(axdr.get(8, "0.0.1.0.0.255", 2))[0] == 0xD8

"""High level authentication by each mechanism: what lets a client in, and what must not (IEC 62056-5-3, 7.2.2)."""

import axdr
import pytest
from passes import ASSOCIATION, TITLE, Passes
from suite import case

MECHANISMS = {2: "AES-ECB", 3: "MD5", 4: "SHA-1", 5: "GMAC", 6: "SHA-256"}
NAME = (1, "0.0.96.1.0.255")
FAILED = 13


@pytest.fixture
def passes(site, wrapper):
    """Begins the passes with the meter of a mechanism."""
    def make(mechanism: int, link=None, client: int = 32, **words) -> Passes:
        secret = site.personality.reader if client == 32 else site.personality.configurator
        link = link or wrapper(client, site.high[mechanism])
        return Passes(link, mechanism, words.pop("secret", secret), **words)
    return make


def is_refused(answer: bytes) -> bool:
    """An exception, or an ACTION result that is no success and proves nothing."""
    return answer[0] == 0xD8 or answer[:2] == b"\xc7\x01" and answer[3] != 0 and answer[4:] in (b"", b"\0")


def let_in(passes, mechanism):
    for client in (32, 48):
        begun = passes(mechanism, client=client)
        assert begun.opened.result == 0 and begun.opened.diagnostic == 14 and begun.opened.mechanism == mechanism
        assert 8 <= len(begun.opened.challenge) <= 64
        returned = begun.finish()
        assert returned == begun.expected(returned), "the meter's own proof"
        assert begun.link.request(axdr.get(*NAME, 2))[:4:3] == b"\xc4\0"
        begun.link.close()


def pending(passes, mechanism):
    begun = passes(mechanism)
    for apdu in (axdr.get(*NAME, 2), axdr.put(8, "0.0.1.0.0.255", 2, (axdr.NULL, None)),
                 axdr.act(8, "0.0.1.0.0.255", 6, (axdr.INT16, 0)), axdr.get(*ASSOCIATION, 2)):
        assert begun.link.request(apdu)[0] == 0xD8, apdu.hex()
    begun.finish()


def wrong_answers(passes, mechanism):
    begun = passes(mechanism)
    right = begun.reply()
    kept = begun.link
    for value in ((axdr.OCTETS, bytes([right[0] ^ 1]) + right[1:]), (axdr.OCTETS, right[:-1] + bytes([right[-1] ^ 0x80])),
                  (axdr.OCTETS, right[:-1]), (axdr.OCTETS, right + b"\0"), (axdr.OCTETS, b""), (axdr.OCTETS, bytes(len(right))),
                  (axdr.VISIBLE, right), (axdr.NULL, None), None):
        again = passes(mechanism, link=kept)
        if value and value[0] == axdr.OCTETS and len(value[1]) == len(right) and any(value[1]):
            spoilt = bytearray(again.reply())
            spoilt[-1] ^= 0x80
            value = (axdr.OCTETS, bytes(spoilt))
        elif value and value[0] == axdr.VISIBLE:
            value = (axdr.VISIBLE, again.reply())
        assert is_refused(again.give(value)), value
        assert again.is_closed(), value
    passes(mechanism, link=kept).finish()


def every_octet(passes, mechanism):
    link = passes(mechanism).link
    for place in range(len(passes(mechanism, link=link).reply())):
        begun = passes(mechanism, link=link)
        spoilt = bytearray(begun.reply())
        spoilt[place] ^= 1
        assert is_refused(begun.give((axdr.OCTETS, bytes(spoilt)))), f"octet {place}"
        assert begun.is_closed(), f"octet {place}"


def second_try(passes, mechanism):
    begun = passes(mechanism)
    assert is_refused(begun.give((axdr.OCTETS, bytes(16))))
    assert is_refused(begun.give((axdr.OCTETS, begun.reply()))) and begun.is_closed()


def replays(passes, mechanism):
    first = passes(mechanism)
    old = first.reply()
    first.finish()
    again = passes(mechanism, link=first.link)
    assert again.opened.challenge != first.opened.challenge
    assert is_refused(again.give((axdr.OCTETS, old))) and again.is_closed()


def reflected(passes, mechanism):
    # The proof of the other side, and the answer to one's own challenge, are no answers.
    first = passes(mechanism)
    returned = first.finish()
    again = passes(mechanism, link=first.link)
    assert is_refused(again.give((axdr.OCTETS, returned))) and again.is_closed()
    again = passes(mechanism, link=first.link)
    own = again.reply(answered=again.challenge, sent=again.opened.challenge)
    assert is_refused(again.give((axdr.OCTETS, own))) and again.is_closed()


def other_secrets(passes, mechanism):
    begun = passes(mechanism)
    words = {"ek": bytes(16)}, {"ak": bytes(16)}, {"own": bytes(8)}
    if mechanism != 5:
        words = {"secret": b"another"}, {"secret": b""}, {"secret": begun.secret + b"0"}
    for other in words:
        again = passes(mechanism, link=begun.link)
        assert is_refused(again.give((axdr.OCTETS, again.reply(**other)))) and again.is_closed(), other


def challenge_lengths(passes, mechanism):
    link = passes(mechanism).link
    for count in (8, 16, 17, 64):
        begun = passes(mechanism, link=link, challenge=bytes(range(1, count + 1)))
        assert begun.opened.diagnostic == 14, count
        returned = begun.finish()
        assert returned == begun.expected(returned), count
    for count in (0, 1, 7, 65):
        begun = passes(mechanism, link=link, challenge=bytes(range(1, count + 1)))
        assert begun.opened.result in (1, 2) and begun.opened.diagnostic == FAILED, count
        assert begun.is_closed(), count
        # A model may count refusals; one begun well sets it at ease.
        passes(mechanism, link=link)


def fresh(passes, mechanism):
    link = passes(mechanism).link
    seen = [passes(mechanism, link=link).opened.challenge for _ in range(16)]
    assert len(set(seen)) == 16
    # No octet stands still: it would not in one of 2¹²⁰ times.
    assert all(len(set(column)) > 1 for column in zip(*seen))


def once(passes, mechanism):
    begun = passes(mechanism)
    begun.finish()
    assert is_refused(begun.give((axdr.OCTETS, begun.reply()))), "the passes are done"


def password(passes, mechanism):
    begun = passes(mechanism)
    opened = axdr.Opened(begun.link.request(axdr.aarq(1, begun.secret, title=TITLE)))
    assert opened.result in (1, 2) and opened.diagnostic in (11, 12, FAILED) and begun.is_closed()
    for other in MECHANISMS.keys() - {mechanism}:
        opened = axdr.Opened(begun.link.request(axdr.aarq(other, begun.challenge, title=TITLE)))
        assert opened.result in (1, 2) and opened.diagnostic in (11, 12, FAILED) and begun.is_closed(), other
        passes(mechanism, link=begun.link)


STEPS = [
    (let_in, "the right answer lets in, and the meter proves itself"),
    (pending, "until the right answer nothing else is served"),
    (wrong_answers, "answers wrong, cut, too long, empty or of another type let nobody in"),
    (every_octet, "every changed octet of the right answer is noticed"),
    (second_try, "after a wrong answer the challenge is spent"),
    (replays, "an answer used before lets nobody in"),
    (reflected, "the meter's own proof, or an answer to the client's challenge, lets nobody in"),
    (other_secrets, "another password, key or title lets nobody in"),
    (challenge_lengths, "challenges of 8…64 octets are answered, others refused: diagnostic 13"),
    (fresh, "each challenge of the meter is new"),
    (once, "the answer is taken once"),
    (password, "the low level, or another mechanism, does not open"),
]


def step_test(mechanism: int, number: int, step, title: str):
    @case(f"APPL_HLS{mechanism}_{number:02}", f"Mechanism {mechanism} ({MECHANISMS[mechanism]}): {title}")
    def check(passes):
        step(passes, mechanism)
    return check


for _mechanism in MECHANISMS:
    for _number, (_step, _title) in enumerate(STEPS, 1):
        globals()[f"test_mechanism_{_mechanism}_{_step.__name__}"] = step_test(_mechanism, _number, _step, _title)


@case("APPL_HLS_01", "A wrong answer to a challenge stands in journal 6")
def test_journal(site, passes):
    journal = (7, "0.0.99.98.6.255")
    begun = passes(2, client=48)
    begun.finish()

    def count() -> int:
        return axdr.decode(begun.link.request(axdr.get(*journal, 7))[4:])[1]
    before = count()
    other = passes(2, link=begun.link.for_client(32))
    assert is_refused(other.give((axdr.OCTETS, bytes(16))))
    assert count() == min(before + 1, 100)

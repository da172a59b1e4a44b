"""Suite 0: ciphered associations and services, and what must not pass (IEC 62056-5-3, 5; Green Book 9.2)."""

import axdr
import ciphers
import pytest
from meter import AK, EK, Wrapper
from passes import TITLE
from suite import case

CLOCK = (8, "0.0.1.0.0.255")
FILTER = (1, "0.0.97.98.10.255")
LIST = (15, "0.0.40.0.0.255")
TAGGED, HIDDEN, FULL = 0x10, 0x20, 0x30
DEDICATED_KEY = bytes(range(0xF0, 0x100))
#: Tags of GET, SET and ACTION under a global and under a dedicated key.
GLOBAL = {0xC0: 0xC8, 0xC1: 0xC9, 0xC3: 0xCB, 0xC4: 0xCC, 0xC5: 0xCD, 0xC7: 0xCF, 0x01: 0x21, 0x08: 0x28}
DEDICATED = {0xC0: 0xD0, 0xC1: 0xD1, 0xC3: 0xD3, 0xC4: 0xD4, 0xC5: 0xD5, 0xC7: 0xD7}
GENERAL_GLOBAL, GENERAL_DEDICATED = 0xDB, 0xDC


class Ciphered:
    """A client of a ciphered meter. Its counter never falls: the meter remembers it beyond a connection."""

    counter = 0x100

    def __init__(self, port: int, secret: bytes, client: int = 32):
        self.link = Wrapper(port, client)
        self.secret = secret
        self.server = b""

    # MARK: Protection

    def content(self, text: bytes, counter: int | None = None, control: int = FULL, key: bytes = EK, ak: bytes = AK,
                title: bytes = TITLE) -> bytes:
        """Control, counter, text and tag."""
        if counter is None:
            Ciphered.counter += 1
            counter = Ciphered.counter
        octets = counter.to_bytes(4, "big")
        vector = title + octets
        if control & FULL == TAGGED:
            _, check = ciphers.gcm(key, vector, b"", bytes([control]) + ak + text)
            return bytes([control]) + octets + text + check
        cipher, check = ciphers.gcm(key, vector, text, bytes([control]) + ak)
        return bytes([control]) + octets + cipher + (check if control & TAGGED else b"")

    def protect(self, tag: int, text: bytes, **words) -> bytes:
        return axdr.tlv(tag, self.content(text, **words))

    def general(self, tag: int, text: bytes, told: bytes = TITLE, **words) -> bytes:
        """A general form, that tells the title."""
        content = self.content(text, **words)
        return bytes([tag, len(told)]) + told + axdr.length(len(content)) + content

    def open_up(self, apdu: bytes, tag: int, control: int = FULL, key: bytes = EK) -> bytes:
        """The text of a protected APDU, whose tag must be right."""
        reader = axdr.Reader(apdu)
        assert reader.octet() == tag, apdu.hex()
        if tag in (GENERAL_GLOBAL, GENERAL_DEDICATED):
            assert reader.take(reader.length()) == self.server, "the meter's title"
        content = reader.take(reader.length())
        reader.finish()
        assert content[0] == control, f"{content[0]:02X} for a request of {control:02X}"
        vector, head = self.server + content[1:5], bytes([control]) + AK
        if control & FULL == TAGGED:
            text = content[5:-12]
            _, check = ciphers.gcm(key, vector, b"", head + text)
        else:
            end = -12 if control & TAGGED else len(content)
            text, _ = ciphers.gcm(key, vector, content[5:end], head, decrypts=True)
            _, check = ciphers.gcm(key, vector, text, head)
        assert not control & TAGGED or check == content[-12:], "authentication tag"
        return text

    # MARK: Association

    def aarq(self, information: bytes | None = None, title: bytes = TITLE, context: int = axdr.CIPHERED_NAMES,
             **initiating) -> bytes:
        if information is None:
            information = self.protect(0x21, axdr.initiate(**initiating))
        return axdr.aarq(1, self.secret, context, information, title)

    def open(self, control: int = FULL, **words) -> axdr.Opened:
        information = self.protect(0x21, axdr.initiate(**words), control=control)
        opened = axdr.Opened(self.link.request(self.aarq(information)))
        if opened.result == 0:
            self.server = opened.title
            assert len(self.server) == 8
            opened.take_response(self.open_up(opened.raw, 0x28, control))
        return opened

    # MARK: Services

    def ask(self, text: bytes, answer: int, key: bytes = EK, control: int = FULL) -> bytes:
        """A request under the global key, or a dedicated one, and the text of its answer."""
        tags = GLOBAL if key == EK else DEDICATED
        sealed = self.protect(tags[text[0]], text, key=key, control=control)
        return self.open_up(self.link.request(sealed), tags[answer], control, key)

    def get(self, index: int = 2) -> bytes:
        return self.ask(axdr.get(*CLOCK, index), 0xC4)

    def is_refused(self, apdu: bytes) -> bool:
        """Whether an APDU brings an exception, and nothing is lost by it."""
        return self.link.request(apdu)[0] == 0xD8 and self.get()[:2] == b"\xc4\x01"


def opens_nothing(client: Ciphered, apdu: bytes) -> bool:
    answer = client.link.request(apdu)
    refused = answer[0] == 0xD8 or axdr.Opened(answer).result in (1, 2)
    return refused and client.link.request(client.protect(0xC8, axdr.get(*CLOCK, 2)))[0] == 0xD8


@pytest.fixture
def clients(site):
    """Makes clients of the meter that takes nothing clear, or of another port."""
    made = []

    def make(client: int = 32, port: int | None = None) -> Ciphered:
        secret = site.personality.reader if client == 32 else site.personality.configurator
        made.append(Ciphered(port or site.ciphered, secret, client))
        return made[-1]
    yield make
    for client in made:
        client.link.close()


@pytest.fixture
def ciphered(clients):
    return clients()


@pytest.fixture
def inside(ciphered):
    """The same with its association open."""
    assert ciphered.open().accepted
    return ciphered


@pytest.fixture
def dedicated(ciphered):
    """An association with a dedicated key."""
    assert ciphered.open(dedicated=DEDICATED_KEY).accepted
    return ciphered


# MARK: Association

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
    for place in (1, 2, 8, len(whole) - 1):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1
        assert opens_nothing(ciphered, ciphered.aarq(bytes(spoilt))), place
        ciphered.open()
    for words in ({"key": AK}, {"ak": EK}, {"title": bytes(8)}):
        assert opens_nothing(ciphered, ciphered.aarq(ciphered.protect(0x21, axdr.initiate(), **words))), words
        ciphered.open()


@case("SECURITY_OPEN_04", "A clear InitiateRequest in a ciphered context, or a ciphered one in a clear context, opens nothing")
def test_mixed_open(ciphered):
    assert opens_nothing(ciphered, ciphered.aarq(axdr.initiate()))
    sealed = ciphered.protect(0x21, axdr.initiate())
    assert opens_nothing(ciphered, ciphered.aarq(sealed, context=axdr.LOGICAL_NAMES))


@case("SECURITY_OPEN_05", "No title, one of another length, or the meter's own, opens nothing: diagnostic 5 or 13")
def test_titles(ciphered):
    ciphered.open()
    for title in (b"", TITLE[:7], TITLE + b"\0", ciphered.server):
        apdu = ciphered.aarq(title=title)
        answer = ciphered.link.request(apdu)
        assert answer[0] == 0xD8 or axdr.Opened(answer).result in (1, 2), title.hex()


@case("SECURITY_OPEN_06", "An AARQ heard before opens nothing, nor does one of a lower counter")
def test_replayed_open(ciphered):
    old = ciphered.aarq()
    assert axdr.Opened(ciphered.link.request(old)).accepted
    ciphered.open()
    assert opens_nothing(ciphered, old)
    sealed = ciphered.protect(0x21, axdr.initiate(), counter=Ciphered.counter - 1)
    assert opens_nothing(ciphered, ciphered.aarq(sealed))


@case("SECURITY_OPEN_07", "An InitiateRequest protected too little opens nothing")
def test_weak_open(ciphered):
    for control in (TAGGED, HIDDEN):
        assert opens_nothing(ciphered, ciphered.aarq(ciphered.protect(0x21, axdr.initiate(), control=control))), control


@case("SECURITY_OPEN_08", "A dedicated key of another length opens nothing")
def test_short_dedicated(ciphered):
    for key in (b"\1", bytes(15), bytes(17), bytes(32)):
        assert opens_nothing(ciphered, ciphered.aarq(dedicated=key)), key


@case("SECURITY_REL_01", "RLRQ ends a ciphered association, with a ciphered RLRE for a ciphered RLRQ")
def test_release(inside):
    sealed = inside.protect(0x21, axdr.initiate())
    content = bytes.fromhex("800100") + axdr.tlv(0xBE, axdr.tlv(0x04, sealed))
    answer = inside.link.request(axdr.tlv(0x62, content))
    ((tag, body),) = axdr.ber(answer)
    assert tag == 0x63
    fields = dict(axdr.ber(body))
    if 0xBE in fields:
        assert inside.open_up(fields[0xBE][2:], 0x28)[0] == 8
    assert inside.link.request(inside.protect(0xC8, axdr.get(*CLOCK, 2)))[0] == 0xD8


# MARK: Services under the global key

@case("SECURITY_GET_01", "Ciphered services are answered ciphered, with the right tag")
def test_get(inside):
    for _ in range(3):
        assert inside.get()[:2] == b"\xc4\x01"


@case("SECURITY_GET_02", "A counter that was used is refused")
def test_replay(inside):
    inside.get()
    for counter in (Ciphered.counter, Ciphered.counter - 1, 0):
        sealed = inside.protect(0xC8, axdr.get(*CLOCK, 2), counter=counter)
        assert inside.link.request(sealed)[0] == 0xD8, counter
    assert inside.get()[:2] == b"\xc4\x01"


@case("SECURITY_GET_03", "Every changed octet of a protected request is refused")
def test_tampering(inside):
    whole = inside.protect(0xC8, axdr.get(*CLOCK, 2))
    for place in range(2, len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x01
        assert inside.link.request(bytes(spoilt))[0] == 0xD8, f"octet {place}"
    assert inside.link.request(whole)[0] == 0xCC, "the counter of what was refused is not used up"


@case("SECURITY_GET_04", "Clear requests within a ciphered association are refused")
def test_clear_request(inside):
    for apdu in (axdr.get(*CLOCK, 2), axdr.put(*FILTER, 2, (axdr.UINT32, 1)), axdr.act(*CLOCK, 6, (axdr.INT16, 0))):
        assert inside.is_refused(apdu), apdu.hex()


@case("SECURITY_GET_05", "A protected request cut anywhere is refused")
def test_cut(inside):
    whole = inside.protect(0xC8, axdr.get(*CLOCK, 2))
    for place in range(1, len(whole)):
        assert inside.link.request(whole[:place])[0] == 0xD8, place
    for count in (0, 1, 4, 5, 16, 17):
        content = whole[2:2 + count]
        assert inside.is_refused(axdr.tlv(0xC8, content)), count


@case("SECURITY_GET_06", "A request under another key, authentication key or title is refused")
def test_other_keys(inside):
    for words in ({"key": AK}, {"key": DEDICATED_KEY}, {"ak": EK}, {"title": bytes(8)}, {"title": inside.server}):
        assert inside.is_refused(inside.protect(0xC8, axdr.get(*CLOCK, 2), **words)), words


@case("SECURITY_GET_07", "A text of another service than its tag says is refused")
def test_other_service(inside):
    get = axdr.get(*CLOCK, 2)
    for tag, text in ((0xC9, get), (0xCB, get), (0xC8, axdr.put(*FILTER, 2, (axdr.UINT32, 1))), (0xC8, b"\xc4\1\1\0\0"),
                      (0xC8, inside.protect(0xC8, get)), (0xCC, get), (0xC8, axdr.aarq())):
        assert inside.is_refused(inside.protect(tag, text)), (tag, text.hex())


@case("SECURITY_GET_08", "A refusal of a service is protected as any answer")
def test_refusal(inside):
    assert inside.ask(axdr.get(1, "0.0.96.1.99.255", 2), 0xC4)[3] == 1


@case("SECURITY_GET_09", "The meter's own counter rises with every answer, over associations too")
def test_own_counter(ciphered):
    seen = []
    for _ in range(2):
        ciphered.open()
        for _ in range(3):
            answer = ciphered.link.request(ciphered.protect(0xC8, axdr.get(*CLOCK, 2)))
            seen.append(int.from_bytes(answer[3 if answer[1] < 0x80 else 4:][:4], "big"))
    assert seen == sorted(set(seen)), seen


@case("SECURITY_CONTROL_01", "Where all is asked for, a tag alone or a cipher alone is refused")
def test_policy(inside):
    for control in (0x00, TAGGED, HIDDEN):
        assert inside.is_refused(inside.protect(0xC8, axdr.get(*CLOCK, 2), control=control)), control


@case("SECURITY_CONTROL_02", "Suites and bits that were not agreed on are refused")
def test_control(inside):
    for control in (0x31, 0x32, 0x33, 0x3F, 0x70, 0xB0, 0xF0):
        assert inside.is_refused(inside.protect(0xC8, axdr.get(*CLOCK, 2), control=control)), f"{control:02X}"


@case("SECURITY_CONTROL_03", "Where the client chooses, answers are protected as far as its requests, or its association")
def test_choice(clients, site):
    client = clients(port=site.lenient)
    for chosen in (TAGGED, HIDDEN, FULL):
        assert client.open(control=chosen).accepted
        for control in (TAGGED, HIDDEN, FULL):
            sealed = client.protect(0xC8, axdr.get(*CLOCK, 2), control=control)
            answer = client.open_up(client.link.request(sealed), 0xCC, chosen | control)
            assert answer[:2] == b"\xc4\x01", (chosen, control)
    assert axdr.Opened(client.link.request(axdr.aarq(1, client.secret))).accepted, "the clear association too"


@case("SECURITY_SET_01", "SET and ACTION go ciphered as GET does")
def test_set(clients):
    client = clients(48)
    assert client.open().accepted
    before = axdr.decode(client.ask(axdr.get(*FILTER, 2), 0xC4)[4:])
    assert client.ask(axdr.put(*FILTER, 2, (axdr.UINT32, 0x77)), 0xC5)[3] == 0
    assert axdr.decode(client.ask(axdr.get(*FILTER, 2), 0xC4)[4:]) == (axdr.UINT32, 0x77)
    assert client.ask(axdr.put(*FILTER, 2, before), 0xC5)[3] == 0
    assert client.ask(axdr.act(*CLOCK, 6, (axdr.INT16, 0)), 0xC7)[3] == 0


@case("SECURITY_SET_02", "A SET heard before writes nothing")
def test_replayed_set(clients):
    client = clients(48)
    assert client.open().accepted
    before = axdr.decode(client.ask(axdr.get(*FILTER, 2), 0xC4)[4:])
    old = client.protect(0xC9, axdr.put(*FILTER, 2, (axdr.UINT32, 0x99)))
    assert client.open_up(client.link.request(old), 0xCD)[3] == 0
    assert client.ask(axdr.put(*FILTER, 2, before), 0xC5)[3] == 0
    assert client.link.request(old)[0] == 0xD8
    assert axdr.decode(client.ask(axdr.get(*FILTER, 2), 0xC4)[4:]) == before


@case("SECURITY_SET_03", "What the reader may not, it may not under a cipher either")
def test_rights(inside):
    assert inside.ask(axdr.put(*FILTER, 2, (axdr.UINT32, 1)), 0xC5)[3] == 3


@case("SECURITY_BLOCK_01", "A long answer comes in blocks, each protected and within the client's APDU")
def test_blocks(ciphered):
    assert ciphered.open(size=150).accepted
    joined, number, request = b"", 1, axdr.get(*LIST, 2)
    while True:
        answer = ciphered.link.request(ciphered.protect(0xC8, request))
        assert len(answer) <= 150
        text = ciphered.open_up(answer, 0xCC)
        assert text[:2] == b"\xc4\x02" and int.from_bytes(text[4:8], "big") == number and text[8] == 0, text[:12].hex()
        reader = axdr.Reader(text[9:])
        joined += reader.take(reader.length())
        if text[3]:
            break
        request, number = axdr.get_next(number), number + 1
        if number == 6:  # enough of it: ciphers of this suite are slow
            assert joined[0] == axdr.ARRAY
            return
    assert axdr.decode(joined)[0] == axdr.ARRAY


# MARK: The dedicated key

@case("SECURITY_DEDICATED_01", "Services under a dedicated key are answered under it")
def test_dedicated(dedicated):
    for _ in range(2):
        assert dedicated.ask(axdr.get(*CLOCK, 2), 0xC4, DEDICATED_KEY)[:2] == b"\xc4\x01"
    assert dedicated.get()[:2] == b"\xc4\x01", "the global key holds beside it"


@case("SECURITY_DEDICATED_02", "Without a dedicated key agreed on its forms are refused")
def test_no_dedicated(inside):
    for key in (DEDICATED_KEY, EK, bytes(16)):
        assert inside.is_refused(inside.protect(0xD0, axdr.get(*CLOCK, 2), key=key))


@case("SECURITY_DEDICATED_03", "A dedicated form under the global key, and a global form under the dedicated one, are refused")
def test_keys_confused(dedicated):
    assert dedicated.is_refused(dedicated.protect(0xD0, axdr.get(*CLOCK, 2)))
    assert dedicated.is_refused(dedicated.protect(0xC8, axdr.get(*CLOCK, 2), key=DEDICATED_KEY))


@case("SECURITY_DEDICATED_04", "A counter used under the dedicated key is refused")
def test_dedicated_replay(dedicated):
    old = dedicated.protect(0xD0, axdr.get(*CLOCK, 2), key=DEDICATED_KEY)
    assert dedicated.link.request(old)[0] == 0xD4
    assert dedicated.is_refused(old)


@case("SECURITY_DEDICATED_05", "A dedicated key ends with its association")
def test_dedicated_ends(dedicated):
    assert dedicated.open().accepted
    assert dedicated.is_refused(dedicated.protect(0xD0, axdr.get(*CLOCK, 2), key=DEDICATED_KEY))


# MARK: The general forms

@case("SECURITY_GENERAL_01", "general-glo-ciphering is answered in its form, under the meter's title")
def test_general(inside):
    answer = inside.link.request(inside.general(GENERAL_GLOBAL, axdr.get(*CLOCK, 2)))
    assert inside.open_up(answer, GENERAL_GLOBAL)[:2] == b"\xc4\x01"
    answer = inside.link.request(inside.general(GENERAL_GLOBAL, axdr.act(*CLOCK, 6, (axdr.INT16, 0))))
    assert inside.open_up(answer, GENERAL_GLOBAL)[0] in (0xC7, 0xD8)


@case("SECURITY_GENERAL_02", "general-ded-ciphering is answered in its form, under the dedicated key")
def test_general_dedicated(dedicated):
    apdu = dedicated.general(GENERAL_DEDICATED, axdr.get(*CLOCK, 2), key=DEDICATED_KEY)
    assert dedicated.open_up(dedicated.link.request(apdu), GENERAL_DEDICATED, key=DEDICATED_KEY)[:2] == b"\xc4\x01"


@case("SECURITY_GENERAL_03", "A general form of another title is refused, told or meant")
def test_general_title(inside):
    get = axdr.get(*CLOCK, 2)
    other = bytes.fromhex("4f54480000000001")
    for words in ({"told": other}, {"told": other, "title": other}, {"title": other}, {"told": inside.server},
                  {"told": TITLE[:7]}, {"told": TITLE + b"\0"}):
        assert inside.is_refused(inside.general(GENERAL_GLOBAL, get, **words)), words


@case("SECURITY_GENERAL_04", "Counters of both global forms are one row")
def test_general_counter(inside):
    inside.get()
    for counter in (Ciphered.counter, 1):
        assert inside.is_refused(inside.general(GENERAL_GLOBAL, axdr.get(*CLOCK, 2), counter=counter))
    old = inside.general(GENERAL_GLOBAL, axdr.get(*CLOCK, 2))
    assert inside.link.request(old)[0] == GENERAL_GLOBAL
    assert inside.is_refused(inside.protect(0xC8, axdr.get(*CLOCK, 2), counter=Ciphered.counter))


@case("SECURITY_GENERAL_05", "Damaged general forms are refused")
def test_general_damage(inside):
    whole = inside.general(GENERAL_GLOBAL, axdr.get(*CLOCK, 2))
    for place in range(1, len(whole)):
        spoilt = bytearray(whole)
        spoilt[place] ^= 0x01
        assert inside.link.request(bytes(spoilt))[0] == 0xD8, f"octet {place}"
        assert inside.link.request(whole[:place])[0] == 0xD8, f"cut at {place}"
    assert inside.link.request(whole)[0] == GENERAL_GLOBAL


# MARK: What may be known

@case("SECURITY_SETUP_01", "The security setup tells policy, suite 0, and both titles")
def test_setup(inside):
    setup = (64, "0.0.43.0.0.255")
    values = [axdr.decode(inside.ask(axdr.get(*setup, index), 0xC4)[4:]) for index in range(2, 6)]
    assert values[0][0] == axdr.ENUM and values[1] == (axdr.ENUM, 0)
    assert values[2] == (axdr.OCTETS, TITLE) and values[3] == (axdr.OCTETS, inside.server)


@case("SECURITY_SETUP_02", "The public client reads the counter to go on from")
def test_counter(clients):
    client = clients()
    client.open()
    client.get()
    public = client.link.for_client(16)
    assert axdr.Opened(public.request(axdr.aarq())).accepted
    answer = public.request(axdr.get(1, "0.0.43.1.0.255", 2))
    assert answer[:4:3] == b"\xc4\0", answer.hex()
    assert axdr.decode(answer[4:]) == (axdr.UINT32, Ciphered.counter)


@case("SECURITY_SETUP_03", "A replayed counter is told the next one that will do")
def test_counter_told(inside):
    inside.get()
    answer = inside.link.request(inside.protect(0xC8, axdr.get(*CLOCK, 2), counter=1))
    assert answer[0] == 0xD8 and answer[2] == 6, answer.hex()
    assert int.from_bytes(answer[3:7], "big") == Ciphered.counter + 1

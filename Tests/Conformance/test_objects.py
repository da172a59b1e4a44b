"""Every object of every client's list: attributes, types, rights (IEC 62056-6-2; GOST R 58940, 6 and annexes)."""

import time

import axdr
import cosem
import pytest
from suite import case

CLIENTS = (16, 32, 48)


@pytest.fixture(scope="module")
def lists():
    """Object lists by client, read once."""
    return {}


@pytest.fixture
def look(sessions, lists):
    """A client's session and object list."""
    def make(client: int):
        session = sessions(client)
        if client not in lists:
            lists[client] = cosem.object_list(session)
        return session, lists[client]
    return make


def complain(faults: list[str]) -> None:
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:40])


@case("COSEM_LIST_01", "The object list has the form of class 15 and names no object twice")
def test_form(look):
    for client in CLIENTS:
        _, objects = look(client)
        names = [(element.class_id, element.name) for element in objects]
        assert len(set(names)) == len(names), client
        assert len({name for _, name in names}) == len(names), "a logical name belongs to one object"


@case("COSEM_LIST_02", "The list holds what every management logical device has")
def test_mandatory(look):
    for client in CLIENTS:
        _, objects = look(client)
        have = {(element.class_id, element.code) for element in objects}
        wanted = {(1, "0.0.42.0.0.255"), (15, "0.0.40.0.0.255"), (8, "0.0.1.0.0.255")}
        assert wanted <= have, (client, wanted - have)
    assert (17, "0.0.41.0.0.255") in have, "SAP assignment"


@case("COSEM_LIST_03", "The public client sees the clock and the names alone")
def test_public(look):
    _, objects = look(16)
    allowed = {"0.0.42.0.0.255", "0.0.40.0.0.255", "0.0.1.0.0.255", "0.0.41.0.0.255", "0.0.40.0.1.255"}
    extra = [element for element in objects if element.code not in allowed and element.class_id not in (1, 64)]
    assert not extra and len(objects) < 12, [str(element) for element in extra]


@case("COSEM_LIST_04", "The list of the association's own object and of its numbered twin agree")
def test_twins(look):
    session, objects = look(32)
    if not any(element.code == "0.0.40.0.2.255" for element in objects):
        pytest.skip("the model publishes no numbered associations")
    _, items = session.get(15, "0.0.40.0.2.255", 2)
    assert {str(cosem.Element(item)) for item in items} == {str(element) for element in objects}


@case("COSEM_LIST_05", "The meter has the objects GOST R 58940 demands of a three-phase meter of class D")
def test_gost(site, look):
    _, objects = look(48)
    have = {(element.class_id, element.code.removesuffix(".255")) for element in objects}
    wanted = set(GOST_EVERY if site.personality.phases == 3 else GOST_EVERY - GOST_THREE)
    missing = sorted(wanted - have)
    assert not missing, "demanded and absent:\n" + "\n".join(f"{class_id}:{code}" for class_id, code in missing)


#: Passport, energy, network, archives, journals, relay and setup (tables A.2, B.1–B.5, G.1, G.2).
GOST_THREE = {(3, f"1.0.{group}.7.0") for group in (31, 51, 71, 32, 52, 72, 21, 41, 61, 23, 43, 63, 33, 53, 73)}
GOST_EVERY = GOST_THREE | {
    (1, "0.0.96.1.0"), (1, "0.0.96.1.1"), (1, "0.0.96.1.2"), (1, "0.0.96.1.3"), (1, "0.0.96.1.4"),
    (1, "0.0.96.1.6"), (1, "0.0.96.1.8"), (1, "1.0.0.4.2"), (1, "1.0.0.4.3"), (1, "1.0.0.8.4"),
    (1, "0.0.97.98.0"), (1, "0.0.97.98.10"), (1, "0.0.97.98.20"), (8, "0.0.1.0.0"),
    (3, "1.0.1.8.0"), (3, "1.0.1.8.1"), (3, "1.0.1.8.2"), (3, "1.0.3.8.0"), (3, "1.0.4.8.0"),
    (3, "1.0.1.7.0"), (3, "1.0.3.7.0"), (3, "1.0.9.7.0"), (3, "1.0.13.7.0"), (3, "1.0.14.7.0"),
    (3, "0.0.96.8.0"), (3, "0.0.96.9.0"), (7, "1.0.98.1.0"), (7, "1.0.98.2.0"), (7, "1.0.99.1.0"),
    (70, "0.0.96.3.10"), (15, "0.0.40.0.0"), (15, "0.0.40.0.1"), (15, "0.0.40.0.2"), (15, "0.0.40.0.3"),
    (17, "0.0.41.0.0"), (23, "0.1.22.0.0"), (23, "0.0.22.0.0"), (9, "0.0.10.0.106"), (11, "0.0.11.0.0"),
    (20, "0.0.13.0.0"), (22, "0.0.15.0.0"), (4, "1.0.1.6.0"), (5, "1.0.1.4.0"), (40, "0.0.25.9.0"),
    *((71, f"0.0.17.0.{number}") for number in range(6)), *((7, f"0.0.99.98.{number}") for number in (0, 1, 2, 3, 4, 6, 7, 8, 13))}


@case("COSEM_NAME_01", "Attribute 1 of every object is its logical name, for every client")
def test_names(look):
    faults = []
    for client in CLIENTS:
        session, objects = look(client)
        for element in objects:
            result, raw = session.raw_get(element.class_id, element.code, 1)
            if result or axdr.decode(raw) != (axdr.OCTETS, element.name):
                faults.append(f"{element} for {client}: result {result}, {raw.hex()}")
    complain(faults)


@case("COSEM_NAME_02", "The logical device name: maker's letters and a serial number, at most 16 octets")
def test_device_name(reader):
    tag, name = reader.get(1, "0.0.42.0.0.255", 2)
    assert tag == axdr.OCTETS and 4 <= len(name) <= 16 and name[:3].isalpha() and name[:3].isupper()


@case("COSEM_VERSION_01", "Every object is of a known class in a known version, with all its attributes")
def test_versions(look):
    faults = []
    for client in CLIENTS:
        for element in look(client)[1]:
            if element.class_id not in cosem.CLASSES:
                faults.append(f"{element}: unknown class")
                continue
            _, versions, attributes, methods = cosem.CLASSES[element.class_id]
            if element.version not in versions:
                faults.append(f"{element}: version {element.version}")
            wanted = {1} | {index for index in attributes
                            if cosem.SINCE.get((element.class_id, index), 0) <= element.version}
            if not wanted >= set(element.modes) or not {1} <= set(element.modes):
                faults.append(f"{element}: attributes {sorted(element.modes)}")
            if client == 48 and not wanted == set(element.modes):
                faults.append(f"{element}: the list tells nothing of {sorted(wanted - set(element.modes))}")
            if not all(1 <= index <= methods for index in element.methods):
                faults.append(f"{element}: methods {sorted(element.methods)}")
    complain(faults)


def class_test(class_id: int, title: str):
    """A test of the attributes of one class for every client."""
    @case(f"COSEM_CLASS_{class_id:02}", f"{title} (class {class_id}): every readable attribute has its type")
    def check(look):
        faults, seen = [], 0
        for client in CLIENTS:
            session, objects = look(client)
            for element in objects:
                if element.class_id == class_id:
                    seen += 1
                    faults += attributes(session, element, client)
        complain(faults)
        if not seen:
            pytest.skip("the model has no object of the class")
    return check


def attributes(session, element: cosem.Element, client: int) -> list[str]:
    """What is wrong with the readable attributes of an object."""
    faults = []
    table = cosem.CLASSES[element.class_id][2]
    for index in element.readable:
        if index == 1 or index not in table:
            continue
        what, is_right = table[index]
        selection = axdr.by_entry(1, 2) if cosem.is_large(element) and index == 2 else None
        result, raw = session.raw_get(element.class_id, element.code, index, selection)
        if result:
            faults.append(f"{element} attribute {index} ({what}) for {client}: result {result}")
            continue
        value = axdr.decode(raw)
        if not is_right(value):
            faults.append(f"{element} attribute {index} ({what}) for {client}: {raw[:24].hex()}")
    return faults


for _class_id, (_title, *_) in cosem.CLASSES.items():
    globals()[f"test_class_{_class_id}"] = class_test(_class_id, _title)


@case("COSEM_RIGHTS_01", "Attributes that may not be read are refused")
def test_unreadable(look):
    faults = []
    for client in CLIENTS:
        session, objects = look(client)
        for element in objects:
            table = cosem.CLASSES[element.class_id][2]
            for index in {1, *table} - set(element.readable):
                result = session.refusal(element.class_id, element.code, index)
                if result == 0:
                    faults.append(f"{element} attribute {index} for {client} is read")
    complain(faults)


@case("COSEM_RIGHTS_02", "No client reads a secret")
def test_secrets(look):
    for client in CLIENTS:
        session, objects = look(client)
        for element in objects:
            for class_id, index in cosem.UNREADABLE:
                if element.class_id == class_id:
                    assert index not in element.readable, str(element)
                    assert session.refusal(class_id, element.code, index) in (3, 4, 13), str(element)


@case("COSEM_RIGHTS_03", "Attributes that may not be written are refused: result 3, even with their own value")
def test_unwritable(look):
    faults = []
    for client in CLIENTS:
        session, objects = look(client)
        if not session.grants(axdr.SET):
            continue
        for element in objects:
            table = cosem.CLASSES[element.class_id][2]
            for index in {1, *table} - set(element.writable):
                result = session.put(element.class_id, element.code, index, (axdr.UINT8, 1))
                if result not in (3, 4, 13):
                    faults.append(f"{element} attribute {index} for {client}: result {result}")
    complain(faults)


@case("COSEM_RIGHTS_04", "Attributes that may be written take their own value back")
def test_writable(look):
    faults, seen = [], 0
    session, objects = look(48)
    for element in objects:
        for index in element.writable:
            if index not in element.readable or element.class_id == 8 and index == 2:
                continue
            value = session.get(element.class_id, element.code, index)
            seen += 1
            result = session.put(element.class_id, element.code, index, value)
            if result:
                faults.append(f"{element} attribute {index}: result {result}")
    complain(faults)
    assert seen, "nothing may be written"


@case("COSEM_RIGHTS_05", "Attributes that may be written refuse a value of another type, and keep their own")
def test_wrong_types(look):
    faults = []
    session, objects = look(48)
    for element in objects:
        for index in element.writable:
            if index not in element.readable:
                continue
            before = session.get(element.class_id, element.code, index)
            wrong = (axdr.BITS, (8, b"\x55"))
            result = session.put(element.class_id, element.code, index, wrong)
            after = session.get(element.class_id, element.code, index)
            is_clock = element.class_id == 8 and index == 2
            if result != 12 or before != after and not is_clock:
                faults.append(f"{element} attribute {index}: result {result}")
    complain(faults)


@case("COSEM_RIGHTS_06", "Methods that may not be invoked are refused")
def test_methods(look):
    faults = []
    for client in CLIENTS:
        session, objects = look(client)
        if not session.grants(axdr.ACTION):
            continue
        for element in objects:
            for index in range(1, cosem.CLASSES[element.class_id][3] + 1):
                if element.methods.get(index):
                    continue
                result = session.act(element.class_id, element.code, index, (axdr.INT8, 0))
                if result == 0:
                    faults.append(f"{element} method {index} for {client} is done")
    complain(faults)


@case("COSEM_CLOCK_01", "The clock goes, and tells a whole moment")
def test_clock(reader):
    _, time = reader.get(8, "0.0.1.0.0.255", 2)
    assert time[0:2] != b"\xff\xff" and 0xFF not in time[2:4] + time[5:8]
    assert reader.get(8, "0.0.1.0.0.255", 4) == (axdr.UINT8, time[11])


@case("COSEM_CLOCK_02", "Setting the clock sets it, and journals 3 and 13 tell of it")
def test_set_clock(sessions):
    session = sessions(48)
    clock = (8, "0.0.1.0.0.255")
    _, before = session.get(*clock, 2)
    counts = [session.get(7, f"0.0.99.98.{number}.255", 7)[1] for number in (3, 13)]
    later = before[:6] + bytes([(before[6] + 7) % 60]) + before[7:]
    assert session.put(*clock, 2, (axdr.OCTETS, later)) == 0
    _, now = session.get(*clock, 2)
    assert now[:7] == later[:7]
    for count, number in zip(counts, (3, 13)):
        code = f"0.0.99.98.{number}.255"
        found = session.get(7, code, 7)[1]
        assert found == min(count + 1, 100), f"journal {number}"
        row = session.get(7, code, 2, axdr.by_entry(found, found))[1][0][1]
        if number == 3:
            assert row[1][1] in (3, 63, 68), row
        else:
            # Stamps of archives need not tell the weekday.
            for found, wanted in ((row[0][1], later), (row[1][1], before)):
                assert found[:4] + found[5:7] == wanted[:4] + wanted[5:7], row
    assert session.put(*clock, 2, (axdr.OCTETS, before)) == 0


@case("COSEM_CLOCK_03", "The reader shifts the clock by seconds (method 6), to the minute (method 3)")
def test_shift(reader):
    if not reader.grants(axdr.ACTION):
        pytest.skip("the model does not offer ACTION")
    before = reader.get(8, "0.0.1.0.0.255", 2)[1]
    assert reader.act(8, "0.0.1.0.0.255", 6, (axdr.INT16, 120)) == 0
    after = reader.get(8, "0.0.1.0.0.255", 2)[1]
    assert (after[6] - before[6]) % 60 in (2, 3)
    assert reader.act(8, "0.0.1.0.0.255", 6, (axdr.INT16, -120)) == 0


@case("COSEM_TANGENT_01", "tg φ of the sum and of each phase is reactive over active power, in thousandths")
def test_tangents(look):
    session, objects = look(32)
    have = {element.code for element in objects}
    powers = {131: (1, 3), **({128 + phase: (21 + 20 * phase, 23 + 20 * phase) for phase in range(3)}
                              if "1.0.21.7.0.255" in have else {128: (1, 3)})}

    def read(group: int) -> float:
        code = f"1.0.{group}.7.0.255"
        return session.get(3, code, 2)[1] * 10 ** session.get(3, code, 3)[1][0][1]
    for group, (active, reactive) in powers.items():
        code = f"1.0.{group}.7.0.255"
        if code in have:
            assert session.get(3, code, 3)[1][0][1] == -3, f"{code} has not the digits of tg φ"
            wanted, found = read(reactive) / (read(active) or 1e9), read(group)
            assert abs(wanted - found) < 0.05 + 0.1 * abs(wanted), f"{code} is {found}, powers say {wanted:.3f}"


RELAY = (70, "0.0.96.3.10.255")
OFF, ON, READY = 0, 1, 2


def close(session) -> None:
    """Puts the relay on, whatever its state: only what is off goes on from afar."""
    session.put(*RELAY, 4, (axdr.ENUM, 4))
    session.act(*RELAY, 1, (axdr.INT8, 0))
    session.act(*RELAY, 2, (axdr.INT8, 0))
    assert session.get(*RELAY, 3) == (axdr.ENUM, ON)


@case("COSEM_RELAY_01", "The relay in each mode 0…6: off from afar, on from afar, and by its button")
def test_relay(site, sessions):
    session = sessions(48)
    mode = session.get(*RELAY, 4)
    #: mode: states after remote off, remote on, the button, the button again (IEC 62056-6-2, class 70)
    table = {0: (ON, ON, ON, ON), 1: (OFF, READY, ON, READY), 2: (OFF, ON, READY, ON), 3: (OFF, READY, ON, ON),
             4: (OFF, ON, ON, ON), 5: (OFF, READY, ON, READY), 6: (OFF, READY, ON, ON)}
    try:
        for chosen, (off, on, pressed, again) in table.items():
            close(session)
            assert session.put(*RELAY, 4, (axdr.ENUM, chosen)) == 0
            result = session.act(*RELAY, 1, (axdr.INT8, 0))
            assert (result == 0) == (chosen != 0), f"mode {chosen}"
            assert session.get(*RELAY, 3) == (axdr.ENUM, off), f"mode {chosen}"
            session.act(*RELAY, 2, (axdr.INT8, 0))
            assert session.get(*RELAY, 3) == (axdr.ENUM, on), f"mode {chosen}"
            for wanted in (pressed, again):
                site.happen("wrapper", "buttonPressed")
                assert session.get(*RELAY, 3) == (axdr.ENUM, wanted), f"mode {chosen}"
                assert session.get(*RELAY, 2) == (axdr.BOOLEAN, wanted == ON)
    finally:
        close(session)
        session.put(*RELAY, 4, mode)


@case("COSEM_RELAY_02", "Off and on from afar stand in journal 2, a new mode in journal 3")
def test_relay_journal(sessions):
    session = sessions(48)
    close(session)
    codes = newest(session, 2, 2)
    assert codes == [3, 4], codes
    session.put(*RELAY, 4, session.get(*RELAY, 4))
    assert newest(session, 3, 1) == [50]


def newest(session, number: int, count: int) -> list[int]:
    """Codes of the newest rows of a journal."""
    code = f"0.0.99.98.{number}.255"
    found = session.get(7, code, 7)[1]
    rows = session.get(7, code, 2, axdr.by_entry(found - count + 1, found))[1]
    return [row[1][1][1] for row in rows]


@case("COSEM_RELAY_03", "Without load there is no current and no power")
def test_no_load(sessions):
    session = sessions(48)
    session.act(*RELAY, 1, (axdr.INT8, 0))
    try:
        assert session.get(3, "1.0.1.7.0.255", 2)[1] == 0
        energy = session.get(3, "1.0.1.8.0.255", 2)
        assert session.get(3, "1.0.1.8.0.255", 2) == energy
    finally:
        session.act(*RELAY, 2, (axdr.INT8, 0))


LIMITER = (71, "0.0.17.0.0.255")


@case("COSEM_LIMITER_01", "Power above the limit for the set time opens the relay; journal 2 and the alarm tell")
def test_limiter(site, sessions):
    session = sessions(48)
    close(session)
    before = [session.get(*LIMITER, index) for index in (4, 6)]
    try:
        assert session.put(*LIMITER, 4, (axdr.UINT32, 0)) == 0
        assert newest(session, 3, 1) == [19]
        assert session.put(*LIMITER, 6, (axdr.UINT32, 0)) == 0
        wait_for(session, READY, 13)
        assert newest(session, 2, 1) == [8]
        assert session.get(1, "0.0.97.98.0.255", 2)[1] >> 6 & 1
        assert session.get(3, "1.0.1.7.0.255", 2)[1] == 0
        session.act(*RELAY, 2, (axdr.INT8, 0))
        assert session.get(*RELAY, 3) == (axdr.ENUM, READY), "what a limiter has opened waits for the button"
    finally:
        for index, value in zip((4, 6), before):
            assert session.put(*LIMITER, index, value) == 0
        close(session)


def wait_for(session, state: int, seconds: float) -> None:
    """Waits for a state of the relay; the meter looks at its limits every ten seconds."""
    deadline = time.monotonic() + seconds
    while session.get(*RELAY, 3) != (axdr.ENUM, state):
        assert time.monotonic() < deadline, "the relay stays as it is"
        time.sleep(0.2)


@case("COSEM_SCRIPT_01", "The relay's scripts put it off and on")
def test_scripts(sessions):
    session = sessions(48)
    close(session)
    scripts = (9, "0.0.10.0.106.255")
    assert session.act(*scripts, 1, (axdr.UINT16, 1)) == 0
    assert session.get(*RELAY, 3) == (axdr.ENUM, OFF)
    assert session.act(*scripts, 1, (axdr.UINT16, 2)) == 0
    assert session.get(*RELAY, 3) == (axdr.ENUM, ON)
    assert session.act(*scripts, 1, (axdr.UINT16, 9)) != 0


@case("COSEM_CALENDAR_01", "The passive calendar is written, and in force when it is activated")
def test_calendar(sessions):
    session = sessions(48)
    calendar = (20, "0.0.13.0.0.255")
    before = [session.get(*calendar, index) for index in range(2, 10)]
    assert session.put(*calendar, 6, (axdr.OCTETS, b"summer")) == 0
    assert session.get(*calendar, 2) == before[0], "not in force yet"
    assert session.act(*calendar, 1, (axdr.INT8, 0)) == 0
    assert session.get(*calendar, 2) == (axdr.OCTETS, b"summer")
    assert newest(session, 3, 1) == [9]
    assert session.put(*calendar, 6, before[4]) == 0
    assert session.act(*calendar, 1, (axdr.INT8, 0)) == 0
    assert [session.get(*calendar, index) for index in range(2, 10)] == before


@case("COSEM_PUSH_01", "What is pushed, where, when and how often is written and reads back; journal 3 tells of it")
def test_push(sessions):
    session = sessions(48)
    push = (40, "0.0.25.9.0.255")
    clock = (axdr.STRUCTURE, [(axdr.UINT16, 8), (axdr.OCTETS, axdr.name("0.0.1.0.0.255")), (axdr.INT8, 2), (axdr.UINT16, 0)])
    window = (axdr.STRUCTURE, [(axdr.OCTETS, b"\xff" * 5 + bytes([hour, 0, 0]) + b"\xff\x80\x00\xff") for hour in (1, 5)])
    target = (axdr.STRUCTURE, [(axdr.ENUM, 0), (axdr.OCTETS, b"192.0.2.7:4059"), (axdr.ENUM, 0)])
    written = {2: (axdr.ARRAY, [clock]), 3: target, 4: (axdr.ARRAY, [window]), 5: (axdr.UINT16, 30), 6: (axdr.UINT8, 5)}
    before = {index: session.get(*push, index) for index in written}
    try:
        for index, value in written.items():
            assert session.put(*push, index, value) == 0, index
            assert session.get(*push, index) == value, index
            assert newest(session, 3, 1) == [52]
        for index, value in ((2, (axdr.ARRAY, [target])), (3, clock), (4, (axdr.ARRAY, [clock])), (5, (axdr.UINT8, 1))):
            assert session.put(*push, index, value) == 12, index
    finally:
        for index, value in before.items():
            assert session.put(*push, index, value) == 0


@case("COSEM_DEMAND_01", "The highest mean power of the month is none of a later interval, and not below the last")
def test_demand(reader):
    _, highest = reader.get(4, "1.0.1.6.0.255", 2)
    _, last = reader.get(5, "1.0.1.4.0.255", 3)
    assert highest >= last or reader.get(8, "0.0.1.0.0.255", 2)[1][3] == 1
    assert reader.get(5, "1.0.1.4.0.255", 8) == reader.get(7, "1.0.99.1.0.255", 4)

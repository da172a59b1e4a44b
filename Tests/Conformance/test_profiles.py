"""Profiles and journals: what they capture, and how parts of them are read (IEC 62056-6-2, class 7)."""

import axdr
import cosem
import pytest
from suite import case

DAYS, MONTHS, LOAD = "1.0.98.2.0.255", "1.0.98.1.0.255", "1.0.99.1.0.255"
NOTHING = (0, bytes(6))


@pytest.fixture
def profiles(reader):
    """The profiles of the reader's list."""
    return [element for element in cosem.object_list(reader) if element.class_id == 7]


def columns(session, code: str) -> list[tuple[int, bytes, int]]:
    """Class, name and attribute of each captured column."""
    return [tuple(part[1] for part in item[1][:3]) for item in session.get(7, code, 3)[1]]


def rows(session, code: str, selection=None) -> list:
    tag, items = session.get(7, code, 2, selection)
    assert tag == axdr.ARRAY
    return [item[1] for item in items]


def stamp(row) -> bytes:
    """The part of a row's stamp that orders rows: year … second."""
    part = row[0][1]
    return part[:4] + part[5:8]


@case("PROFILE_CAPTURE_01", "Every captured object stands in the object list, with its class")
def test_captures(reader, profiles):
    have = {(element.class_id, element.name): element for element in cosem.object_list(reader)}
    faults = []
    for profile in profiles:
        for class_id, name, attribute in columns(reader, profile.code):
            element = have.get((class_id, name))
            if element is None or attribute not in element.modes:
                faults.append(f"{profile} captures {class_id}:{'.'.join(map(str, name))}:{attribute}")
    assert not faults, "\n".join(faults)


@case("PROFILE_CAPTURE_02", "No column stands twice, and archives begin with the clock")
def test_distinct(reader, profiles):
    for profile in profiles:
        found = columns(reader, profile.code)
        assert found and len(set(found)) == len(found), str(profile)
        if cosem.is_large(profile) or profile.code.startswith("0.0.99.98."):
            assert found[0] == (8, axdr.name("0.0.1.0.0.255"), 2), str(profile)


@case("PROFILE_CAPTURE_03", "The sort object is none, or a column of the profile")
def test_sort_object(reader, profiles):
    for profile in profiles:
        class_id, name, attribute = (part[1] for part in reader.get(7, profile.code, 6)[1][:3])
        assert (class_id, name) == NOTHING or (class_id, name, attribute) in columns(reader, profile.code), (
            str(profile))


@case("PROFILE_ENTRIES_01", "Entries in use are the rows of the buffer, and not more than the profile holds")
def test_entries(reader, profiles):
    for profile in profiles:
        used, size = reader.get(7, profile.code, 7)[1], reader.get(7, profile.code, 8)[1]
        assert used <= size, f"{profile}: entries in use are more than it holds"
        if profile.code == LOAD:
            last, beyond = (len(rows(reader, LOAD, axdr.by_entry(first, 0, 1, 1))) for first in (used, used + 1))
            assert (last, beyond) == (1, 0), f"{profile}: entries in use are {used}"
        else:
            found = len(rows(reader, profile.code))
            assert found == used, f"{profile}: entries in use are {used}, rows {found}"


@case("PROFILE_ENTRIES_02", "Every row has all columns, and each column keeps its type")
def test_rows(reader, profiles):
    for profile in profiles:
        selection = axdr.by_entry(1, 50) if profile.code == LOAD else None
        count = len(columns(reader, profile.code))
        types = set()
        for row in rows(reader, profile.code, selection):
            assert len(row) == count, f"{profile}: {len(row)} of {count} columns"
            types.add(tuple(value[0] for value in row))
        assert len(types) <= 1, f"{profile}: {types}"


@case("PROFILE_ENTRIES_03", "Rows stand in the order of their stamps")
def test_order(reader, profiles):
    for profile in profiles:
        # Journals keep the order of what happened; a clock put back does not change it.
        if not cosem.is_large(profile):
            continue
        selection = axdr.by_entry(1, 0, 1, 1) if profile.code == LOAD else None
        stamps = [stamp(row) for row in rows(reader, profile.code, selection)]
        assert stamps == sorted(stamps), f"{profile}: not in the order of stamps"


@case("PROFILE_ENTRIES_04", "The depth of the archives is what GOST R 58940 demands")
def test_depth(reader):
    assert reader.get(7, MONTHS, 8)[1] >= 12
    assert reader.get(7, DAYS, 8)[1] >= 36
    period = reader.get(7, LOAD, 4)[1]
    assert period in (60 * minutes for minutes in (1, 2, 3, 5, 6, 10, 15, 20, 30, 60))
    assert reader.get(7, LOAD, 8)[1] * period >= 90 * 86_400


@case("PROFILE_ENTRY_01", "By entry: the rows asked for, counted from 1")
def test_entry(reader):
    every = rows(reader, DAYS)
    assert len(every) > 10
    for first, last in ((1, 1), (2, 5), (1, len(every)), (len(every), len(every)), (3, 0)):
        assert rows(reader, DAYS, axdr.by_entry(first, last)) == every[first - 1:last or None], (first, last)


@case("PROFILE_ENTRY_02", "By entry: numbers past the end give what there is, numbers turned round give nothing")
def test_entry_bounds(reader):
    every = rows(reader, DAYS)
    assert rows(reader, DAYS, axdr.by_entry(1, 0xFFFFFFFF)) == every
    assert rows(reader, DAYS, axdr.by_entry(len(every) + 1, 0)) == []
    assert rows(reader, DAYS, axdr.by_entry(5, 2)) == []


@case("PROFILE_ENTRY_03", "By entry: a subset of columns")
def test_entry_columns(reader):
    every = rows(reader, DAYS)
    for first, last in ((1, 1), (1, 2), (2, 3), (2, 0)):
        found = rows(reader, DAYS, axdr.by_entry(1, 4, first, last))
        assert found == [row[first - 1:last or None] for row in every[:4]], (first, last)


@case("PROFILE_ENTRY_04", "By entry: parameters of a wrong form are refused")
def test_entry_form(reader):
    for parameters in ((axdr.STRUCTURE, []), (axdr.STRUCTURE, [(axdr.UINT32, 1)]), (axdr.UINT32, 1)):
        assert reader.refusal(7, DAYS, 2, (2, parameters)) != 0


@case("PROFILE_RANGE_01", "By range: rows from one stamp to another, both included")
def test_range(reader):
    every = rows(reader, DAYS)
    begin, end = every[2][0], every[6][0]
    assert rows(reader, DAYS, axdr.by_range(begin, end)) == every[2:7]
    assert rows(reader, DAYS, axdr.by_range(begin, begin)) == every[2:3]


@case("PROFILE_RANGE_02", "By range: stamps between rows, before all and after all")
def test_range_between(reader):
    every = rows(reader, DAYS)

    def later(row, hours: int):
        part = row[0][1]
        return (axdr.OCTETS, part[:5] + bytes([hours]) + part[6:])
    assert rows(reader, DAYS, axdr.by_range(later(every[2], 7), later(every[4], 9))) == every[3:5]
    old, far = (axdr.OCTETS, axdr.moment(2001, 1, 1)), (axdr.OCTETS, axdr.moment(2090, 1, 1))
    assert rows(reader, DAYS, axdr.by_range(old, far)) == every
    assert rows(reader, DAYS, axdr.by_range(far, far)) == []
    assert rows(reader, DAYS, axdr.by_range(far, old)) == []


@case("PROFILE_RANGE_03", "By range: a subset of columns, in the order asked for or of the profile")
def test_range_columns(reader):
    every = rows(reader, DAYS)
    captured = reader.get(7, DAYS, 3)[1]
    asked = [captured[0], captured[2]]
    found = rows(reader, DAYS, axdr.by_range(every[1][0], every[3][0], asked))
    assert found == [[row[0], row[2]] for row in every[1:4]]


@case("PROFILE_RANGE_04", "By range: a column the profile does not have is refused")
def test_range_unknown(reader):
    every = rows(reader, DAYS)
    strange = (axdr.STRUCTURE, [(axdr.UINT16, 3), (axdr.OCTETS, axdr.name("1.0.99.99.99.255")), (axdr.INT8, 2),
                                (axdr.UINT16, 0)])
    assert reader.refusal(7, DAYS, 2, axdr.by_range(every[0][0], every[1][0], [strange])) != 0


@case("PROFILE_RANGE_05", "By range: bounds that are no moments are refused")
def test_range_form(reader):
    for bound in ((axdr.OCTETS, b""), (axdr.OCTETS, bytes(5)), (axdr.BOOLEAN, True)):
        assert reader.refusal(7, DAYS, 2, axdr.by_range(bound, bound)) != 0, bound


@case("PROFILE_RANGE_06", "By range: weekday, hundredths, deviation and status of the bounds do not matter")
def test_range_open_parts(reader):
    every = rows(reader, DAYS)
    part = every[3][0][1]
    for octets in (part[:4] + b"\xff" + part[5:8] + b"\xff\x80\x00\xff", part[:4] + b"\x01" + part[5:8]
                   + b"\x00\xff\x4c\x00", part[:8] + b"\x00\x00\xb4\x80"):
        bound = (axdr.OCTETS, octets)
        assert rows(reader, DAYS, axdr.by_range(bound, bound)) == every[3:4], octets.hex()


@case("PROFILE_LOAD_01", "The load profile of a day: a row an interval, stamped at its end")
def test_load(reader):
    period = reader.get(7, LOAD, 4)[1]
    used = reader.get(7, LOAD, 7)[1]
    newest = rows(reader, LOAD, axdr.by_entry(used, used))[0]
    part = newest[0][1]
    midnight = part[:5] + b"\0\0\0" + part[8:]
    found = rows(reader, LOAD, axdr.by_range((axdr.OCTETS, midnight), newest[0]))
    seconds = [row[0][1][5] * 3600 + row[0][1][6] * 60 + row[0][1][7] for row in found]
    assert seconds == list(range(0, seconds[-1] + 1, period))


@case("PROFILE_LOAD_02", "A long stretch of the load profile comes whole, however many blocks it takes")
def test_long(reader):
    used = reader.get(7, LOAD, 7)[1]
    assert len(rows(reader, LOAD, axdr.by_entry(1, min(used, 1500)))) == min(used, 1500)


@case("PROFILE_SCALER_01", "Scaler profiles have one row, with the scalers of the registers")
def test_scalers(reader, profiles):
    found = [profile for profile in profiles if profile.code in (
        "1.0.94.7.1.255", "1.0.94.7.2.255", "1.0.94.7.4.255", "1.0.94.7.3.255")]
    if not found:
        pytest.skip("the model has no scaler profiles")
    for profile in found:
        (row,) = rows(reader, profile.code)
        for (class_id, name, attribute), value in zip(columns(reader, profile.code), row):
            if class_id == 8:
                continue
            assert attribute == (4 if class_id == 5 else 3), str(profile)
            code = ".".join(map(str, name))
            assert value == reader.get(class_id, code, attribute), f"{profile} {code}"


@case("PROFILE_SCALER_02", "The columns of a scaler profile stand in the order of those they are for")
def test_scaler_order(reader, profiles):
    found = {profile.code for profile in profiles}
    pairs = [pair for pair in (("1.0.94.7.1.255", MONTHS), ("1.0.94.7.2.255", DAYS), ("1.0.94.7.4.255", LOAD),
                               ("1.0.94.7.3.255", "1.0.94.7.0.255")) if pair[0] in found and pair[1] in found]
    if not pairs:
        pytest.skip("the model has no scaler profiles")
    for scalers, archive in pairs:
        of_scalers = [name for class_id, name, _ in columns(reader, scalers) if class_id != 8]
        of_rows = [name for class_id, name, _ in columns(reader, archive) if class_id != 8]
        assert of_scalers == of_rows, f"{scalers}: another order of columns than in {archive}"


@case("PROFILE_SNAPSHOT_01", "Method 2 captures a snapshot of present values: one row, now")
def test_snapshot(reader, profiles):
    snapshot = next((profile for profile in profiles if profile.code == "1.0.94.7.0.255"), None)
    if snapshot is None or not snapshot.methods.get(2):
        pytest.skip("the model has no snapshot")
    assert reader.act(7, snapshot.code, 2, (axdr.INT8, 0)) == 0
    (row,) = rows(reader, snapshot.code)
    now = reader.get(8, "0.0.1.0.0.255", 2)[1]
    assert row[0][1][:7] == now[:7]
    assert len(row) == len(columns(reader, snapshot.code))


@case("PROFILE_DAY_01", "Registers of a day's beginning never fall, and none is above the present one")
def test_days(reader):
    captured = columns(reader, DAYS)
    every = rows(reader, DAYS)
    for index, (class_id, name, attribute) in enumerate(captured):
        if class_id != 3 or attribute != 2:
            continue
        values = [row[index][1] for row in every]
        assert values == sorted(values), name
        assert values[-1] <= reader.get(3, ".".join(map(str, name)), 2)[1]


@case("PROFILE_DAY_02", "The sum register is the sum of its tariffs")
def test_tariffs(reader):
    values = [reader.get(3, f"1.0.1.8.{tariff}.255", 2)[1] for tariff in range(5)]
    digit = 4  # each tariff may have lost a part of its least digit
    assert abs(values[0] - sum(values[1:])) <= digit + 1000 * (reader.get(3, "1.0.1.8.0.255", 3)[1][0][1] == -3)


@case("PROFILE_JOURNAL_01", "What happens to the meter stands in its journal, with its code")
def test_journals(site, sessions):
    happenings = (("coverOpened", 4, 3), ("caseOpened", 4, 4), ("magnetOn", 4, 1), ("magnetOff", 4, 2),
                  ("unauthorised", 6, 1), ("powerOff", 2, 1), ("powerOn", 2, 2))
    session = sessions(32)
    for happening, number, code in happenings:
        name = f"0.0.99.98.{number}.255"
        site.happen("wrapper", happening)
        used = session.get(7, name, 7)[1]
        row = rows(session, name, axdr.by_entry(used, used))[0]
        assert row[1][1] == code, f"{happening}: {row}"


@case("PROFILE_JOURNAL_02", "A refused password stands in journal 6")
def test_refused_password(site, sessions):
    site.need_open_door()
    session = sessions(48)
    before = session.get(7, "0.0.99.98.6.255", 7)[1]
    reader = session.link.for_client(32)
    assert axdr.Opened(reader.request(axdr.aarq(1, b"wrong password"))).result == 1
    after = session.get(7, "0.0.99.98.6.255", 7)[1]
    assert after == min(before + 1, 100)
    assert rows(session, "0.0.99.98.6.255", axdr.by_entry(after, after))[0][1][1] == 1


@case("PROFILE_JOURNAL_03", "Alarms raise their bits in the word; what the configurator writes takes them back")
def test_alarms(site, sessions):
    session = sessions(48)
    word, taken_back = (1, "0.0.97.98.0.255"), (1, "0.0.97.98.20.255")
    for happening, bit in (("magnetOn", 3), ("coverOpened", 4), ("caseOpened", 5)):
        site.happen("wrapper", happening)
        assert session.get(*word, 2)[1] >> bit & 1, happening
        assert session.put(*taken_back, 2, (axdr.UINT32, 1 << bit)) == 0
        assert not session.get(*word, 2)[1] >> bit & 1, happening
    site.happen("wrapper", "magnetOff")


@case("PROFILE_JOURNAL_04", "The event code of every journal that has one is an unsigned number of one or two octets")
def test_event_codes(reader, profiles):
    faults = []
    for profile in profiles:
        if not profile.code.startswith("0.0.99.98."):
            continue
        number = int(profile.code.split(".")[4])
        captured = columns(reader, profile.code)
        for column, (class_id, name, _) in enumerate(captured):
            if class_id == 1 and name == axdr.name(f"0.0.96.11.{number}.255"):
                kinds = {row[column][0] for row in rows(reader, profile.code)}
                if not kinds <= {axdr.UINT8, axdr.UINT16}:
                    faults.append(f"{profile}: the event code has type {sorted(kinds)}")
    assert not faults, "\n".join(faults)


@case("PROFILE_JOURNAL_05", "Months and journals are read in part as days are: by entry, by range, by column")
def test_parts_of_journals(reader, profiles):
    seen = 0
    for profile in profiles:
        if not profile.code.startswith(("0.0.99.98.", "1.0.98.1.")) or not {1, 2} <= set(profile.selectors.get(2, [])):
            continue
        every = rows(reader, profile.code)
        if len(every) < 3:
            continue
        seen += 1
        assert rows(reader, profile.code, axdr.by_entry(2, 3)) == every[1:3], str(profile)
        assert rows(reader, profile.code, axdr.by_entry(1, 2, 1, 1)) == [row[:1] for row in every[:2]], str(profile)
        bound = every[1][0]
        same = [row for row in every if stamp(row) == stamp(every[1])]
        assert rows(reader, profile.code, axdr.by_range(bound, bound)) == same, str(profile)
        assert not rows(reader, profile.code, axdr.by_range(bound, (axdr.OCTETS, axdr.moment(2001, 1, 1)))), str(profile)
    assert seen > 2

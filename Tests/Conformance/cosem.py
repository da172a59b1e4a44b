"""Interface classes as IEC 62056-6-2 and GOST R 58940 have them: version, attributes with their types.

A check takes a value `(tag, content)` and is true for what the class allows. Attribute 1 is the logical name
everywhere and stands in no table.
"""

from axdr import (ARRAY, BITS, BOOLEAN, DATETIME, ENUM, INT8, INT16, NULL, NUMBERS, OCTETS, STRUCTURE, UINT8,
                  UINT16, UINT32, UTF8, VISIBLE)


def kind(*tags: int):
    return lambda value: value[0] in tags


def octets(*sizes: int):
    """An octet string, of one of the sizes where they are told."""
    return lambda value: value[0] == OCTETS and (not sizes or len(value[1]) in sizes)


def enumerated(last: int):
    return lambda value: value[0] == ENUM and value[1] <= last


def structure(*checks):
    return lambda value: (value[0] == STRUCTURE and len(value[1]) == len(checks)
                          and all(check(part) for check, part in zip(checks, value[1])))


def array(check):
    return lambda value: value[0] == ARRAY and all(check(item) for item in value[1])


def either(*checks):
    return lambda value: any(check(value) for check in checks)


def anything(value) -> bool:
    return True


def scaler_unit(value) -> bool:
    """Scaler −9…9 (no meter needs more) and a unit of the table, 255 for none."""
    return (structure(kind(INT8), kind(ENUM))(value) and abs(value[1][0][1]) <= 9
            and (1 <= value[1][1][1] <= 70 or value[1][1][1] >= 253))


def moment(value) -> bool:
    """A date-time of twelve octets whose parts are in range or left open."""
    if not octets(12)(value) and value[0] != DATETIME:
        return False
    part = value[1]
    deviation = int.from_bytes(part[9:11], "big", signed=True)
    return (part[2] in (*range(1, 13), 0xFD, 0xFE, 0xFF) and part[3] in (*range(1, 32), 0xFD, 0xFE, 0xFF)
            and part[4] in (*range(1, 8), 0xFF) and (part[5] < 24 or part[5] == 0xFF)
            and (part[6] < 60 or part[6] == 0xFF) and (part[7] < 60 or part[7] == 0xFF)
            and (part[8] < 100 or part[8] == 0xFF) and (-720 <= deviation <= 840 or deviation == -0x8000))


def number(value) -> bool:
    return value[0] in NUMBERS


CAPTURE = structure(kind(UINT16), octets(6), kind(INT8), kind(UINT16))
VALUE_DEFINITION = structure(kind(UINT16), octets(6), kind(INT8))
ACTION_ITEM = structure(octets(6), kind(UINT16))
OBJECT = structure(kind(UINT16), kind(UINT8), octets(6), structure(
    array(structure(kind(INT8), enumerated(3), either(kind(NULL), array(kind(INT8))))),
    array(structure(kind(INT8), either(kind(BOOLEAN), enumerated(1))))))
PARTNERS = structure(kind(INT8), kind(UINT16))
CONTEXT = structure(kind(BITS), kind(UINT16), kind(UINT16), kind(UINT8), kind(INT8), kind(OCTETS))
PUSH_OBJECT = either(structure(kind(UINT16), octets(6), kind(INT8), kind(UINT16)),
                     structure(kind(UINT16), octets(6), kind(INT8), kind(UINT16), anything))
WINDOW = structure(octets(12), octets(12))
TEXT = kind(OCTETS, VISIBLE, UTF8)

#: class: (name, versions, {attribute: (what, check)}, number of methods)
CLASSES = {
    1: ("Data", {0}, {2: ("value", anything)}, 0),
    3: ("Register", {0}, {2: ("value", number), 3: ("scaler and unit", scaler_unit)}, 1),
    4: ("Extended register", {0}, {
        2: ("value", number), 3: ("scaler and unit", scaler_unit), 4: ("status", anything),
        5: ("capture time", moment)}, 1),
    5: ("Demand register", {0}, {
        2: ("current average", number), 3: ("last average", number), 4: ("scaler and unit", scaler_unit),
        5: ("status", anything), 6: ("capture time", moment), 7: ("start time", moment),
        8: ("period", kind(UINT32)), 9: ("number of periods", kind(UINT16))}, 2),
    7: ("Profile generic", {1}, {
        2: ("buffer", array(kind(STRUCTURE))), 3: ("capture objects", array(CAPTURE)),
        4: ("capture period", kind(UINT32)), 5: ("sort method", lambda value: value[0] == ENUM and 1 <= value[1] <= 6),
        6: ("sort object", CAPTURE), 7: ("entries in use", kind(UINT32)), 8: ("profile entries", kind(UINT32))}, 2),
    8: ("Clock", {0}, {
        2: ("time", moment), 3: ("time zone", kind(INT16)), 4: ("status", kind(UINT8)),
        5: ("daylight savings begin", moment), 6: ("daylight savings end", moment),
        7: ("daylight savings deviation", lambda value: value[0] == INT8 and abs(value[1]) <= 120),
        8: ("daylight savings enabled", kind(BOOLEAN)), 9: ("clock base", enumerated(5))}, 6),
    9: ("Script table", {0}, {2: ("scripts", array(structure(kind(UINT16), array(structure(
        enumerated(2), kind(UINT16), octets(6), kind(INT8), anything)))))}, 1),
    10: ("Schedule", {0}, {2: ("entries", array(kind(STRUCTURE)))}, 3),
    11: ("Special days table", {0}, {2: ("entries", array(structure(kind(UINT16), octets(5), kind(UINT8))))}, 2),
    15: ("Association LN", {1, 2, 3}, {
        2: ("object list", array(OBJECT)), 3: ("partners", PARTNERS), 4: ("application context", octets(7)),
        5: ("xDLMS context", CONTEXT), 6: ("mechanism", octets(7)), 7: ("secret", kind(OCTETS)),
        8: ("status", enumerated(2)), 9: ("security setup", octets(6))}, 4),
    17: ("SAP assignment", {0}, {2: ("list", array(structure(kind(UINT16), octets())))}, 1),
    18: ("Image transfer", {0}, {
        2: ("block size", kind(UINT32)), 3: ("blocks transferred", kind(BITS)), 4: ("first block", kind(UINT32)),
        5: ("enabled", kind(BOOLEAN)), 6: ("status", enumerated(7)), 7: ("images", kind(ARRAY))}, 4),
    19: ("IEC local port setup", {0, 1}, {
        2: ("default mode", enumerated(2)), 3: ("default speed", enumerated(9)), 4: ("proposed speed", enumerated(9)),
        5: ("response time", enumerated(1)), 6: ("device address", octets()), 7: ("password 1", octets()),
        8: ("password 2", octets()), 9: ("password 5", octets())}, 0),
    20: ("Activity calendar", {0}, {
        2: ("active name", octets()),
        3: ("active seasons", array(structure(octets(), octets(12), octets()))),
        4: ("active weeks", array(structure(octets(), *[kind(UINT8)] * 7))),
        5: ("active days", array(structure(kind(UINT8), array(structure(octets(4), octets(6), kind(UINT16)))))),
        6: ("passive name", octets()),
        7: ("passive seasons", array(structure(octets(), octets(12), octets()))),
        8: ("passive weeks", array(structure(octets(), *[kind(UINT8)] * 7))),
        9: ("passive days", array(structure(kind(UINT8), array(structure(octets(4), octets(6), kind(UINT16)))))),
        10: ("activation time", moment)}, 1),
    21: ("Register monitor", {0}, {
        2: ("thresholds", array(anything)), 3: ("monitored value", VALUE_DEFINITION),
        4: ("actions", array(structure(ACTION_ITEM, ACTION_ITEM)))}, 0),
    22: ("Single action schedule", {0}, {
        2: ("executed script", ACTION_ITEM), 3: ("type", lambda value: value[0] == ENUM and 1 <= value[1] <= 5),
        4: ("execution times", array(structure(octets(4), octets(5))))}, 0),
    23: ("HDLC setup", {0, 1}, {
        2: ("speed", enumerated(9)), 3: ("window transmit", lambda value: value[0] == UINT8 and 1 <= value[1] <= 7),
        4: ("window receive", lambda value: value[0] == UINT8 and 1 <= value[1] <= 7),
        5: ("information transmit", lambda value: value[0] == UINT16 and 32 <= value[1] <= 2030),
        6: ("information receive", lambda value: value[0] == UINT16 and 32 <= value[1] <= 2030),
        7: ("inter-octet time-out", lambda value: value[0] == UINT16 and 20 <= value[1] <= 6000),
        8: ("inactivity time-out", lambda value: value[0] == UINT16 and value[1] <= 120),
        9: ("device address", lambda value: value[0] == UINT16 and 0x10 <= value[1] <= 0x3FFD)}, 0),
    40: ("Push setup", {0, 1, 2}, {
        2: ("push objects", array(PUSH_OBJECT)),
        3: ("destination", structure(enumerated(8), octets(), enumerated(0))),
        4: ("windows", array(WINDOW)), 5: ("randomisation", kind(UINT16)), 6: ("retries", kind(UINT8)),
        7: ("repetition delay", either(kind(UINT16), kind(STRUCTURE)))}, 1),
    41: ("TCP-UDP setup", {0}, {
        2: ("port", kind(UINT16)), 3: ("IP reference", octets(6)), 4: ("segment size", kind(UINT16)),
        5: ("connections", kind(UINT8)), 6: ("inactivity time-out", kind(UINT16))}, 0),
    64: ("Security setup", {0, 1}, {
        2: ("policy", kind(ENUM)), 3: ("suite", kind(ENUM)), 4: ("client system title", octets(0, 8)),
        5: ("server system title", octets(0, 8)), 6: ("certificates", kind(ARRAY))}, 2),
    70: ("Disconnect control", {0}, {
        2: ("output state", kind(BOOLEAN)), 3: ("control state", enumerated(2)), 4: ("control mode", enumerated(6))}, 2),
    71: ("Limiter", {0}, {
        2: ("monitored value", VALUE_DEFINITION), 3: ("active threshold", number), 4: ("normal threshold", number),
        5: ("emergency threshold", number), 6: ("over threshold time", kind(UINT32)),
        7: ("under threshold time", kind(UINT32)),
        8: ("emergency profile", structure(kind(UINT16), moment, kind(UINT32))),
        9: ("emergency groups", array(kind(UINT16))), 10: ("emergency active", kind(BOOLEAN)),
        11: ("actions", structure(ACTION_ITEM, ACTION_ITEM))}, 0),
}

#: Attributes that hold secrets and may not be read.
UNREADABLE = {(15, 7), (19, 7), (19, 8), (19, 9)}
#: Attributes that came with a later version of the class.
SINCE = {(15, 9): 1, (64, 6): 1}


class Element:
    """One object of an object list, with what may be done to it."""

    def __init__(self, value):
        parts = value[1]
        self.class_id, self.version = parts[0][1], parts[1][1]
        self.name = parts[2][1]
        self.code = ".".join(str(octet) for octet in self.name)
        attributes, methods = parts[3][1]
        self.modes = {item[1][0][1]: item[1][1][1] for item in attributes[1]}
        self.selectors = {item[1][0][1]: [chosen[1] for chosen in item[1][2][1] or []] for item in attributes[1]}
        self.methods = {item[1][0][1]: bool(item[1][1][1]) for item in methods[1]}

    def __str__(self) -> str:
        return f"{self.class_id}:{self.code}"

    @property
    def readable(self) -> list[int]:
        return [index for index, mode in sorted(self.modes.items()) if mode & 1]

    @property
    def writable(self) -> list[int]:
        return [index for index, mode in sorted(self.modes.items()) if mode & 2]


def object_list(session) -> list[Element]:
    tag, items = session.get(15, "0.0.40.0.0.255", 2)
    assert tag == ARRAY and all(OBJECT(item) for item in items)
    return [Element(item) for item in items]


def is_large(element: Element) -> bool:
    """Archives, whose buffers are read by selection alone."""
    return element.class_id == 7 and element.code.startswith(("1.0.99.", "1.0.98."))

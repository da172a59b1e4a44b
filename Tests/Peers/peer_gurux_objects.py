"""Objects of the simulated meter behind peer_gurux.py: A-XDR by gurux_dlms, the object model by hand."""
import datetime as dt

from gurux_dlms import GXByteBuffer
from gurux_dlms.enums import DataType
from gurux_dlms.internal._GXCommon import _GXCommon

T = DataType


# --------------------------------------------------------------- A-XDR helpers
def enc(t, v):
    """Encode one value with Gurux' own A-XDR encoder; arrays/structures by hand."""
    b = GXByteBuffer()
    if t in (T.ARRAY, T.STRUCTURE):
        b.setUInt8(int(t))
        _GXCommon.setObjectCount(len(v), b)
        for x in v:
            b.set(x)
    elif v is None:
        b.setUInt8(0)
    else:
        _GXCommon.setData(None, b, t, v)
    return bytes(b.array())


def ln(s):
    return bytes(int(x) for x in s.split("."))


def cosem_dt(d, deviation=-180, status=0, hundredths=0):
    """12 byte date-time.  deviation = minutes to ADD to local time to get UTC
    (Blue Book sense, what Nartis/Energomera send for Moscow: -180 = FF 4C)."""
    return (d.year.to_bytes(2, "big") + bytes((d.month, d.day, d.isoweekday(), d.hour,
            d.minute, d.second, hundredths)) + (deviation & 0xFFFF).to_bytes(2, "big") + bytes((status,)))


def parse_dt(b):
    if b is None or len(b) < 8:
        return None

    def f(x, dflt):
        return dflt if x == 0xFF else x
    y = int.from_bytes(b[0:2], "big")
    if y == 0xFFFF or f(b[2], 0) == 0 or f(b[3], 0) == 0:
        return None
    return dt.datetime(y, b[2], b[3], f(b[5], 0), f(b[6], 0), f(b[7], 0))


# --------------------------------------------------------------- object model
class Obj:
    """COSEM object: attrs[n] = bytes | callable()->bytes;  writers[n](value); methods[n](value)"""
    def __init__(self, cls, obis, ver=0):
        self.cls, self.obis, self.ver = cls, obis, ver
        self.attrs = {1: enc(T.OCTET_STRING, ln(obis))}
        self.writers, self.methods = {}, {}

    def get(self, a, sel=None, par=None):
        v = self.attrs.get(a)
        return v() if callable(v) else v


class Profile(Obj):
    def __init__(self, obis, capture, rows, period=0, entries=None):
        super().__init__(7, obis, 1)
        self.capture, self.rows = capture, rows     # capture: [(cls, obis, attr)]
        self.attrs[2] = None
        self.attrs[3] = self._capture()
        self.attrs[4] = enc(T.UINT32, period)
        self.attrs[5] = enc(T.ENUM, 1)              # FIFO
        self.attrs[6] = self._cap(8, "0.0.1.0.0.255", 2) if capture and capture[0][0] == 8 else self._cap(0, "0.0.0.0.0.0", 0)
        self.attrs[7] = lambda: enc(T.UINT32, len(self.rows))
        self.attrs[8] = enc(T.UINT32, entries or max(len(rows), 1))
        self.methods[1] = lambda v: self.rows.clear()

    @staticmethod
    def _cap(cls, obis, attr):
        return enc(T.STRUCTURE, [enc(T.UINT16, cls), enc(T.OCTET_STRING, ln(obis)), enc(T.INT8, attr), enc(T.UINT16, 0)])

    def _capture(self):
        return enc(T.ARRAY, [self._cap(*c) for c in self.capture])

    def get(self, a, sel=None, par=None):
        if a != 2:
            return super().get(a)
        rows, cols = list(self.rows), list(range(len(self.capture)))
        if sel == 1:                                 # range_descriptor
            lo, hi = parse_dt(par[1]), parse_dt(par[2])
            rows = [r for r in rows if (lo is None or r[0][1] >= lo) and (hi is None or r[0][1] <= hi)]
            if par[3]:
                want = [(c[0], bytes(c[1]), c[2]) for c in par[3]]
                cols = [i for i, c in enumerate(self.capture) if (c[0], ln(c[1]), c[2]) in want]
        elif sel == 2:                               # entry_descriptor, 1 based, 0 = last
            f, t, c1, c2 = par
            t = t or len(rows)
            rows = rows[max(f, 1) - 1:t]
            cols = cols[max(c1, 1) - 1:(c2 or len(cols))]
        return enc(T.ARRAY, [enc(T.STRUCTURE, [r[c][0] for c in cols]) for r in rows])


def build_meter(relay_mode=4):
    """A 3-phase category A/B/C SPODES-like model."""
    o = {}

    def add(x):
        o[(x.cls, ln(x.obis))] = x
        return x

    def data(obis, t, v):
        x = add(Obj(1, obis))
        x.attrs[2] = v if callable(v) else enc(t, v)
        return x

    def reg(obis, t, v, scaler, unit):
        x = add(Obj(3, obis))
        x.attrs[2] = enc(t, v)
        x.attrs[3] = enc(T.STRUCTURE, [enc(T.INT8, scaler), enc(T.ENUM, unit)])
        return x

    state = {"offset": dt.timedelta(0), "on": True, "ctl": 1, "mode": relay_mode}

    def now():
        return dt.datetime.now().replace(microsecond=0) + state["offset"]
    clk = add(Obj(8, "0.0.1.0.0.255"))
    clk.attrs.update({2: lambda: enc(T.OCTET_STRING, cosem_dt(now())), 3: enc(T.INT16, -180), 4: enc(T.UINT8, 0),
                      5: enc(T.OCTET_STRING, bytes.fromhex("fffffeff0702000000800000")),
                      6: enc(T.OCTET_STRING, bytes.fromhex("fffffdff0703000000800000")),
                      7: enc(T.INT8, 60), 8: enc(T.BOOLEAN, False), 9: enc(T.ENUM, 1)})

    def settime(v):
        state["offset"] = parse_dt(v) - dt.datetime.now().replace(microsecond=0)
    clk.writers[2] = settime
    clk.methods[6] = lambda v: state.__setitem__("offset", state["offset"] + dt.timedelta(seconds=v))

    data("0.0.42.0.0.255", T.OCTET_STRING, b"GRX0000012345678")
    data("0.0.96.1.0.255", T.OCTET_STRING, b"12345678")
    data("0.0.96.1.1.255", T.OCTET_STRING, "СИМУЛЯТОР-3".encode("cp1251"))
    data("0.0.96.1.2.255", T.OCTET_STRING, b"1.00")
    data("0.0.96.1.3.255", T.OCTET_STRING, b"gurux peer")
    data("0.0.96.1.6.255", T.OCTET_STRING, b"3.0")
    data("1.0.0.4.2.255", T.UINT16, 40)
    data("1.0.0.4.3.255", T.UINT16, 1)
    data("1.0.0.3.3.255", T.UINT32, 5000)
    data("1.0.0.8.4.255", T.UINT8, 30)
    U = {"W": 27, "VA": 28, "var": 29, "Wh": 30, "varh": 32, "A": 33, "V": 35, "Hz": 44, "": 255, "s": 7, "C": 9, "deg": 8}
    for c, unit, base in ((1, "Wh", 1661974), (2, "Wh", 2000), (3, "varh", 300500), (4, "varh", 400)):
        for t in range(0, 5):
            reg(f"1.0.{c}.8.{t}.255", T.UINT32, base if t == 0 else base // 10 * t // 1, 0, U[unit])
        reg(f"1.0.{c}.29.0.255", T.UINT32, 100 + c, 0, U[unit])
    for i, (cu, cc, cp, cq, cs, cf) in enumerate(((32, 31, 21, 23, 29, 33), (52, 51, 41, 43, 49, 53), (72, 71, 61, 63, 69, 73))):
        reg(f"1.0.{cu}.7.0.255", T.UINT32, 22950 + i, -2, U["V"])
        reg(f"1.0.{cc}.7.0.255", T.INT32, 5001 + i, -3, U["A"])
        reg(f"1.0.{cp}.7.0.255", T.INT32, 1_000_500 + i, -3, U["W"])
        reg(f"1.0.{cq}.7.0.255", T.INT32, -50_000 - i, -3, U["var"])
        reg(f"1.0.{cs}.7.0.255", T.UINT32, 1_010_000 + i, -3, U["VA"])
        reg(f"1.0.{cf}.7.0.255", T.INT16, 990 + i, -3, U[""])
        reg(f"1.0.12.7.{i + 1}.255", T.UINT32, 39800 + i, -2, U["V"])
    reg("1.0.13.7.0.255", T.INT16, 991, -3, U[""])
    reg("1.0.14.7.0.255", T.UINT16, 49980, -3, U["Hz"])
    reg("1.0.1.7.0.255", T.INT32, 3_001_503, -3, U["W"])
    reg("1.0.3.7.0.255", T.INT32, -150_003, -3, U["var"])
    reg("1.0.9.7.0.255", T.UINT32, 3_030_003, -3, U["VA"])
    reg("1.0.91.7.0.255", T.INT32, 12, -3, U["A"])
    reg("1.0.131.7.0.255", T.INT32, 50, -3, U[""])
    for e, v in ((1, 12000), (12, 12000), (20, 12000), (4, -810), (15, -820), (26, -830)):
        reg(f"1.0.81.7.{e}.255", T.INT32, v, -2, U["deg"])
    reg("0.0.96.8.0.255", T.UINT32, 1234567, 0, U["s"])
    reg("0.0.96.9.0.255", T.INT16, 25, 0, U["C"])

    CLK = (8, "0.0.1.0.0.255", 2)

    def r(d):
        return (enc(T.OCTET_STRING, cosem_dt(d)), d)

    def u32(v):
        return (enc(T.UINT32, v), v)

    def evt(v):
        return (enc(T.UINT16, v), v)
    e20 = [(3, f"1.0.{c}.8.{t}.255", 2) for c in (1, 2, 3, 4) for t in (1, 2, 3, 4, 0)]
    today = dt.datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [[r(today - dt.timedelta(days=35 - i))] + [u32(100000 + i * 1000 + k) for k in range(20)] for i in range(36)]
    add(Profile("1.0.98.2.0.255", [CLK] + e20, days, 86400))
    mons = []
    for i in range(12):
        m0 = today.month - 11 + i
        y, m = today.year + (m0 - 1) // 12, (m0 - 1) % 12 + 1
        mons.append([r(dt.datetime(y, m, 1))] + [u32(500000 + i * 10000 + k) for k in range(20)])
    add(Profile("1.0.98.1.0.255", [CLK] + e20, mons, 0, 36))
    lp = [(3, f"1.0.{c}.29.0.255", 2) for c in (1, 2, 3, 4)]
    start = today - dt.timedelta(days=3)
    rows = [[r(start + dt.timedelta(minutes=30 * (i + 1)))] + [u32(10 * i + k) for k in range(4)] for i in range(144)]
    add(Profile("1.0.99.1.0.255", [CLK] + lp, rows, 1800, 8640))
    su = lambda u: (enc(T.STRUCTURE, [enc(T.INT8, 0), enc(T.ENUM, u)]), None)
    e_units = [U["Wh"]] * 10 + [U["varh"]] * 10
    for obis, cap, units in (("1.0.94.7.1.255", e20, e_units), ("1.0.94.7.2.255", e20, e_units),
                             ("1.0.94.7.4.255", lp, [U["Wh"]] * 2 + [U["varh"]] * 2)):
        add(Profile(obis, [(c[0], c[1], 3) for c in cap], [[su(u) for u in units]], 0, 1))
    up = (3, "0.0.96.8.0.255", 2)
    for n, codes in {0: (19, 20, 13, 14), 1: (25, 26), 2: (1, 2, 3, 4), 4: (3, 4, 1, 2), 7: (1,), 8: (1, 2)}.items():
        rws = [[r(today - dt.timedelta(hours=5 * (len(codes) - i))), evt(c), u32(1000 + i)] for i, c in enumerate(codes)]
        add(Profile(f"0.0.99.98.{n}.255", [CLK, (1, f"0.0.96.11.{n}.255", 2), up], rws, 0, 100))
    add(Profile("0.0.99.98.3.255", [CLK, (1, "0.0.96.11.3.255", 2), (1, "0.0.96.12.4.255", 2), up],
                [[r(today - dt.timedelta(hours=9)), evt(3), (enc(T.UINT8, 0x12), 0x12), u32(77)],
                 [r(today - dt.timedelta(hours=8)), evt(68), (enc(T.UINT8, 0x12), 0x12), u32(78)]], 0, 100))
    add(Profile("0.0.99.98.6.255", [CLK, (1, "0.0.96.11.6.255", 2), (1, "0.0.96.12.4.255", 2), (1, "0.0.96.12.6.255", 2), up],
                [[r(today - dt.timedelta(hours=7)), evt(1), (enc(T.UINT8, 0x12), 0), (enc(T.UINT8, 48), 48), u32(79)]], 0, 100))
    add(Profile("0.0.99.98.13.255", [CLK, (8, "0.0.1.0.1.255", 2), up],
                [[r(today - dt.timedelta(hours=6)), r(today - dt.timedelta(hours=6, seconds=5)), u32(80)]], 0, 100))

    rel = Obj(70, "0.0.96.3.10.255")
    if relay_mode >= 0:
        add(rel)
    rel.attrs.update({2: lambda: enc(T.BOOLEAN, state["on"]), 3: lambda: enc(T.ENUM, state["ctl"]), 4: lambda: enc(T.ENUM, state["mode"])})
    rel.writers[4] = lambda v: state.__setitem__("mode", v)

    def off(v):
        state.update(on=False, ctl=0)

    def on(v):
        state.update(on=True, ctl=1) if state["mode"] in (2, 4) else state.update(ctl=2)
    rel.methods.update({1: off, 2: on})

    ass = add(Obj(15, "0.0.40.0.0.255", 1))

    def objlist():
        out = []
        for x in o.values():
            acc = []
            for a in sorted(x.attrs):
                acc.append(enc(T.STRUCTURE, [enc(T.INT8, a), enc(T.ENUM, 3 if a in x.writers else 1), b"\x00"]))
            met = [enc(T.STRUCTURE, [enc(T.INT8, m), enc(T.ENUM, 1)]) for m in sorted(x.methods)]
            out.append(enc(T.STRUCTURE, [enc(T.UINT16, x.cls), enc(T.UINT8, x.ver), enc(T.OCTET_STRING, ln(x.obis)),
                                         enc(T.STRUCTURE, [enc(T.ARRAY, acc), enc(T.ARRAY, met)])]))
        return enc(T.ARRAY, out)
    ass.attrs[2] = objlist
    ass.attrs[8] = enc(T.ENUM, 2)
    return o

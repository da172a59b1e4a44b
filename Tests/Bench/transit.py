"""Transit and the RTU327 server under load: ours beside socat and ser2net in one run, and beside polling."""

import contextlib
import datetime
import os
import pathlib
import random
import select
import socket
import sqlite3
import statistics
import struct
import subprocess
import time
import tty

from line_tap import LineTap
from measured_site import Gateway, Site, free_port, scratch, serial_line

ZONE = datetime.timezone(datetime.timedelta(hours=3))
#: Octets a second of 115200 8N1.
LINE_RATE = 11_520
#: How often the simulated UART of a peer hands octets over or makes room for some.
TICK = 0.005
PORTS = {1: 11, 2: 12, 3: 13, 4: 14}


class Terminal:
    """A pseudo-terminal whose far end is the meter's."""

    def __init__(self):
        self.far, near = os.openpty()
        tty.setraw(near)
        self.path = os.ttyname(near)
        self._near = near

    def close(self) -> None:
        os.close(self.far)
        os.close(self._near)


def dial(port: int, patience: float = 10) -> socket.socket:
    """A connection to a port of this machine that may not listen yet."""
    deadline = time.monotonic() + patience
    while True:
        try:
            link = socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
            continue
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link


class Stranger:
    """socat or ser2net in our place: one terminal, one port."""

    def __init__(self, name: str, directory: pathlib.Path):
        self.terminal = Terminal()
        self.port = free_port()
        if name == "socat":
            words = ["socat", f"TCP-LISTEN:{self.port},bind=127.0.0.1,reuseaddr,nodelay",
                     f"FILE:{self.terminal.path},b115200,raw,echo=0"]
        else:
            plan = directory / f"ser2net-{self.port}.yaml"
            # Without its delay that gathers characters, and without Nagle's: as quick as it can be.
            plan.write_text(f"connection: &line\n  accepter: tcp(nodelay=true),127.0.0.1,{self.port}\n"
                            f"  connector: serialdev(nouucplock=true),{self.terminal.path},115200n81,local\n"
                            "  options:\n    chardelay: false\n")
            words = ["ser2net", "-n", "-u", "-c", str(plan)]
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        self.link = dial(self.port)

    def stop(self) -> None:
        self.link.close()
        self.child.terminate()
        self.child.wait()
        self.terminal.close()


def transit_gateway(directory: pathlib.Path, terminals: list[Terminal], **rules) -> Gateway:
    """A gateway of nothing but transit ports, one for each terminal."""
    gateway = Gateway(directory / "gateway")
    gateway.start()
    gateway.login()
    numbers = range(1, len(terminals) + 1)
    gateway.put("/settings/lines", {"Settings": [
        {"id": n, "path": terminal.path} for n, terminal in zip(numbers, terminals)]})
    gateway.put("/settings/uart", {"Settings": [
        {"id": n, "iface": n - 1, "br": 115200, "size": 8, "parity": 0, "stop": 1, "line": 0} for n in numbers]})
    gateway.put("/settings/servers/tcp", {"Settings": [
        {"type": f"iface{n}", "port": PORTS[n], "idle": 0, **rules} for n in numbers]})
    deadline = time.monotonic() + 20
    while not all(one["listening"] for one in gateway.get("/state/servers")["Servers"]):
        if time.monotonic() > deadline:
            raise RuntimeError(f"transit does not listen: {gateway.get('/state/servers')}")
        time.sleep(0.1)
    return gateway


def gather(read, count: int) -> bytes:
    octets = b""
    while len(octets) < count:
        piece = read(4096)
        if not piece:
            raise RuntimeError("the relay closed")
        octets += piece
    return octets


def exchanges(link: socket.socket, terminal: Terminal, count: int) -> list[float]:
    """Microseconds of each exchange of 64 octets there and 64 back."""
    question, answer = random.randbytes(64), random.randbytes(64)
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        link.sendall(question)
        if gather(lambda limit: os.read(terminal.far, limit), 64) != question:
            raise RuntimeError("the octets to the line differ")
        os.write(terminal.far, answer)
        if gather(link.recv, 64) != answer:
            raise RuntimeError("the octets from the line differ")
        times.append((time.perf_counter() - begun) * 1e6)
    return times


def latency(quick: bool = False) -> tuple[float, str]:
    """Round trip of ours ÷ the better stranger's, median of five interleaved rounds."""
    count = 500 if quick else 3_000
    with scratch() as directory, contextlib.ExitStack() as stack:
        strangers = {name: Stranger(name, directory) for name in ("socat", "ser2net")}
        for one in strangers.values():
            stack.callback(one.stop)
        terminal = Terminal()
        stack.callback(terminal.close)
        gateway = transit_gateway(directory, [terminal])
        stack.callback(gateway.stop)
        ways = {name: (one.link, one.terminal) for name, one in strangers.items()}
        ways["ours"] = (dial(PORTS[1] + gateway.offset), terminal)
        stack.callback(ways["ours"][0].close)
        for link, end in ways.values():
            exchanges(link, end, 200)
        medians: dict[str, list[float]] = {name: [] for name in ways}
        every: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(5):
            for name, (link, end) in ways.items():
                times = exchanges(link, end, count)
                medians[name].append(statistics.median(times))
                every[name] += times
        ratios = [ours / min(other) for ours, *other in zip(medians["ours"], medians["socat"], medians["ser2net"])]
        words = ", ".join(f"{name} {statistics.median(medians[name]):.0f} (p99 {percentile(every[name], 99):.0f})"
                          for name in ways)
        return round(statistics.median(ratios), 3), f"64 octets there and back, median µs: {words}; {5 * count} exchanges each"


def percentile(values: list[float], share: float) -> float:
    """The value that `share` per cent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * share / 100 + 0.5) - 1)]


def processor_seconds(pid: int) -> float:
    """What a process has run so far, threads that have ended included, to a hundredth."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class PacedLine:
    """Both ends of one relayed line, each saying a line's rate. A client that said more would fill the pty, before which
    socat blocks with both directions: both relays are to move the same pieces."""

    pattern = random.Random(1).randbytes(1 << 16) * 2

    def __init__(self, link: socket.socket, terminal: Terminal):
        self.link, self.terminal = link, terminal
        # Opening a line throws away what it said before.
        exchanges(link, terminal, 1)
        link.setblocking(False)
        os.set_blocking(terminal.far, False)
        self.offered = self.heard = self.said = self.received = 0

    def piece(self, position: int, count: int) -> bytes:
        begin = position % (1 << 16)
        return self.pattern[begin:begin + count]

    def tick(self, allowed: int) -> None:
        """Moves what may have passed since the beginning: `allowed` octets each way."""
        if (room := allowed - self.offered) > 0:
            with contextlib.suppress(BlockingIOError):
                self.offered += self.link.send(self.piece(self.offered, min(room, 4_096)))
        with contextlib.suppress(BlockingIOError):
            octets = os.read(self.terminal.far, 4_096)
            self.check(octets, self.heard)
            self.heard += len(octets)
        if (room := allowed - self.said) > 0:
            with contextlib.suppress(BlockingIOError):
                self.said += os.write(self.terminal.far, self.piece(self.said, min(room, 4_096)))
        with contextlib.suppress(BlockingIOError):
            octets = self.link.recv(65_536)
            self.check(octets, self.received)
            self.received += len(octets)

    def check(self, octets: bytes, position: int) -> None:
        if octets != self.piece(position, len(octets)):
            raise RuntimeError(f"octets differ behind position {position}")


def carry(lines: list[PacedLine], seconds: float) -> float:
    """Runs paced lines; the worst direction's share of the line rate."""
    begun = now = time.monotonic()
    while now - begun < seconds:
        allowed = int((now - begun) * LINE_RATE)
        for line in lines:
            line.tick(allowed)
        pause = TICK - (time.monotonic() - now)
        if pause > 0:
            time.sleep(pause)
        now = time.monotonic()
    return min(min(line.heard, line.received) for line in lines) / (seconds * LINE_RATE)


def lines(quick: bool = False) -> tuple[list[float], str]:
    """Four lines at 115200 both ways: share of the line rate, CPU ÷ socat's."""
    seconds = 8 if quick else 30
    with scratch() as directory, contextlib.ExitStack() as stack:
        strangers = [Stranger("socat", directory) for _ in range(4)]
        for one in strangers:
            stack.callback(one.stop)
        terminals = [Terminal() for _ in range(4)]
        for terminal in terminals:
            stack.callback(terminal.close)
        gateway = transit_gateway(directory, terminals)
        stack.callback(gateway.stop)
        ours = [PacedLine(dial(PORTS[n] + gateway.offset), terminal) for n, terminal in enumerate(terminals, 1)]
        theirs = [PacedLine(one.link, one.terminal) for one in strangers]
        figures = []
        for paced, pids in ((ours, [gateway.process.child.pid]), (theirs, [one.child.pid for one in strangers])):
            before = sum(map(processor_seconds, pids))
            share = carry(paced, seconds)
            figures.append((share, sum(map(processor_seconds, pids)) - before))
        (share, cpu), (other_share, other_cpu) = figures
        return [round(share, 3), round(cpu / other_cpu, 2)], (
            f"{seconds} s; CPU {100 * cpu / seconds:.1f} % of a core, four socats {100 * other_cpu / seconds:.1f} % "
            f"and share {other_share:.3f}")


class TappedLine(Site):
    """A site of eight meters on one line that passes a tap, with a transit port and half a year to fetch."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        super().__init__(directory, [serial_line("line", "Iface1", 8)], installed="2026-01-01")
        self.gateway.put("/settings/servers/tcp", {"Settings": [{"type": "iface1", "port": 11, "quiet": 1, "wait": 20}]})
        self.poll(["ElArr1ConsPower"])
        self.wait(120, "back-fill", lambda: any(self.stamps("ElArr1ConsPower").values()))

    def _introduce(self, lines: list[dict]) -> None:
        self.tap = LineTap(lines[0]["pty"], self.directory / "tapped")
        lines[0]["pty"] = str(self.directory / "tapped")
        super()._introduce(lines)

    def stop(self) -> None:
        super().stop()
        self.tap.stop()

    def heard(self, octets: bytes, since: float) -> float | None:
        """When the line first heard a reader's piece that begins so."""
        for session in reversed(self.tap.sessions[-4:]):
            for instant, is_reader, piece in session.pieces:
                if is_reader and instant > since and octets in piece:
                    return instant
        return None


#: SNRM to a physical address that no meter of the line has, so that nothing answers.
NOBODY = bytes.fromhex("7ea00802fcd9931d117e")


def connect(quick: bool = False) -> tuple[list[float], str]:
    """Milliseconds from connecting to the first octet on an idle line, and the 99th percentile while history is
    fetched over it."""
    idle = idle_connects(10 if quick else 40)
    with scratch() as directory:
        site = TappedLine(directory)
        try:
            busy = []
            for _ in range(6 if quick else 40):
                begun = time.monotonic()
                with dial(11 + site.gateway.offset) as link:
                    link.sendall(NOBODY)
                    while (instant := site.heard(NOBODY, begun)) is None:
                        if time.monotonic() - begun > 30:
                            raise RuntimeError("the line never heard the client")
                        time.sleep(0.001)
                busy.append((instant - begun) * 1000)
                # The line is given back and history goes on.
                time.sleep(3 + random.random())
        finally:
            site.stop()
    return [round(percentile(idle, 50), 1), round(percentile(busy, 99))], (
        f"idle: worst {max(idle):.1f} ms of {len(idle)}; behind back-fill: median {statistics.median(busy):.0f} ms of {len(busy)}")


def idle_connects(count: int) -> list[float]:
    with scratch() as directory, contextlib.ExitStack() as stack:
        terminal = Terminal()
        stack.callback(terminal.close)
        gateway = transit_gateway(directory, [terminal], quiet=1)
        stack.callback(gateway.stop)
        times = []
        for _ in range(count):
            # Until the line has been quiet after the client before, it is not idle.
            time.sleep(0.7)
            begun = time.monotonic()
            with dial(PORTS[1] + gateway.offset) as link:
                link.sendall(NOBODY)
                gather(lambda limit: os.read(terminal.far, limit), 1)
                times.append((time.monotonic() - begun) * 1000)
            select.select([terminal.far], [], [], 0.05)
            os.set_blocking(terminal.far, False)
            with contextlib.suppress(BlockingIOError):
                os.read(terminal.far, 4_096)
            os.set_blocking(terminal.far, True)
        return times


def moment(quick: bool = False) -> tuple[float, str]:
    """Seconds of a question for present energy of one meter while its line fetches history, 99th percentile."""
    count = 10 if quick else 60
    with scratch() as directory:
        site = TappedLine(directory)
        try:
            times, refused = [], {}
            for index in range(count):
                begun = time.monotonic()
                _, _, answer = site.gateway.request("POST", "/meter/data/moment", {
                    "ids": [1 + index % 8], "measures": ["ElMomentEnergy"], "tags": ["A+0"]})
                times.append(time.monotonic() - begun)
                device = answer["measures"][0]["devices"][0]
                if device.get("error"):
                    refused[device["error"]] = refused.get(device["error"], 0) + 1
                time.sleep(1 + random.random())
        finally:
            site.stop()
    if sum(refused.values()) > count // 50:
        raise RuntimeError(f"of {count} questions refused: {refused}")
    return round(percentile(times, 99), 2), f"{count} questions, median {statistics.median(times):.2f} s, refused {refused or 'none'}"


CATALOGUE, DAYS = 200, 45


def catch_up(quick: bool = False) -> tuple[list[float], str]:
    """Requests a second of a head-end that fetches 45 days of 200 meters, and how a polled line's turnaround grows."""
    with scratch() as directory:
        site = Site(directory, [serial_line("line", "Iface1", 8)], installed=str(
            datetime.datetime.now(ZONE).date() - datetime.timedelta(days=250)))
        try:
            gateway = site.gateway
            polled = [row["id"] for row in site.meters["Meters"]]
            silent = [{"id": 1_000 + n, "pId": 0, "typeName": "SPODES", "addr": f"127.0.0.1:{9_000 + n}", "passRd": "30",
                       "passWr": "30", "ifaceName": "Ethernet", "ifaceCfg": "", "tz": 3,
                       "link": {"transport": "wrapper", "physical": 16}} for n in range(CATALOGUE)]
            gateway.put("/settings/meter/table", {"Meters": site.meters["Meters"] + silent})
            gateway.put("/settings/servers/tcp", {"Settings": [{"type": "rtu327", "port": 55}]})
            time.sleep(2)
            gateway.stop()
            rows, first = stock(str(gateway.data / "archive.sqlite"))
            gateway.start()
            gateway.cookie = ""
            gateway.login()
            site.poll(["ElArr1ConsPower"])
            gateway.put("/settings/templates/meter", {"Settings": [{"id": 1, "name": "polled", "meters": polled}]})
            gateway.put("/settings/actions/meter", {"Settings": [
                {"id": 1, "archTypesName": "wanted", "metersName": "polled"}]})
            site.wait(120, "polling", lambda: site.statistics("line")["turnaround"]["count"] > 20)
            seconds = 8 if quick else 30
            took: list[float] = []

            def fetch() -> None:
                # All of it takes a second: again and again, for as long as the line needs to be seen.
                begun = time.monotonic()
                while time.monotonic() - begun < seconds:
                    took.extend(head_end(gateway, first))

            quiet = turnarounds(site, lambda: time.sleep(seconds))
            loaded = turnarounds(site, fetch)
        finally:
            site.stop()
    rate = len(took) / sum(took)
    jitter = loaded["medianUs"] / quiet["medianUs"]
    return [round(rate), round(jitter, 3)], (
        f"{len(took)} requests, one connection, p99 {1000 * percentile(took, 99):.1f} ms, {rows} rows stored; turnaround of the "
        f"polled line {quiet['medianUs'] / 1000:.2f} -> {loaded['medianUs'] / 1000:.2f} ms, p99 {quiet['p99Us'] / 1000:.2f} -> "
        f"{loaded['p99Us'] / 1000:.2f} ms")


def turnarounds(site: Site, work) -> dict:
    site.statistics("line", reset=True)
    work()
    return site.statistics("line")["turnaround"]


def serial(index: int) -> str:
    return f"{7_000_000 + index:010d}"


def stock(path: str) -> tuple[int, int]:
    """Serial numbers and half-hours for the silent meters; rows, and the Unix second the first interval ends at."""
    midnight = datetime.datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    last = int((midnight - datetime.datetime(2000, 1, 1)).total_seconds() // 60)
    periods = [last - 30 * index for index in range(DAYS * 48)]
    database = sqlite3.connect(path)
    with contextlib.closing(database), database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(profile_shape)")]
        # Mean demands in W, whole.
        shape = {"shape": 1, "interval": 30, "form": 2, "scaler_p": 0, "scaler_q": 0}
        database.execute(f"INSERT OR IGNORE INTO profile_shape({','.join(columns)}) VALUES ({','.join('?' * len(columns))})",
                         [shape.get(name) for name in columns])
        values = [row[1] for row in database.execute("PRAGMA table_info(profile)")][5:]
        sequence = 0
        for key, number in database.execute(
                "SELECT meter_key, id FROM meter WHERE until_at IS NULL AND id >= 1000").fetchall():
            database.execute("UPDATE meter SET serial = ? WHERE meter_key = ?", (serial(number - 1_000), key))
            database.executemany(
                f"INSERT INTO profile VALUES ({','.join('?' * (5 + len(values)))})",
                [(key * 64 + 5, period * 2 + 1, sequence + index, 1, 0, *[500 + index % 900] * len(values))
                 for index, period in enumerate(periods, 1)])
            sequence += len(periods)
        database.execute("UPDATE counter SET value = ? WHERE name = 'seq'", (sequence,))
    return sequence, periods[-1] * 60 + 946_684_800 - 3 * 3_600


def checks() -> list[int]:
    """The table of the check of RTU327."""
    table = []
    for octet in range(256):
        rest = octet << 8
        for _ in range(8):
            rest = (rest << 1 ^ 0x1021 if rest & 0x8000 else rest << 1) & 0xFFFF
        table.append(rest)
    return table


TABLE = checks()


def packet(number: int, command: int, data: bytes) -> bytes:
    body = struct.pack(">H", number) + bytes(6) + bytes([command]) + data
    register = 0xFFFF
    for octet in body:
        register = ((register << 8) & 0xFFFF) ^ TABLE[register >> 8] ^ (octet if octet < 128 else octet | 0xFF00)
    return b"\x02" + struct.pack(">H", len(body)) + body + struct.pack(">H", register)


def head_end(gateway: Gateway, first: int) -> list[float]:
    """Seconds of every request: GETSHPRM of each meter, then GETLP a day at a time."""
    plan = []
    for index in range(CATALOGUE):
        name = bytes.fromhex(serial(index))
        plan.append((112, name))
        plan += [(111, name + b"\x01" + struct.pack("<IH", first + day * 86_400, 48)) for day in range(DAYS)]
    packets = [packet(number % 65_536, *one) for number, one in enumerate(plan)]
    times, pending = [], b""
    with dial(55 + gateway.offset) as link:
        for (command, _), octets in zip(plan, packets):
            begun = time.perf_counter()
            link.sendall(octets)
            while len(pending) < 3 or len(pending) < 5 + struct.unpack(">H", pending[1:3])[0]:
                pending += link.recv(65_536)
            times.append(time.perf_counter() - begun)
            length = 5 + struct.unpack(">H", pending[1:3])[0]
            answer, pending = pending[3:length - 2], pending[length:]
            if answer[8] != 0:
                raise RuntimeError(f"command {command} answered {answer[8]}")
            if command == 111 and struct.unpack("<H", answer[9:11])[0] & 0x7FFF != 48:
                raise RuntimeError(f"{struct.unpack('<H', answer[9:11])[0] & 0x7FFF} intervals of 48")
    return times

"""The product's executables as the Python suites and the benchmarks start them: gateway, street, broker.

Everything listens on loopback, lives in a directory of its own and is stopped by its pid.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "Street-2026"


def free_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def executable(name: str) -> str:
    """The built product: GATEWAY_BUILD names the folder, else release before debug."""
    folders = [os.environ.get("GATEWAY_BUILD"), ".build/release", ".build/debug"]
    for folder in filter(None, folders):
        path = ROOT / folder / name
        if path.exists():
            return str(path)
    raise FileNotFoundError(f"{name} is not built: run swift build first")


class Process:
    """One child process with its log in a file."""

    def __init__(self, arguments: list[str], log: pathlib.Path, **environment: str):
        self.log = log
        with open(log, "ab") as sink:
            self.child = subprocess.Popen(
                arguments, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL,
                env={**os.environ, **environment}, cwd=ROOT)

    def stop(self, patience: float = 10) -> int:
        """SIGTERM, then after `patience` seconds SIGKILL; returns the exit status."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()

    def check_alive(self) -> None:
        if self.child.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"process ended with {self.child.returncode}:\n{tail}")


class Gateway:
    """A gateway daemon and a client of its API."""

    def __init__(self, directory: pathlib.Path, **environment: str):
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.data = directory / "data"
        self.environment = environment
        #: More words of the command line.
        self.arguments: list[str] = []
        self.process: Process | None = None
        self.cookie = ""
        self.offset = 0

    def start(self) -> float:
        """Starts and waits for READY; returns the seconds from exec to ready."""
        self.offset = self.offset or self._free_offset()
        ready = self.directory / "ready"
        ready.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(ready))
            notices.settimeout(15)
            begun = time.monotonic()
            self.process = Process(
                [executable("gatewayd"), "--data", str(self.data), "--bind", "127.0.0.1",
                 "--port-offset", str(self.offset), *self.arguments],
                self.directory / "gatewayd.log", NOTIFY_SOCKET=str(ready), **self.environment)
            while True:
                try:
                    notice = notices.recv(4096)
                except TimeoutError:
                    self.process.check_alive()
                    raise RuntimeError("no READY within 15 s") from None
                if b"READY=1" in notice:
                    return time.monotonic() - begun

    @staticmethod
    def _free_offset() -> int:
        while True:
            offset = free_port() - 80
            if 1024 < offset < 64000:
                try:
                    # Those of the admin and of the servers that tests add.
                    for port in (443, 11, 12, 13, 14, 55):
                        with socket.socket() as probe:
                            probe.bind(("127.0.0.1", offset + port))
                    return offset
                except OSError:
                    continue

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.offset + 80}"

    def request(self, method: str, path: str, body=None, timeout: float = 30, **headers: str):
        """One exchange: (status, headers, parsed JSON or text)."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("X-Protocol-USPD", "40")
        request.add_header("Accept", "application/vnd.um+json")
        if self.cookie:
            request.add_header("Cookie", self.cookie)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            answer = urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as refused:
            answer = refused
        raw = answer.read().decode()
        try:
            parsed = json.loads(raw)
        except ValueError:
            parsed = raw
        return answer.status, answer.headers, parsed

    def login(self, password: str = PASSWORD) -> None:
        """Logs in as administrator, setting `password` first where the factory one still holds."""
        status, headers, _ = self.request("POST", "/auth", {"login": "admin", "password": password})
        if status == 403:
            self.request("PUT", "/auth/password", {"login": "admin", "old": "admin", "new": password})
            status, headers, _ = self.request("POST", "/auth", {"login": "admin", "password": password})
        if status != 200:
            raise RuntimeError(f"login answered {status}")
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def put(self, path: str, body) -> None:
        """Replaces a settings table; anything but 200 is an error with the device's reasons."""
        status, _, answer = self.request("PUT", path, body)
        if status != 200:
            raise RuntimeError(f"PUT {path} answered {status}: {answer}")

    def get(self, path: str):
        status, _, answer = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} answered {status}: {answer}")
        return answer

    def rss_kilobytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.process.child.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def kill(self) -> None:
        """A power cut as far as a process can have one."""
        self.process.child.kill()
        self.process.child.wait()

    def stop(self) -> int:
        return self.process.stop() if self.process else 0


class Street:
    """Simulated meters on ptys and TCP, with their control socket."""

    def __init__(self, directory: pathlib.Path, street: pathlib.Path):
        directory.mkdir(parents=True, exist_ok=True)
        self.control = directory / "control"
        self.process = Process(
            [executable("metersim"), "--street", str(street), "--control", str(self.control)],
            directory / "metersim.log")
        deadline = time.monotonic() + 20
        while not self._is_listening():
            self.process.check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError("metersim made no control socket within 20 s")
            time.sleep(0.02)

    def _is_listening(self) -> bool:
        """The socket's file is there a moment before anybody can connect to it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return self.control.exists() and probe.connect_ex(str(self.control)) == 0

    def command(self, **words):
        """One JSON line to the control socket and its answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(10)
            link.connect(str(self.control))
            link.sendall((json.dumps(words) + "\n").encode())
            return json.loads(link.makefile().readline())

    def stop(self) -> int:
        return self.process.stop()


class Broker:
    """A mosquitto on loopback with a certificate of its own authority."""

    def __init__(self, directory: pathlib.Path):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.port = free_port()
        self.authority = directory / "ca.pem"
        self._certificates()
        (directory / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            f"certfile {directory}/server.pem\nkeyfile {directory}/server.key\ntls_version tlsv1.2\n"
            f"user {os.environ.get('USER', 'root')}\n")
        self.start()

    def _certificates(self) -> None:
        def openssl(*words: str) -> None:
            subprocess.run(["openssl", *words], cwd=self.directory, check=True, capture_output=True)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Street authority")
        openssl("req", *key[:-2], "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
        (self.directory / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "30", "-extfile", "names", "-out", "server.pem")

    def start(self) -> None:
        self.process = Process(["mosquitto", "-c", str(self.directory / "mosquitto.conf")],
                               self.directory / "mosquitto.log")
        deadline = time.monotonic() + 10
        while True:
            self.process.check_alive()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if time.monotonic() > deadline:
                raise RuntimeError("mosquitto did not listen within 10 s")
            time.sleep(0.05)

    def stop(self) -> int:
        return self.process.stop()


class Subscriber:
    """Keeps every message of a broker in a file, as they come; a session of its own, so that none is missed."""

    def __init__(self, broker: Broker, directory: pathlib.Path, topic: str = "um/#"):
        self.file = directory / "messages"
        self.process = Process(
            ["mosquitto_sub", "-h", "localhost", "-p", str(broker.port), "--cafile", str(broker.authority), "-q", "1",
             "-i", "subscriber", "-c", "-t", topic, "-F", "%r %p"], self.file)

    def messages(self) -> list[dict]:
        """The documents received so far, without retained ones."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        documents = []
        for line in lines:
            if line.startswith("0 {"):
                try:
                    documents.append(json.loads(line[2:]))
                except ValueError:
                    continue  # the last line may still be written
        return [document for document in documents if "measures" in document]

    def stop(self) -> int:
        return self.process.stop()

"""What publishing over a modem costs: a relay between bench-modem and a real mosquitto counts every octet of the TLS
connections and the segments that carried them."""

import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading
import time

from measured_site import executable, scratch
from processes import Broker

METERS = 32
DAYS = 30
#: Publications a day, as bench-modem takes them: minutes of the day.
SCHEDULES = {"half-hour": "half-hours", "6 hours": "0,360,720,1080", "day": "0"}
#: Octets of an IPv4 and a TCP header with time stamps.
HEADERS = 52


class Relay:
    """Passes connections of one port of loopback on to another, a GSM link's segments of at most 1,360 octets."""

    def __init__(self, target: int):
        self.target = target
        self.octets = 0
        self.segments = 0
        self.connections = 0
        self.sizes: list[int] = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1360)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            far = socket.create_connection(("127.0.0.1", self.target))
            for link in (near, far):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(near, far), daemon=True).start()

    def _pass(self, near: socket.socket, far: socket.socket) -> None:
        sums = [0]
        other = threading.Thread(target=self._copy, args=(far, near, sums), daemon=True)
        other.start()
        self._copy(near, far, sums)
        other.join()
        info = near.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        # tcpi_segs_out and tcpi_segs_in of linux/tcp.h: every segment, acknowledgements included.
        self.segments += sum(struct.unpack_from("=II", info, 136))
        self.sizes.append(sums[0])
        near.close()
        far.close()

    def _copy(self, source: socket.socket, sink: socket.socket, sums: list[int]) -> None:
        try:
            while octets := source.recv(65536):
                self.octets += len(octets)
                sums[0] += len(octets)
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self) -> None:
        self.listener.close()


def _run(relay: Relay, broker: Broker, *words: str) -> dict:
    text = subprocess.run(
        [executable("bench-modem"), "--port", str(relay.port), "--authority", str(broker.authority), *words],
        check=True, capture_output=True, text=True).stdout
    time.sleep(0.3)
    return json.loads(text.splitlines()[-1]) if text.startswith("{") else {}


def month(broker: Broker, times: str, *words: str) -> dict:
    """A month by one schedule: octets and segments a meter, and where they went."""
    relay = Relay(broker.port)
    try:
        sent = _run(relay, broker, "--meters", str(METERS), "--days", str(DAYS), "--times", times, *words)
        return {
            "octets": relay.octets / METERS, "payload": sent["payload"] / METERS, "messages": sent["messages"],
            "connections": relay.connections, "first": relay.sizes[0], "segments": relay.segments,
            "headers": relay.segments * HEADERS / METERS,
        }
    finally:
        relay.stop()


def handshakes(broker: Broker) -> list[int]:
    """Octets of a connection without messages: the first, and one that goes on with its session."""
    relay = Relay(broker.port)
    try:
        _run(relay, broker, "--sessions", "3")
        return [relay.sizes[0], relay.sizes[2]]
    finally:
        relay.stop()


def probe(broker: Broker) -> int:
    """Octets of one keep-alive exchange on a connection that is held."""
    relay = Relay(broker.port)
    holder = subprocess.Popen(
        [executable("bench-modem"), "--port", str(relay.port), "--authority", str(broker.authority), "--held", "5"],
        stdout=subprocess.PIPE, text=True)
    try:
        holder.stdout.readline()
        time.sleep(1)
        before = relay.octets
        time.sleep(11)
        return (relay.octets - before) // 2
    finally:
        holder.kill()
        holder.wait()
        relay.stop()


def table() -> None:
    """Prints the table of the article «Publishing over a modem»."""
    with scratch() as directory:
        broker = Broker(pathlib.Path(directory))
        try:
            print("handshake", handshakes(broker), "probe", probe(broker))
            for name, times in SCHEDULES.items():
                for words in ((), ("--plain",)):
                    print(name, *words, {key: round(part) for key, part in month(broker, times, *words).items()},
                          flush=True)
        finally:
            broker.stop()


def modem_octets() -> tuple[float, str]:
    """kB a meter-month of the schedule recommended behind a modem, and its parts."""
    with scratch() as directory:
        broker = Broker(pathlib.Path(directory))
        try:
            found = month(broker, SCHEDULES["6 hours"])
        finally:
            broker.stop()
    return round(found["octets"] / 1000, 1), (
        f"{METERS} meters, {DAYS} days, every 6 hours, connection only while sending: payload "
        f"{found['payload'] / 1000:.1f} kB in {found['messages']} messages, {found['connections']} connections, "
        f"keep-alive 0; TCP/IP headers would add {found['headers'] / 1000:.1f} kB")


if __name__ == "__main__":
    sys.exit(table())

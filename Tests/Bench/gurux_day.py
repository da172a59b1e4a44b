"""One meter's day read by the PyPI package gurux_dlms over a serial line, as its users write it.

usage: gurux_day.py DEVICE PASSWORD ADDRESS INFORMATION DAY

Learns columns and scalers in one session; then, in a second, reads serial number, clock, the energies at the start of
DAY and of its month, the 48 half-hours of the day before DAY, the alarms, and how many entries three journals hold.
Prints how many rows of each it got.
"""

import datetime
import os
import select
import sys
import time
import tty

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import Authentication, Conformance, InterfaceType
from gurux_dlms.objects import GXDLMSClock, GXDLMSData, GXDLMSProfileGeneric
from gurux_dlms.GXHdlcSettings import GXHdlcSettings
from gurux_dlms.secure import GXDLMSSecureClient

PROFILES = {"days": "1.0.98.2.0.255", "months": "1.0.98.1.0.255", "halfHours": "1.0.99.1.0.255"}
JOURNALS = ["0.0.99.98.2.255", "0.0.99.98.4.255", "0.0.99.98.6.255"]


class SerialReader:
    """The library's client over a serial device."""

    def __init__(self, device: str, password: str, address: int, information: int):
        self.line = os.open(device, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.line)
        server = GXDLMSSecureClient.getServerAddress(1, address, 2)
        self.client = GXDLMSSecureClient(True, 32, server, Authentication.LOW, password, InterfaceType.HDLC)
        self.client.serverAddressSize = 2
        self.client.maxReceivePDUSize = 1200
        self.client.proposedConformance = (
            Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.MULTIPLE_REFERENCES | Conformance.GET
            | Conformance.SET | Conformance.SELECTIVE_ACCESS | Conformance.ACTION)
        self.client.hdlcSettings.maxInfoTX = self.client.hdlcSettings.maxInfoRX = information
        # The library takes the second frame of a window for a wrong one, and leaves a window of one unsaid.
        GXHdlcSettings.DEFAULT_WINDOWS_SIZE_RX = GXHdlcSettings.DEFAULT_WINDOWS_SIZE_TX = 0
        self.client.hdlcSettings.windowSizeRX = self.client.hdlcSettings.windowSizeTX = 1

    def packet(self, octets, reply) -> None:
        """Sends one frame and reads until the library calls the answer complete."""
        os.write(self.line, bytes(octets))
        buffer, notification = GXByteBuffer(), GXReplyData()
        deadline = time.monotonic() + 5
        while True:
            ready, _, _ = select.select([self.line], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("no answer within 5 s")
            buffer.set(os.read(self.line, 4096))
            if self.client.getData(buffer, reply, notification):
                if reply.error:
                    raise RuntimeError(f"error {reply.error}")
                return

    def exchange(self, frames):
        reply = GXReplyData()
        for frame in [frames] if isinstance(frames, (bytes, bytearray)) else frames or []:
            reply.clear()
            self.packet(frame, reply)
            while reply.isMoreData():
                self.packet(self.client.receiverReady(reply), reply)
        return reply

    def open(self) -> None:
        self.client.parseUAResponse(self.exchange(self.client.snrmRequest()).data)
        self.client.parseAareResponse(self.exchange(self.client.aarqRequest()).data)

    def close(self) -> None:
        self.exchange(self.client.disconnectRequest())

    def read(self, thing, attribute: int):
        return self.client.updateValue(thing, attribute, self.exchange(self.client.read(thing, attribute)).value)

    def rows(self, profile, begin: datetime.datetime, end: datetime.datetime) -> int:
        reply = self.exchange(self.client.readRowsByRange(profile, begin, end))
        profile.buffer = []
        self.client.updateValue(profile, 2, reply.value)
        return len(profile.buffer)


def main() -> None:
    device, password, address, information, day = sys.argv[1:]
    midnight = datetime.datetime.fromisoformat(day)
    reader = SerialReader(device, password, int(address), int(information))
    profiles = {name: GXDLMSProfileGeneric(code) for name, code in PROFILES.items()}
    reader.open()
    for profile in profiles.values():
        reader.read(profile, 3)
    reader.close()
    time.sleep(0.5)
    reader.open()
    reader.read(GXDLMSData("0.0.96.1.0.255"), 2)
    reader.read(GXDLMSClock("0.0.1.0.0.255"), 2)
    reader.read(profiles["halfHours"], 4)
    reader.read(GXDLMSData("0.0.97.98.0.255"), 2)
    for code in JOURNALS:
        reader.read(GXDLMSProfileGeneric(code), 7)
    half = datetime.timedelta(minutes=30)
    print(reader.rows(profiles["days"], midnight, midnight),
          reader.rows(profiles["months"], midnight.replace(day=1), midnight.replace(day=1)),
          reader.rows(profiles["halfHours"], midnight - 47 * half, midnight), flush=True)
    reader.close()


if __name__ == "__main__":
    main()

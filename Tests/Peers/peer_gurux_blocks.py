"""General block transfer for the Gurux meter: the library's encoder cuts, what comes in is joined here.

The server class of gurux_dlms 1.0.203 has the service and cannot run it: getRequestNextDataBlock reads
`settings.gbtWndowSize`, which no settings have, and handleGeneralBlockTransfer wants methods of GXByteBuffer and of its
reply that are not there. Its encoder numbers the acknowledgement FFFFh from the second block on, and under a cipher marks
no block as the last. So each block is made by GXDLMS.getLNPdu with the number acknowledged put in before, of octets
sealed already.
"""
from gurux_dlms import GXByteBuffer
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSLNParameters import GXDLMSLNParameters
from gurux_dlms.enums import Command

TAG = int(Command.GENERAL_BLOCK_TRANSFER)


class Blocks:
    """Both directions of one service's blocks."""

    def __init__(self, settings, limit: int, window: int, lost: set):
        # Numbers in `lost` get lost on their way, once.
        self.settings, self.limit, self.window, self.lost = settings, limit, window, lost
        self.joined, self.newest, self.sent = b"", 0, 0
        self.octets = None

    def begin(self, octets: bytes) -> list:
        """The first window of an answer."""
        self.octets, self.joined, self.base = octets, b"", self.sent
        return self.send(after=self.base)

    def cut(self) -> list:
        """Blocks of the answer, by the library."""
        self.settings.maxPduSize, cipher = self.limit, self.settings.cipher
        self.settings.cipher = None
        p = GXDLMSLNParameters(
            self.settings, 0, Command.GENERAL_BLOCK_TRANSFER, 0, None, GXByteBuffer(self.octets), 0xFF)
        p.multipleBlocks, p.gbtWindowSize, p.blockIndex = True, self.window, self.base + 1
        blocks = []
        while p.data.position < p.data.size:
            p.blockNumberAck = self.newest
            last_of_window = (len(blocks) + 1) % self.window == 0
            p.streaming = not last_of_window
            block = GXByteBuffer()
            GXDLMS.getLNPdu(p, block)
            # Over HDLC the library puts the LLC header before each.
            blocks.append(bytes(block.array()[:block.size]).removeprefix(b"\xe6\xe7\x00"))
        self.settings.cipher = cipher
        return blocks

    def send(self, after: int) -> list:
        """A window of blocks behind the one the client has."""
        window = self.cut()[after - self.base:][:self.window]
        numbered = list(enumerate(window, after + 1))
        self.sent = max(self.sent, after + len(window))
        out = [block for number, block in numbered if number not in self.lost]
        self.lost -= {number for number, _ in numbered}
        return out

    def took(self, content: bytes):
        """A block without its tag: what to send, or the whole request."""
        control, number, acknowledged = content[0], int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
        buffer = GXByteBuffer(content[5:])
        count = buffer.getUInt8()
        if count & 0x80:
            count = int.from_bytes(content[6:6 + (count & 0x7F)], "big")
        data = content[len(content) - count:] if count else b""
        if not data and self.octets is not None:
            self.newest = number
            return self.send(acknowledged), None
        if number == 1 and not self.joined:              # a new request: both sides number anew
            self.newest, self.sent, self.octets = 0, 0, None
        if number == self.newest + 1:
            self.joined, self.newest = self.joined + data, number
            if control & 0x80:
                whole, self.joined = self.joined, b""
                return [], whole
        self.sent += 1
        return [bytes([TAG, 0x80 | self.window]) + self.sent.to_bytes(2, "big") + self.newest.to_bytes(2, "big") + b"\0"], None

"""HDLC over TCP for dlms-cosem, with the ends of frames where their lengths say."""

from dlms_cosem.io import HdlcTransport


class LengthTransport(HdlcTransport):
    """The library ends a frame at any 7E, and waits forever where two stand together in the data or where the
    check ends in one. HDLC of DLMS does not escape 7E: the end is told by the length."""

    def recv_frame(self) -> bytes:
        link = self.hdlc_connection
        if b"\x7e" in link.buffer[link.buffer_search_position:]:
            return b""  # the next flag in hand may be the end
        head = self.io.recv(3)
        assert head[:1] == b"\x7e", head.hex()
        length = (head[1] & 7) << 8 | head[2]
        return head + self.io.recv(length - 2 + 1)

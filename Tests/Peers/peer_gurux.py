#!/usr/bin/env python3
"""Simulated SPODES-like meter over TCP (HDLC frames in the stream, or the wrapper).

Independent peer for interoperability tests: framing, FCS, segmentation, AARQ
parsing, AARE building, A-XDR and GET block transfer are done by the PyPI package
gurux_dlms.  Its Python *server* class is only half ported, so the service dispatch (GET/SET/ACTION) is written here.

  python3 peer_gurux.py --port 4060 --phys 16 -v
  clients: 16 = public (no auth), 32 = reader (LLS "12345678"),
           48 = configurator (HLS mechanism 2: AES-128-ECB of the challenge,
                key = "0000000100000001", the way Gurux "High" and Nartis meters do it)
"""
import argparse
import os
import socket
import socketserver
import sys

from gurux_dlms import GXByteBuffer
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSServer import GXDLMSServer
from gurux_dlms.GXReplyData import GXReplyData
from gurux_dlms.GXSecure import GXSecure
from gurux_dlms._GXAPDU import _GXAPDU
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.enums import (InterfaceType, Command, Authentication,
                              Conformance, SourceDiagnostic, AssociationResult)
from gurux_dlms.ConnectionState import ConnectionState

from peer_gurux_blocks import Blocks
from peer_gurux_cipher import TITLE, Cipher
from peer_gurux_objects import T, build_meter, enc, ln

READER_PW = b"12345678"
CONF_KEY = b"0000000100000001"
VERBOSE = False
TRACE = None


def log(*a):
    if VERBOSE:
        print(*a, file=sys.stderr, flush=True)


def trace(direction, data):
    line = "%s %s" % (direction, bytes(data).hex())
    log(line)
    if TRACE:
        TRACE.write(line + "\n")
        TRACE.flush()


# --------------------------------------------------------------- session
class Server(GXDLMSServer):
    """Only the inherited state container/AARQ code is used; abstract hooks must exist."""
    def isTarget(self, s, c): return True
    def onValidateAuthentication(self, a, p): return SourceDiagnostic.NONE
    def onPreGet(self, a): pass
    def onPostGet(self, a): pass
    def onFindObject(self, a, b, c): return None
    def onPreRead(self, a): pass
    def onPostRead(self, a): pass
    def onPreWrite(self, a): pass
    def onPostWrite(self, a): pass
    def onConnected(self, c): pass
    def onInvalidConnection(self, c): pass
    def onDisconnected(self, c): pass
    def onGetAttributeAccess(self, a): return 3
    def onGetMethodAccess(self, a): return 1
    def onPreAction(self, a): pass
    def onPostAction(self, a): pass


class Session:
    def __init__(self, meter, cfg):
        self.meter, self.cfg = meter, cfg
        self.srv = Server(True, InterfaceType.WRAPPER if cfg.wrapper else InterfaceType.HDLC)
        self.st = self.srv.settings
        self.st.proposedConformance = (Conformance.GET | Conformance.SET | Conformance.ACTION | Conformance.SELECTIVE_ACCESS |
                                       Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE |
                                       Conformance.MULTIPLE_REFERENCES | Conformance.PRIORITY_MGMT_SUPPORTED)
        if cfg.general_blocks:
            self.st.proposedConformance = self.st.proposedConformance & ~Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.GENERAL_BLOCK_TRANSFER
        self.cipher = self.st.peer = Cipher(cfg.ek, cfg.ak) if cfg.ek else None
        self.prover = self.cipher or Cipher("00" * 16, "00" * 16)   # digests need no keys
        self.lost = {cfg.lose_block}
        self.owner = self.blocks = None      # the client of the association; its blocks
        self.rx, self.info = GXByteBuffer(), GXReplyData()
        self.reply = GXByteBuffer()          # LLC + APDU still to be sent
        self.rest = None                     # (bytes, block no) of a long GET
        self.setbuf = None
        self.reset()

    def reset(self):
        self.owner = None
        self.assoc = None                    # None | pending | ok
        self.reply.clear()
        self.rest = self.setbuf = None
        self.st.connected = ConnectionState.NONE
        # gurux quirk: the settings object is shared between SNRMs, so put the limits back
        self.st.hdlc.maxInfoTX = self.st.hdlc.maxInfoRX = self.cfg.info
        self.st.hdlc.windowSizeTX = self.st.hdlc.windowSizeRX = 1
        self.st.maxPduSize = self.cfg.pdu

    # -- bytes in -> list of frames out
    def feed(self, data):
        if self.cfg.wrapper:
            self.st.clientAddress = 0        # gurux quirk: else the first client keeps the connection
        self.rx.set(data)
        out = []
        while self.rx.available() > 0:
            try:
                ok = GXDLMS.getData(self.st, self.rx, self.info, None)
            except Exception as ex:
                log("! bad frame:", ex)
                self.rx.clear()
                self.info = GXReplyData()
                break
            if not ok or not self.info.complete:
                break
            f = self.dispatch()
            if self.rx.position:
                self.rx.trim() if hasattr(self.rx, "trim") else None
            if f is not None:
                out.append(f)
            if self.rx.available() == 0:
                self.rx.clear()
        return out

    def dispatch(self):
        st, info = self.st, self.info
        logical, phys = self.split(st.serverAddress)
        cmd = info.command
        log("  cmd", cmd, "client", st.clientAddress, "server", logical, phys, "more", info.moreData)
        if not self.cfg.wrapper:
            if phys not in (self.cfg.phys, 0x7F, 0x3FFF, None) or (logical not in (1, None)):
                self.info = GXReplyData()
                return None
            if cmd == Command.SNRM:
                params = bytes(info.data.array()[info.data.position:])
                self.info = GXReplyData()
                st.resetFrameSequence()
                self.reset()
                if params:
                    self.negotiate(params)
                st.connected = ConnectionState.HDLC
                return self.ua()
            if cmd == Command.DISCONNECT_REQUEST:
                self.info = GXReplyData()
                was = st.connected
                self.reset()
                if was == ConnectionState.NONE and self.cfg.dm:
                    return GXDLMS.getHdlcFrame(st, Command.DISCONNECT_MODE, GXByteBuffer())
                return self.ua()
            if st.connected == ConnectionState.NONE:
                self.info = GXReplyData()
                return GXDLMS.getHdlcFrame(st, Command.DISCONNECT_MODE, GXByteBuffer())
            if int(info.moreData) & 2:                       # RequestTypes.FRAME: the client segments its request
                return GXDLMS.getHdlcFrame(st, st.getReceiverReady(), GXByteBuffer())
            if cmd == Command.NONE:                          # RR
                self.info = GXReplyData()
                if self.reply.size - self.reply.position > 0:
                    return GXDLMS.getHdlcFrame(st, st.getNextSend(False), self.reply)
                return GXDLMS.getHdlcFrame(st, st.getReceiverReady(), GXByteBuffer())
        apdu = info.data
        if cmd == Command.GENERAL_BLOCK_TRANSFER:
            return self.block(bytes(apdu.array()[1:apdu.size]))
        self.blocks = None
        # after a segmented request gurux leaves the read position at the last segment
        apdu.position = 0 if cmd == Command.AARQ else 1
        self.info = GXReplyData()
        return self.framed(cmd, self.answer(cmd, apdu))

    def answer(self, cmd, apdu):
        """The answers to a request: one, or the first window of its blocks."""
        try:
            body = self.service(cmd, apdu)
            if body and self.cipher and cmd not in (Command.AARQ, Command.RELEASE_REQUEST):
                body = self.cipher.answer(body)
        except Exception:
            import traceback
            traceback.print_exc()
            body = bytes((0xD8, 1, 1))                       # exception-response
        if body and self.cfg.general_blocks and cmd != Command.AARQ and len(body) > self.apdu_limit:
            self.blocks = self.blocks or self.new_blocks()
            return self.blocks.begin(body)
        return [body] if body else []

    def new_blocks(self):
        return Blocks(self.st, self.apdu_limit, self.cfg.window, self.lost)

    def block(self, content):
        """A general block: the next of ours, an acknowledgement, or the answer to what is whole."""
        self.info = GXReplyData()
        self.blocks = self.blocks or self.new_blocks()
        out, whole = self.blocks.took(content)
        if whole is not None:
            if self.cipher and whole[0] >= 0xC8:
                whole = self.cipher.open(self.st, whole)
            out = self.answer(Command(whole[0]), GXByteBuffer(whole[1:]))
        return self.framed(Command.GENERAL_BLOCK_TRANSFER, out)

    def framed(self, cmd, bodies):
        """APDUs in their frames; HDLC has one at a time."""
        out = b""
        for body in bodies:
            self.reply.clear()
            if not self.cfg.wrapper:
                self.reply.set(_GXCommon.LLC_REPLY_BYTES)
            self.reply.set(body)
            if self.cfg.wrapper:
                out += bytes(GXDLMS.getWrapperFrame(self.st, cmd, self.reply))
            else:
                out += bytes(GXDLMS.getHdlcFrame(self.st, 0, self.reply))
        return out or None

    def split(self, a):
        # gurux decodes the server address to one integer: 7 bits per octet for 1/2 byte
        # addresses, 14 bits per half for 4 byte ones; it does not report the length
        if self.cfg.wrapper:
            return a, self.cfg.phys
        if a < 0x80:                       # 1 byte: upper (logical) address only
            return a, None
        if a < 0x4000:
            return a >> 7, a & 0x7F
        return a >> 14, a & 0x3FFF

    def negotiate(self, p):
        # client's TX limit caps what we receive and the other way round
        i = 3
        h = self.st.hdlc
        while i + 1 < len(p):
            pid, n = p[i], p[i + 1]
            v = int.from_bytes(p[i + 2:i + 2 + n], "big")
            i += 2 + n
            if pid == 5:
                h.maxInfoRX = min(h.maxInfoRX, v)
            elif pid == 6:
                h.maxInfoTX = min(h.maxInfoTX, v)

    def ua(self):
        b = GXByteBuffer()
        b.setUInt8(0x81)
        b.setUInt8(0x80)
        b.setUInt8(0)
        for pid, v in ((5, self.st.hdlc.maxInfoTX), (6, self.st.hdlc.maxInfoRX)):
            b.setUInt8(pid)
            GXDLMS.appendHdlcParameter(b, v)
        for pid in (7, 8):
            b.setUInt8(pid)
            b.setUInt8(4)
            b.setUInt32(1)
        b.setUInt8(b.size - 3, 2)
        # a UA is a U frame: its payload has no LLC, but getHdlcFrame takes 3 bytes off the limit
        return GXDLMS.getHdlcFrame(self.st, Command.UA, b)

    # -- application layer
    def service(self, cmd, d):
        if cmd == Command.AARQ:
            return self.aarq(d)
        if cmd == Command.RELEASE_REQUEST:
            self.assoc = None
            return bytes.fromhex("6303800100")
        if self.st.clientAddress != self.owner:
            return bytes((0xD8, 1, 1))
        if cmd == Command.METHOD_REQUEST:
            return self.action(d)
        if self.assoc != "ok":
            return bytes((0xD8, 1, 1))
        if cmd == Command.GET_REQUEST:
            return self.getreq(d)
        if cmd == Command.SET_REQUEST:
            return self.setreq(d)
        return bytes((0xD8, 1, 2))

    def aarq(self, d):
        st = self.st
        raw = bytes(d.array()[d.position:])
        st.authentication = Authentication.NONE
        st.password = None
        st.setCtoSChallenge(None)
        st.cipher = None
        if self.cipher:
            self.cipher.begin()
            if b"\x60\x85\x74\x05\x08\x01\x03" in raw:          # context: logical names with ciphering
                st.cipher = self.cipher.context
        result, diag = AssociationResult.ACCEPTED, SourceDiagnostic.NONE
        try:
            _GXAPDU.parsePDU(st, st.cipher, d, None)
        except Exception as ex:
            log("! AARQ:", ex)
            result, diag = AssociationResult.PERMANENT_REJECTED, SourceDiagnostic.NO_REASON_GIVEN
        log("  AARQ auth", st.authentication, "pw", st.password, "pdu", st.maxPduSize, "raw", raw.hex())
        st.maxPduSize = min(st.maxPduSize or 0xFFFF, 0xFFFF)
        self.apdu_limit = min(st.maxPduSize, self.cfg.pdu)
        self.owner = st.clientAddress
        self.prover.client = bytes(st.sourceSystemTitle or b"")
        want = {16: Authentication.NONE, 32: Authentication(self.cfg.mechanism), 48: Authentication.LOW if self.cfg.low else Authentication.HIGH}.get(st.clientAddress)
        hls = False
        if result == AssociationResult.ACCEPTED:
            if want is None:
                result, diag = AssociationResult.PERMANENT_REJECTED, SourceDiagnostic.NO_REASON_GIVEN
            elif st.authentication != want:
                result = AssociationResult.PERMANENT_REJECTED
                diag = SourceDiagnostic.MECHANISM_NAME_REGUIRED if st.authentication == Authentication.NONE \
                    else SourceDiagnostic.NOT_RECOGNISED
            elif want == Authentication.LOW and bytes(st.password or b"") != (
                    CONF_KEY if st.clientAddress == 48 else READER_PW):
                result, diag = AssociationResult.PERMANENT_REJECTED, SourceDiagnostic.AUTHENTICATION_FAILURE
            elif self.cipher and not self.cfg.open and st.clientAddress != 16 and st.cipher is None:
                result, diag = AssociationResult.PERMANENT_REJECTED, SourceDiagnostic.NOT_SUPPORTED
            elif int(want) >= int(Authentication.HIGH):
                hls, diag = True, SourceDiagnostic.AUTHENTICATION_REQUIRED
        self.assoc = None
        if result == AssociationResult.ACCEPTED:
            self.assoc = "pending" if hls else "ok"
            st.connected = ConnectionState.HDLC | ConnectionState.DLMS
        # AARE by hand: gurux' generateAARE writes a wrong length in the AA field for HLS
        body = bytes.fromhex("a10906076085740508010" + ("3" if st.cipher else "1")) + bytes((0xA2, 3, 2, 1, int(result), 0xA3, 5, 0xA1, 3, 2, 1, int(diag)))
        if self.cipher or self.cfg.mechanism > 1:
            body += bytes((0xA4, 10, 4, 8)) + TITLE
        if hls:
            self.ctos = bytes(st.ctoSChallenge)
            self.stoc = os.urandom(16)
            body += bytes.fromhex("88020780 8907608574050802".replace(" ", "")) + bytes((int(want),))
            body += bytes((0xAA, 2 + len(self.stoc), 0x80, len(self.stoc))) + self.stoc
        elif want is not None and st.authentication != want:
            body += bytes.fromhex("8907608574050802") + bytes((int(want),))      # the one that would do
        conf = int(st.negotiatedConformance) if result == AssociationResult.ACCEPTED else 0
        # Gurux keeps conformance bits in reversed order inside its enum -> ask it for the bytes
        b = GXByteBuffer()
        user = bytes(_GXAPDU.getUserInformation(st, None)) if result == AssociationResult.ACCEPTED else bytes.fromhex("0e010601")
        if result == AssociationResult.ACCEPTED:
            user = user[:-4] + self.cfg.pdu.to_bytes(2, "big") + b"\x00\x07"
            if st.cipher:
                user = self.cipher.seal(user, 0x28)
        body += bytes((0xBE, 2 + len(user), 4, len(user))) + user
        return bytes((0x61, len(body))) + body

    def find(self, cls, name):
        if self.st.clientAddress == 16 and (cls, name) not in ((8, ln("0.0.1.0.0.255")), (1, ln("0.0.42.0.0.255")), (15, ln("0.0.40.0.0.255"))):
            return None
        return self.meter.get((cls, name))

    def rd_desc(self, d):
        cls = d.getUInt16()
        name = bytearray(6)
        d.get(name)
        return cls, bytes(name), d.getUInt8()

    def rd_sel(self, d):
        if d.getUInt8() == 0:
            return None, None
        sel = d.getUInt8()
        return sel, _GXCommon.getData(self.st, d, _GXDataInfo())

    def value(self, cls, name, a, sel, par):
        o = self.find(cls, name)
        if o is None:
            return 4, None                                   # object-undefined
        v = o.get(a, sel, par)
        return (0, v) if v is not None else (3, None)        # read-write-denied

    def getreq(self, d):
        kind, inv = d.getUInt8(), d.getUInt8()
        if kind == 1:
            err, v = self.value(*self.rd_desc(d), *self.rd_sel(d))
            if err:
                return bytes((0xC4, 1, inv, 1, err))
            if len(v) + 4 <= self.apdu_limit or self.cfg.general_blocks:
                return bytes((0xC4, 1, inv, 0)) + v
            self.rest, self.blk = v, 0
            return self.nextblock(inv)
        if kind == 2:
            no = d.getUInt32()
            if self.rest is None or no != self.blk:
                return bytes((0xC4, 2, inv, 1)) + no.to_bytes(4, "big") + bytes((1, 19))
            return self.nextblock(inv)
        if kind == 3:
            n = _GXCommon.getObjectCount(d)
            res = b""
            for _ in range(n):
                err, v = self.value(*self.rd_desc(d), *self.rd_sel(d))
                res += bytes((1, err)) if err else b"\x00" + v
            body = bytes((n,)) + res
            if len(body) + 3 <= self.apdu_limit or self.cfg.general_blocks:
                return bytes((0xC4, 3, inv)) + body
            self.rest, self.blk = body, 0
            return self.nextblock(inv)
        return bytes((0xC4, 1, inv, 1, 250))

    def nextblock(self, inv):
        size = self.apdu_limit - 12
        part, self.rest = self.rest[:size], self.rest[size:]
        self.blk += 1
        last = 0 if self.rest else 1
        if last:
            self.rest = None
        b = GXByteBuffer()
        _GXCommon.setObjectCount(len(part), b)
        return bytes((0xC4, 2, inv, last)) + self.blk.to_bytes(4, "big") + b"\x00" + bytes(b.array()) + part

    def write(self, cls, name, a, v):
        o = self.find(cls, name)
        if o is None:
            return 4
        if self.st.clientAddress != 48 or a not in o.writers:
            return 3
        try:
            o.writers[a](v)
            return 0
        except Exception:
            return 12                                        # type-unmatched

    def setreq(self, d):
        kind, inv = d.getUInt8(), d.getUInt8()
        if kind == 1:
            desc = self.rd_desc(d)
            self.rd_sel(d)
            return bytes((0xC5, 1, inv, self.write(*desc, _GXCommon.getData(self.st, d, _GXDataInfo()))))
        if kind == 2:
            self.setdesc = self.rd_desc(d)
            self.rd_sel(d)
            self.setbuf = b""
        elif kind == 4:
            n = _GXCommon.getObjectCount(d)
            ds = []
            for _ in range(n):
                ds.append(self.rd_desc(d))
                self.rd_sel(d)
            _GXCommon.getObjectCount(d)
            return bytes((0xC5, 5, inv, n)) + bytes(self.write(*x, _GXCommon.getData(self.st, d, _GXDataInfo())) for x in ds)
        elif kind != 3:
            return bytes((0xC5, 1, inv, 250))
        last, no = d.getUInt8(), d.getUInt32()
        n = _GXCommon.getObjectCount(d)
        part = bytearray(n)
        d.get(part)
        self.setbuf += bytes(part)
        if not last:
            return bytes((0xC5, 2, inv)) + no.to_bytes(4, "big")
        res = self.write(*self.setdesc, _GXCommon.getData(self.st, GXByteBuffer(self.setbuf), _GXDataInfo()))
        return bytes((0xC5, 3, inv, res)) + no.to_bytes(4, "big")

    def action(self, d):
        kind, inv = d.getUInt8(), d.getUInt8()
        cls, name, m = self.rd_desc(d)
        par = _GXCommon.getData(self.st, d, _GXDataInfo()) if d.getUInt8() else None
        if cls == 15 and m == 1 and self.assoc == "pending":
            if self.cfg.mechanism > 1 and self.st.clientAddress == 32:
                return self.prove(inv, bytes(par or b""))
            exp = bytes(GXSecure.secure(self.st, None, 0, bytearray(self.stoc), bytearray(CONF_KEY)))
            if bytes(par or b"")[:16] != exp[:16]:
                self.assoc = None
                return bytes((0xC7, 1, inv, 3, 0))
            self.assoc = "ok"
            ans = bytes(GXSecure.secure(self.st, None, 0, bytearray(self.ctos), bytearray(CONF_KEY)))
            return bytes((0xC7, 1, inv, 0, 1, 0)) + enc(T.OCTET_STRING, ans[:16])
        if self.assoc != "ok":
            return bytes((0xD8, 1, 1))
        o = self.find(cls, name)
        if o is None:
            return bytes((0xC7, 1, inv, 4, 0))
        if m not in o.methods or self.st.clientAddress == 16 or (cls == 70 and self.st.clientAddress != 48):
            return bytes((0xC7, 1, inv, 3, 0))
        o.methods[m](par)
        return bytes((0xC7, 1, inv, 0, 0))


    def prove(self, inv, given):
        mechanism, c = Authentication(self.cfg.mechanism), self.prover
        counter = int.from_bytes(given[1:5], "big")          # of GMAC: control, counter, tag
        expected = c.proof(self.st, mechanism, READER_PW, c.client, TITLE, self.stoc, self.ctos, counter)
        if given != expected:
            self.assoc = None
            return bytes((0xC7, 1, inv, 3, 0))
        self.assoc = "ok"
        answer = c.proof(self.st, mechanism, READER_PW, TITLE, c.client, self.ctos, self.stoc, c.take())
        return bytes((0xC7, 1, inv, 0, 1, 0)) + enc(T.OCTET_STRING, answer)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        s = Session(self.server.meter, self.server.cfg)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                data = self.request.recv(4096)
            except OSError:
                return
            if not data:
                return
            trace("C>S", data)
            for f in s.feed(data):
                trace("S>C", f)
                self.request.sendall(bytes(f))


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    global VERBOSE, TRACE
    ap = argparse.ArgumentParser()
    ap.add_argument("--host", default="127.0.0.1")
    ap.add_argument("--port", type=int, default=4060)
    ap.add_argument("--phys", type=int, default=16, help="physical (lower) HDLC address")
    ap.add_argument("--info", type=int, default=128, help="max HDLC information field")
    ap.add_argument("--pdu", type=int, default=400, help="max APDU the meter sends/receives")
    ap.add_argument("--wrapper", action="store_true", help="IEC 62056-47 wrapper instead of HDLC")
    ap.add_argument("--dm", action="store_true", help="answer DISC in disconnected mode with DM (default: UA, as Nartis)")
    ap.add_argument("--low", action="store_true", help="the configurator opens with a password (default: a key)")
    ap.add_argument("--ek", help="encryption key, hexadecimal: reader and configurator must cipher")
    ap.add_argument("--ak", help="authentication key")
    ap.add_argument("--mechanism", type=int, default=1, help="of the reader: 1…4 or 6, with keys 5 too")
    ap.add_argument("--open", action="store_true", help="with keys: clear associations are taken too")
    ap.add_argument("--general-blocks", action="store_true", help="long answers go by general block transfer")
    ap.add_argument("--window", type=int, default=1, help="blocks sent in one go")
    ap.add_argument("--lose-block", type=int, default=0, help="this block gets lost, once")
    ap.add_argument("--relay-mode", type=int, default=4, help="control mode of the relay; -1: there is none")
    ap.add_argument("--trace", help="file for C>S / S>C hex lines")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    VERBOSE = a.v
    if a.trace:
        TRACE = open(a.trace, "w")
    srv = TcpServer((a.host, a.port), Handler)
    srv.cfg, srv.meter = a, build_meter(a.relay_mode)
    print("peer meter on %s:%d (%s), logical 1 physical %d, %d objects" % (a.host, srv.server_address[1],
          "wrapper" if a.wrapper else "HDLC", a.phys, len(srv.meter)), flush=True)
    try:
        srv.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()


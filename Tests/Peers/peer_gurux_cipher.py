"""Suite 0 for the Gurux meter: GXDLMSChippering and GXSecure of gurux_dlms, called with the arguments they want.

The library's own server hands its ciphers arguments in a wrong order (handleGloDedRequest), so requests are opened
here, by its functions of one level below.
"""
from gurux_dlms import GXByteBuffer
from gurux_dlms.AesGcmParameter import AesGcmParameter
from gurux_dlms.CountType import CountType
from gurux_dlms.GXCiphering import GXCiphering
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSChippering import GXDLMSChippering
from gurux_dlms.GXReplyData import GXReplyData
from gurux_dlms.GXSecure import GXSecure
from gurux_dlms.enums import Authentication, Command, RequestTypes, Security

TITLE = bytes.fromhex("4752580000000001")
RESPONSES = {0xC4: (0xCC, 0xD4), 0xC5: (0xCD, 0xD5), 0xC7: (0xCF, 0xD7), 0x08: (0x28, 0x48)}


class Cipher:
    """Keys and counters of one association on the meter's side."""

    def __init__(self, ek: str, ak: str):
        self.ek, self.ak = bytes.fromhex(ek), bytes.fromhex(ak)
        self.counter = 1
        self.begin()

    def begin(self):
        self.client = self.tag = None
        self.protection = Security.AUTHENTICATION_ENCRYPTION
        self.context = GXCiphering(TITLE)
        self.context.blockCipherKey, self.context.authenticationKey = self.ek, self.ak

    def take(self) -> int:
        self.counter += 1
        return self.counter

    def key(self, tag: int) -> bytes:
        return self.context.dedicatedKey if 0x41 <= tag <= 0x4E or 0xD0 <= tag <= 0xD7 else self.ek

    def open(self, settings, octets: bytes) -> bytes:
        p = AesGcmParameter(0, self.client, self.key(octets[0]), self.ak)
        plain = bytes(GXDLMSChippering.decryptAesGcm(settings, p, GXByteBuffer(octets)))
        self.tag, self.protection = octets[0], p.security
        return plain

    def seal(self, plain: bytes, tag: int) -> bytes:
        p = AesGcmParameter(tag, TITLE, self.key(tag), self.ak)
        p.security, p.invocationCounter, p.type_ = self.protection, self.take(), CountType.PACKET
        return bytes(GXDLMSChippering.encryptAesGcm(p, bytearray(plain)))

    def answer(self, plain: bytes) -> bytes:
        """Seals an answer as its request was; exceptions go open."""
        if self.tag is None or plain[0] not in RESPONSES:
            return plain
        return self.seal(plain, RESPONSES[plain[0]][0 if self.tag in range(0xC8, 0xD0) else 1])

    def proof(self, settings, mechanism, secret: bytes, own: bytes, other: bytes, answered: bytes, sent: bytes,
              counter: int) -> bytes:
        """What the side titled `own` answers to the challenge `answered`, having sent `sent` itself."""
        settings.authentication = mechanism
        if mechanism == Authentication.HIGH_GMAC:
            secret = own
        elif mechanism == Authentication.HIGH_SHA256:
            secret = secret + own + other + answered + sent
        return bytes(GXSecure.secure(settings, self.context, counter, bytearray(answered), bytearray(secret)))


def open_request(_, settings, data):
    """Stands in for GXDLMS.handleGloDedRequest."""
    data.data.position -= 1
    if int(data.moreData) & int(RequestTypes.FRAME):
        return
    octets = bytes(data.data.array()[data.data.position:])
    plain = settings.peer.open(settings, octets)
    data.data.clear()
    data.data.set(plain)
    data.command = Command(data.data.getUInt8())


GXDLMS.handleGloDedRequest = classmethod(open_request)
# The library asks for it when a ciphered request came in segments.
GXReplyData.getCipherIndex = lambda data: data.cipherIndex

"""Pushes of the Gurux library: composed by its notifier, or read by its client.

Usage: peer_gurux_push.py send PORT SERIAL ENERGY [EK AK COUNTER TITLE]
       peer_gurux_push.py read [EK AK TITLE] <HEX   (one wrapper unit; prints the values as JSON)
"""
import json
import socket
import sys

from gurux_dlms import GXByteBuffer, GXReplyData
from gurux_dlms.enums import InterfaceType, Security
from gurux_dlms.objects import GXDLMSCaptureObject, GXDLMSData, GXDLMSPushSetup, GXDLMSRegister
from gurux_dlms.secure import GXDLMSSecureClient
from gurux_dlms.secure.GXDLMSSecureNotify import GXDLMSSecureNotify


def send(port: int, serial: str, energy: int, keys: list[str]):
    """A meter as the library makes one: list of objects, serial number and a register with its scaler."""
    notifier = GXDLMSSecureNotify(True, 48, 1, InterfaceType.WRAPPER)
    if keys:
        ek, ak, counter, title = keys
        cipher = notifier.ciphering
        cipher.systemTitle = bytes.fromhex(title)
        cipher.blockCipherKey, cipher.authenticationKey = bytes.fromhex(ek), bytes.fromhex(ak)
        cipher.security, cipher.invocationCounter = Security.AUTHENTICATION_ENCRYPTION, int(counter)
    setup = GXDLMSPushSetup("0.0.25.9.0.255")
    number = GXDLMSData("0.0.96.1.0.255")
    number.value = serial
    register = GXDLMSRegister("1.0.1.8.0.255")
    # The library's scaler is a factor; what it pushes of the value are the digits before it.
    register.scaler, register.unit = 10, 30
    register.value = energy
    for thing, index in ((setup, 2), (number, 2), (register, 2), (register, 3)):
        setup.pushObjectList.append((thing, GXDLMSCaptureObject(index, 0)))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        for unit in notifier.generatePushSetupMessages(None, setup):
            link.sendall(bytes(unit))


def read(octets: bytes, keys: list[str]):
    """The values of a push by the names in its own list."""
    client = GXDLMSSecureClient(True, 48, 1, interfaceType=InterfaceType.WRAPPER)
    if keys:
        ek, ak, title = keys
        client.ciphering.blockCipherKey, client.ciphering.authenticationKey = bytes.fromhex(ek), bytes.fromhex(ak)
        client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
        client.settings.sourceSystemTitle = bytes.fromhex(title)
    reply, notify = GXReplyData(), GXReplyData()
    client.getData(GXByteBuffer(octets), reply, notify)
    values = (notify.value if notify.value is not None else reply.value)
    objects = client.parsePushObjects(values[0])
    print(json.dumps({f"{thing.logicalName} {index}": str(value) if not isinstance(value, (int, float)) else value
                      for (thing, index), value in zip(objects, values)}))


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
    else:
        read(bytes.fromhex(sys.stdin.read()), sys.argv[2:])

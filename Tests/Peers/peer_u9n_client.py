#!/usr/bin/env python3
"""Third independent client: PyPI dlms-cosem (u9n) 25.x over TCP HDLC. Reads clock, a register and a profile.
   python3 peer_u9n_client.py PORT [PHYS] [PASSWORD]"""
import sys
import logging
import structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
from dlms_cosem.client import DlmsClient
from dlms_cosem import cosem, enumerations as e
from dlms_cosem.io import BlockingTcpIO
from dlms_cosem.security import LowLevelSecurityAuthentication
from u9n_transport import LengthTransport


port = int(sys.argv[1]); phys = int(sys.argv[2]) if len(sys.argv) > 2 else 16
pw = (sys.argv[3] if len(sys.argv) > 3 else "12345678").encode()
io = BlockingTcpIO("127.0.0.1", port, timeout=5)
tr = LengthTransport(io=io, client_logical_address=32, server_logical_address=1, server_physical_address=phys, timeout=5)
cl = DlmsClient(transport=tr, authentication=LowLevelSecurityAuthentication(secret=pw), max_pdu_size=1200)
with cl.session() as c:
    for cls, o, at in ((e.CosemInterface.CLOCK, "0.0.1.0.0.255", 2), (e.CosemInterface.REGISTER, "1.0.1.8.0.255", 2),
                       (e.CosemInterface.PROFILE_GENERIC, "1.0.98.2.0.255", 3), (e.CosemInterface.PROFILE_GENERIC, "1.0.98.2.0.255", 2)):
        r = c.get(cosem.CosemAttribute(interface=cls, instance=cosem.Obis.from_string(o), attribute=at))
        print(o, at, len(r), bytes(r)[:40].hex())

"""Walks a whole meter with the PyPI packages gurux_dlms or dlms-cosem: every attribute the object list says is
readable, and profiles by range and by entry. Prints one line of figures; anything refused is an error.

  python3 peer_walk.py gurux PORT PHYSICAL PASSWORD
  python3 peer_walk.py u9n PORT PHYSICAL PASSWORD
"""

import datetime as dt
import sys

DAYS = "1.0.98.2.0.255"


def walk_gurux(port: int, physical: int, password: str) -> dict:
    """Gurux decodes the object list, its own objects and every value."""
    import peer_gurux_client as peer
    from gurux_dlms.objects import GXDLMSProfileGeneric
    words = peer_arguments(port, physical, password)
    link = peer.Link(words)
    link.open()
    reply = link.exchange(link.c.getObjectsRequest())
    objects = link.c.parseObjects(reply.data, True)
    figures = {"objects": len(objects), "attributes": 0}
    for item in objects:
        for index in range(1, item.getAttributeCount() + 1):
            # Archives are read by selection; secrets are not read at all.
            if is_large(item.logicalName) and index == 2 or int(item.objectType) == 15 and index == 7:
                continue
            # The library knows attributes of later versions too.
            if int(item.objectType) == 15 and index > 9 or int(item.objectType) == 40 and index > 7:
                continue
            link.raw(item, index)
            figures["attributes"] += 1
    days = next(item for item in objects if item.logicalName == DAYS)
    link.read(days, 3)
    end = dt.datetime.now()
    figures["ranges"] = len(link.exchange(link.c.readRowsByRange(days, end - dt.timedelta(days=3), end)).value)
    figures["entries"] = len(link.exchange(link.c.readRowsByEntry(days, 1, 4)).value)
    link.close()
    return figures


def peer_arguments(port: int, physical: int, password: str):
    """What peer_gurux_client.Link wants to know."""
    import argparse
    return argparse.Namespace(
        host="127.0.0.1", port=port, timeout=10, wrapper=False, addr_size=2, logical=1, phys=physical, client=32,
        auth="low", password=password, pdu=1024, info=0, trace=None, ek=None, dedicated=None)


def is_large(code: str) -> bool:
    """Archives are read by selection."""
    return code.startswith(("1.0.98.", "1.0.99."))


def walk_u9n(port: int, physical: int, password: str) -> dict:
    """dlms-cosem carries the octets; values are decoded by its A-XDR."""
    import structlog
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    from dlms_cosem import cosem, enumerations
    from dlms_cosem.client import DlmsClient
    from dlms_cosem.cosem.selective_access import CaptureObject, RangeDescriptor
    from dlms_cosem.io import BlockingTcpIO
    from dlms_cosem.security import LowLevelSecurityAuthentication
    from dlms_cosem.utils import parse_as_dlms_data
    from u9n_transport import LengthTransport
    transport = LengthTransport(
        io=BlockingTcpIO("127.0.0.1", port, timeout=10), client_logical_address=32, server_logical_address=1,
        server_physical_address=physical, timeout=10)
    client = DlmsClient(
        transport=transport, authentication=LowLevelSecurityAuthentication(secret=password.encode()),
        max_pdu_size=1200)

    def attribute(class_id: int, name, index: int):
        return cosem.CosemAttribute(
            interface=enumerations.CosemInterface(class_id), instance=cosem.Obis(*name), attribute=index)
    figures = {"objects": 0, "attributes": 0}
    with client.session() as session:
        listed = parse_as_dlms_data(session.get(attribute(15, [0, 0, 40, 0, 0, 255], 2)))
        for class_id, _, name, (attributes, _) in listed:
            figures["objects"] += 1
            code = ".".join(str(octet) for octet in name)
            for index, mode, _ in attributes:
                if mode & 1 and not (is_large(code) and index == 2):
                    value = session.get(attribute(class_id, name, index))
                    try:
                        parse_as_dlms_data(value)
                    except NotImplementedError:
                        assert (class_id, index) == (15, 5), "only bit strings are more than the library decodes"
                    figures["attributes"] += 1
        # Access by entry is more than the library encodes.
        clock = CaptureObject(cosem_attribute=attribute(8, [0, 0, 1, 0, 0, 255], 2), data_index=0)
        end = dt.datetime.now(dt.timezone(dt.timedelta(hours=3)))
        rows = session.get(
            attribute(7, [1, 0, 98, 2, 0, 255], 2), access_descriptor=RangeDescriptor(
                restricting_object=clock, from_value=end - dt.timedelta(days=3), to_value=end))
        figures["ranges"] = len(parse_as_dlms_data(rows))
    return figures


if __name__ == "__main__":
    kind, port, physical, password = sys.argv[1:5]
    print({"gurux": walk_gurux, "u9n": walk_u9n}[kind](int(port), int(physical), password))

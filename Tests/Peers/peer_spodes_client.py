#!/usr/bin/env python3
"""Reads a whole SPODES meter by the PyPI package DLMS-SPODES-client 0.9.8 and prints what it made of each attribute.

  python3 peer_spodes_client.py PORT PASSWORD

Three work-arounds. The package is made for Windows: its Bluetooth module imports `bleak_winrt`, which exists there only and
is replaced by an empty stand-in. It looks for `config.toml` in the current folder, or else at a path that it joins without a
slash, so its own copy is put where it looks. And it gives a whole meter up that lists an object of a class it does not know
(17, SAP assignment): such an object is passed by.

Prints one JSON object a line: {"name", "attribute", "verdict", "text"}; verdicts are `read`, `refused` (as the meter's
access rights say), `value` (read, but the package has another type in mind), `unknown` (its class) and `failed`.
"""

import asyncio
import importlib.util
import json
import os
import pathlib
import shutil
import sys
import tempfile
import types
import unittest.mock


def stand_in_for_windows() -> None:
    """Empty modules in place of Windows' Bluetooth: any name that is imported from them exists and does nothing."""
    class Anything(types.ModuleType):
        def __getattr__(self, name: str):
            if name.startswith("__"):
                raise AttributeError(name)
            return unittest.mock.MagicMock()

    for name in ("bleak.backends.winrt", "bleak.backends.winrt.client", "bleak.backends.winrt.scanner"):
        module = Anything(name)
        module.__path__ = []
        sys.modules[name] = module


def go_where_the_configuration_is() -> None:
    """A folder with a copy of the package's own config.toml."""
    package = importlib.util.find_spec("DLMS_SPODES")
    folder = tempfile.mkdtemp(prefix="spodes-client-")
    shutil.copy(pathlib.Path(package.submodule_search_locations[0]) / "config.toml", folder)
    # Descriptions of known types lie there; without any the package builds one from the meter's object list.
    (pathlib.Path(folder) / "Types").mkdir()
    os.chdir(folder)


def tell(name: str, attribute: int, verdict: str, text: str = "") -> None:
    print(json.dumps({"name": name, "attribute": attribute, "verdict": verdict, "text": text}, ensure_ascii=False))


def pass_unknown_classes_by() -> None:
    """Objects of classes the package lacks are told and left out of its collection."""
    from DLMS_SPODES.cosem_interface_classes import collection

    original = collection.Collection.add_if_missing

    def tolerant(self, class_id, version, logical_name):
        try:
            return original(self, class_id=class_id, version=version, logical_name=logical_name)
        except Exception as reason:
            if "unknown c_id" not in str(reason) and "not support" not in str(reason):
                raise
            tell(str(logical_name), 0, "unknown", f"class {int(class_id)}, version {int(version)}")
            return types.SimpleNamespace(CLASS_ID=None)

    collection.Collection.add_if_missing = tolerant


async def read_everything(port: int, password: str) -> None:
    from DLMS_SPODES import exceptions
    from DLMS_SPODES import pdu_enums
    from DLMS_SPODES.cosem_interface_classes.association_ln import mechanism_id
    from DLMS_SPODES_client.client import AsyncNetwork, Client
    from DLMS_SPODES_client.task import ExTask, InitType, ReadAttribute

    class ReadAll(ExTask):
        """Every attribute of every object that the association lists."""

        async def exchange(self, c: Client) -> bool:
            await InitType().exchange(c)
            association = c.objects.getAssociationBySAP(c.SAP)
            for thing in tuple(c.objects):
                for index, _ in thing.get_index_with_attributes():
                    name = str(thing.logical_name)
                    try:
                        readable = association.is_readable(ln=thing.logical_name, index=index)
                        value = await ReadAttribute(ln=thing.logical_name, index=index).exchange(c)
                        tell(name, index, "value" if isinstance(value, ValueError) else "read", str(value)[:120])
                    except exceptions.ResultError as refusal:
                        allowed = refusal.result == pdu_enums.DataAccessResult.READ_WRITE_DENIED and not readable
                        tell(name, index, "refused" if allowed else "failed", str(refusal))
                    except Exception as reason:  # the package raises many kinds; each is a finding of its own
                        tell(name, index, "failed", f"{type(reason).__name__}: {reason}")
            return True

    client = Client(SAP=32, secret=password.encode().hex(), addr_size=2, media=AsyncNetwork(host="127.0.0.1", port=port))
    client.m_id = mechanism_id.MechanismIdElement(1)
    if await ReadAll().run(client) is not True:
        raise SystemExit(f"the package gave up: {dict(client.errors)}")


if __name__ == "__main__":
    stand_in_for_windows()
    go_where_the_configuration_is()
    pass_unknown_classes_by()
    asyncio.run(read_everything(int(sys.argv[1]), sys.argv[2]))

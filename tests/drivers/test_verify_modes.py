"""A door whose verify mode nobody here knows, on a real socket."""

from __future__ import annotations

from fleet.model.device import DeviceKind
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, running


async def test_a_foreign_verify_mode_made_the_whole_door_unreadable(isapi: Isapi) -> None:
    """Symptom: one word that nobody here knows, and no other field could be managed."""
    documents = golden.reader("a")
    odd = b'{"CardReaderCfg": {"enable": true, "defaultVerifyMode": "cardAndQr"}}'
    device = Device(documents | {golden.CARD_READER: odd})
    async with running(device), isapi.session(device, DeviceKind.DOOR) as session:
        known = (await session.read()).fields
        await session.write("reader", {"auth_ways": ["card", "face"]})
        changed = (await session.read(["reader"])).fields
        await session.write("reader", {"auth_ways": known["auth_ways"]})

    assert known["auth_ways"] == ["mode:cardAndQr"]
    assert "open_duration_s" in known
    assert changed["auth_ways"] == ["card", "face"]
    assert b'"defaultVerifyMode": "cardAndQr"' in device.documents[golden.CARD_READER]

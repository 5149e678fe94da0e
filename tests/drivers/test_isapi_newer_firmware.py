"""Words of newer firmware that this driver does not know."""

from __future__ import annotations

import pytest

from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, running


@pytest.mark.parametrize(
    ("said", "unknown", "field", "value"),
    [
        (b"manual", b"sundial", "time_mode", "mode:sundial"),
        (b"MMT-6:30:00", b"Asia/Shanghai", "time_zone", "zone:Asia/Shanghai"),
        (b"MMT-6:30:00", b"MMT-99:00:00", "time_zone", "zone:MMT-99:00:00"),
    ],
)
async def test_a_word_of_newer_firmware_hides_no_other_field(
    isapi: Isapi, said: bytes, unknown: bytes, field: str, value: str
) -> None:
    """Goal: an unknown mode made the whole device malformed, so that nothing could be planned."""
    documents = golden.camera("a")
    documents[golden.TIME] = documents[golden.TIME].replace(said, unknown)
    async with running(Device(documents)) as device, isapi.session(device) as session:
        reading = await session.read()

    assert reading.fields[field] == value
    assert "channel_name" in reading.fields

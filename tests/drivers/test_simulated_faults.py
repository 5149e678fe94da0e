"""The drivers against simulated devices that are broken, swapped, late or stubborn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import pytest

from fleet.model.errors import (
    DeviceError,
    NotActivated,
    SchemeMismatch,
    TooSlow,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.simulator.spec import (
    Personality,
    engine_id_of,
)
from tests.drivers.simulated import (
    ALL,
    HTTP,
    WANTED,
    Kind,
    failed_logins,
    logged,
    session,
    simulated,
)

FAULTS: Mapping[str, tuple[str, type[DeviceError]]] = {
    "swap-identity": ("", WrongIdentity),
    "factory-new": ("", NotActivated),
    "basic-only": ("", SchemeMismatch),
    "slow": ("3", TooSlow),
    "drop": ("30", Unreachable),
}


@pytest.mark.parametrize(("kind", "personality"), HTTP)
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_of_an_http_device_has_its_own_error(
    tmp_path: Path, kind: Kind, personality: Personality, fault: str
) -> None:
    """Goal: named by what is wrong; no login is lost and nothing is written."""
    value, error = FAULTS[fault]
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        await device.set_fault(fault, value)
        async with session(device, deadline_s=0.5) as opened:
            with pytest.raises(error):
                await opened.identify()
        async with session(device, deadline_s=0.5) as opened:
            with pytest.raises(error):
                await opened.write(resource, values)

        assert logged(device) == []
        assert failed_logins(device) == 0


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_swapped_gate_is_the_wrong_device(tmp_path: Path, personality: Personality) -> None:
    """Goal: another engine id, before any login."""
    async with simulated(tmp_path, "gate", personality) as device:
        await device.stop()
        await asyncio.sleep(0)
        await device.set_fault("swap-identity", "")
        async with session(device) as opened:
            with pytest.raises(WrongIdentity, match=engine_id_of(device.spec.id)):
                await opened.read()

        assert failed_logins(device) == 0


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_device_that_refuses_says_so(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the refusal is a WriteRefused and nothing is kept."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        await device.set_fault("refuse", "")
        async with session(device) as opened:
            with pytest.raises(WriteRefused):
                await opened.write(resource, values)

        assert device.values() == before
        assert logged(device) == []


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_device_that_keeps_nothing_reads_back_the_old_value(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the yes is believed by nobody: the reading shows that it was not kept."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            before = await opened.read([resource])
        await device.set_fault("keep-nothing", "")
        async with session(device) as opened:
            await opened.write(resource, values)
        async with session(device) as opened:
            after = await opened.read([resource])

    assert after == before


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_late_device_applies_a_request_once_though_its_sender_gave_up(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: TooSlow for the sender; after the delay the value is there, and one write happened."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        await device.set_fault("late", "1")
        async with session(device, deadline_s=0.7) as opened:
            await opened.read([resource])
            with pytest.raises(TooSlow):
                await opened.write(resource, values)
        await asyncio.sleep(1.0)

        changed = sorted(f for f, v in values.items() if before[f] != v)
        assert {f: device.values()[f] for f in values} == values
        assert sorted(logged(device)) == changed


@pytest.mark.parametrize("kind", ["camera", "gate"])
async def test_a_reboot_during_a_write_ends_in_a_named_error(tmp_path: Path, kind: Kind) -> None:
    """Goal: the line breaks or falls silent; nothing is sent a second time."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, "a") as device:
        await device.set_fault("reboot", "before")
        async with session(device, deadline_s=1.0) as opened:
            await opened.read([resource])
            with pytest.raises((Unreachable, TooSlow)):
                await opened.write(resource, values)

        assert logged(device) == []


@pytest.mark.parametrize(
    ("field", "value"), [("open_time_s", 61), ("close_delay_s", 61), ("open_time_s", 0)]
)
@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_gate_names_the_field_out_of_its_limits(
    tmp_path: Path, personality: Personality, field: str, value: int
) -> None:
    """Goal: error-index found in the PDU; all of the SET or nothing."""
    async with simulated(tmp_path, "gate", personality) as device:
        before = device.values()
        async with session(device) as opened:
            with pytest.raises(WriteRefused) as caught:
                await opened.write("gate", WANTED["gate"]["gate"] | {field: value})

        assert caught.value.field == field
        assert device.values() == before


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_recorder_names_the_field_out_of_its_limits(
    tmp_path: Path, personality: Personality
) -> None:
    """Goal: the node in the device's message becomes our field."""
    async with (
        simulated(tmp_path, "recorder", personality) as device,
        session(device) as opened,
    ):
        with pytest.raises(WriteRefused) as caught:
            await opened.write("gb28181", {"gb_server_port": 70000})

    assert caught.value.field == "gb_server_port"

"""The drivers against the shipped simulated devices, which share only the wire codecs with them.

What a driver wrote is judged by what the *device* says it stores, by its counters and by its write
log, never by the driver's own reading alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from fleet.model.errors import (
    DeviceError,
    LoginBudgetSpent,
    LoginRefused,
)
from fleet.model.secret import Secret
from fleet.simulator.spec import (
    Personality,
)
from tests.drivers.simulated import (
    ALL,
    HTTP,
    SERIAL,
    WANTED,
    Kind,
    failed_logins,
    logged,
    session,
    simulated,
)

NEW_PASSWORD = "New-pass-2"


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_the_driver_reads_what_the_device_stores(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: all readable fields, equal to the device's own view, without writing anything."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            reading = await opened.read()

        assert reading.fields == device.values()
        assert reading.identity.serial == SERIAL
        assert logged(device) == []
        assert failed_logins(device) == 0


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_what_is_written_is_stored_once_and_read_back(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: every field of every resource arrives, is logged once, and survives a new session."""
    wanted = {f: v for values in WANTED[kind].values() for f, v in values.items()}
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        async with session(device) as opened:
            for resource, values in WANTED[kind].items():
                await opened.write(resource, values)
        async with session(device) as opened:
            reading = await opened.read()

        assert reading.fields == wanted
        assert device.values() == wanted
        changed = sorted(f for f, v in wanted.items() if before[f] != v)
        assert sorted(logged(device)) == changed


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_writing_the_same_values_again_changes_nothing(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: an edit of equal values is the same document to the device."""
    async with simulated(tmp_path, kind, personality) as device:
        for _ in range(2):
            async with session(device) as opened:
                for resource, values in WANTED[kind].items():
                    await opened.write(resource, values)

        assert len(logged(device)) == len(set(logged(device)))


@pytest.mark.parametrize(("kind", "personality"), HTTP)
async def test_a_password_is_set_and_proved(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: one arrival in the log, the new login works, the old one is one refused attempt."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            await opened.write("user", {"admin_password": Secret(NEW_PASSWORD)})
        async with session(device, password=NEW_PASSWORD) as opened:
            assert await opened.prove_login()
            await opened.read()
        async with session(device) as opened:
            assert not await opened.prove_login()
            left = await opened.attempts_left()

        assert logged(device) == ["admin_password"]
        assert failed_logins(device) == 1
        assert left == (4 if personality == "a" else None)


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_the_gb_password_arrives_with_its_node(
    tmp_path: Path, personality: Personality
) -> None:
    """Goal: the write-only field is one arrival; a later edit without it is none."""
    async with simulated(tmp_path, "recorder", personality) as device:
        async with session(device) as opened:
            values = WANTED["recorder"]["gb28181"]
            await opened.write("gb28181", values | {"gb_password": Secret("Sip-pass-3")})
            await opened.write("gb28181", {"gb_expires_s": 9000})

        assert logged(device).count("gb_password") == 1
        assert device.values()["gb_expires_s"] == 9000


async def test_cloud_off_waits_for_a_reboot_on_new_firmware(tmp_path: Path) -> None:
    """Goal: "Reboot Required" is done, stored, and reported by the session that wrote it."""
    async with (
        simulated(tmp_path, "camera", "b") as device,
        session(device) as opened,
    ):
        await opened.write("cloud", {"cloud_enabled": False})
        reading = await opened.read(["cloud"])

    assert reading.fields == {"cloud_enabled": False}
    assert reading.reboot_pending == ("cloud_enabled",)


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_wrong_login_is_counted_once_by_the_device(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the device's own count of failed logins, after everything that could retry."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device, password="Wrong-pass-1", auth="Wrong-phrase") as opened:
            for _ in range(3):
                with pytest.raises(LoginRefused):
                    await opened.read()
            assert not await opened.prove_login()

        assert failed_logins(device) == 1
        assert logged(device) == []


async def test_a_device_with_one_try_left_is_never_locked(tmp_path: Path) -> None:
    """Goal: where the device tells, four refusals are the most that can ever happen."""
    async with simulated(tmp_path, "camera", "a") as device:
        seen: list[type[DeviceError]] = []
        for _ in range(7):
            async with session(device, password="Wrong-pass-1") as opened:
                with pytest.raises(DeviceError) as caught:
                    await opened.identify()
                seen.append(caught.type)
        async with session(device) as opened:
            left = await opened.attempts_left()

        assert seen == [LoginRefused] * 4 + [LoginBudgetSpent] * 3
        assert left == 1
        assert failed_logins(device) == 4


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_recorder_without_channels_could_never_converge(
    tmp_path: Path, personality: Personality
) -> None:
    """Symptom: an empty list was refused by the device, which keeps one row at least."""
    async with simulated(tmp_path, "recorder", personality) as device:
        async with session(device) as opened:
            await opened.write("channels", {"gb_channel_ids": []})
        assert device.values()["gb_channel_ids"] == []
        async with session(device) as opened:
            assert (await opened.read(["channels"])).fields == {"gb_channel_ids": []}
            await opened.write("channels", WANTED["recorder"]["channels"])

        assert device.values()["gb_channel_ids"] == WANTED["recorder"]["channels"]["gb_channel_ids"]

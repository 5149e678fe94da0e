"""Reading many devices: one login each, each fault its own, and what is journalled at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.app.observe import AT_ONCE, observe
from fleet.model.device import Device, DeviceKind
from fleet.model.errors import SecretError
from fleet.model.fleet import City
from tests.support.fakes_city import (
    BOOTSTRAP,
    STANDING,
    cameras,
    city,
    compound,
    device,
    world,
)
from tests.support.fakes_devices import FakeDevice


def swapped(one: FakeDevice) -> None:
    """Another device at the address."""
    one.serial = "another"


def away(one: FakeDevice) -> None:
    """Nobody answers."""
    one.unreachable = True


def other_password(one: FakeDevice) -> None:
    """Its password was changed by hand."""
    one.password = "changed by hand"


FAULTS: list[tuple[Callable[[FakeDevice], None], str, str, str, int]] = [
    (away, "unreachable", "no connection", "无法连接", 0),
    (swapped, "wrong_identity", "another device", "不是该设备", 0),
    (other_password, "login_refused", "login refused", "登录被拒", 1),
]


@pytest.mark.parametrize(("breaks", "code", "en", "zh", "wrong"), FAULTS)
async def test_a_fault_is_its_devices_alone(
    tmp_path: Path,
    breaks: Callable[[FakeDevice], None],
    code: str,
    en: str,
    zh: str,
    wrong: int,
) -> None:
    """The others are read; the fault has its code and words; a login is spent only when needed."""
    w = world(cameras(1, 3), tmp_path)
    breaks(w.devices["c1-cam-2"])

    found = await observe(w.app(), list(w.city.devices()))

    assert set(found) == {"c1-cam-1", "c1-cam-2", "c1-cam-3"}
    fault = found["c1-cam-2"].fault
    assert fault is not None
    assert (fault.code, fault.en, fault.zh) == (code, en, zh)
    assert found["c1-cam-2"].reading is None
    for name in ("c1-cam-1", "c1-cam-3"):
        reading = found[name].reading
        assert reading is not None
        assert reading.fields == STANDING[DeviceKind.CAMERA]
    assert w.wrong_logins() == ({"c1-cam-2": wrong} if wrong else {})


@pytest.mark.parametrize(("breaks", "code", "en", "zh", "wrong"), FAULTS)
async def test_only_a_refused_login_is_journalled(
    tmp_path: Path,
    breaks: Callable[[FakeDevice], None],
    code: str,
    en: str,
    zh: str,
    wrong: int,
) -> None:
    """So that no other process tries it again within half an hour; looking leaves no record."""
    w = world(cameras(1, 2), tmp_path)
    breaks(w.devices["c1-cam-1"])

    await observe(w.app(), list(w.city.devices()))

    records = list(w.journal.records())
    assert [r.subject for r in records] == (["c1-cam-1"] if wrong else [])


async def test_a_refused_login_is_not_tried_by_the_next_process(tmp_path: Path) -> None:
    """Told by the journal alone; after half an hour once more."""
    w = world(cameras(1, 1), tmp_path)
    other_password(w.devices["c1-cam-1"])
    devices = list(w.city.devices())
    for _ in range(3):
        found = await observe(w.app(), devices)
        assert found["c1-cam-1"].fault is not None
    assert w.wrong_logins() == {"c1-cam-1": 1}

    w.clock.seconds += 31 * 60
    await observe(w.app(), devices)
    assert w.wrong_logins() == {"c1-cam-1": 2}


@pytest.mark.parametrize("count", [1, 2, AT_ONCE, AT_ONCE + 7])
async def test_progress_is_told_for_each_and_ends_with_all(tmp_path: Path, count: int) -> None:
    """Counted up by one, also past the number that is read at once."""
    w = world(cameras(1, count), tmp_path)
    seen: list[tuple[int, int]] = []

    found = await observe(w.app(), list(w.city.devices()), lambda n, all_: seen.append((n, all_)))

    assert seen == [(n, count) for n in range(1, count + 1)]
    assert len(found) == count


async def test_nothing_to_read_is_nothing(tmp_path: Path) -> None:
    """No device, no login, no progress."""
    w = world(cameras(1, 1), tmp_path)

    assert await observe(w.app(), [], lambda _n, _all: pytest.fail("nothing was seen")) == {}
    assert w.devices["c1-cam-1"].logins == 0


async def test_a_missing_secret_stops_before_any_device_is_asked(tmp_path: Path) -> None:
    """Half of the logins would be half an answer."""
    w = world(cameras(1, 3), tmp_path)
    w.secrets.missing = {str(BOOTSTRAP)}

    with pytest.raises(SecretError, match="no secret"):
        await observe(w.app(), list(w.city.devices()))
    assert all(one.logins == 0 for one in w.devices.values())


def with_one(one: Device) -> City:
    """A city of one device."""
    return city([compound("c1", [one])])


@pytest.mark.parametrize("kind", [DeviceKind.CAMERA, DeviceKind.DOOR, DeviceKind.GATE])
async def test_each_kind_reads_what_it_has(tmp_path: Path, kind: DeviceKind) -> None:
    """By its own driver, in one session, with the identity that the device told."""
    w = world(with_one(device("c1-x-1", kind)), tmp_path)

    found = await observe(w.app(), list(w.city.devices()))

    reading = found["c1-x-1"].reading
    assert reading is not None
    assert reading.fields == STANDING[kind]
    assert reading.identity.serial == "S-c1-x-1"
    assert w.written() == []


async def test_a_driver_that_is_not_installed_is_told(tmp_path: Path) -> None:
    """As the device's fault, in both languages, without a login."""
    w = world(with_one(device("c1-x-1", driver="onvif")), tmp_path)

    fault = (await observe(w.app(), list(w.city.devices())))["c1-x-1"].fault

    assert fault is not None
    assert (fault.en, fault.zh) == (
        "no driver onvif is installed here",
        "本机未安装驱动 onvif",
    )
    assert w.devices["c1-x-1"].logins == 0


async def test_a_device_that_nobody_pinned_is_not_trusted(tmp_path: Path) -> None:
    """It says who it is, so that a person can write it into the inventory; nothing more is read."""
    w = world(with_one(device("c1-x-1", serial=None)), tmp_path)
    w.devices["c1-x-1"].serial = "S-77"

    found = (await observe(w.app(), list(w.city.devices())))["c1-x-1"]

    assert found.reading is None
    assert found.fault is not None
    assert found.fault.code == "wrong_identity"
    assert "it says serial S-77" in found.fault.en
    assert "设备自报序列号 S-77" in found.fault.zh

"""Validation with the drivers' knowledge: a value that cannot be written is a fault of the files.

The app and the inventory know no driver; here the two meet, for `fleet validate` and for every
verb that loads a city, so that nothing is planned that can only fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from fleet.app.validate import Verdict, validate
from fleet.drivers.registry import drivers
from fleet.inventory.load import Check
from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.text import Text, text
from fleet.ports.driver import Driver, unwritable

UNWRITABLE = "UNWRITABLE"


def verdict_on(city_dir: Path) -> Verdict:
    """Judge a city by its files, the rules, and what its devices' drivers can write."""
    return validate(city_dir, writable_check())


def writable_check(known: Mapping[str, Driver] | None = None) -> Check:
    """A check that finds each managed value which the device's driver cannot write."""
    found = drivers() if known is None else known
    return lambda device: _unwritable(device, found)


def _unwritable(device: Device, known: Mapping[str, Driver]) -> Iterator[Diagnostic]:
    if device.driver not in known:
        yield _finding(
            device,
            "driver",
            device.position,
            text("there is no driver {n}", "没有名为 {n} 的驱动", n=device.driver),
            text("known: {n}", "已有：{n}", n=", ".join(known)),
        )
        return
    driver = known[device.driver]
    for field, value in device.settings.items():
        why = unwritable(driver, device.kind, field, value, device.platform)
        if why is not None:
            yield _finding(
                device,
                field,
                next(iter(device.origins.get(field, ())), device.position),
                text("{f} cannot be written: {w}", "{f} 无法写入：{w}", f=field, w=why),
                text(
                    "give a value that is possible, or null to leave the field unmanaged",
                    "请改用可写入的值，或写 null 不纳入管理",
                ),
            )


def _finding(
    device: Device, field: str, position: Position | None, summary: Text, fix: Text
) -> Diagnostic:
    return Diagnostic(
        code=UNWRITABLE,
        severity=Severity.ERROR,
        summary=summary,
        fix=fix,
        position=position,
        compound=device.compound,
        device=device.id,
        field=field,
    )

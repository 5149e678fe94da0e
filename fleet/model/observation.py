"""What was seen on a device: values with their source; what cannot be read is absent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.device import FieldValue


class Identity(Frozen):
    """Who a device says it is; HTTP devices give a serial number, SNMPv3 ones an engine id."""

    serial: str | None = None
    engine_id: str | None = None
    model: str | None = None
    firmware: str | None = None


class Reading(Frozen):
    """The readable fields of a device, canonical, plus what it says about pending reboots.

    `registered` is the recorder's own word on its GB/T 28181 registration; None is unknown.
    """

    identity: Identity
    fields: Mapping[str, FieldValue] = Field(default_factory=dict)
    reboot_pending: tuple[str, ...] = ()
    registered: bool | None = None


class Fault(Frozen):
    """A device error as a value, for plans, journals and answers between processes."""

    code: str
    en: str
    zh: str
    fix_en: str = ""
    fix_zh: str = ""
    field: str | None = None
    attempts_left: int | None = None


class DeviceObservation(Frozen):
    """One device's reading, or why there is none."""

    device: str
    reading: Reading | None = None
    fault: Fault | None = None


class Registration(Frozen):
    """One side's word on one recorder's registration (GB/T 28181-2022, 9.1, 9.6).

    `registered` None is unknown. `keepalive_age_s` is the seconds since the last keepalive.
    `credential_version` is the version the registrar saw authenticate. `catalog` are channel ids.
    """

    gb_id: str
    source: Literal["registrar", "recorder"]
    registered: bool | None = None
    keepalive_age_s: float | None = None
    credential_version: int | None = None
    catalog: tuple[str, ...] | None = None

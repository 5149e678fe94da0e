"""Which object holds which canonical field, by sysObjectID.

The gate controllers are a reference agent of ours: their objects lie under the documentation arc
1.3.6.1.4.1.32473 (RFC 5612), sub-arc 28181, and never pose as a vendor's. sysContact and
sysLocation are SNMPv2-MIB (RFC 3418) and writable on any agent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fleet.drivers.snmp.syntax import (
    Raw,
    flag_object,
    flag_value,
    seconds_object,
    seconds_value,
    tenths_object,
    tenths_value,
    text_object,
    text_value,
    ways_object,
    ways_value,
    within,
)
from fleet.model.device import FieldValue

Oid = tuple[int, ...]
_ARC: Oid = (1, 3, 6, 1, 4, 1, 32473, 28181)
SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One object: `field` is canonical; `value` reads it, `object` makes what is SET."""

    field: str
    oid: Oid
    value: Callable[[Raw], FieldValue]
    object: Callable[[FieldValue], Raw]


@dataclass(frozen=True, slots=True)
class OidMap:
    """What one kind of agent has; `model` and `serial` None where it does not tell."""

    leaves: tuple[Leaf, ...]
    model: Oid | None = None
    serial: Oid | None = None


_SYSTEM = (
    Leaf("contact", (1, 3, 6, 1, 2, 1, 1, 4, 0), text_value, text_object),
    Leaf("location", (1, 3, 6, 1, 2, 1, 1, 6, 0), text_value, text_object),
)
ANY_AGENT = OidMap(_SYSTEM)


def _gate(branch: int, delay_in_tenths: bool) -> OidMap:
    """The reference MIB's objects under .28181.`branch`; open time in seconds on both."""
    base = (*_ARC, branch)
    delay = (
        (tenths_value, within(0, 600, tenths_object))
        if delay_in_tenths
        else (seconds_value, within(0, 60, seconds_object))
    )
    return OidMap(
        leaves=(
            Leaf("open_time_s", (*base, 2, 1, 0), seconds_value, within(1, 60, seconds_object)),
            Leaf("close_delay_s", (*base, 2, 2, 0), *delay),
            Leaf("auth_ways", (*base, 2, 3, 0), ways_value, ways_object),
            Leaf("forced_open_alarm", (*base, 2, 4, 0), flag_value, flag_object),
            *_SYSTEM,
        ),
        model=(*base, 1, 1, 0),
        serial=(*base, 1, 2, 0),
    )


MAPS: Mapping[Oid, OidMap] = {
    (*_ARC, 1): _gate(1, delay_in_tenths=False),
    (*_ARC, 2): _gate(2, delay_in_tenths=True),
}

"""The objects of a simulated gate controller: COMPOUND-FLEET-GATE-MIB and the system group.

A reference agent under the documentation arc 1.3.6.1.4.1.32473 (RFC 5612); no vendor's. The two
personalities differ in arc, in limits' units and in nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from fleet.simulator.spec import DeviceSpec, chance, other_serial
from fleet.simulator.values import METHODS, Value, ordered_ways

Oid = tuple[int, ...]
ARC: Oid = (1, 3, 6, 1, 4, 1, 32473, 28181)
SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_BRANCH = {"a": 1, "b": 2}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One writable object: whole numbers within limits, or a text of at most `high` octets.

    `tenths`: stored in tenths of a second where the canonical value is in seconds. `flag`: a
    TruthValue (1 true, 2 false). `ways`: a comma list of ways that open.
    """

    field: str
    oid: Oid
    number: bool
    low: int
    high: int
    tenths: bool = False
    flag: bool = False
    ways: bool = False

    def fits(self, raw: int | str) -> bool:
        """Whether the object can hold a value of its own syntax."""
        if isinstance(raw, int):
            return self.number and self.low <= raw <= self.high
        return not self.number and (not self.ways or _are_ways(raw))

    def canonical(self, raw: int | str) -> Value:
        """A stored value as the field's canonical one."""
        if self.flag:
            return raw == 1
        if self.tenths and isinstance(raw, int):
            return raw // 10 if raw % 10 == 0 else f"{raw / 10:.1f}"
        return ordered_ways(raw) if self.ways else raw

    def stored(self, value: Value) -> int | str:
        """A canonical value as it is stored.

        Raises:
            ValueError: the object cannot hold it.
        """
        raw: int | str
        if self.flag:
            if not isinstance(value, bool):
                raise ValueError(f"{value!r} is neither true nor false")
            raw = 1 if value else 2
        elif self.ways:
            raw = ",".join(ordered_ways(value))
        elif self.number:
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"{value!r} is no whole number")
            raw = value * 10 if self.tenths else value
        else:
            raw = value if isinstance(value, str) else ""
            if raw != value:
                raise ValueError(f"{value!r} is no text")
        if not self.fits(raw) or (isinstance(raw, str) and len(raw.encode()) > self.high):
            raise ValueError(f"{value!r} is out of the object's limits")
        return raw


def leaves(spec: DeviceSpec) -> dict[Oid, Leaf]:
    """The writable objects of a gate by full OID."""
    base = (*ARC, _BRANCH[spec.personality], 2)
    tenths = spec.personality == "b"
    listed = (
        Leaf("open_time_s", (*base, 1, 0), True, 1, 60),
        Leaf("close_delay_s", (*base, 2, 0), True, 0, 600 if tenths else 60, tenths=tenths),
        Leaf("auth_ways", (*base, 3, 0), False, 0, 255, ways=True),
        Leaf("forced_open_alarm", (*base, 4, 0), True, 1, 2, flag=True),
        Leaf("contact", (*SYSTEM, 4, 0), False, 0, 255),
        Leaf("location", (*SYSTEM, 6, 0), False, 0, 255),
    )
    return {leaf.oid: leaf for leaf in listed}


def fixed(spec: DeviceSpec, swapped: bool) -> dict[Oid, int | str | Oid]:
    """The objects that nobody can write; an OID value is a tuple. `swapped`: of another unit."""
    base = (*ARC, _BRANCH[spec.personality])
    serial = other_serial(spec.serial) if swapped else spec.serial
    model = "GC-100" if spec.personality == "a" else "GC-200"
    return {
        (*SYSTEM, 1, 0): f"compound-fleet reference gate controller {model}",
        (*SYSTEM, 2, 0): base,
        (*SYSTEM, 5, 0): spec.id,
        (*base, 1, 1, 0): model,
        (*base, 1, 2, 0): serial,
        # The arm's position (1 closed): configuration never moves it.
        (*base, 3, 1, 0): 1,
    }


def factory_leaves(spec: DeviceSpec) -> dict[str, int | str]:
    """A gate controller as it left the factory, by field."""
    slow = 100 if spec.personality == "b" else 10
    return {
        "open_time_s": 15,
        "close_delay_s": slow,
        "auth_ways": "card,face" if chance(spec.id, "ways", 2) else "card",
        "forced_open_alarm": 2,
        "contact": "",
        "location": "",
    }


def _are_ways(raw: str) -> bool:
    methods = {m for way in raw.split(",") for m in way.split("+")}
    return methods <= set(METHODS)

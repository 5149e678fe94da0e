"""The faults that a simulated device can be given, and which kinds of device can have which."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

from fleet.simulator.errors import SimError

# What each fault takes as its value, as a pattern; None: it takes none.
FAULTS: dict[str, str | None] = {
    "keep-nothing": None,
    "refuse": None,
    "slow": r"\d{1,4}(\.\d+)?",
    "late": r"\d{1,4}(\.\d+)?",
    "drop": r"\d{1,6}",
    "reboot": r"(before|after)",
    "swap-identity": None,
    "factory-new": None,
    "basic-only": None,
    "clock": r"[+-]?\d{1,9}",
    "mute": None,
    "nat": r"\d{1,4}(\.\d+)?",
}
NONE = "none"
_DEFAULTS = {"reboot": "after"}
_HTTP_ONLY = frozenset({"basic-only", "clock"})
_RECORDER_ONLY = frozenset({"mute", "nat"})
REBOOT_S = 3.0
_log = logging.getLogger(__name__)


def checked(device: str, kind: str, fault: str, value: str | None) -> str:
    """Return the value to store for a fault, its default where none is given.

    Raises:
        SimError: unknown fault, a value it cannot have, or a device that cannot have it.
    """
    if fault not in FAULTS:
        raise SimError("unknown-fault", fault=fault, known=[*FAULTS, NONE])
    elsewhere = (kind == "gate" and fault in _HTTP_ONLY) or (
        kind != "recorder" and fault in _RECORDER_ONLY
    )
    if kind == "upper" or elsewhere:
        raise SimError("fault-not-here", device=device, fault=fault)
    pattern = FAULTS[fault]
    given = value if value is not None else _DEFAULTS.get(fault, "")
    if pattern is None:
        if given:
            raise SimError("bad-value", device=device, field=fault, value=given, why="no value")
        return ""
    if not re.fullmatch(pattern, given):
        raise SimError("bad-value", device=device, field=fault, value=given, why=pattern)
    return given


async def again(start: Callable[[], Awaitable[object]]) -> None:
    """Listen again after a reboot; while somebody has the address, try once a second."""
    while True:
        try:
            await start()
            return
        except OSError as error:
            _log.warning("after a reboot: %s", error)
            await asyncio.sleep(1.0)


def seconds(faults: dict[str, str], fault: str) -> float:
    """How many seconds a fault of time takes; 0 where the device has it not."""
    return float(faults.get(fault, 0))

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
    "reboot": r"(before|after|now)",
    "swap-identity": None,
    "factory-new": None,
    "basic-only": None,
    "clock": r"[+-]?\d{1,9}",
    "hang": None,
    "mute": None,
    "nat": r"\d{1,4}(\.\d+)?",
    "cut-path": r"(new|all)",
    "other-trial": None,
    "ask": None,
    "slow-prompt": r"\d{1,2}(\.\d+)?",
    "new-host-key": None,
    "close-amid": r"(edit|before|after)",
}
NONE = "none"
_DEFAULTS = {"reboot": "after", "cut-path": "new", "slow-prompt": "0.3", "close-amid": "edit"}
SSH_KINDS = frozenset({"switch", "router"})
_HTTP_KINDS = frozenset({"camera", "door", "recorder"})
# The kinds that can have a fault; every kind but upper platforms where it is not named.
_ONLY: dict[str, frozenset[str]] = {
    **dict.fromkeys(("basic-only", "clock", "hang"), _HTTP_KINDS),
    **dict.fromkeys(("late", "factory-new"), _HTTP_KINDS | {"gate"}),
    **dict.fromkeys(("mute", "nat"), frozenset({"recorder"})),
    **dict.fromkeys(
        ("cut-path", "other-trial", "ask", "slow-prompt", "new-host-key", "close-amid"), SSH_KINDS
    ),
}
REBOOT_S = 3.0
_log = logging.getLogger(__name__)


def checked(device: str, kind: str, fault: str, value: str | None) -> str:
    """Return the value to store for a fault, its default where none is given.

    Raises:
        SimError: unknown fault, a value it cannot have, or a device that cannot have it.
    """
    if fault not in FAULTS:
        raise SimError("unknown-fault", fault=fault, known=[*FAULTS, NONE])
    if kind == "upper" or kind not in _ONLY.get(fault, {kind}):
        raise SimError("fault-not-here", device=device, fault=fault)
    pattern = FAULTS[fault]
    given = value if value is not None else _DEFAULTS.get(fault, "")
    if pattern is None:
        if given:
            raise SimError("bad-value", device=device, field=fault, value=given, why="no value")
        return ""
    # Only a switch has a restart of its own that is not bound to a write.
    if not re.fullmatch(pattern, given) or (given == "now" and kind not in SSH_KINDS):
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

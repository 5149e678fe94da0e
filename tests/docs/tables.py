"""Parts of reference pages that are written from the code: what stands between two marks."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable

from fleet.model import errors
from fleet.model.device import DeviceKind
from fleet.model.errors import DeviceError, FleetError
from fleet.simulator.errors import SimError
from fleet.simulator.faults import FAULTS, checked
from tests.drivers.ssh.test_driver import platforms_table
from tests.drivers.test_capabilities import table as capabilities
from tests.inventory.test_reference import required_table

_SAMPLES = ("", "1", "now", "new", "edit")


def error_table() -> str:
    """Every error: its name, its exit code, its code in JSON, whether it may be tried again."""
    rows = [
        "| error | exit code | `code` | may be tried again | meaning |",
        "|---|---|---|---|---|",
    ]
    for cls in vars(errors).values():
        if not (isinstance(cls, type) and issubclass(cls, FleetError)):
            continue
        if cls in (FleetError, DeviceError):
            continue
        code = f"`{cls.code}`" if issubclass(cls, DeviceError) else ""
        meaning = (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")
        again = "yes" if cls.retryable else "no"
        rows.append(f"| {cls.__name__} | {int(cls.exit_code)} | {code} | {again} | {meaning} |")
    return "\n".join(rows) + "\n"


def fault_table() -> str:
    """Which kind of simulated device can have which fault."""
    kinds = [kind.value for kind in DeviceKind]
    rows = [f"| fault | {' | '.join(kinds)} |", "|---|" + "---|" * len(kinds)]
    for fault in FAULTS:
        cells = ["yes" if _takes(kind, fault) else "–" for kind in kinds]
        rows.append(f"| `{fault}` | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _takes(kind: str, fault: str) -> bool:
    """Whether some value of the fault is taken by a device of this kind."""
    for value in _SAMPLES:
        try:
            checked("device", kind, fault, value or None)
        except SimError:
            continue
        return True
    return False


# Page → mark → what stands there.
PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "drivers.md": {"capabilities": capabilities, "platforms": platforms_table},
    "inventory.md": {"required": required_table},
    "exit-codes.md": {"errors": error_table},
    "simulator.md": {"faults": fault_table},
}


def filled(page: str, words: str) -> str:
    """The page with each of its parts as the code has it now.

    Raises:
        ValueError: a mark is missing.
    """
    for mark, part in PARTS[page].items():
        begin, end = f"<!-- {mark}: begin -->\n", f"<!-- {mark}: end -->\n"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        # A part's backslashes are its own, not references of the replacement.
        whole = (begin + part() + end).replace("\\", r"\\")
        words, count = re.subn(pattern, whole, words, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{page}: one part {mark!r} was expected, there are {count}")
    return words

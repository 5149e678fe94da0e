"""How much a change may break, so that a reviewer looks at the worst first."""

from __future__ import annotations

from enum import StrEnum

from fleet.model.change import FieldChange
from fleet.model.device import Stage
from fleet.model.settings import WRITE_ONLY
from fleet.model.stack import ResourceChange


class Risk(StrEnum):
    """High: people shut in or out, the way to the device or the uplink lost. Low: words."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_WAY_THROUGH = frozenset({"auth_ways", "barrier_mode"})
_WORDS = frozenset({"channel_name", "osd_text", "contact", "location"})


def risk_of(stage: Stage, change: FieldChange) -> Risk:
    """The risk of one field: whatever is on the path of others (links) is high."""
    name = change.field
    if stage is Stage.LINKS or name in WRITE_ONLY | _WAY_THROUGH or name.startswith("gb_"):
        return Risk.HIGH
    return Risk.LOW if name in _WORDS else Risk.MEDIUM


def risk_of_server(change: ResourceChange) -> Risk:
    """The risk of one server resource: what goes away or is made anew is high."""
    return Risk.HIGH if change.action in ("delete", "replace") else Risk.MEDIUM

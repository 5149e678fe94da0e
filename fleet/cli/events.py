"""What `apply` tells a program: one JSON object a line on stdout while it runs, the verdict last.

docs/reference/events.md is the contract. Fields that say nothing are left out; readers ignore kinds
and fields that they do not know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from fleet import __version__
from fleet.cli.context import Context
from fleet.model.observation import Fault
from fleet.rollout.progress import Event

FORMAT = 1
COUNTS = ("done", "failed", "left")


class EventStream:
    """A rollout's events as lines; the first line tells format and version."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._begun = False

    def tell(self, event: Event) -> None:
        """One event, one line."""
        told = {k: v for k, v in asdict(event).items() if k in COUNTS or (v and k != "fault")}
        if event.fault is not None:
            told["fault"] = fault_json(event.fault)
        self.line(told)

    def line(self, told: Mapping[str, object]) -> None:
        """One object with its time."""
        if not self._begun:
            self._begun = True
            self.line({"kind": "version", "format": FORMAT, "fleet": __version__})
        self._ctx.out(json.dumps({"at": _now(), **told}, ensure_ascii=False))


def fault_json(fault: Fault | None) -> dict[str, object]:
    """A fault without its empty fields."""
    return {} if fault is None else fault.model_dump(mode="json", exclude_defaults=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

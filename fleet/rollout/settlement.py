"""What became of one permitted step, as a value that travels from worker to journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.model.device import FieldValue
from fleet.model.observation import Fault


@dataclass
class Settlement:
    """What became of a step; see `records.settled` for the words."""

    outcome: str
    evidence: str = ""
    observed: dict[str, FieldValue] = field(default_factory=dict)
    fault: Fault | None = None
    reboot_pending: tuple[str, ...] = ()

    def pack(self) -> dict[str, Any]:
        """The settlement as JSON-able values."""
        packed: dict[str, Any] = {"outcome": self.outcome, "evidence": self.evidence}
        packed["observed"] = dict(self.observed)
        packed["reboot_pending"] = list(self.reboot_pending)
        if self.fault is not None:
            packed["fault"] = self.fault.model_dump(mode="json")
        return packed

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> Settlement:
        """Read `pack`'s values; ValueError or KeyError on anything else."""
        fault = packed.get("fault")
        return cls(
            outcome=str(packed["outcome"]),
            evidence=str(packed.get("evidence", "")),
            observed=dict(packed.get("observed", {})),
            fault=None if fault is None else Fault.model_validate(fault),
            reboot_pending=tuple(packed.get("reboot_pending", ())),
        )

"""Check a city offline: its form, its ids, and the rules; no secret, no network, no state."""

from __future__ import annotations

from pathlib import Path

from fleet.app.sides import Sides
from fleet.inventory import load
from fleet.inventory.load import Check
from fleet.model.base import Frozen
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.exitcodes import ExitCode
from fleet.policy import judge, judge_suspects


class Verdict(Frozen):
    """Every finding of a run; `inventory` are faults of the files, `policy` breaches of rules.

    `sides` is there if the base's side was asked as well (app/sides.py).
    """

    inventory: tuple[Diagnostic, ...]
    policy: tuple[Diagnostic, ...]
    compounds: int = 0
    devices: int = 0
    sides: Sides | None = None

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, faults of the files first."""
        return self.inventory + self.policy + (self.sides.findings if self.sides else ())

    def count(self, severity: Severity) -> int:
        """How many findings have that severity."""
        return sum(f.severity is severity for f in self.findings)

    @property
    def exit_code(self) -> ExitCode:
        """3 for a faulty inventory, else 4 for a broken rule, else 0; warnings do not count."""
        if any(f.severity is Severity.ERROR for f in self.inventory):
            return ExitCode.INVENTORY
        if any(f.severity is Severity.ERROR for f in self.findings):
            return ExitCode.POLICY
        return ExitCode.OK


def validate(city_dir: Path, check: Check | None = None) -> Verdict:
    """Read and judge a city; nothing in its files can make this raise.

    `check` says what else is wrong with a device; the drivers' view comes in by it.
    Rules are judged also in a city with faults, on the compounds that have none.
    """
    loaded = load(city_dir, check)
    judged = loaded.city or loaded.sound
    if judged is None:
        return Verdict(inventory=loaded.diagnostics, policy=judge_suspects(loaded.suspects))
    return Verdict(
        inventory=loaded.diagnostics,
        policy=judge(judged),
        compounds=sum(1 for _ in judged.compounds()),
        devices=sum(1 for _ in judged.devices()),
    )

"""A sealed plan for the one who is to approve it: how far it reaches, and equal changes folded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fleet.model.change import Fidelity, FieldChange
from fleet.model.plan import Plan
from fleet_tui.store.fields import shown

_MARK = {Fidelity.EXACT: " ", Fidelity.PREDICTED: "~", Fidelity.UNKNOWN: "?"}


@dataclass(frozen=True)
class Fold:
    """One change that `devices` share; `mark`: blank is exact, ~ predicted, ? unknown."""

    wave: int
    compound: str
    stage: str
    field: str
    mark: str
    before: str
    after: str
    secret: bool
    devices: tuple[str, ...]


@dataclass(frozen=True)
class Amounts:
    """How far a plan reaches."""

    devices: int
    fields: int
    requests: int
    secrets: int
    servers: int
    unread: int


def amounts(plan: Plan) -> Amounts:
    """Count it."""
    changes = [c for w in plan.works for s in w.steps for c in s.changes]
    return Amounts(
        devices=len(plan.works),
        fields=len(changes),
        requests=sum(len(w.steps) for w in plan.works),
        secrets=sum(c.write_only for c in changes),
        servers=sum(c.action != "same" for s in plan.stacks for c in s.changes),
        unread=len(plan.faults),
    )


def folds(plan: Plan) -> Iterator[Fold]:
    """Every change, equal ones of a compound's stage as one, in the order of the waves."""
    for wave in plan.waves:
        for compound in wave.compounds:
            yield from _compound(plan, wave.number, compound)


def _compound(plan: Plan, wave: int, compound: str) -> Iterator[Fold]:
    found: dict[tuple[str, str, str, str, str, bool], list[str]] = {}
    for work in plan.works:
        if work.compound != compound:
            continue
        for step in work.steps:
            for change in step.changes:
                before, after = _values(change)
                key = (work.stage.value, change.field, _MARK[change.fidelity], before, after,
                       change.write_only)  # fmt: skip
                found.setdefault(key, []).append(work.target.device)
    for (stage, name, mark, before, after, secret), devices in found.items():
        yield Fold(wave, compound, stage, name, mark, before, after, secret, tuple(devices))


def _values(change: FieldChange) -> tuple[str, str]:
    if change.secret is not None:
        before = f"v{change.before_version}" if change.before_version else "-"
        return before, f"v{change.secret.version}"
    return shown(change.before), shown(change.after)

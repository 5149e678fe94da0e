"""What changed in a period: the journal's records, and the difference to the last report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.model.fleet import Compound, District
from fleet.ports.journal import Draft, Record
from fleet.report.facts import Baseline, Change, ChangeKind
from fleet.report.period import Period, instant

ISSUED = "report.issued"
# The kinds of record that a rollout writes and that are events of a month
# (fleet.rollout.records; that room is above this one).
STARTED, ENDED, SETTLED = "rollout.started", "rollout.ended", "step.settled"
EVENTS = (STARTED, ENDED, SETTLED)


def events(
    records: Iterable[Record], district: District, period: Period, until: str
) -> tuple[Change, ...]:
    """Rollouts and settled steps in [period.begin, until) that concern the district.

    `records` need no order, but must hold every `rollout.started` since the journal began.
    """
    found = sorted(records, key=lambda r: r.seq)
    compounds = {c.id for c in district.compounds}
    homes = {d.id: c.id for c in district.compounds for d in c.devices}
    touched = {
        r.rollout: sorted(compounds & set(r.data["compounds"])) for r in found if r.kind == STARTED
    }
    begin, end = instant(period.begin), instant(until)
    changes = []
    for record in found:
        if not begin <= instant(record.at) < end or not touched.get(record.rollout):
            continue
        if record.kind == SETTLED and record.subject in homes:
            changes.append(
                _change(
                    record,
                    "step",
                    compound=homes[record.subject],
                    device=record.subject,
                    step=str(record.data["step"]),
                    outcome=str(record.data["outcome"]),
                )
            )
        elif record.kind == STARTED:
            changes.append(
                _change(record, "rollout_started", compound=" ".join(touched[record.rollout]))
            )
        elif record.kind == ENDED:
            changes.append(
                _change(
                    record,
                    "rollout_ended",
                    compound=" ".join(touched[record.rollout]),
                    outcome=str(record.data["status"]),
                )
            )
    return tuple(changes)


def differences(district: District, baseline: Baseline | None) -> tuple[Change, ...]:
    """Compounds that came, went or reached another stage since the last report."""
    if baseline is None:
        return ()
    now = states(district)
    kinds: list[tuple[str, ChangeKind, str]] = []
    for compound in sorted(now.keys() | baseline.compounds.keys()):
        before, after = baseline.compounds.get(compound), now.get(compound)
        if before is None:
            kinds.append((compound, "compound_added", str(after)))
        elif after is None:
            kinds.append((compound, "compound_removed", before))
        elif before != after:
            kinds.append((compound, "compound_changed", f"{before} → {after}"))
    return tuple(
        Change(record=baseline.record, at="", kind=kind, compound=compound, outcome=outcome)
        for compound, kind, outcome in kinds
    )


def states(district: District) -> Mapping[str, str]:
    """Each compound's category and stage, as an issued report remembers them."""
    return {c.id: _state(c) for c in district.compounds}


def baseline_of(issues: Iterable[Record], district: str, month: str) -> Baseline | None:
    """The newest issue of a district's report of `month`."""
    found = [r for r in issues if r.subject == district and r.data["month"] == month]
    if not found:
        return None
    newest = max(found, key=lambda r: r.seq)
    return Baseline(
        month=month,
        record=newest.seq,
        figures=newest.data["figures"],
        compounds=newest.data["compounds"],
    )


def issued(
    district: District, month: str, as_of: str, facts: str, figures: Mapping[str, str]
) -> Draft:
    """The record of an issue: its time, and what next month's report compares itself with."""
    data = {
        "month": month,
        "as_of": as_of,
        "facts": facts,
        "figures": dict(figures),
        "compounds": dict(states(district)),
    }
    return Draft(kind=ISSUED, subject=district.code, data=data)


def first_issue(issues: Iterable[Record], district: str, month: str, facts: str) -> str | None:
    """The time at which these very facts were first issued."""
    for record in sorted(issues, key=lambda r: r.seq):
        same = record.data["month"] == month and record.data["facts"] == facts
        if record.subject == district and same:
            return str(record.data["as_of"])
    return None


def _state(compound: Compound) -> str:
    stage = compound.site.stage
    return f"{compound.site.category.value}/{stage.value if stage else 'unstated'}"


def _change(
    record: Record,
    kind: ChangeKind,
    *,
    compound: str,
    device: str = "",
    step: str = "",
    outcome: str = "",
) -> Change:
    return Change(
        record=record.seq,
        at=record.at,
        kind=kind,
        rollout=record.rollout,
        compound=compound,
        device=device,
        step=step,
        outcome=outcome,
    )

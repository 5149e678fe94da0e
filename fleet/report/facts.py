"""All facts of one monthly report, as values: whatever is not here is not in the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from fleet.model.base import Frozen
from fleet.model.diagnostic import Diagnostic
from fleet.model.evidence import Evidence
from fleet.model.fleet import District
from fleet.model.text import Text
from fleet.ports.health import HealthInterval
from fleet.report.period import Period

ChangeKind = Literal[
    "rollout_started",
    "rollout_ended",
    "step",
    "compound_added",
    "compound_removed",
    "compound_changed",
]


class Change(Frozen):
    """One event of the period: a record of the journal, or a difference to the last report.

    `record` is the journal's sequence number that proves it. `outcome` is the journal's word
    (rollout: done, halted …; step: done, failed, stale, in_doubt, not_applied).
    """

    record: int
    at: str
    kind: ChangeKind
    rollout: str = ""
    compound: str = ""
    device: str = ""
    step: str = ""
    outcome: str = ""


class Watched(Frozen):
    """One device's period in milliseconds; planned windows are in `planned_ms` alone.

    `online_ms + offline_ms + unknown_ms` is the period without planned windows. `intact`: last
    seen online, and no alarm of it stood at the end; None where it was never seen. `repairs_ms`
    are its faults that ended: from offline to online again.
    """

    device: str
    online_ms: int = 0
    offline_ms: int = 0
    unknown_ms: int = 0
    planned_ms: int = 0
    answered: int = 0
    tried: int = 0
    intact: bool | None = None
    repairs_ms: tuple[int, ...] = ()
    intervals: tuple[HealthInterval, ...] = ()


class Told(Frozen):
    """The word that counts for one device in the period, of whichever hand; see fleet.health.

    Planned windows are taken out of measured time alone: what others told comes by whole days.
    `online` is the newest word on a moment, where no time is told.
    """

    device: str
    compound: str
    evidence: Evidence
    sources: tuple[str, ...]
    as_of: str
    online_ms: int = 0
    offline_ms: int = 0
    online: bool | None = None


class AlarmFact(Frozen):
    """One alarm of the period; `ended` only where it ended within it."""

    id: str
    kind: str
    subject: str
    compound: str
    begun: str
    ended: str | None = None
    behind: tuple[str, ...] = ()


class Baseline(Frozen):
    """What the last month's report said when it was issued; `record` proves it."""

    month: str
    record: int
    figures: Mapping[str, str]
    compounds: Mapping[str, str]


class Sections(Frozen):
    """The parts that people write: heading → paragraphs, empty where nobody wrote any."""

    file: str
    practices: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    remediation: tuple[str, ...] = ()


class Facts(Frozen):
    """Facts of one district and period, in any order; `until` is where they end.

    `watched` is empty and `unwatched` says why where there is no health history at all.
    """

    city: str
    city_code: str
    district: District
    period: Period
    until: str
    findings: tuple[Diagnostic, ...] = ()
    changes: tuple[Change, ...] = ()
    watched: tuple[Watched, ...] = ()
    told: tuple[Told, ...] = ()
    alarms: tuple[AlarmFact, ...] = ()
    unwatched: Text | None = None
    baseline: Baseline | None = None
    sections: Sections

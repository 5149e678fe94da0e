"""A small district whose figures can be counted by hand: two compounds, five devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fleet.model.compound import (
    Area,
    AreaKind,
    Category,
    Centre,
    Entrance,
    Lifecycle,
    Segment,
    Site,
    UnitDoor,
)
from fleet.model.device import Device, DeviceKind, FieldValue, Login
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.fleet import Compound, District, Recorder, Uplink
from fleet.model.report import PlannedWindow, ReportTerms
from fleet.model.text import text
from fleet.ports.health import HealthInterval, HealthState
from fleet.ports.journal import Record
from fleet.report.facts import Facts, Sections
from fleet.report.period import Period, period_of

MONTH = "2026-11"
# The 25th of October, 00:00 in Shanghai.
BEGIN, END = "2026-10-24T16:00:00Z", "2026-11-24T16:00:00Z"
UPLINK = Uplink(
    source="operator",
    server_id="34070000002000000001",
    server_domain="3407000000",
    server_address="192.0.2.1",
    server_port=5060,
)


def device(
    name: str,
    kind: DeviceKind,
    compound: str,
    area: str | None = None,
    gb_id: str | None = None,
    settings: Mapping[str, FieldValue] | None = None,
) -> Device:
    """A device of which the report wants little."""
    return Device(
        id=name,
        kind=kind,
        driver="isapi",
        compound=compound,
        name=name.upper(),
        address="127.0.0.9",
        port=8080,
        gb_id=gb_id,
        area=area,
        login=Login(user="admin"),
        settings=dict(settings or {}),
    )


def new() -> Compound:
    """A new, accepted compound with everything: 6 items of 6, two cameras, one annotated."""
    shown: Mapping[str, FieldValue] = {"channel_name": "东门", "osd_text": "东门01"}
    return Compound(
        id="alpha",
        name="甲小区",
        district="340705",
        file="340705-x/alpha.yaml",
        site=Site(
            category=Category.NEW,
            built_year=2024,
            stage=Lifecycle.ACCEPTED,
            households=100,
            areas=(Area(id="road", kind=AreaKind.MAIN_ROAD, name="Road"),),
            perimeter=(Segment(id="north", length_m=80, physical="wall"),),
            entrances=(Entrance(id="east", name="East", kind="pedestrian", gates=("a-door",)),),
            unit_doors=(UnitDoor(id="u1", name="Unit 1", building="1", reader="a-door"),),
            centre=Centre(room="Gatehouse", shifts=3, staff_per_shift=1),
        ),
        uplink=UPLINK,
        devices=(
            device("a-cam-1", DeviceKind.CAMERA, "alpha", "road", "34070501011327000001", shown),
            device("a-cam-2", DeviceKind.CAMERA, "alpha", "road", "34070501011327000002"),
            device("a-door", DeviceKind.DOOR, "alpha", "u1"),
            device("a-nvr", DeviceKind.RECORDER, "alpha"),
        ),
        recorders=(Recorder(device="a-nvr"),),
    )


def old() -> Compound:
    """An old compound with one camera: 2 perimeter segments, one bare; nothing else."""
    return Compound(
        id="beta",
        name="乙小区",
        district="340705",
        file="340705-x/beta.yaml",
        site=Site(
            category=Category.OLD,
            built_year=1996,
            renovation_plan=True,
            perimeter=(
                Segment(id="a", length_m=10, electronic="beam"),
                Segment(id="b", length_m=10),
            ),
        ),
        devices=(device("b-cam", DeviceKind.CAMERA, "beta"),),
    )


def finding(code: str, clause: str, owner: str, severity: Severity, compound: str) -> Diagnostic:
    """A finding as the policy gives it."""
    return Diagnostic(
        code=code,
        severity=severity,
        summary=text("{c} is broken", "{c} 不符合", c=code),
        fix=text("mend {c}", "整改 {c}", c=code),
        position=Position(file=f"340705-x/{compound}.yaml", line=3),
        compound=compound,
        clause=clause,
        owner=owner,
    )


FINDINGS = (
    finding("PERIMETER-06", "6-7", "housing", Severity.WARNING, "beta"),
    finding("AREA-11", "11", "police", Severity.WARNING, "beta"),
    finding("SEPARATION-09", "9", "housing", Severity.WARNING, "beta"),
    finding("SECRET-18", "18", "police", Severity.ERROR, "beta"),
)


def district(windows: Sequence[PlannedWindow] = (), **terms: Any) -> District:
    """The district; `terms` are those of its report."""
    return District(
        code="340705",
        name="铜官区",
        folder="340705-x",
        report=ReportTerms(windows=tuple(windows), **terms),
        compounds=(new(), old()),
    )


def period() -> Period:
    """The usual period of MONTH."""
    return period_of(MONTH, ReportTerms())


def facts(**changed: Any) -> Facts:
    """The small district's facts; a keyword replaces one."""
    values: dict[str, Any] = {
        "city": "铜陵市",
        "city_code": "340700",
        "district": district(),
        "period": period(),
        "until": END,
        "findings": FINDINGS,
        "sections": Sections(
            file="x.txt", practices=("做法一。", "做法二。"), problems=("问题。",)
        ),
    }
    return Facts(**(values | changed))


def seen(name: str, state: HealthState, begin: str, end: str | None) -> HealthInterval:
    """An interval; times without a date belong to the 1st of November, UTC."""
    stamps = [t if t is None or len(t) > 8 else f"2026-11-01T{t}:00Z" for t in (begin, end)]
    return HealthInterval(device=name, state=state, begin=str(stamps[0]), end=stamps[1])


def record(seq: int, at: str, kind: str, **fields: Any) -> Record:
    """A record of the journal; `fields` may hold rollout, subject and data."""
    return Record(
        seq=seq,
        at=at,
        kind=kind,
        rollout=fields.get("rollout", ""),
        subject=fields.get("subject", ""),
        data=fields.get("data", {}),
        prev="",
        digest="",
    )


def history() -> list[Record]:
    """A rollout of alpha within the period, one of another district, and one before it."""
    step = {"step": "a-door/01-time", "outcome": "done"}
    bad = {"step": "a-cam-1/01-time", "outcome": "in_doubt"}
    return [
        record(1, "2026-10-20T01:00:00Z", "rollout.started", rollout="r0", data=of("alpha")),
        record(
            2, "2026-10-20T01:00:01Z", "step.settled", rollout="r0", subject="a-door", data=step
        ),
        record(3, "2026-11-01T01:00:00Z", "rollout.started", rollout="r1", data=of("alpha")),
        record(
            4, "2026-11-01T01:00:01Z", "step.settled", rollout="r1", subject="a-door", data=step
        ),
        record(
            5, "2026-11-01T01:00:02Z", "step.settled", rollout="r1", subject="a-cam-1", data=bad
        ),
        record(
            6, "2026-11-01T01:00:03Z", "rollout.ended", rollout="r1", data={"status": "partial"}
        ),
        record(7, "2026-11-02T01:00:00Z", "rollout.started", rollout="r2", data=of("elsewhere")),
        record(8, "2026-11-02T01:00:01Z", "step.settled", rollout="r2", subject="other", data=step),
    ]


def of(*compounds: str) -> dict[str, Iterable[str]]:
    """The data of a rollout's start, as far as a report looks at it."""
    return {"compounds": list(compounds)}

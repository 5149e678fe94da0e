"""A city in the middle of a rollout, in memory: the world of the screens' tests.

The journal is the real hash journal over memory, so what the screens read is what a rollout writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

from fleet.app.status import DeviceStatus
from fleet.journal.hashjournal import HashJournal
from fleet.model.change import DeviceWork, FieldChange, Step, Target
from fleet.model.device import Device, DeviceKind
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import AlteredPlan, StoreError
from fleet.model.fleet import City, Compound, District, RolloutLimits
from fleet.model.observation import Fault, Registration
from fleet.model.plan import Plan, Wave
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.ports.health import Alarm
from fleet.ports.journal import Draft, Record
from fleet.ports.process import ProcessId
from fleet.rollout import records
from tests.journal.memory import MemoryStore
from tests.support.fakes_city import BOOTSTRAP, compound, device, recorder, uplink
from tests.support.fakes_plans import plan_of

ZONE = timezone(timedelta(hours=8))
BEGIN = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NOW = BEGIN + timedelta(minutes=7)
CALLER = ProcessId(pid=4242, start=7, boot="boot", host="centre")
DEAD = ProcessId(pid=4000, start=1, boot="boot", host="centre")
FIRST, SECOND = "r20261124T020000-aaaa", "r20261124T020500-bbbb"
UNREACHABLE = Fault(
    code="unreachable",
    en="no connection within 8 s",
    zh="8 秒内无法连接",
    fix_en="check its power and cable",
    fix_zh="请检查供电与网线",
)
_NAMES = {
    DeviceKind.CAMERA: "枪机",
    DeviceKind.DOOR: "单元门",
    DeviceKind.GATE: "道闸",
    DeviceKind.RECORDER: "录像机",
}
_PLACES = (
    ("340705", "铜官区", (("cuihu", "翠湖花园"), ("wusong", "五松花园"), ("xingfu", "幸福里7期"))),
    ("340722", "枞阳县", (("lianhu", "莲湖新村"), ("jinxiu", "锦绣家园1期"))),
)


class Steady:
    """A clock that stands where it was put."""

    def __init__(self) -> None:
        self.at = BEGIN

    def now(self) -> str:
        """The wall clock."""
        return self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def boot(self) -> float:
        """Seconds since this boot."""
        return 1000.0 + (self.at - BEGIN).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.at += timedelta(seconds=seconds)


def place(number: int) -> tuple[Position, ...]:
    """Where a value stands: the compound's file over the city's."""
    return (
        Position(file="340705-tongguan/cuihu.yaml", line=40 + number, column=9),
        Position(file="city.yaml", line=12, column=3),
    )


def _device(name: str, kind: DeviceKind, number: int) -> Device:
    if kind is DeviceKind.RECORDER:
        return recorder(name, number).model_copy(update={"name": f"{_NAMES[kind]}{number}"})
    secret = SecretRef(source="generated", name=f"device/{name}/admin", version=2)
    made = device(
        name,
        kind,
        secrets={} if kind is DeviceKind.GATE else {"admin_password": secret},
        address=f"127.34.1.{number}",
    )
    origins = {f: place(n) for n, f in enumerate(sorted(made.settings))}
    return made.model_copy(update={"origins": origins, "name": f"{_NAMES[kind]}{number}"})


def _compound(name: str, title: str, district: str, start: int) -> Compound:
    kinds = [
        ("gate", DeviceKind.GATE),
        ("door", DeviceKind.DOOR),
        ("cam", DeviceKind.CAMERA),
        ("cam", DeviceKind.CAMERA),
        ("nvr", DeviceKind.RECORDER),
    ]
    devices = [
        _device(f"{name}-{word}-{n}", kind, start + n) for n, (word, kind) in enumerate(kinds, 1)
    ]
    made = compound(
        name, devices, uplink("platform" if district == "340705" else "operator"), district
    )
    return made.model_copy(update={"name": title})


def city() -> City:
    """Five compounds of five devices each, in two districts."""
    districts = []
    start = 0
    for code, title, names in _PLACES:
        compounds = []
        for name, shown in names:
            compounds.append(_compound(name, shown, code, start))
            start += 5
        districts.append(
            District(code=code, name=title, folder=f"{code}-x", compounds=tuple(compounds))
        )
    return City(code="340700", name="铜陵市", districts=tuple(districts))


def plan_over(town: City, limits: RolloutLimits | None = None) -> Plan:
    """A plan that changes two settings and a password of every device that has them."""
    works: list[DeviceWork] = []
    for one in town.devices():
        steps = [
            _step(one, 1, "time", FieldChange(field="time_mode", before="manual", after="ntp"))
        ]
        if one.kind is DeviceKind.CAMERA:
            steps.append(
                _step(one, 2, "osd", FieldChange(field="osd_text", before="", after="东门"))
            )
        for name, ref in one.secrets.items():
            steps.append(
                _step(one, 5, "user", FieldChange(field=name, secret=ref, before_version=1))
            )
        target = Target(
            device=one.id, kind=one.kind, driver=one.driver, address=one.address, port=one.port
        )
        works.append(
            DeviceWork(
                target=target,
                compound=one.compound,
                stage=one.stage,
                login=one.login,
                steps=tuple(steps),
            )
        )
    names = [c.id for c in town.compounds()]
    waves = (
        Wave(number=1, compounds=(names[0],)),
        Wave(number=2, compounds=tuple(names[1:3])),
        Wave(number=3, compounds=tuple(names[3:])),
    )
    return plan_of(*works, limits=limits or RolloutLimits(tolerated_failures=2), waves=waves)


def _step(one: Device, number: int, resource: str, change: FieldChange) -> Step:
    return Step(
        id=f"{one.id}/{number:02d}-{resource}", device=one.id, resource=resource, changes=(change,)
    )


FINDINGS = (
    Diagnostic(
        code="SEPARATION-09",
        severity=Severity.WARNING,
        summary=text("entrance 正门 is used by people and vehicles together", "入口“正门”人车混行"),
        fix=text("give people a way of their own", "有条件的应实行人车分流"),
        position=Position(file="340705-tongguan/wusong.yaml", line=18, column=5),
        compound="wusong",
        clause="9",
        owner="housing",
    ),
    Diagnostic(
        code="CENTRE-15",
        severity=Severity.ERROR,
        summary=text("the monitoring centre has no second shift", "监控中心值班班次不足"),
        fix=text("declare three shifts", "请登记三班值守"),
        position=Position(file="340722-zongyang/lianhu.yaml", line=33, column=1),
        compound="lianhu",
        clause="15",
        owner="police",
    ),
)


@dataclass
class FakeJob:
    """A started act; `result` is set by the test when it is to end."""

    result: tuple[int, str] | None = None

    def ended(self) -> tuple[int, str] | None:
        """How it ended."""
        return self.result


@dataclass
class Scene:
    """Implements `fleet_tui.feed.Feed` in memory; what was asked for is kept for the test."""

    city: City = field(default_factory=city)
    may_write: bool = False
    alive_pids: set[int] = field(default_factory=lambda: {CALLER.pid})
    registrations: dict[str, Registration] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    broken: StoreError | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    started: list[tuple[str, str]] = field(default_factory=list)
    jobs: list[FakeJob] = field(default_factory=list)
    found: Sequence[Diagnostic] = FINDINGS
    seen: Sequence[DeviceStatus] = ()
    alarms: Sequence[Alarm] = ()
    blind: StoreError | None = None

    def __post_init__(self) -> None:
        """An empty journal and the time of its first record."""
        self.clock = Steady()
        self.journal = HashJournal(MemoryStore(), self.clock)

    def write(self, *drafts: Draft, after_s: float = 1.0) -> None:
        """Journal records, a moment later."""
        self.clock.at += timedelta(seconds=after_s)
        self.journal.append(drafts)

    def records(self, after: int, most: int) -> Sequence[Record]:
        """What is in the journal."""
        if self.broken is not None:
            raise self.broken
        return tuple(islice(self.journal.records(after=after), most))

    def alive(self, process: ProcessId) -> bool:
        """Whether a process lives."""
        return process.pid in self.alive_pids

    def plan_of(self, rollout: str) -> Plan:
        """The plan of a rollout."""
        return self.plan_file(rollout)

    def plan_file(self, name: str) -> Plan:
        """The plan in a file."""
        if name not in self.plans:
            raise AlteredPlan(text("cannot read {n}", "无法读取 {n}", n=name))
        return self.plans[name]

    def findings(self) -> Sequence[Diagnostic]:
        """What the rules say."""
        return self.found

    def health(self) -> tuple[Sequence[DeviceStatus], Sequence[Alarm]]:
        """What the collector says."""
        if self.blind is not None:
            raise self.blind
        return self.seen, self.alarms

    async def registration(self, district: str, gb_id: str) -> Registration:
        """What the registrar says."""
        return self.registrations.get(gb_id, Registration(gb_id=gb_id, source="registrar"))

    def has_registrar(self, district: str) -> bool:
        """The district of Tongguan has one."""
        return district == "340705"

    def request(self, rollout: str, verb: str) -> bool:
        """Note it."""
        self.requests.append((verb, rollout))
        return rollout == SECOND

    def start(self, verb: str, rollout: str) -> FakeJob:
        """Note it."""
        self.started.append((verb, rollout))
        self.jobs.append(FakeJob())
        return self.jobs[-1]


def verified(rollout: str, name: str, *problems: str) -> Draft:
    """The verify stage looked at a device; what it found, the same in both languages."""
    data = {"problems": list(problems), "problems_zh": [f"{p}（不符）" for p in problems]}
    return Draft(kind=records.VERIFIED, rollout=rollout, subject=name, data=data)


def settle(scene: Scene, rollout: str, work: DeviceWork, look: bool = False) -> None:
    """All steps of a device done, and verified where wanted."""
    for step in work.steps:
        device_id = work.target.device
        values = {c.field: c.after for c in step.readable}
        scene.write(
            records.intent(rollout, device_id, step.id, scene.clock.boot(), "boot"), after_s=0
        )
        drafts = [records.settled(rollout, device_id, step.id, "done", "readback", values)]
        drafts += [
            records.proven(rollout, device_id, c.field, c.secret, "login")
            for c in step.write_only
            if c.secret is not None
        ]
        scene.write(*drafts, after_s=0.2)
    if look:
        scene.write(verified(rollout, work.target.device), after_s=0)


def fail(scene: Scene, rollout: str, work: DeviceWork, outcome: str, fault: Fault | None) -> None:
    """The first step of a device ends otherwise than done."""
    step = work.steps[0]
    scene.write(records.intent(rollout, work.target.device, step.id, 1.0, "boot"), after_s=0)
    scene.write(
        records.settled(rollout, work.target.device, step.id, outcome, fault=fault), after_s=8
    )


def busy(may_write: bool = False) -> Scene:
    """One rollout behind, a second one running in its second wave, with a bit of everything."""
    scene = Scene(may_write=may_write)
    plan = plan_over(scene.city)
    scene.plans = {FIRST: plan, SECOND: plan, "plan.json": plan}
    by_compound: Mapping[str, list[DeviceWork]] = {
        c.id: [w for w in plan.works if w.compound == c.id] for c in scene.city.compounds()
    }
    scene.write(records.started(FIRST, plan, DEAD, "wang"))
    scene.write(records.wave(FIRST, 1, ["cuihu"]))
    for work in by_compound["cuihu"]:
        settle(scene, FIRST, work, look=True)
    scene.write(verified(FIRST, "cuihu-door-2", "auth_ways is [card], not as sealed"))
    scene.write(records.ended(FIRST, "partial", done=12, failed=1, left=40))
    scene.clock.at = BEGIN + timedelta(minutes=5)
    scene.write(records.started(SECOND, plan, CALLER, "li"))
    scene.write(records.tree(SECOND, "playbook", [CALLER]))
    scene.write(records.wave(SECOND, 1, ["cuihu"]))
    for work in by_compound["cuihu"]:
        if work.target.device != "cuihu-door-2":
            settle(scene, SECOND, work, look=True)
    scene.write(records.wave(SECOND, 2, ["wusong", "xingfu"]))
    gate, door, camera, other, nvr = by_compound["wusong"]
    settle(scene, SECOND, gate)
    fail(scene, SECOND, door, "failed", UNREACHABLE)
    fail(scene, SECOND, nvr, "in_doubt", None)
    settle(scene, SECOND, camera)
    scene.clock.at = NOW - timedelta(seconds=9)
    scene.write(records.intent(SECOND, other.target.device, other.steps[0].id, 1.0, "boot"))
    for one, registered in (("cuihu", True), ("wusong", False)):
        gb_id = str(next(d.gb_id for d in scene.city.compound(one).devices if d.gb_id))
        scene.registrations[gb_id] = Registration(
            gb_id=gb_id,
            source="registrar",
            registered=registered,
            keepalive_age_s=12.0 if registered else None,
            credential_version=1 if registered else None,
        )
    return scene


__all__ = ["BOOTSTRAP", "CALLER", "FIRST", "NOW", "SECOND", "ZONE", "FakeJob", "Scene", "busy"]

"""Worlds beside the busy one: links, health, a dead process, odd cities, very long names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from fleet.app.status import DeviceStatus
from fleet.health.alarms import DEVICE, SWITCH
from fleet.model.change import DeviceWork, FieldChange, Step, Target
from fleet.model.device import Device, DeviceKind
from fleet.model.fleet import City, Compound, District, RolloutLimits
from fleet.model.observation import Fault
from fleet.model.plan import Plan, Wave
from fleet.ports.health import Alarm
from fleet.rollout import records
from tests.support.fakes_city import compound, device, uplink
from tests.support.fakes_plans import plan_of
from tests.tui.scene import CALLER, FIRST, NOW, SECOND, Scene, busy, settle

LONG = "铜陵市铜官区长江路街道翠湖社区居民委员会第一网格翠湖花园二期安置小区" * 3
SWITCH_ID, ROUTER_ID, CAMERA_ID = "binhe-sw-1", "binhe-rt-1", "binhe-cam-1"
CUT = Fault(
    code="unreachable",
    en="no new connection after the trial; the device went back by itself",
    zh="试提交后无法建立新连接；设备已自行回退",
)


def stamp(minutes: float) -> str:
    """So many minutes before now, RFC 3339."""
    return (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def town(*compounds: Compound, name: str = "铜陵市", area: str = "铜官区") -> City:
    """A city of one district."""
    district = District(code="340705", name=area, folder="340705-x", compounds=compounds)
    return City(code="340700", name=name, districts=(district,))


def standing(name: str, kind: DeviceKind, title: str, address: str) -> Device:
    """A device with a Chinese name at an address."""
    return device(name, kind, address=address).model_copy(update={"name": title})


def linked() -> Scene:
    """A compound behind a router and a switch; the switch is under change in wave 1."""
    devices = [
        standing(ROUTER_ID, DeviceKind.ROUTER, "出口路由器", "127.34.7.1"),
        standing(SWITCH_ID, DeviceKind.SWITCH, "接入交换机", "127.34.7.2"),
        standing("binhe-gate-1", DeviceKind.GATE, "道闸", "127.34.7.3"),
        standing(CAMERA_ID, DeviceKind.CAMERA, "枪机", "127.34.7.4"),
    ]
    one = compound("binhe", devices, uplink()).model_copy(update={"name": "滨河小区"})
    scene = Scene(city=town(one))
    plan = plan_of(
        *(link_work(d, n) for n, d in enumerate(devices, 1)),
        limits=RolloutLimits(tolerated_failures=1),
        waves=(Wave(number=1, compounds=("binhe",)),),
    )
    scene.plans = {FIRST: plan}
    scene.write(records.started(FIRST, plan, CALLER, "li"))
    scene.write(records.wave(FIRST, 1, ["binhe"]))
    return scene


def link_work(one: Device, number: int) -> DeviceWork:
    """One step of one readable field."""
    field = "lldp_enabled" if one.stage.value == "links" else "time_mode"
    step = Step(
        id=f"{one.id}/01-{field}",
        device=one.id,
        resource=field,
        changes=(FieldChange(field=field, before=f"old{number}", after=f"new{number}"),),
    )
    target = Target(
        device=one.id, kind=one.kind, driver=one.driver, address=one.address, port=one.port
    )
    return DeviceWork(
        target=target, compound=one.compound, stage=one.stage, login=one.login, steps=(step,)
    )


def cut_link() -> Scene:
    """The router is done; the switch cut its own path, so the camera behind it was not begun."""
    scene = linked()
    plan = scene.plans[FIRST]
    settle(scene, FIRST, plan.work(ROUTER_ID), look=True)
    step = plan.work(SWITCH_ID).steps[0].id
    scene.write(records.intent(FIRST, SWITCH_ID, step, 1.0, "boot"))
    scene.write(records.settled(FIRST, SWITCH_ID, step, "failed", fault=CUT))
    scene.write(records.held(FIRST, CAMERA_ID, SWITCH_ID))
    return scene


def seen(name: str, state: str, since: float, cause: str = "") -> DeviceStatus:
    """One device as a collector saw it; `since` in minutes before now."""
    return DeviceStatus.model_validate(
        {
            "device": name,
            "compound": name.split("-", maxsplit=1)[0],
            "state": state,
            "cause": cause,
            "since": stamp(since),
            "seen": stamp(0.5),
        }
    )


def alarm(kind: str, subject: str, *behind: str, minutes: float = 12) -> Alarm:
    """One that stands."""
    return Alarm(
        id=f"a-{subject}",
        kind=kind,
        subject=subject,
        compound=subject.split("-", maxsplit=1)[0],
        begun=stamp(minutes),
        behind=behind,
    )


def sick() -> Scene:
    """A collector that sees most devices, one of them gone, and two standing alarms."""
    scene = busy(may_write=True)
    scene.seen = [
        seen("jinxiu-gate-1", "online", 90),
        seen("jinxiu-cam-3", "offline", 12, "unreachable"),
        seen("jinxiu-cam-4", "unknown", 3),
    ]
    scene.alarms = [
        alarm(SWITCH, "jinxiu-sw-1", *(f"jinxiu-cam-{n}" for n in range(3, 21))),
        alarm(DEVICE, "lianhu-gate-1", minutes=4),
    ]
    return scene


def died(may_write: bool = True) -> Scene:
    """The rollout's process is gone with one step open."""
    scene = busy(may_write)
    scene.alive_pids.clear()
    return scene


def waiting(may_write: bool = True) -> Scene:
    """Its second wave waits for an approval, and no process with it."""
    scene = busy(may_write)
    step = "wusong-cam-4/01-time"
    scene.write(records.settled(SECOND, "wusong-cam-4", step, "done"))
    scene.write(records.waiting(SECOND, 3))
    scene.write(records.ended(SECOND, "waiting", done=14, failed=2, left=41))
    return scene


def ended(status: str, may_write: bool = True) -> Scene:
    """It ended so."""
    scene = busy(may_write)
    scene.alive_pids.clear()
    scene.write(records.ended(SECOND, status, done=13, failed=2, left=42))
    return scene


def odd(*sizes: int, name: str = "铜陵市", title: str = "") -> Scene:
    """A city whose compounds have so many cameras each; 0 is a compound without a device."""
    compounds = []
    for number, size in enumerate(sizes, 1):
        made = compound(f"c{number}", [device(f"c{number}-cam-{n}") for n in range(1, size + 1)])
        compounds.append(made.model_copy(update={"name": title or f"小区{number}"}))
    return Scene(city=town(*compounds, name=name, area=title or "铜官区"), found=())


def nowhere() -> Scene:
    """A city in which nothing is declared yet: no district at all."""
    return Scene(city=City(code="340700", name="铜陵市", districts=()), found=())


def endless(may_write: bool = True) -> Scene:
    """The busy city with names that no column holds."""
    scene = busy(may_write)
    districts = []
    for district in scene.city.districts:
        compounds = tuple(_renamed(c) for c in district.compounds)
        districts.append(district.model_copy(update={"name": LONG, "compounds": compounds}))
    renamed = scene.city.model_copy(update={"name": LONG, "districts": tuple(districts)})
    return replace_city(scene, renamed)


def replace_city(scene: Scene, renamed: City) -> Scene:
    """The same journal over another inventory."""
    made = replace(scene, city=renamed)
    made.clock, made.journal = scene.clock, scene.journal
    return made


def _renamed(one: Compound) -> Compound:
    devices = tuple(d.model_copy(update={"name": LONG}) for d in one.devices)
    return one.model_copy(update={"name": LONG, "devices": devices})


def plan_for(scene: Scene) -> Plan:
    """The plan of its newest rollout."""
    return scene.plans[SECOND if SECOND in scene.plans else FIRST]


def names(scene: Scene) -> Sequence[str]:
    """Every device's id."""
    return [d.id for d in scene.city.devices()]

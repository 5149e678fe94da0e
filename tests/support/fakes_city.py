"""A small city, its devices, and an `App` over both: the world of the rollout and app tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.app.context import App
from fleet.model.compound import Category, Site
from fleet.model.device import LINK_KINDS, Device, DeviceKind, FieldValue, Login
from fleet.model.fleet import City, Compound, District, Platform, Recorder, RolloutLimits, Uplink
from fleet.model.secret import SecretRef
from fleet.ports.runner import OnTree, PlaybookRunner, StageOutcome, StageRun
from fleet.rollout.worker import Worker
from tests.support.fakes import (
    FakeClock,
    FakeEngine,
    FakeLeases,
    FakeProcesses,
    FakeSecrets,
    FakeShelf,
    Trace,
    WatchedJournal,
    value_of,
)
from tests.support.fakes_devices import FakeDevice, FakeDriver, FakeUpper
from tests.support.fakes_links import FakeLink, FakeLinkDriver

BOOTSTRAP = SecretRef(source="vault", name="device/bootstrap")
SERVER = "34070500002000000001"

WANTED: Mapping[DeviceKind, Mapping[str, FieldValue]] = {
    DeviceKind.CAMERA: {"time_mode": "ntp", "osd_text": "东门"},
    DeviceKind.DOOR: {"open_duration_s": 5, "auth_ways": ["card", "face"]},
    DeviceKind.GATE: {"open_time_s": 8, "auth_ways": ["card"]},
    **{kind: {"vlans": ["100 cameras"], "lldp_enabled": True} for kind in LINK_KINDS},
}
STANDING: Mapping[DeviceKind, Mapping[str, FieldValue]] = {
    DeviceKind.CAMERA: {
        "time_mode": "manual", "time_zone": "UTC+08:00", "channel_name": "cam",
        "osd_text": "", "cloud_enabled": True,
    },
    DeviceKind.DOOR: {"open_duration_s": 3, "auth_ways": ["card"]},
    DeviceKind.GATE: {"open_time_s": 5, "close_delay_s": 0, "auth_ways": ["card", "face"]},
    DeviceKind.RECORDER: {
        "gb_channel_ids": [], "gb_enabled": False, "gb_server_id": "", "gb_device_id": "",
    },
    **{kind: {
        "sysname": "sw", "vlans": ["1"], "access_ports": ["GE1/0/1 vlan=1 poe=on"],
        "uplink_ports": ["GE1/0/24 vlans=1"], "lldp_enabled": False, "static_routes": [],
    } for kind in LINK_KINDS},
}  # fmt: skip


_DRIVER = {DeviceKind.GATE: "snmp", **dict.fromkeys(LINK_KINDS, "ssh")}


def device(
    name: str,
    kind: DeviceKind = DeviceKind.CAMERA,
    settings: Mapping[str, FieldValue] | None = None,
    secrets: Mapping[str, SecretRef] | None = None,
    **more: object,
) -> Device:
    """A device whose compound is the part of its id before the last two words."""
    values = {
        "id": name,
        "kind": kind,
        "driver": _DRIVER.get(kind, "isapi"),
        "compound": name.split("-", maxsplit=1)[0],
        "name": name,
        "address": "127.34.1.1",
        "port": 8080,
        "serial": f"S-{name}",
        "login": Login(user="admin", password=BOOTSTRAP),
        "settings": dict(WANTED.get(kind, {}) if settings is None else settings),
        "secrets": dict(secrets or {}),
    }
    return Device.model_validate(values | more)


def uplink(source: str = "platform") -> Uplink:
    """Where recorders register."""
    return Uplink.model_validate(
        {
            "source": source,
            "server_id": SERVER,
            "server_domain": "3407050000",
            "server_address": "127.34.0.1",
            "server_port": 5060,
        }
    )


def compound(
    name: str,
    devices: Sequence[Device],
    up: Uplink | None = None,
    district: str = "340705",
    recorders: Sequence[Recorder] = (),
) -> Compound:
    """A compound."""
    return Compound(
        id=name,
        name=f"{name} 小区",
        district=district,
        file=f"{district}/{name}.yaml",
        site=Site(category=Category.NEW, built_year=2021),
        uplink=up,
        devices=tuple(devices),
        recorders=tuple(recorders),
        content=f"content of {name}",
    )


def recorder(name: str, number: int = 1, version: int = 1, **more: object) -> Device:
    """A recorder that is to register with a generated password."""
    gb_id = f"3407050000118000{number:04d}"
    ref = SecretRef(source="generated", name=f"sip/{gb_id}", version=version)
    wanted = {
        "gb_channel_ids": [f"3407050000131000{number:04d}"],
        "gb_enabled": True,
        "gb_server_id": SERVER,
        "gb_device_id": gb_id,
    }
    return device(
        name, DeviceKind.RECORDER, wanted, {"gb_password": ref}, **({"gb_id": gb_id} | more)
    )


def city(
    compounds: Sequence[Compound],
    limits: RolloutLimits | None = None,
    platform: bool = False,
) -> City:
    """One city of one district."""
    servers = Platform(
        server_id=SERVER, server_domain="3407050000", addresses=("127.34.0.1",), port=5060
    )
    district = District(
        code="340705",
        name="铜官区",
        folder="340705-tongguan",
        platform=servers if platform else None,
        compounds=tuple(compounds),
    )
    return City(
        code="340700", name="铜陵市", districts=(district,), limits=limits or RolloutLimits()
    )


def cameras(compounds: int, each: int, limits: RolloutLimits | None = None, **more: object) -> City:
    """Compounds `c1`, `c2`, … with cameras `cN-cam-M` alone."""
    return city(
        [
            compound(f"c{n}", [device(f"c{n}-cam-{m}", **more) for m in range(1, each + 1)])
            for n in range(1, compounds + 1)
        ],
        limits,
    )


@dataclass
class InProcess:
    """A playbook runner that runs the collection's worker in this process, on a real socket.

    `script` gives, call by call, what becomes of the tree: "" it ends well, "idle" it ends well
    without having driven anything, "dies" it is killed after its first write, "fails" it does all
    and then reports a failure. Calls beyond the script end well.
    """

    world: World
    on_tree: OnTree
    script: list[str] = field(default_factory=list)
    calls: list[StageRun] = field(default_factory=list)

    async def run(self, stage: StageRun) -> StageOutcome:
        """Run one stage."""
        self.calls.append(stage)
        fate = self.script.pop(0) if self.script else ""
        await asyncio.to_thread(self.on_tree, [self.world.processes.me()])
        self.world.trace.note("stage", stage.playbook)
        if fate == "idle":
            return StageOutcome(status="successful", rc=0)
        write = asyncio.create_task(self.world.trace.next("write").wait())
        workers = [asyncio.create_task(self._work(c, stage)) for c in stage.compounds]
        if fate == "dies":
            await asyncio.wait([write, *workers], return_when=asyncio.FIRST_COMPLETED)
            for task in workers:
                task.cancel()
        write.cancel()
        ends = await asyncio.gather(*workers, return_exceptions=True)
        bad = [e for e in ends if isinstance(e, OSError)]
        if fate == "dies":
            return StageOutcome(status="killed", rc=-9, detail="killed in the middle")
        if fate == "fails" or bad:
            return StageOutcome(status="failed", rc=2, detail=f"the play broke {bad}")
        return StageOutcome(status="successful", rc=0)

    async def _work(self, name: str, stage: StageRun) -> None:
        worker = Worker(self.world.drivers, self.world.clock, self.world.processes.me())
        await worker.run(stage.socket, name, stage.playbook)


@dataclass
class World:
    """A city with its devices as they stand, and everything else an `App` needs."""

    city: City
    folder: Path
    trace: Trace = field(default_factory=Trace)
    clock: FakeClock = field(default_factory=FakeClock)
    processes: FakeProcesses = field(default_factory=FakeProcesses)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    leases: FakeLeases = field(default_factory=FakeLeases)
    shelf: FakeShelf = field(default_factory=FakeShelf)
    script: list[str] = field(default_factory=list)
    runners: list[InProcess] = field(default_factory=list)
    devices: dict[str, FakeDevice] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the devices, each standing as it comes from the factory."""
        self.journal = WatchedJournal(self.clock, self.trace)
        self.engine = FakeEngine(self.trace)
        for one in self.city.devices():
            made = FakeLink if one.kind in LINK_KINDS else FakeDevice
            self.devices[one.id] = made(
                id=one.id,
                clock=self.clock,
                trace=self.trace,
                serial=str(one.serial),
                password=value_of(BOOTSTRAP),
                fields=dict(STANDING[one.kind]),
            )
        self.drivers: dict[str, FakeDriver] = {
            n: FakeDriver(self.devices, name=n) for n in ("isapi", "snmp")
        }
        self.ssh = FakeLinkDriver(self.devices)
        self.drivers["ssh"] = self.ssh
        self.upper = FakeUpper(self.devices)
        for one in self.city.devices():
            if ref := one.secrets.get("gb_password"):
                self.upper.gb_ids = {**self.upper.gb_ids, one.id: str(one.gb_id)}
                for version in range(1, ref.version + 1):
                    value = value_of(ref.model_copy(update={"version": version}))
                    self.upper.accounts[value] = version

    def runner(self, on_tree: OnTree) -> PlaybookRunner:
        """A runner; its script is the world's."""
        self.runners.append(InProcess(self, on_tree, self.script))
        return self.runners[-1]

    def app(self) -> App:
        """An app as a new process builds it: nothing is remembered but journal and shelf."""
        self.processes.fork()
        return App(
            city=self.city,
            city_dir=self.folder,
            state_dir=self.folder,
            socket_dir=self.folder,
            journal=self.journal,
            clock=self.clock,
            processes=self.processes,
            drivers=self.drivers,
            secrets=self.secrets,
            leases=self.leases,
            upper=self.upper,
            plans=self.shelf,
            runner=self.runner,
            engine=lambda: self.engine,
            code="code of these tests",
            actor="tester",
        )

    def mend(self) -> None:
        """The disk is mended and everything that ran before is dead: the next process begins."""
        self.journal.reopen()
        self.processes.kill_all()

    def wrong_logins(self) -> dict[str, int]:
        """How many wrong logins each device saw; devices without any are left out."""
        return {d.id: d.wrong_logins for d in self.devices.values() if d.wrong_logins}

    def written(self) -> list[str]:
        """`DEVICE/RESOURCE` of every write that reached a device, in order."""
        return self.trace.of("write")


Make = Callable[[City], World]
_NUMBERS = itertools.count()


def world(town: City, folder: Path) -> World:
    """A world in a folder of its own."""
    mine = folder / f"w{next(_NUMBERS)}"
    mine.mkdir()
    return World(town, mine)

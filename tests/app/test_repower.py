"""`device repower` over a real SNMPv3 agent: off, on, and the camera answers again as itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fleet.adapters.clock import SystemClock
from fleet.app.context import App
from fleet.app.repower import BEGUN, ENDED, Outlook, look, repower
from fleet.drivers.isapi.driver import IsapiDriver
from fleet.drivers.registry import drivers
from fleet.model.change import Target
from fleet.model.device import Device, DeviceKind, Login
from fleet.model.errors import (
    DeviceError,
    LockHeld,
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    NotKept,
    StoreError,
    UsageError,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.secret import SecretRef
from fleet.ports.driver import Credential, Session
from fleet.simulator.host import Device as SimulatedDevice
from fleet.simulator.keys import localized
from fleet.simulator.snmp.power import PowerAgent, entry_of
from fleet.simulator.spec import DeviceSpec, SnmpKeys
from fleet.simulator.store import Kept, Store
from tests.drivers.isapi_device import free_address
from tests.drivers.simulated import PASSWORD, SERIAL, simulated
from tests.support.fakes import FakeLeases, FakeSecrets, WatchedJournal
from tests.support.fakes_city import BOOTSTRAP, city, compound, device, world

ENGINE = "80007ed9050102030405"
AUTH, PRIV = "Auth-phrase-1", "Priv-phrase-2"
AUTH_REF = SecretRef(source="vault", name="switch/auth")
PRIV_REF = SecretRef(source="vault", name="switch/priv")
PORT = "GE1/0/5"


@dataclass
class Site:
    """A camera on a port of a switch, in this process."""

    app: App
    camera: Device
    simulated: SimulatedDevice
    store: Store
    agent: PowerAgent
    secrets: FakeSecrets
    journal: WatchedJournal
    leases: FakeLeases
    power: list[bool] = field(default_factory=list)

    def kinds(self) -> list[str]:
        """The journal's records by kind."""
        return [r.kind for r in self.app.journal.records()]

    async def look(self) -> Outlook:
        """As the verb does."""
        return await look(self.app, self.camera)

    def enabled(self) -> bool:
        """Whether the port's power is on, by the agent's own memory."""
        return self.store.kept.leaves.get(f"poe {PORT}", 1) == 1


def switch_spec() -> DeviceSpec:
    """A switch with an agent and the camera on one port."""
    address = free_address()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port = int(probe.getsockname()[1])
    keys = SnmpKeys(ENGINE, localized(AUTH, ENGINE), localized(PRIV, ENGINE))
    return DeviceSpec(
        id="c1-sw-1", kind="switch", address=address, port=22, serial="S1", personality="a",
        platform="hp_comware", keys=keys, snmp_port=port, snmp_user="fleet",
        behind=((PORT, "c1-cam-1"), ("GE1/0/6", "c1-cam-2")),
    )  # fmt: skip


def devices(camera: DeviceSpec, switch: DeviceSpec) -> tuple[Device, Device]:
    """The two as the inventory has them."""
    hung = device(
        "c1-cam-1", address=camera.address, port=camera.port, serial=SERIAL,
        via="c1-sw-1", via_port=PORT,
    )  # fmt: skip
    box = device(
        "c1-sw-1", DeviceKind.SWITCH, {}, address=switch.address, port=22, driver="ssh",
        platform="hp_comware", snmp_port=switch.snmp_port, engine_id=ENGINE,
        login=Login(user="fleet", password=BOOTSTRAP, auth=AUTH_REF, priv=PRIV_REF),
    )  # fmt: skip
    return hung, box


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Everything up; a camera boots in a fifth of a second."""
    power: list[bool] = []
    spec = switch_spec()
    (tmp_path / "sw").mkdir()
    store = Store(tmp_path / "sw" / "c1-sw-1.json", Kept)
    async with simulated(tmp_path / "cam", "camera", "a") as camera:

        async def on_power(name: str, on: bool) -> None:
            assert name == "c1-cam-1"
            power.append(on)
            if not on:
                await camera.stop()
                return
            await asyncio.sleep(0.2)
            await camera.set_fault("none", "")
            await camera.start()

        agent = PowerAgent(spec, store, on_power)
        await agent.start()
        hung, box = devices(camera.spec, spec)
        w = world(city([compound("c1", [hung, box])]), tmp_path)
        w.secrets.wrong.update({str(BOOTSTRAP): PASSWORD, str(AUTH_REF): AUTH, str(PRIV_REF): PRIV})
        app = replace(w.app(), drivers=drivers(), clock=SystemClock())
        try:
            yield Site(app, hung, camera, store, agent, w.secrets, w.journal, w.leases, power)
        finally:
            await agent.stop()


async def test_a_hung_camera_answers_again(site: Site) -> None:
    """Goal: seen silent, off, on, proved by its own identity; both ends in the journal."""
    await site.simulated.set_fault("hang", "")
    slow = replace(site.app, drivers={**site.app.drivers, "isapi": Quick()})
    seen = await look(slow, site.camera)
    assert (seen.answers, seen.port.index, seen.port.detection) == (False, "1.5", "delivering")

    done = await repower(slow, seen, off_s=0.2, answer_s=30)

    assert (done.was, done.answered, done.fault) == (False, True, None)
    assert site.power == [False, True]
    assert site.enabled()
    assert [e.field for e in site.store.kept.log] == [f"poe {PORT}", f"poe {PORT}"]
    assert site.kinds() == [BEGUN, ENDED]
    begun, ended = list(site.app.journal.records())
    assert (begun.data["switch"], begun.data["port"], begun.data["answered"]) == (
        "c1-sw-1", PORT, False,
    )  # fmt: skip
    assert ended.data["answered"] is True
    assert site.leases.taken == [("compound/c1",)]


class Quick(IsapiDriver):
    """Sessions with a hung camera end after half a second."""

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 0.5
    ) -> AbstractAsyncContextManager[Session]:
        """As the driver, with less patience."""
        return super().session(target, credential, 0.5)


async def test_a_port_that_is_off_is_only_switched_on(site: Site) -> None:
    """Goal: an earlier call that was killed in between is finished, with one SET."""
    site.store.commit(replace(site.store.kept, leaves={f"poe {PORT}": 2}))
    await site.simulated.stop()
    seen = await site.look()
    assert (seen.port.enabled, seen.port.detection) == (False, "disabled")

    done = await repower(site.app, seen, off_s=60, answer_s=30)

    assert done.answered
    assert site.power == [True]


@pytest.mark.parametrize("later_s", [0.0, 0.3])
async def test_a_stop_in_between_still_switches_on(site: Site, later_s: float) -> None:
    """Ctrl-C in the dark seconds, or before the SET was even read back: the port is on after."""
    seen = await site.look()
    work = asyncio.create_task(repower(site.app, seen, off_s=60))
    for _ in range(5000):
        if not site.enabled():
            break
        await asyncio.sleep(0.001)
    await asyncio.sleep(later_s)
    work.cancel()
    work.cancel()
    (ended,) = await asyncio.gather(work, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError)
    assert site.enabled()


async def test_a_device_that_stays_silent_is_told(site: Site) -> None:
    """Goal: not proved is not repaired; the port is on all the same."""
    seen = await site.look()
    lost = replace(seen, device=seen.device.model_copy(update={"port": 9}))

    done = await repower(site.app, lost, off_s=0.1, answer_s=0.5)

    assert (done.answered, done.after_s) == (False, None)
    assert done.fault is not None
    assert done.fault.code == "unreachable"
    assert site.enabled()


async def test_another_device_is_no_proof(site: Site) -> None:
    """Goal: who answers must be the one that was meant."""
    seen = await site.look()
    other = replace(seen, device=seen.device.model_copy(update={"serial": "S-other"}))

    done = await repower(site.app, other, off_s=0.1, answer_s=5)

    assert not done.answered
    assert done.fault is not None
    assert done.fault.code == "wrong_identity"


async def test_a_refused_login_at_the_switch_is_spent_once(site: Site) -> None:
    """Goal: one attempt, journalled, then left alone; nothing was switched."""
    site.secrets.wrong[str(AUTH_REF)] = "wrong-phrase-9"

    with pytest.raises(LoginRefused):
        await site.look()
    with pytest.raises(LoginBudgetSpent):
        await site.look()

    assert site.kinds() == ["login.refused"]
    assert site.power == []


async def test_another_engine_sees_no_key(site: Site) -> None:
    """Goal: a swapped switch is told before any login."""
    box = site.app.city.compound("c1").devices[1]
    swapped = box.model_copy(update={"engine_id": "80007ed905ffffffffff"})
    other = compound("c1", [site.camera, swapped])
    app = replace(site.app, city=city([other]))

    with pytest.raises(WrongIdentity):
        await look(app, site.camera)
    assert site.kinds() == []


@pytest.mark.parametrize(("fault", "error"), [("refuse", WriteRefused), ("keep-nothing", NotKept)])
async def test_a_switch_that_does_not_do_it(
    site: Site, fault: str, error: type[DeviceError]
) -> None:
    """Goal: an answer is no success; what was refused is journalled as it ended."""
    seen = await site.look()
    site.store.commit(replace(site.store.kept, faults={fault: ""}))

    with pytest.raises(error):
        await repower(site.app, seen, off_s=0.1)

    assert site.enabled()
    assert site.kinds() == [BEGUN, ENDED]
    assert list(site.app.journal.records())[-1].data["fault"]["code"] == error.code


async def test_no_audit_no_act(site: Site) -> None:
    """Goal: with a journal that fails nothing is switched."""
    seen = await site.look()
    site.journal.fail_at = site.journal.appends + 1

    with pytest.raises(StoreError):
        await repower(site.app, seen, off_s=0.1)
    assert site.power == []


async def test_a_rollout_on_the_compound_comes_first(site: Site) -> None:
    """Goal: never two at work on one compound."""
    seen = await site.look()
    site.leases.held["compound/c1"] = "somebody's apply"

    with pytest.raises(LockHeld):
        await repower(site.app, seen)
    assert site.kinds() == []


async def test_a_port_without_an_entry_is_not_guessed(site: Site) -> None:
    """Goal: a wrong via_port ends before anything, with what to check."""
    for port in ("GE1/0/9", "Vlanif100", "GE2/0/5"):
        with pytest.raises(MalformedReply, match="no power entry"):
            await look(site.app, site.camera.model_copy(update={"via_port": port}))


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"via": None}, "via and via_port"),
        ({"via_port": None}, "via and via_port"),
        ({"via": "c1-sw-9"}, "a managed switch c1-sw-9"),
    ],
)
async def test_what_the_inventory_must_say(
    site: Site, change: dict[str, object], lacks: str
) -> None:
    """Goal: usage, naming the missing word."""
    with pytest.raises(UsageError, match=lacks):
        await look(site.app, site.camera.model_copy(update=change))


@pytest.mark.parametrize("name", ["snmp_port", "engine_id"])
async def test_a_switch_without_snmp(site: Site, name: str) -> None:
    """Goal: SSH alone does not switch power, and no engine is asked that is not pinned."""
    box = site.app.city.compound("c1").devices[1].model_copy(update={name: None})
    app = replace(site.app, city=city([compound("c1", [site.camera, box])]))

    with pytest.raises(UsageError, match="snmp_port and engine_id of c1-sw-1"):
        await look(app, site.camera)


@pytest.mark.parametrize(
    ("port", "entry"),
    [("GE1/0/5", (1, 5)), ("GigabitEthernet0/0/24", (1, 24)), ("10GE2/0/1", (2, 1)),
     ("Ethernet7", (1, 7)), ("XGE3/2/1/4", (3, 4))],
)  # fmt: skip
def test_agent_and_driver_number_ports_alike(port: str, entry: tuple[int, int]) -> None:
    """Goal: two tables of their own that agree on slots from nought and from one."""
    from fleet.drivers.snmp.power import _index

    assert entry_of(port) == entry
    assert _index("sw", port) == entry

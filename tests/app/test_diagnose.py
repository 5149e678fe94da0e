"""`uplink diagnose` against a real registrar and a simulated recorder, one fault after another."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fleet.adapters.clock import SystemClock
from fleet.adapters.reach import SocketReach
from fleet.adapters.upper import RegistrarClient
from fleet.app.context import App
from fleet.app.diagnose import Diagnosis, diagnose
from fleet.drivers.registry import drivers
from fleet.model.device import DeviceKind
from fleet.model.errors import UsageError
from fleet.model.fleet import Compound, Recorder, Uplink
from fleet.model.notify import Contacts
from fleet.model.secret import Secret
from fleet.simulator.host import Device as SimulatedDevice
from fleet.simulator.sip.recorder import Recorder as SimulatedRecorder
from tests.drivers.simulated import PASSWORD, SERIAL, session, simulated
from tests.services.device import DOMAIN, GB_ID, SERVER
from tests.services.running import PASSWORD as SIP_PASSWORD
from tests.services.running import Running, end, make
from tests.support.fakes import FakeSecrets
from tests.support.fakes_city import BOOTSTRAP, cameras, city, compound, device, world

CHANNELS = ["34070501001320000001", "34070501001320000002"]
OTHER = "34070501001180000099"
CONTACTS = Contacts(integrator="安防公司 0562-1", network="电信 0562-2", operator="局科信 0562-3")
Act = Callable[["Line"], Awaitable[object]]


@dataclass
class Line:
    """A compound with one recorder, registered at a registrar of its own."""

    app: App
    compound: Compound
    nvr: SimulatedDevice
    registrar: Running

    async def diagnose(self) -> Diagnosis:
        """As the verb does."""
        return await diagnose(self.app, SocketReach(), self.compound)

    async def fault(self, name: str, value: str = "") -> None:
        """Give the recorder a fault."""
        await self.nvr.set_fault(name, value)

    async def until_registered(self) -> None:
        """Wait until the registrar has its catalog."""
        for _ in range(2000):
            told = await asyncio.to_thread(self.registrar.bindings)
            online = isinstance(self.nvr, SimulatedRecorder) and self.nvr.registered
            if online and GB_ID in told and told[GB_ID]["catalog"] is not None:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.registrar.log)

    async def until_refused(self) -> None:
        """Wait until the registrar has refused something."""
        for _ in range(2000):
            told = await asyncio.to_thread(self.registrar.ask, {"verb": "refusals"})
            if told["refusals"]:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.registrar.log)

    async def restart_with(self, password: str) -> None:
        """The registrar now accepts another password than the recorder has."""
        from tests.services.device import ha1

        self.registrar.accounts[0]["ha1"] = ha1(GB_ID, password)
        self.registrar.configure()
        told = await asyncio.to_thread(self.registrar.ask, {"verb": "reload"})
        assert told["ok"], told
        # A login that is known to be wrong now: the binding itself still stands.
        await asyncio.to_thread(self.registrar.stop)
        (self.registrar.folder / "bindings.json").unlink()
        await asyncio.to_thread(self.registrar.start)
        await self.nvr.tamper("gb_expires_s", "7201")


def wanted(place: Running) -> dict[str, object]:
    """The recorder's uplink by the inventory."""
    return {
        "gb_enabled": True,
        "gb_server_id": SERVER,
        "gb_server_domain": DOMAIN,
        "gb_server_address": f"{place.block}.1",
        "gb_server_port": place.port,
        "gb_device_id": GB_ID,
        "gb_expires_s": 7200,
        "gb_keepalive_s": 5,
        "gb_keepalive_count": 1,
    }


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """A healthy line."""
    registrar = make(tmp_path / "registrar")
    registrar.settings |= {"keepalive_s": 2, "keepalive_count": 1}
    registrar.configure()
    try:
        await asyncio.to_thread(registrar.start)
        async with simulated(tmp_path / "sim", "recorder", "b") as nvr:
            asked = wanted(registrar)
            async with session(nvr) as opened:
                await opened.write("channels", {"gb_channel_ids": [*CHANNELS, ""]})
                await opened.write("gb28181", {**asked, "gb_password": Secret(SIP_PASSWORD)})
            built = _line(registrar, nvr, asked, tmp_path)
            await built.until_registered()
            yield built
    finally:
        end(registrar)


def _line(registrar: Running, nvr: SimulatedDevice, asked: dict[str, object], folder: Path) -> Line:
    uplink = Uplink(
        source="platform",
        server_id=SERVER,
        server_domain=DOMAIN,
        server_address=f"{registrar.block}.1",
        server_port=registrar.port,
        keepalive_s=5,
        keepalive_count=1,
    )
    spec = nvr.spec
    recorder = device(
        "c1-nvr-1",
        DeviceKind.RECORDER,
        asked,
        address=spec.address,
        port=spec.port,
        serial=SERIAL,
        gb_id=GB_ID,
    )
    listed = Recorder(device="c1-nvr-1", channel_ids=tuple(CHANNELS))
    one = compound("c1", [recorder], uplink, recorders=[listed])
    one = one.model_copy(update={"contacts": CONTACTS})
    secrets = FakeSecrets()
    secrets.wrong[str(BOOTSTRAP)] = PASSWORD
    app = replace(
        world(city([one]), folder).app(),
        drivers=drivers(),
        secrets=secrets,
        clock=SystemClock(),
        upper=RegistrarClient(lambda _: registrar.socket, 10.0),
    )
    return Line(app, one, nvr, registrar)


async def test_a_healthy_link(line: Line) -> None:
    """Goal: every step well, nobody to phone, and nothing written anywhere."""
    writes = line.nvr.store.stats()["writes"]

    found = await line.diagnose()

    assert (found.state, found.cause, found.phone) == ("healthy", None, None), found
    (recorder,) = found.recorders
    assert {c.result for c in recorder.checks} == {"ok"}, recorder
    assert line.nvr.store.stats()["writes"] == writes
    assert [r.kind for r in line.app.journal.records()] == []


async def _stop_registrar(line: Line) -> None:
    await asyncio.to_thread(line.registrar.stop)


async def _wrong_password(line: Line) -> None:
    await line.restart_with("another password")
    await line.until_refused()


async def _wrong_id(line: Line) -> None:
    await line.nvr.tamper("gb_device_id", OTHER)
    await line.until_refused()


async def _behind_a_router(line: Line) -> None:
    await line.fault("nat", "0.2")
    await line.until_registered()
    await asyncio.sleep(0.5)


async def _mute(line: Line) -> None:
    await line.fault("mute")
    for _ in range(2000):
        told = await asyncio.to_thread(line.registrar.bindings)
        if told[GB_ID]["registered"] is False:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(line.registrar.log)


async def _clock_off(line: Line) -> None:
    await line.fault("clock", "-3600")


async def _channel_lost(line: Line) -> None:
    await line.nvr.tamper("gb_channel_ids", CHANNELS[0])
    await line.until_registered()


async def _other_keepalive(line: Line) -> None:
    await line.nvr.tamper("gb_keepalive_s", "60")
    await line.until_registered()


async def _switched_off(line: Line) -> None:
    await line.nvr.tamper("gb_enabled", "false")


CASES: dict[str, tuple[Act, str, str]] = {
    "registrar_down": (_stop_registrar, "port", "operator"),
    "wrong_password": (_wrong_password, "login", "integrator"),
    "wrong_id": (_wrong_id, "login", "integrator"),
    "nat_contact": (_behind_a_router, "contact", "network"),
    "keepalive_missed": (_mute, "keepalive", "network"),
    "keepalive_mismatch": (_other_keepalive, "keepalive", "integrator"),
    "clock_off": (_clock_off, "clock", "integrator"),
    "catalog_mismatch": (_channel_lost, "catalog", "integrator"),
    "uplink_off": (_switched_off, "port", "integrator"),
}


@pytest.mark.parametrize("cause", CASES)
async def test_each_fault_ends_in_one_cause(line: Line, cause: str) -> None:
    """Goal: one cause, with what was seen of it and the desk that the inventory names."""
    act, step, party = CASES[cause]
    await act(line)

    found = await line.diagnose()

    assert (found.state, found.cause, found.step) == ("faulty", cause, step), found
    assert found.party == party
    assert found.devices == ("c1-nvr-1",)
    assert found.evidence is not None
    assert found.ask is not None
    assert found.phone is not None
    named = {"integrator": "安防公司", "network": "电信", "operator": "局科信"}[party]
    assert named in found.phone.zh


async def test_a_recorder_without_power(line: Line) -> None:
    """Goal: nobody listens any more; the registrar still holds the binding until it goes silent."""
    await line.nvr.stop()
    for _ in range(2000):
        told = await asyncio.to_thread(line.registrar.bindings)
        if told[GB_ID]["registered"] is False:
            break
        await asyncio.sleep(0.02)

    found = await line.diagnose()

    assert (found.state, found.cause) == ("faulty", "keepalive_missed")


async def test_a_refused_login_at_the_recorder_is_spent_once(line: Line) -> None:
    """Goal: one attempt, journalled, and the link is judged by what the registrar says."""
    secrets = FakeSecrets()
    app = replace(line.app, secrets=secrets)
    first = await diagnose(app, SocketReach(), line.compound)
    second = await diagnose(app, SocketReach(), line.compound)

    assert (first.state, second.state) == ("healthy", "healthy")
    assert [r.kind for r in app.journal.records()] == ["login.refused"]
    assert line.nvr.store.stats()["failed_logins"] == 1


async def test_a_given_platform_is_seen_from_the_recorder_alone(line: Line) -> None:
    """Goal: the recorder's own word decides; nothing is sent to somebody else's platform."""
    assert line.compound.uplink is not None
    given = line.compound.uplink.model_copy(update={"source": "operator"})
    theirs = line.compound.model_copy(update={"uplink": given})
    before = await asyncio.to_thread(line.registrar.bindings)

    well = await diagnose(line.app, SocketReach(), theirs)
    await asyncio.to_thread(line.registrar.stop)
    await line.nvr.tamper("gb_expires_s", "7201")
    down = await diagnose(line.app, SocketReach(), theirs)

    assert before[GB_ID]["registered"] is True
    assert (well.state, well.source) == ("healthy", "operator")
    steps = {c.step: c.result for c in well.recorders[0].checks}
    assert steps["keepalive"] == steps["catalog"] == "unknown"
    assert (down.state, down.cause, down.party) == ("faulty", "not_registered", "platform")


async def test_nobody_tells(tmp_path: Path) -> None:
    """Goal: firmware that does not tell, at a given platform: unknown, and whom to ask."""
    async with simulated(tmp_path / "sim", "recorder", "a") as nvr:
        registrar = make(tmp_path / "registrar")
        asked = wanted(registrar) | {"gb_enabled": False}
        async with session(nvr) as opened:
            await opened.write("gb28181", {**asked, "gb_password": Secret(SIP_PASSWORD)})
        line = _line(registrar, nvr, asked, tmp_path)
        assert line.compound.uplink is not None
        given = line.compound.uplink.model_copy(update={"source": "operator"})

        found = await diagnose(
            line.app, SocketReach(), line.compound.model_copy(update={"uplink": given})
        )

    assert (found.state, found.cause, found.party) == ("unknown", "not_told", "platform")
    assert found.phone is not None


async def test_a_compound_without_an_uplink(tmp_path: Path) -> None:
    """Goal: a question that makes no sense is a usage error."""
    w = world(cameras(1, 1), tmp_path)

    with pytest.raises(UsageError):
        await diagnose(w.app(), SocketReach(), w.city.compound("c1"))


async def test_a_wrong_address_is_reached_by_nobody(line: Line) -> None:
    """Goal: nothing listens where the inventory says: the machine is there, its port is not."""
    with socket.socket() as free:
        free.bind((line.nvr.spec.address, 0))
        port = int(free.getsockname()[1])
    lost = line.compound.devices[0].model_copy(update={"port": port})
    theirs = line.compound.model_copy(update={"devices": (lost,)})

    found = await diagnose(line.app, SocketReach(), theirs)

    # The registrar still hears it: the link itself is well.
    assert found.state == "healthy"
    assert {c.step: c.result for c in found.recorders[0].checks}["clock"] == "unknown"

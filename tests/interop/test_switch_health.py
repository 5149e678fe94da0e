"""A switch with net-snmp's agent: the collector's look is one PDU, and knows whom it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.app.health_poll import Poller
from fleet.drivers.registry import drivers
from fleet.health.book import Look
from fleet.model.device import Device, DeviceKind, Login
from fleet.model.secret import Secret, SecretRef
from tests.app.test_health import FakeReach
from tests.drivers.snmpd import AUTH, PRIV, USER, Snmpd
from tests.support.fakes_city import World, city, compound, device, world

pytestmark = pytest.mark.interop
REFS = {"auth": AUTH, "priv": PRIV}


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Snmpd]:
    """An agent as any switch has one: MIB-II and no gate's objects."""
    folder = tmp_path / "snmpd"
    folder.mkdir()
    made = Snmpd(folder)
    made.start()
    yield made
    made.stop()


def switch(agent: Snmpd, **more: object) -> Device:
    """A switch whose agent that is; its SSH port is one on which nobody listens."""
    login = Login(user=USER, **{n: SecretRef(source="vault", name=n) for n in REFS})
    base = device("c1-sw-1", DeviceKind.SWITCH, driver="ssh", address=agent.address)
    return base.model_copy(
        update={"port": 9, "login": login, "snmp_port": agent.port,
                "engine_id": agent.engine_id, "serial": None, **more}
    )  # fmt: skip


async def look(folder: Path, one: Device, auth: str = AUTH) -> Look:
    """One look with the product's own drivers."""
    w: World = world(city([compound("c1", [one])]), folder)
    w.secrets.resolve = lambda ref: Secret({**REFS, "auth": auth}[ref.name])
    app = w.app()
    app.drivers = drivers()
    (place,) = app.city.compounds()
    found = await Poller(app, FakeReach(), 6.0, lambda: 0.0).look(place, one)
    assert found is not None
    return found


async def test_a_switch_answers_over_snmp(tmp_path: Path, agent: Snmpd) -> None:
    """Goal: online without any SSH, by one authenticated GET."""
    found = await look(tmp_path, switch(agent))
    assert (found.state, found.cause) == ("online", "")


async def test_another_agent_at_the_address_is_not_the_switch(tmp_path: Path, agent: Snmpd) -> None:
    """Goal: the pinned engine id is compared before any key is used."""
    found = await look(tmp_path, switch(agent, engine_id="80000000010203ff"))
    assert (found.state, found.cause) == ("offline", "wrong_identity")


async def test_a_wrong_key_is_unknown_and_parks_the_switch(tmp_path: Path, agent: Snmpd) -> None:
    """Goal: refused, so nothing is known of it; as for every other login."""
    found = await look(tmp_path, switch(agent), auth="Wrong-phrase-1")
    assert (found.state, found.cause) == ("unknown", "login_refused")


async def test_an_agent_that_is_gone_is_a_fall(tmp_path: Path, agent: Snmpd) -> None:
    """Goal: silence is offline."""
    one = switch(agent)
    agent.stop()
    found = await look(tmp_path, one)
    assert found.state == "offline"
    assert found.cause in {"unreachable", "too_slow"}


async def test_without_an_agent_only_its_host_key_is_asked_for(
    tmp_path: Path, agent: Snmpd
) -> None:
    """Goal: the SSH port, on which nobody listens here, is what counts then."""
    found = await look(tmp_path, switch(agent, snmp_port=None))
    assert (found.state, found.cause) == ("offline", "unreachable")

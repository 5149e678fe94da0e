"""Many recorders at once, and the shipped simulated recorder as one of them."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

from fleet.protocols.digest import ha1 as make_ha1
from fleet.simulator.sip.agent import Uplink, UplinkAgent
from tests.services.device import DOMAIN, GB_ID, SERVER, ha1, status
from tests.services.running import PASSWORD, Running

MANY = 60
CHANNELS = tuple(f"3407050100132{n:07d}" for n in range(1, 10))


def test_sixty_recorders_at_once(stopped: Running) -> None:
    """All are bound, all are on disk, all find their binding after a kill."""
    ids = [f"3407050100118{n:07d}" for n in range(MANY)]
    stopped.accounts[:] = [{"username": i, "version": 3, "ha1": ha1(i, PASSWORD)} for i in ids]
    stopped.configure()
    stopped.start()
    devices = [stopped.device(last=20 + n, gb_id=i) for n, i in enumerate(ids)]

    with ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(lambda device: status(device.register()), devices))
    kept = json.loads((stopped.folder / "bindings.json").read_bytes())
    stopped.stop(9)
    stopped.start()

    assert answers == [200] * MANY
    assert {binding["gb_id"] for binding in kept["bindings"]} == set(ids)
    found = stopped.bindings()
    assert set(found) == set(ids)
    assert {binding["credential_version"] for binding in found.values()} == {3}
    assert status(devices[-1].notify()) == 200


async def test_the_simulated_recorder(registrar: Running) -> None:
    """The shipped recorder registers, keeps alive and lists its channels at the real registrar."""
    agent = UplinkAgent(f"{registrar.block}.7")
    await agent.start()
    try:
        await agent.use(
            Uplink(
                enabled=True,
                server_id=SERVER,
                domain=DOMAIN,
                server=(f"{registrar.block}.2", registrar.port),
                device_id=GB_ID,
                expires_s=3600,
                keepalive_s=60,
                keepalive_count=3,
                channels=CHANNELS,
                secret=make_ha1(GB_ID, DOMAIN, PASSWORD),
            )
        )
        binding = await _listed(registrar)
    finally:
        await agent.stop()

    assert binding["registered"] is True
    assert binding["credential_version"] == 1
    assert binding["keepalive_age_s"] is not None
    assert binding["catalog"] == list(CHANNELS)


async def _listed(registrar: Running) -> dict[str, object]:
    """The binding once it has a catalog; the recorder runs on our own loop meanwhile."""

    def wait() -> dict[str, object]:
        registrar.wait_for(
            lambda: registrar.bindings().get(GB_ID, {}).get("catalog"), "the recorder's catalog"
        )
        return registrar.bindings()[GB_ID]

    return await asyncio.to_thread(wait)

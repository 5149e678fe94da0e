"""One process with a switch and a camera on its port: power off, and the camera is gone."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from fleet.drivers.snmp.driver import SnmpDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.secret import Secret
from fleet.ports.driver import Credential
from fleet.simulator.host import Host
from fleet.simulator.keys import localized
from fleet.simulator.places import Places
from fleet.simulator.spec import DeviceSpec, ProcessSpec, SnmpKeys
from tests.drivers.isapi_device import free_address
from tests.drivers.simulated import spec_of
from tests.simulator.switches.kit import switch_spec

ENGINE, AUTH, PRIV = "80007ed9050102030405", "Auth-phrase-1", "Priv-phrase-2"


def listens(spec: DeviceSpec) -> bool:
    """Whether the camera takes connections."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((spec.address, spec.port)) == 0


async def test_power_off_and_on_ends_a_hang(tmp_path: Path) -> None:
    """Goal: dark while off; boots and no longer hangs when on; the switch itself is untouched."""
    camera = spec_of("camera", "a", free_address())
    keys = SnmpKeys(ENGINE, localized(AUTH, ENGINE), localized(PRIV, ENGINE))
    switch = switch_spec("hp_comware", behind=(("GE1/0/5", camera.id),), keys=keys,
                         snmp_user="fleet", snmp_port=16199)  # fmt: skip
    places = Places(tmp_path)
    places.devices.mkdir(parents=True, mode=0o700)
    host = Host(ProcessSpec("p", (switch, camera)), places)
    await host._start()
    target = Target(
        device=switch.id, kind=DeviceKind.SWITCH, driver="snmp", address=switch.address,
        port=switch.snmp_port, engine_id=ENGINE,
    )  # fmt: skip
    login = Credential("fleet", auth=Secret(AUTH), priv=Secret(PRIV))
    hung = host._devices[camera.id]
    await hung.set_fault("hang", "")
    try:
        async with SnmpDriver().power_session(target, login) as session:
            off = await session.switch(await session.look("GE1/0/5"), False)
            assert (off.enabled, off.detection) == (False, "disabled")
            for _ in range(500):
                if not listens(camera):
                    break
                await asyncio.sleep(0.01)
            assert not listens(camera)
            on = await session.switch(off, True)
            assert (on.enabled, on.detection) == (True, "delivering")
        for _ in range(1500):
            if listens(camera):
                break
            await asyncio.sleep(0.01)
        assert listens(camera)
        assert "hang" not in hung.store.kept.faults
    finally:
        await host._stop()

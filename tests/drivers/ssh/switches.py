"""Simulated switches in this process, and what the driver's tests say to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.drivers.ssh.driver import SshDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.secret import Secret
from fleet.plan.diff import canonical_value
from fleet.ports.driver import Credential, Session, Trial, TrialSession
from fleet.simulator.ssh import device as simulated
from fleet.simulator.ssh.hostkey import public_line
from fleet.simulator.store import Store
from tests.simulator.switches.kit import PASSWORD, USER, Platform, switch_spec

ABOUT: dict[str, FieldValue] = {"vlans": ["100 x"], "ntp_servers": ["10.34.0.1"]}
TRIAL = Trial(id="fleet-0a1b2c", seconds=60)


@dataclass
class Bench:
    """One switch with the driver in front of it."""

    platform: Platform
    switch: simulated.SwitchDevice
    driver: SshDriver
    target: Target
    login: Credential

    @property
    def vlanif(self) -> str:
        """How this platform calls the interface of VLAN 100."""
        return "Vlanif100" if self.platform == "huawei_vrpv8" else "Vlan100"

    @property
    def fibre(self) -> str:
        """The port towards the router."""
        return "10GE1/0/1" if self.platform == "huawei_vrpv8" else "XGE1/0/25"

    @asynccontextmanager
    async def session(self, deadline_s: float = 10.0, **changed: object) -> AsyncIterator[Session]:
        """A session, perhaps with something else about the target."""
        target = self.target.model_copy(update=changed)
        async with self.driver.session(target, self.login, deadline_s) as session:
            yield session

    @asynccontextmanager
    async def trials(self, deadline_s: float = 10.0) -> AsyncIterator[TrialSession]:
        """A session for what trials need."""
        async with self.session(deadline_s) as session:
            assert isinstance(session, TrialSession)
            yield session

    async def fields(self) -> Mapping[str, FieldValue]:
        """What a new session reads."""
        async with self.session() as session:
            return (await session.read()).fields

    async def write(self, after: dict[str, FieldValue], trial: Trial = TRIAL) -> None:
        """Put a change on trial, from what stands."""
        before = self.named(await self.fields(), after)
        async with self.trials() as session:
            await session.write_trial("link", after, before, trial)

    def named(
        self, seen: Mapping[str, FieldValue], after: dict[str, FieldValue]
    ) -> dict[str, FieldValue]:
        """The part of what was seen that `after` is about."""
        return {name: canonical_value(name, seen[name], value) for name, value in after.items()}

    def whole(self) -> dict[str, FieldValue]:
        """A change of every field."""
        return {
            "sysname": "翠湖-sw",
            "vlans": ["100 cameras", "200 门禁"],
            "access_ports": ["GE1/0/1 vlan=100 poe=on desc=东门 枪机", "GE1/0/2 vlan=200 poe=off"],
            "uplink_ports": [f"{self.fibre} vlans=100,200 desc=to router"],
            "lldp_enabled": True,
            "addresses": [f"{self.vlanif} 10.34.1.1/24"],
            "static_routes": ["0.0.0.0/0 via 10.34.1.254"],
            "access_list": ["permit udp 10.7.0.0/24 port 5060", "permit udp any port 10000-20000"],
            "access_list_on": self.vlanif,
            "ntp_servers": ["10.34.0.1"],
        }

    async def until(
        self, wanted: dict[str, FieldValue], about: dict[str, FieldValue] | None = None
    ) -> None:
        """Wait until the switch itself stands so, in what `about` names."""
        named = {k: (about or ABOUT)[k] for k in wanted}
        while True:
            if self.named(self.switch.values(), named) == wanted:
                return
            await asyncio.sleep(0.1)

    def logged(self) -> list[str]:
        """The fields that were changed for good."""
        return [entry.field for entry in self.switch.store.kept.log]

    def counted(self, what: str) -> int:
        """How often something happened on the switch."""
        return self.switch.store.stats()[what]


@asynccontextmanager
async def bench(
    platform: Platform, folder: Path, trial_scale: float = 0.05
) -> AsyncIterator[Bench]:
    """A switch as its installer left it, listening."""
    spec = switch_spec(platform, trial_scale=trial_scale)
    switch = simulated.SwitchDevice(
        spec, Store(folder / "switch.json", lambda: simulated.factory(spec)), 1800.0
    )
    await switch.start()
    target = Target(
        device=spec.id,
        kind=DeviceKind.SWITCH,
        driver="ssh",
        address=spec.address,
        port=spec.port,
        platform=platform,
        host_key=public_line(spec.id),
    )
    try:
        login = Credential(USER, Secret(PASSWORD))
        yield Bench(platform, switch, SshDriver(), target, login)
    finally:
        await switch.stop()

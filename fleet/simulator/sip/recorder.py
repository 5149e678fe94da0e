"""A recorder: an ISAPI device whose GB/T 28181 node drives a real user agent."""

from __future__ import annotations

from fleet.simulator.isapi.device import IsapiDevice
from fleet.simulator.sip.agent import Uplink, UplinkAgent
from fleet.simulator.values import Value


class Recorder:
    """An ISAPI device and its uplink; what is written to the one moves the other at once."""

    def __init__(self, device: IsapiDevice) -> None:
        self.spec = device.spec
        self.store = device.store
        self._device = device
        self._agent = UplinkAgent(device.spec.address)
        self._password: str | None = None
        device.on_write = self._written
        device.online = lambda: self.registered

    @property
    def registered(self) -> bool:
        """Whether its user agent holds a registration."""
        return self._agent.online

    async def start(self) -> None:
        """Listen, and register if that is switched on.

        Raises:
            OSError: the address is taken.
        """
        await self._device.start()
        await self._agent.start()
        self._suffer()
        await self._agent.use(self._uplink())

    async def stop(self) -> None:
        """Stop both."""
        await self._agent.stop()
        await self._device.stop()

    def values(self) -> dict[str, Value]:
        """The stored fields."""
        return self._device.values()

    async def tamper(self, field: str, words: str) -> None:
        """Change a stored value by hand; SimError as IsapiDevice."""
        await self._device.tamper(field, words)

    async def set_fault(self, fault: str, value: str) -> None:
        """Give or take a fault; one of the uplink shows at once, in a new registration."""
        before = (self._agent.nat_s, self._agent.mute)
        await self._device.set_fault(fault, value)
        self._suffer()
        if (self._agent.nat_s, self._agent.mute) != before:
            await self._agent.use(self._uplink())

    def _suffer(self) -> None:
        active = self.store.kept.faults
        self._agent.nat_s = float(active["nat"]) if "nat" in active else None
        self._agent.mute = "mute" in active

    async def _written(self, changed: list[str], secrets: dict[str, str]) -> None:
        if "gb_password" in secrets:
            self._password = secrets["gb_password"]
        if any(name.startswith("gb_") for name in (*changed, *secrets)):
            await self._agent.use(self._uplink())

    def _uplink(self) -> Uplink:
        told = self._device.values()
        channels = told["gb_channel_ids"]
        return Uplink(
            enabled=bool(told["gb_enabled"]) and self.store.kept.active,
            server_id=str(told["gb_server_id"]),
            domain=str(told["gb_server_domain"]),
            server=(str(told["gb_server_address"]), int(str(told["gb_server_port"]))),
            device_id=str(told["gb_device_id"]),
            expires_s=int(str(told["gb_expires_s"])),
            keepalive_s=int(str(told["gb_keepalive_s"])),
            keepalive_count=int(str(told["gb_keepalive_count"])),
            channels=tuple(channels) if isinstance(channels, list) else (),
            secret=self.store.kept.sip_ha1,
            password=self._password,
        )

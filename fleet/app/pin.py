"""Taking an SSH host key once, on the operator's word; the inventory stays the operator's file."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.app.context import App
from fleet.model.device import Device
from fleet.model.errors import UsageError
from fleet.model.text import text
from fleet.plan.steps import target_of
from fleet.ports.driver import HostKey, ShowsHostKey
from fleet.rollout import records


@dataclass(frozen=True)
class ShownKey:
    """The key that a device shows now, and the one that the inventory pins (None: none)."""

    key: HostKey
    pinned: str | None

    @property
    def same(self) -> bool:
        """Whether it is the pinned one, by fingerprint or by the whole key (without a comment)."""
        given = " ".join((self.pinned or "").split()[:2])
        return given in (self.key.fingerprint, self.key.line)


async def shown_key(app: App, device: Device) -> ShownKey:
    """Ask a device for its host key; nothing is logged in to and no password is sent.

    Raises:
        UsageError: devices of that driver have no host key.
        DeviceError: it cannot be reached, or no SSH server answers there.
    """
    driver: object = app.drivers.get(device.driver)
    if not isinstance(driver, ShowsHostKey):
        raise UsageError(
            text(
                "{d} has no SSH host key: it is reached by {n}",
                "{d} 没有 SSH 主机密钥：其通过 {n} 访问",
                d=device.id,
                n=device.driver,
            )
        )
    return ShownKey(await driver.host_key(target_of(device)), device.host_key)


def take(app: App, device: Device, key: HostKey) -> None:
    """Journal that the operator vouches for a key."""
    app.journal.append([records.pinned(device.id, key.fingerprint, app.actor)])

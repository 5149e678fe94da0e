"""What the driver tests share: sessions against a scripted device."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import settings

from fleet.drivers.isapi.driver import IsapiDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, Session
from tests.drivers import golden
from tests.drivers.isapi_device import PASSWORD, USER, Device

# No test asserts a time: this machine may be busy.
settings.register_profile("drivers", deadline=None)
settings.load_profile("drivers")


class Isapi:
    """Opens sessions with the driver under test."""

    driver = IsapiDriver()

    def target(
        self, device: Device, kind: DeviceKind, serial: str | None = golden.SERIAL
    ) -> Target:
        """The device as the inventory has it."""
        return Target(
            device="cuihu-dev-01",
            kind=kind,
            driver="isapi",
            address=device.address,
            port=device.port,
            serial=serial,
        )

    def session(
        self,
        device: Device,
        kind: DeviceKind = DeviceKind.CAMERA,
        *,
        password: str = PASSWORD,
        user: str = USER,
        serial: str | None = golden.SERIAL,
        deadline_s: float = 5.0,
    ) -> AbstractAsyncContextManager[Session]:
        """A session; by default with the right login and serial."""
        credential = Credential(user, password=Secret(password))
        return self.driver.session(self.target(device, kind, serial), credential, deadline_s)


@pytest.fixture
def isapi() -> Isapi:
    """The ISAPI driver with defaults."""
    return Isapi()

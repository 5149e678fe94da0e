"""The driver `isapi`: cameras, door readers and recorders over HTTP digest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fleet.drivers.isapi.channel import Channel
from fleet.drivers.isapi.judge import why_not
from fleet.drivers.isapi.session import IsapiSession
from fleet.drivers.isapi.tables import RESOURCES
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.text import Text
from fleet.ports.driver import Credential, Resource, Session


class IsapiDriver:
    """See fleet.ports.driver.Driver."""

    name = "isapi"
    # A device was seen to apply a request 1.7 s after its sender was dead; threefold.
    apply_time_max_s = 5.0

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """See Driver; a kind that does not speak ISAPI has none."""
        return RESOURCES.get(kind, ())

    def can_write(self, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
        """See fleet.ports.driver.JudgesValues."""
        return why_not(kind, field, value)

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[Session]:
        """See Driver; nothing is sent before the first call."""
        return _session(target, credential, deadline_s)


@asynccontextmanager
async def _session(
    target: Target, credential: Credential, deadline_s: float
) -> AsyncIterator[Session]:
    # Each request has its own connection, so there is nothing to close here.
    yield IsapiSession(target, Channel(target, credential), deadline_s)

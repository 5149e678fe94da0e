"""One conversation with an ISAPI device: who it is, what it has, one write at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from fleet.drivers import complaints
from fleet.drivers.isapi import recordings
from fleet.drivers.isapi.activation import give_password, is_active
from fleet.drivers.isapi.channel import Channel
from fleet.drivers.isapi.document import BadDocument, Document, opened
from fleet.drivers.isapi.http import Reply
from fleet.drivers.isapi.places import Place, Unsettable
from fleet.drivers.isapi.special import UserPlace
from fleet.drivers.isapi.status import (
    REBOOT_REQUIRED,
    is_absent,
    login_state,
    response_status,
)
from fleet.drivers.isapi.tables import (
    DEVICE_INFO,
    REGISTER_STATUS,
    RESOURCES,
    TIME,
    USER_CHECK,
    places,
)
from fleet.drivers.isapi.values import moment_from_device
from fleet.drivers.reasons import about
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.observation import Identity, Reading
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.driver import Resource


class IsapiSession:
    """See fleet.ports.driver.Session; `deadline_s` bounds each public call as a whole."""

    def __init__(self, target: Target, channel: Channel, deadline_s: float) -> None:
        self._target = target
        self._channel = channel
        self._deadline_s = deadline_s
        self._identity: Identity | None = None
        self._info: Document | None = None
        self._activated = False
        self._places: dict[str, Place | None] = {}
        self._reboot: dict[str, None] = {}

    async def identify(self) -> Identity:
        """See Session."""
        async with self._bounded():
            return await self._identify()

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """See Session."""
        async with self._bounded():
            identity = await self._identify()
            fields: dict[str, FieldValue] = {}
            registered: bool | None = None
            for resource in self._chosen(resources):
                if not any(spec.readable for spec in resource.fields):
                    continue
                found = await self._locate(resource.name)
                if found is not None:
                    fields |= self._values(*found)
                if resource.name == "gb28181":
                    registered = await self._registered()
            return Reading(
                identity=identity,
                fields=fields,
                reboot_pending=tuple(self._reboot),
                registered=registered,
            )

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """See Session."""
        async with self._bounded():
            await self._identify()
            (chosen,) = self._chosen((resource,))
            unknown = sorted(set(values) - {spec.name for spec in chosen.fields})
            if unknown:
                raise complaints.write_refused(
                    self._target.device,
                    resource,
                    text("this driver has no such field", "驱动没有该字段"),
                    unknown[0],
                )
            place, body = await self._edited(resource, values)
            await self._put(resource, place, body, values)

    async def prove_login(self) -> bool:
        """See Session; a login that works is followed by the check of who answered."""
        async with self._bounded():
            await self._check_activated()
            if not self._channel.proven:
                reply = await self._channel.try_login(USER_CHECK)
                if reply is not None and is_absent(reply.status, reply.body):
                    # Old firmware without that page: the identity needs the same login.
                    reply = await self._channel.try_login(DEVICE_INFO)
                elif reply is not None and self._denied(reply):
                    return False
                if reply is None:
                    return False
            await self._identify()
            return True

    async def activated(self) -> bool:
        """See fleet.ports.activation.Activates."""
        async with self._bounded():
            return await is_active(self._channel)

    async def activate(self) -> None:
        """See fleet.ports.activation.Activates."""
        async with self._bounded():
            await give_password(self._channel, self._channel.password())

    async def attempts_left(self) -> int | None:
        """See Session."""
        async with self._bounded():
            return (await self._channel.login_state()).attempts_left

    async def device_time(self) -> float | None:
        """See fleet.ports.health.TellsTime; the document is read afresh, in one request."""
        async with self._bounded():
            await self._identify()
            body = await self._body(TIME)
            if body is None:
                return None
            try:
                document = opened(body, "Time")
                local, zone = document.text("localTime"), document.text("timeZone")
                return None if not local else moment_from_device(local, zone)
            except (BadDocument, ValueError) as error:
                raise self._odd(TIME, error) from None

    async def recorded_since(self) -> float | None:
        """See fleet.ports.health.TellsRecordings."""
        async with self._bounded():
            await self._identify()
            if self._target.kind is not DeviceKind.RECORDER:
                return None
            reply = await self._channel.search(recordings.SEARCH, recordings.QUESTION)
            if is_absent(reply.status, reply.body):
                return None
            try:
                if reply.status != 200:
                    raise self._odd(recordings.SEARCH, f"HTTP {reply.status}")
                return recordings.oldest(reply.body)
            except BadDocument as error:
                raise self._odd(recordings.SEARCH, error) from None

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._deadline_s):
                yield
        except TimeoutError:
            device, where = self._target.device, self._channel.where
            if self._channel.connecting:
                raise complaints.unreachable(
                    device, where, complaints.silent_for(self._deadline_s)
                ) from None
            raise complaints.too_slow(device, where, self._deadline_s) from None

    def _chosen(self, names: Collection[str] | None) -> list[Resource]:
        known = {resource.name: resource for resource in RESOURCES.get(self._target.kind, ())}
        wanted = list(known) if names is None else list(names)
        for name in wanted:
            if name not in known:
                kind: DeviceKind = self._target.kind
                raise complaints.write_refused(
                    self._target.device,
                    name,
                    text(
                        "a {k} has no such resource over ISAPI",
                        "{k} 经 ISAPI 没有该资源",
                        k=kind.value,
                    ),
                )
        return [known[name] for name in known if name in wanted]

    async def _check_activated(self) -> None:
        """A factory-new device has no password: a login would be wasted (asked without login)."""
        if self._activated:
            return
        if not await is_active(self._channel):
            raise complaints.not_activated(self._target.device)
        self._activated = True

    async def _identify(self) -> Identity:
        if self._identity is not None:
            return self._identity
        await self._check_activated()
        body = await self._body(DEVICE_INFO)
        if body is None:
            raise self._odd(DEVICE_INFO, text("the firmware does not have it", "该固件没有此项"))
        try:
            info = opened(body, "DeviceInfo")
            serial, model = info.text("serialNumber"), info.text("model")
            firmware = info.text("firmwareVersion")
        except BadDocument as error:
            raise self._odd(DEVICE_INFO, error) from None
        if not serial:
            raise self._odd(DEVICE_INFO, text("there is no serialNumber", "没有 serialNumber"))
        pinned = self._target.serial
        if pinned is not None and serial != pinned:
            raise complaints.wrong_identity(
                self._target.device, text("the serial number", "序列号"), pinned, serial
            )
        self._info = info
        self._identity = Identity(serial=serial, model=model or None, firmware=firmware or None)
        return self._identity

    async def _body(self, path: str) -> bytes | None:
        """GET a document; None where the firmware does not have it."""
        reply = await self._channel.get(path)
        if is_absent(reply.status, reply.body):
            return None
        if reply.status != 200:
            raise self._channel.odd_status(path, reply.status)
        return reply.body

    async def _locate(self, resource: str) -> tuple[Place, bytes] | None:
        """Find where this firmware keeps a resource, and its document there; remembered."""
        if resource in self._places:
            known = self._places[resource]
            body = None if known is None else await self._body(known.path)
            return None if known is None or body is None else (known, body)
        for place in places(resource, self._channel.user):
            body = await self._body(place.path)
            if body is not None:
                self._places[resource] = place
                return place, body
        self._places[resource] = None
        return None

    def _values(self, place: Place, body: bytes) -> dict[str, FieldValue]:
        try:
            return place.read(body)
        except BadDocument as error:
            raise self._odd(place.path, error) from None

    async def _registered(self) -> bool | None:
        """The recorder's own word; None where its firmware does not tell, or tells neither."""
        place = self._places.get("gb28181")
        if place is None or not REGISTER_STATUS.startswith(f"{place.path}/"):
            return None
        body = await self._body(REGISTER_STATUS)
        if body is None:
            return None
        try:
            told = Document(body).text("registerStatus")
        except BadDocument as error:
            raise self._odd(REGISTER_STATUS, error) from None
        # Another word (`registering`, an error's number) says neither: unknown, never assumed.
        return {"online": True, "offline": False}.get(told or "")

    async def _edited(
        self, resource: str, values: Mapping[str, FieldValue | Secret]
    ) -> tuple[Place, bytes]:
        found = await self._locate(resource)
        field = next(iter(values), None)
        if found is None:
            (place, *_) = places(resource, self._channel.user)
            if not isinstance(place, UserPlace) or self._info is None:
                raise complaints.write_refused(
                    self._target.device,
                    resource,
                    text("this firmware does not have it", "该固件没有此项"),
                    field,
                )
            found = place, place.fresh(self._info)
        place, body = found
        try:
            return place, place.edit(body, values)
        except BadDocument as error:
            raise self._odd(place.path, error) from None
        except Unsettable as error:
            raise complaints.write_refused(
                self._target.device, resource, error.why, error.field
            ) from None

    async def _put(
        self,
        resource: str,
        place: Place,
        body: bytes,
        values: Mapping[str, FieldValue | Secret],
    ) -> None:
        for value in values.values():
            if isinstance(value, Secret):
                self._channel.hidden.add(value)
        kind = "application/json" if place.path.endswith("format=json") else "application/xml"
        try:
            reply = await self._channel.put(place.path, body, kind)
        finally:
            if resource == "user":
                self._channel.end(
                    complaints.no_login_here(
                        self._target.device,
                        text(
                            "this session's password may have been changed by its own write",
                            "本会话的写入可能已更改口令",
                        ),
                    )
                )
        try:
            status = response_status(reply.body).without(self._channel.hidden.words)
        except BadDocument as error:
            if 400 <= reply.status < 500:
                raise complaints.write_refused(
                    self._target.device, resource, f"HTTP {reply.status}", _only(values)
                ) from None
            raise self._odd(place.path, about(f"HTTP {reply.status}", error)) from None
        if not status.done or reply.status != 200:
            written = {field: node for field, node in place.nodes.items() if field in values}
            raise complaints.write_refused(
                self._target.device, resource, status, status.blamed(written) or _only(values)
            )
        if status.code == REBOOT_REQUIRED:
            self._reboot |= dict.fromkeys(values)

    def _denied(self, reply: Reply) -> bool:
        """Some firmware answers 200 and tells the refusal in the document."""
        if reply.status != 200:
            raise self._odd(USER_CHECK, f"HTTP {reply.status}")
        try:
            told = login_state(reply.body)
        except BadDocument as error:
            raise self._odd(USER_CHECK, error) from None
        if told.accepted is not False:
            return False
        self._channel.end(
            complaints.login_refused(self._target.device, self._channel.user, told.attempts_left)
        )
        return True

    def _odd(self, path: str, detail: object) -> Exception:
        return complaints.malformed(self._target.device, path, self._channel.hidden.told(detail))


def _only(values: Mapping[str, FieldValue | Secret]) -> str | None:
    """The field of a request that carries one alone: a refusal that names none means that one."""
    return next(iter(values)) if len(values) == 1 else None

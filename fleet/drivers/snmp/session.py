"""One conversation with an SNMPv3 agent: engine id first, one GET, one SET."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from fleet.drivers import complaints
from fleet.drivers.reasons import about, reason
from fleet.drivers.snmp.agent import Agent, Answer, NoAuthPriv, Refused, Silent
from fleet.drivers.snmp.discovery import NoAgent, OddAgent, discover
from fleet.drivers.snmp.maps import ANY_AGENT, MAPS, SYS_OBJECT_ID, Leaf, Oid
from fleet.drivers.snmp.syntax import Raw
from fleet.drivers.snmp.usm import localized_keys
from fleet.model.change import Target
from fleet.model.device import FieldValue
from fleet.model.errors import DeviceError, LoginRefused
from fleet.model.observation import Identity, Reading
from fleet.model.secret import Secret
from fleet.model.text import Text, text
from fleet.ports.driver import Credential

RESOURCE = "gate"
# RFC 3416, 3: error-status by number.
_STATUS = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)


class SnmpSession:
    """See fleet.ports.driver.Session; `deadline_s` bounds each public call as a whole."""

    def __init__(self, target: Target, credential: Credential, deadline_s: float) -> None:
        self._target = target
        self._credential = credential
        self._deadline_s = deadline_s
        self._agent: Agent | None = None
        self._engine_id = b""
        self._identity: Identity | None = None
        self._map = ANY_AGENT
        self._over: DeviceError | None = None

    async def identify(self) -> Identity:
        """See Session."""
        async with self._bounded():
            return await self._identify()

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """See Session."""
        async with self._bounded():
            identity = await self._identify()
            if resources is not None:
                self._check(resources)
                if not resources:
                    return Reading(identity=identity)
            agent = await self._known_agent()
            leaves = self._map.leaves
            answer = await agent.get([leaf.oid for leaf in leaves])
            self._check_answer(answer)
            return Reading(identity=identity, fields=self._fields(leaves, answer))

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """See Session."""
        async with self._bounded():
            await self._identify()
            self._check((resource,))
            leaves, bindings = self._bindings(values)
            agent = await self._known_agent()
            answer = await agent.set(bindings)
            if answer.status:
                blamed = 0 < answer.index <= len(leaves)
                raise complaints.write_refused(
                    self._target.device,
                    RESOURCE,
                    named(answer.status),
                    leaves[answer.index - 1].field if blamed else None,
                )

    async def prove_login(self) -> bool:
        """See Session: one authenticated GET."""
        try:
            async with self._bounded():
                await self._identify()
        except LoginRefused:
            return False
        return True

    async def attempts_left(self) -> int | None:
        """See Session; SNMPv3 has no such count."""
        return None

    async def close(self) -> None:
        """Give the socket and the library's engine back."""
        if self._agent is not None:
            await self._agent.close()

    @asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        device, where = self._target.device, f"{self._target.address}:{self._target.port}"
        try:
            async with asyncio.timeout(self._deadline_s):
                yield
        except (TimeoutError, Silent):
            if self._agent is None:
                raise complaints.unreachable(
                    device, where, complaints.silent_for(self._deadline_s)
                ) from None
            raise complaints.too_slow(device, where, self._deadline_s) from None
        except NoAgent as error:
            raise complaints.unreachable(
                device, where, complaints.system_says(str(error))
            ) from None
        except OddAgent as error:
            raise complaints.malformed(device, "SNMPv3", error) from None
        except NoAuthPriv:
            self._over = complaints.scheme_mismatch(
                device, text("SNMPv3 without authPriv", "不带 authPriv 的 SNMPv3")
            )
            raise self._over from None
        except Refused as error:
            reason = text("{r}", "{r}", r=complaints.shown(error))
            self._over = complaints.login_refused(device, self._credential.user, why=reason)
            raise self._over from None

    async def _known_agent(self) -> Agent:
        """Discover who is there and compare it with the pinned engine id; no credential so far."""
        if self._over is not None:
            raise self._over
        if self._agent is not None:
            return self._agent
        engine_id = await discover(self._target.address, self._target.port)
        pinned = self._target.engine_id
        if pinned is not None and _octets(pinned) != engine_id:
            raise complaints.wrong_identity(
                self._target.device, text("the engine id", "引擎标识"), pinned, engine_id.hex()
            )
        auth, priv = self._credential.auth, self._credential.priv
        if auth is None or priv is None or not (auth.reveal() and priv.reveal()):
            raise complaints.no_login_here(
                self._target.device,
                text("the login has no SNMPv3 keys", "登录信息缺少 SNMPv3 密钥"),
            )
        keys = localized_keys(auth, priv, engine_id)
        self._engine_id = engine_id
        self._agent = Agent(
            self._target.address, self._target.port, self._credential.user, keys, engine_id
        )
        return self._agent

    async def _identify(self) -> Identity:
        if self._over is not None:
            raise self._over
        if self._identity is not None:
            return self._identity
        agent = await self._known_agent()
        asked = [SYS_OBJECT_ID] + [
            oid for m in MAPS.values() for oid in (m.model, m.serial) if oid is not None
        ]
        answer = await agent.get(asked)
        self._check_answer(answer)
        told = dict(answer.bindings)
        kind = told[SYS_OBJECT_ID]
        self._map = MAPS.get(kind, ANY_AGENT) if isinstance(kind, tuple) else ANY_AGENT
        serial = self._word(told, self._map.serial)
        pinned = self._target.serial
        if pinned is not None and serial is not None and serial != pinned:
            raise complaints.wrong_identity(
                self._target.device, text("the serial number", "序列号"), pinned, serial
            )
        self._identity = Identity(
            engine_id=self._engine_id.hex(),
            serial=serial,
            model=self._word(told, self._map.model),
        )
        return self._identity

    def _word(self, told: Mapping[Oid, Raw | Oid | None], oid: Oid | None) -> str | None:
        value = None if oid is None else told[oid]
        if value is None:
            return None
        if not isinstance(value, bytes):
            raise OddAgent(text("a name that is no text", "名称不是文本"))
        return value.decode("utf-8", errors="replace") or None

    def _fields(self, leaves: tuple[Leaf, ...], answer: Answer) -> dict[str, FieldValue]:
        fields: dict[str, FieldValue] = {}
        for leaf, (_, raw) in zip(leaves, answer.bindings, strict=True):
            if raw is None:
                continue
            if isinstance(raw, tuple):
                raise OddAgent(
                    text("{f} is an object identifier", "{f} 是对象标识符", f=leaf.field)
                )
            try:
                fields[leaf.field] = leaf.value(raw)
            except ValueError as error:
                raise OddAgent(about(leaf.field, error)) from None
        return fields

    def _bindings(
        self, values: Mapping[str, FieldValue | Secret]
    ) -> tuple[list[Leaf], list[tuple[Oid, Raw]]]:
        """What goes into the one SET PDU, in the map's order."""
        leaves = {leaf.field: leaf for leaf in self._map.leaves}
        bindings: list[tuple[Oid, Raw]] = []
        for name in values:
            if name not in leaves:
                raise self._unsettable(
                    name, text("this agent has no such object", "该代理没有此对象")
                )
        chosen = [leaf for name, leaf in leaves.items() if name in values]
        for leaf in chosen:
            value = values[leaf.field]
            if isinstance(value, Secret):
                raise self._unsettable(leaf.field, text("it is no secret", "该字段不是密钥"))
            try:
                bindings.append((leaf.oid, leaf.object(value)))
            except ValueError as error:
                raise self._unsettable(leaf.field, reason(error)) from None
        return chosen, bindings

    def _check(self, resources: Collection[str]) -> None:
        for name in resources:
            if name != RESOURCE:
                raise complaints.write_refused(
                    self._target.device,
                    name,
                    text("there is no such resource over SNMP", "SNMP 没有该资源"),
                )

    def _check_answer(self, answer: Answer) -> None:
        if answer.status:
            raise OddAgent(text("{s} to a GET", "对 GET 的应答为 {s}", s=named(answer.status)))

    def _unsettable(self, field: str, why: Text) -> DeviceError:
        return complaints.write_refused(self._target.device, RESOURCE, why, field)


def named(status: int) -> str:
    """The error-status's name."""
    return _STATUS[status] if 0 <= status < len(_STATUS) else f"error {status}"


def _octets(engine_id: str) -> bytes | None:
    """A pinned engine id in hex, with or without `0x` and separators; None if it is no hex."""
    digits = engine_id.lower().removeprefix("0x").replace(":", "").replace(" ", "")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return None

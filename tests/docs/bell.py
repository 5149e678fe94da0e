"""A driver in one file: gates that speak a line of text ("bell"), for CONTRIBUTING.md.

The protocol, over TCP, a line each way: `WHO` → `I serial`; `LOGIN user password` → `OK` or
`NO tries-left`; `GET open_time_s` → `= 8`; `SET open_time_s 8` → `OK` or `BAD`. `END` closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    LoginRefused,
    MalformedReply,
    TooSlow,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.observation import Identity, Reading
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.driver import Credential, FieldSpec, Resource, Session

_BELL = Resource(name="bell", fields=(FieldSpec(name="open_time_s"),))


class BellDriver:
    """See fleet.ports.driver.Driver."""

    name = "bell"
    apply_time_max_s = 1.0

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """See Driver: gates only, one request."""
        return (_BELL,) if kind is DeviceKind.GATE else ()

    @asynccontextmanager
    async def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AsyncIterator[Session]:
        """See Driver; nothing is sent before the first call."""
        yield _BellSession(target, credential, deadline_s)


class _BellSession:
    """See fleet.ports.driver.Session: a connection of its own for each call."""

    def __init__(self, target: Target, credential: Credential, deadline_s: float) -> None:
        self._target, self._credential, self._deadline_s = target, credential, deadline_s

    async def identify(self) -> Identity:
        """The pinned serial number is compared before any password is sent."""
        serial = (await self._say("WHO"))[0].removeprefix("I ")
        if serial != self._target.serial:
            raise WrongIdentity(self._target.device, text("it is {s}", "实际为 {s}", s=serial))
        return Identity(serial=serial)

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """One value."""
        identity = await self.identify()
        _, answer = await self._say(self._login(), "GET open_time_s")
        try:
            value = int(answer.removeprefix("= "))
        except ValueError:
            raise self._malformed() from None
        return Reading(identity=identity, fields={"open_time_s": value})

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """One request, sent once."""
        await self.identify()
        _, answer = await self._say(self._login(), f"SET open_time_s {values['open_time_s']}")
        if answer != "OK":
            raise WriteRefused(
                self._target.device, text("it refused", "设备拒绝"), field="open_time_s"
            )

    async def prove_login(self) -> bool:
        """One attempt."""
        try:
            await self._say(self._login())
        except LoginRefused:
            return False
        return True

    async def attempts_left(self) -> int | None:
        """The protocol tells it only after a refusal."""
        return None

    def _login(self) -> str:
        password = self._credential.password
        return f"LOGIN {self._credential.user} {password.reveal() if password else ''}"

    async def _say(self, *lines: str) -> list[str]:
        """Say each line and return the answers; a refused login ends it at once."""
        device = self._target.device
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._talk(lines)
        except TimeoutError:
            raise TooSlow(device, text("no answer in time", "未及时应答")) from None
        except OSError as error:
            why = text("no connection: {e}", "无法连接：{e}", e=error.strerror)
            raise Unreachable(device, why) from None

    async def _talk(self, lines: Collection[str]) -> list[str]:
        reader, writer = await asyncio.open_connection(self._target.address, self._target.port)
        answers = []
        try:
            for line in lines:
                writer.write(f"{line}\n".encode())
                answer = (await reader.readline()).decode("ascii", "replace")
                if not answer.endswith("\n"):
                    raise self._malformed()
                answers.append(answer.strip())
                if answer.startswith("NO "):
                    refused = text("login refused", "登录被拒")
                    left = int(answer[3:]) if answer[3:].strip().isdigit() else None
                    raise LoginRefused(self._target.device, refused, attempts_left=left)
        finally:
            writer.close()
        return answers

    def _malformed(self) -> MalformedReply:
        return MalformedReply(self._target.device, text("not understood", "无法理解应答"))

"""One conversation with one switch, router or Linux host: a login, and whole operations in time.

The libraries below block. Each session has one thread of its own; whoever waits for it keeps the
deadline and, when that is over or the waiting is given up, closes the sockets before going on, so
that nothing of an operation is sent after it has ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import TypeVar

from fleet.drivers import complaints
from fleet.drivers.ssh.login import logged_in, where
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.drivers.ssh.platform import WRITE_TRIAL_S, Desk, Platform
from fleet.drivers.ssh.talk import RESOURCE
from fleet.model.change import Target
from fleet.model.device import FieldValue
from fleet.model.errors import DeviceError, LoginRefused
from fleet.model.observation import Identity, Reading
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.driver import Credential, Trial, TrialState

T = TypeVar("T")
# More than the deadline: the thread keeps it by itself, this is for a library that does not.
_GRACE_S = 1.0


class SshSession:
    """See fleet.ports.driver.Session and TrialSession; `deadline_s` bounds each call as a whole."""

    def __init__(
        self, target: Target, credential: Credential, platform: Platform, deadline_s: float
    ) -> None:
        self._target = target
        self._credential = credential
        self._platform = platform
        self._deadline_s = deadline_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"ssh-{target.device}")
        self._open = ExitStack()
        self._desk: Desk | None = None
        self._line_pace: Pace | None = None
        self._identity: Identity | None = None
        self._over: DeviceError | None = None
        self._closed = False

    async def identify(self) -> Identity:
        """See Session; the host key was the pinned one before the login."""
        return await self._do(self._identified)

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """See Session."""
        for name in resources or ():
            self._check(name)
        if resources is not None and not resources:
            return Reading(identity=await self.identify())

        def reading(desk: Desk) -> Reading:
            return Reading(identity=self._identified(desk), fields=dict(desk.read()))

        return await self._do(reading)

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """See Session; nothing here is written without an undo.

        Raises:
            WriteRefused: always.
        """
        del values
        raise complaints.write_refused(
            self._target.device,
            resource,
            text("links change on trial only", "链路设备只能以试运行方式变更"),
        )

    async def write_trial(
        self,
        resource: str,
        values: Mapping[str, FieldValue],
        before: Mapping[str, FieldValue],
        trial: Trial,
    ) -> None:
        """See TrialSession; after `WRITE_TRIAL_S` nothing more of it is sent."""
        self._check(resource)
        after = dict(values)
        if unknown := sorted(set(after) - self._platform.fields):
            raise complaints.write_refused(
                self._target.device,
                resource,
                text("this platform has no such field", "该平台没有该字段"),
                unknown[0],
            )
        try:
            await self._do(lambda desk: desk.write_trial(before, after, trial), WRITE_TRIAL_S)
        finally:
            # Confirmed over a new connection only, so this one has done its work.
            await self.close()

    async def trial_state(self, trial_id: str) -> TrialState:
        """See TrialSession."""
        return await self._do(lambda desk: desk.trial_state(trial_id))

    async def confirm(self, trial_id: str) -> bool:
        """See TrialSession."""
        return await self._do(lambda desk: desk.confirm(trial_id))

    async def save(self) -> None:
        """See TrialSession."""
        await self._do(lambda desk: desk.save())

    async def prove_login(self) -> bool:
        """See Session: one login."""
        try:
            await self.identify()
        except LoginRefused:
            return False
        return True

    async def attempts_left(self) -> int | None:
        """See Session; no platform tells."""
        return None

    async def close(self) -> None:
        """End the connection; may be called again."""
        if self._closed:
            return
        self._closed = True
        if self._over is None:
            self._over = complaints.unreachable(
                self._target.device,
                where(self._target),
                text("this session was closed", "会话已关闭"),
            )
        self._desk = None
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open.close)
        self._thread.shutdown(wait=False)

    async def _do(self, act: Callable[[Desk], T], seconds: float | None = None) -> T:
        """Run one operation in the session's thread, logging in first where that is to be done."""
        if self._over is not None:
            raise self._over
        seconds = self._deadline_s if seconds is None else seconds
        pace = Pace(seconds)
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._work, act, pace)
        try:
            async with asyncio.timeout(seconds + _GRACE_S):
                return await asyncio.shield(work)
        except (Overdue, TimeoutError):
            self._over = complaints.too_slow(self._target.device, where(self._target), seconds)
            raise self._over from None
        except LoginRefused as error:
            # This login is wrong: a second try within the session would spend another attempt.
            self._over = error
            raise
        finally:
            if not work.done():
                await self._abandon(work, pace)

    async def _abandon(self, work: asyncio.Future[T], pace: Pace) -> None:
        # Nobody asks any more what became of it.
        work.add_done_callback(lambda over: over.cancelled() or over.exception())
        pace.stop()
        if self._line_pace is not None:
            self._line_pace.stop()
        await asyncio.wait((work,), timeout=5.0)

    def _work(self, act: Callable[[Desk], T], pace: Pace) -> T:
        if self._desk is None:
            # The connection outlives the operation that opened it; its own pace only closes it.
            self._line_pace = pace
            line = self._open.enter_context(logged_in(self._target, self._credential, pace))
            self._desk = self._platform.open(line, self._target, pace)
        self._desk.paced(pace)
        return act(self._desk)

    def _identified(self, desk: Desk) -> Identity:
        if self._identity is None:
            self._identity = desk.identity()
        return self._identity

    def _check(self, resource: str) -> None:
        if resource != RESOURCE:
            raise complaints.write_refused(
                self._target.device,
                resource,
                text("no such resource over SSH", "SSH 下没有该资源"),
            )


@asynccontextmanager
async def opened(
    target: Target, credential: Credential, platform: Platform, deadline_s: float
) -> AsyncIterator[SshSession]:
    """A session that is closed at the end."""
    session = SshSession(target, credential, platform, deadline_s)
    try:
        yield session
    finally:
        await session.close()

"""A rollout whose playbooks somebody else runs: the permit server alone, for plain Ansible.

The same journal, leases, limits and settlement hold; only the order of stages is the playbook's,
and its hosts go together (no waves).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fleet.model.plan import Wave
from fleet.rollout.permits import PermitServer
from fleet.rollout.run import Result, Rollout


class ServedRollout(Rollout):
    """Grants to whoever connects, until `ended` says that the playbook's process is gone."""

    async def serve(self, ended: Awaitable[None], ready: Callable[[str], None]) -> Result:
        """Serve to the end; `ready` is told the socket's path once grants can be asked for.

        Raises:
            EngineError: a stack of the plan cannot be brought up.
            StoreError: the journal failed; nothing was written after that.
        """
        await self._settle_old()
        await self._servers()
        compounds = tuple(c for wave in self.plan.waves for c in wave.compounds)
        wave = Wave(number=1, compounds=compounds)
        book = self._open(wave)
        book.stop = self._stop  # asked for while the servers came up
        works = self.tally.open(self.plan.works)
        server = PermitServer(self.stages.desk(wave), "", works)
        path = self.tools.socket_dir / f"permits-{self.id}.sock"
        watch = asyncio.create_task(self._watch())
        try:
            async with server.listen(path):
                ready(str(path))
                await ended
                server.stop_granting()
                await server.drain()
        finally:
            watch.cancel()
        await self.stages.close(server)
        self._hold(wave)
        if book.stop:
            return self._end(self._status_of(book.stop))
        if self.tally.open(self.plan.works):
            return self._end("interrupted")
        return self._end("partial" if self.tally.failed else "done")

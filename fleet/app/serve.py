"""Serving permits to a plain `ansible-playbook`: journal and leases as ever, no waves."""

from __future__ import annotations

from collections.abc import Callable

from fleet.app.apply import NO_TERMS, Terms, check_fresh, start, tools_of
from fleet.app.context import App
from fleet.model.errors import UsageError
from fleet.model.plan import Plan
from fleet.model.text import text
from fleet.ports.process import ProcessId
from fleet.rollout.progress import Listener
from fleet.rollout.run import Result
from fleet.rollout.serve import ServedRollout

LOOK_EVERY_S = 0.2


async def serve_plan(
    app: App,
    plan: Plan,
    parent: int,
    listener: Listener,
    ready: Callable[[str, str], None],
    on_rollout: Callable[[ServedRollout], None],
    terms: Terms = NO_TERMS,
) -> Result:
    """Serve a sealed plan's permits until the process `parent` is gone.

    `ready` is told the socket's path and the rollout's id.

    Raises:
        UsageError: there is no such process.
        ConsentNeeded, StalePlan, LockHeld, UnfinishedRollout: as in apply.
    """
    process = app.processes.identify(parent)
    if process is None:
        raise UsageError(text("no process {p}", "没有进程 {p}", p=parent))
    with start(app, plan, "ansible-playbook", terms=terms) as begin:
        await check_fresh(app, plan)
        state = begin()
        served = ServedRollout(plan, state, tools_of(app, listener))
        on_rollout(served)
        return await served.serve(_gone(app, process), lambda path: ready(path, state.id))


async def _gone(app: App, process: ProcessId) -> None:
    while app.processes.alive(process):
        await app.clock.sleep(LOOK_EVERY_S)

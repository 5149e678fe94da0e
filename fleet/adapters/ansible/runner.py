"""The playbook runner: one stage in, and back only when the process tree is proved gone.

    caller ── thread that never ends ── shim → ansible-playbook ── a fork per compound

Each process of the chain dies with the one above it; here is what does not rely on that. The tree
starts only after `on_tree` has recorded its root. When ansible-runner returns, fails, times out or
is cancelled, everything that carries the run's mark is ended, looked for again until nothing is
found, and only then the folder is wiped and the outcome told.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import fleet
from fleet.adapters.ansible import environment, shim
from fleet.adapters.ansible.folder import RunFolder
from fleet.adapters.ansible.thread import LongLivedThread
from fleet.adapters.ansible.tree import ProcessTree
from fleet.adapters.ansible.words import LastWords, scrub
from fleet.adapters.processes import LinuxProcesses
from fleet.model.errors import EngineError, FleetError
from fleet.model.text import text
from fleet.ports.process import ProcessId
from fleet.ports.runner import OnTree, StageOutcome, StageRun

# ansible-runner's words for an end, in the port's.
_STATUS = {"successful": "successful", "timeout": "timeout", "canceled": "killed"}
_GRACE_S = 1.0
# How much later than the runner's own deadline we stop believing that it keeps it.
_OVERTIME_S = 5.0
_KILLED_RC = -9


def playbooks_folder() -> Path:
    """Where the playbooks are: in a wheel below `fleet/_data`, in a checkout beside `fleet`."""
    package = Path(fleet.__file__).parent
    packed = package / "_data" / "playbooks"
    return packed if packed.is_dir() else package.parent / "playbooks"


@dataclass
class _Run:
    """One run in hand; `stop` makes it end, whether it is queued, starting or going on."""

    stage: StageRun
    folder: RunFolder
    tree: ProcessTree
    words: LastWords = field(default_factory=LastWords)
    stop: threading.Event = field(default_factory=threading.Event)


class AnsibleRunner:
    """Implements `fleet.ports.runner.PlaybookRunner`; runs are one after the other.

    `on_tree` is called on the event loop with the tree's root before the playbook starts, so that
    the caller can make it durable; an error it raises ends the run. `leftovers` holds every
    process that had to be ended, of this runner's runs and of killed ones found at the start.
    """

    def __init__(
        self,
        state_dir: Path,
        processes: LinuxProcesses | None = None,
        *,
        playbooks: Path | None = None,
        on_tree: OnTree | None = None,
        extra_environment: Mapping[str, str] | None = None,
    ) -> None:
        """Take over what killed runs left in `state_dir`/run: end it, prove it gone, wipe it.

        Raises:
            EngineError: something of a killed run cannot be ended.
        """
        self.on_tree = on_tree
        self.leftovers: list[ProcessId] = []
        self._runs = state_dir.absolute() / "run"
        self._processes = processes or LinuxProcesses()
        self._playbooks = (playbooks or playbooks_folder()).absolute()
        self._extra = dict(extra_environment or {})
        self._thread: LongLivedThread[StageOutcome] = LongLivedThread("fleet-ansible-runner")
        for folder in RunFolder.stale(self._runs):
            self.leftovers += ProcessTree(folder.mark, self._processes).end()
            folder.wipe()

    async def run(self, stage: StageRun) -> StageOutcome:
        """Run one stage; on cancellation the tree is ended and proved gone before this raises.

        Raises:
            EngineError: Ansible cannot be started, or its processes cannot be ended.
        """
        playbook, folder = self._prepare(stage)
        run = _Run(stage, folder, ProcessTree(folder.mark, self._processes))
        hello, go = folder.fifo(shim.HELLO), folder.fifo(shim.GO)
        try:
            job = asyncio.wrap_future(self._thread.submit(partial(self._work, run, playbook)))
            try:
                started = await self._admit(job, hello, go)
                await asyncio.wait({job}, timeout=stage.timeout_s + _OVERTIME_S)
            finally:
                overtime = not job.done()
                await self._settle(run, job)
            outcome = _result(job)
        finally:
            os.close(hello)
            os.close(go)
        if overtime:
            return outcome.model_copy(update={"status": "timeout"})
        if not started and outcome.status == "failed":
            raise _not_started(outcome.detail)
        return outcome

    def _prepare(self, stage: StageRun) -> tuple[Path, RunFolder]:
        playbook = self._playbooks / f"{stage.playbook}.yml"
        program = Path(sys.executable).parent / "ansible-playbook"
        for needed in (playbook, program):
            if not needed.is_file():
                raise _not_started(f"{needed.name} is missing")
        try:
            folder = RunFolder.make(self._runs)
            folder.install_shim(sys.executable, program)
        except OSError as error:
            raise _not_started(str(error)) from error
        return playbook, folder

    async def _admit(self, job: asyncio.Future[StageOutcome], hello: int, go: int) -> bool:
        """Wait for the shim's pid, have it recorded, let it go on; False: it never came."""
        loop = asyncio.get_running_loop()
        said: asyncio.Future[int] = loop.create_future()

        def hear() -> None:
            loop.remove_reader(hello)
            said.set_result(int(os.read(hello, 32)))

        loop.add_reader(hello, hear)
        try:
            either: set[asyncio.Future[Any]] = {said, job}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            loop.remove_reader(hello)
        if not said.done():
            return False
        root = self._processes.identify(said.result())
        if root is not None and self.on_tree is not None:
            self.on_tree([root])
        os.write(go, b"g")
        return True

    async def _settle(self, run: _Run, job: asyncio.Future[StageOutcome]) -> None:
        """Have the job end if it has not, however often the waiting itself is cancelled."""
        waiting: list[asyncio.Future[Any]] = [job]
        if not job.done():
            run.stop.set()
            loop = asyncio.get_running_loop()
            waiting.append(loop.run_in_executor(None, partial(run.tree.end, _GRACE_S)))
        cancelled = False
        while not all(f.done() for f in waiting):
            try:
                await asyncio.wait(waiting)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    def _work(self, run: _Run, playbook: Path) -> StageOutcome:
        """The whole run, on the thread that never ends."""
        # Imported here: it takes a tenth of a second that other verbs need not wait for.
        from fleet.adapters.ansible.execution import Execution

        path, stage = run.folder.path, run.stage
        bin_dirs = (path / "bin", Path(sys.executable).parent)
        own = environment.settings(path, run.folder.mark, self._playbooks, bin_dirs)
        variables = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        execution = Execution(
            folder=path,
            playbook=playbook,
            inventory=run.folder.install_inventory(stage.compounds, variables),
            hosts=len(stage.compounds),
            variables={"fleet_rollout": stage.rollout, "fleet_socket": stage.socket},
            own=own,
            extra=self._extra,
            timeout_s=stage.timeout_s,
        )
        try:
            status, rc = execution.run(run.words, run.stop)
        finally:
            # The proof comes first: a folder that is gone says that nothing of its run is left.
            self.leftovers += run.tree.end()
            run.folder.wipe()
        return StageOutcome(
            status="killed" if rc is None else _STATUS.get(status, "failed"),
            rc=_KILLED_RC if rc is None else rc,
            detail="" if status == "successful" else run.words.line,
        )


def _result(job: asyncio.Future[StageOutcome]) -> StageOutcome:
    error = job.exception()
    if error is None or isinstance(error, FleetError):
        return job.result()
    # Whatever else ansible-runner and its terminal library raise is one thing to the caller.
    raise EngineError(
        text(
            "Ansible's runner failed: {name}: {words}",
            "Ansible 运行器出错：{name}：{words}",
            name=type(error).__name__,
            words=scrub(str(error)),
        )
    ) from error


def _not_started(why: str) -> EngineError:
    return EngineError(
        text("Ansible could not be started: {why}", "无法启动 Ansible：{why}", why=why),
        text("run `fleet doctor`", "请执行 `fleet doctor` 检查"),
    )

"""The composition root of the screens: a city and its state, looked at without a trace.

Nothing is opened that would make a file, nothing logs in to a device, no engine starts. What acts
goes the way of the command line: a request into the journal, or a `fleet` process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from fleet.adapters.clock import SystemClock
from fleet.adapters.processes import LinuxProcesses
from fleet.app.status import DeviceStatus, devices
from fleet.inventory import load
from fleet.journal import HashJournal
from fleet.model.diagnostic import Diagnostic
from fleet.model.errors import AlteredPlan, EngineError, UsageError
from fleet.model.fleet import City
from fleet.model.observation import Registration
from fleet.model.plan import Plan
from fleet.model.text import Lang, text
from fleet.plan.document import from_document
from fleet.policy import judge
from fleet.ports.health import Alarm
from fleet.ports.journal import Record
from fleet.ports.process import ProcessId
from fleet.rollout.state import RolloutState, rollouts
from fleet.wiring.build import load_city, open_app
from fleet.wiring.journal import has_journal, open_journal
from fleet.wiring.shelf import FileShelf

_FLEET = "import sys; from fleet.cli.main import main; main()"
_WORDS_MAX = 4000
STARTABLE = frozenset({"approve", "resume", "retry", "undo", "abort"})


class Watch:
    """Implements `fleet_tui.feed.Feed` over the files of one city.

    Args:
        city_dir: the city's folder.
        state_dir: its state folder, which may not exist.
        may_write: whether requests and acts are allowed.
        lang: the language that started processes speak.

    Raises:
        InventoryError: the city cannot be used; every fault is in the error.
    """

    def __init__(
        self, city_dir: Path, state_dir: Path, may_write: bool = False, lang: Lang = "en"
    ) -> None:
        self.city: City = load_city(city_dir)
        self.may_write = may_write
        self._city_dir = city_dir
        self._state_dir = state_dir
        self._lang = lang
        self._processes = LinuxProcesses()
        self._journal: HashJournal | None = None

    def records(self, after: int, most: int) -> Sequence[Record]:
        """Up to `most` records after `after`; none where there is no journal yet.

        Raises:
            StoreError: the journal cannot be read or does not fit its digests.
        """
        journal = self._opened()
        return () if journal is None else tuple(islice(journal.records(after=after), most))

    def rollouts(self) -> list[RolloutState]:
        """Every rollout of the journal, oldest first; none where there is no journal yet.

        Raises:
            StoreError: as `records`.
        """
        journal = self._opened()
        return rollouts(journal) if journal is not None else []

    def alive(self, process: ProcessId) -> bool:
        """Whether a process still runs."""
        return self._processes.alive(process)

    def plan_of(self, rollout: str) -> Plan:
        """The sealed plan of a rollout.

        Raises:
            AlteredPlan: it is not there or was changed.
        """
        return from_document(FileShelf(self._state_dir).get(rollout))

    def plan_file(self, name: str) -> Plan:
        """The sealed plan in a file.

        Raises:
            AlteredPlan: it is none, or was changed.
        """
        try:
            raw = Path(name).expanduser().read_bytes()
        except OSError as error:
            raise AlteredPlan(
                text("cannot read {f}: {e}", "无法读取 {f}：{e}", f=name, e=error.strerror)
            ) from error
        return from_document(raw)

    def findings(self) -> Sequence[Diagnostic]:
        """What the reader and the rules say about the city."""
        return (*load(self._city_dir).diagnostics, *judge(self.city))

    def health(self) -> tuple[Sequence[DeviceStatus], Sequence[Alarm]]:
        """Devices as the collector last saw them, and the alarms that stand; none without one.

        Raises:
            StoreError: its history cannot be read.
        """
        from fleet.wiring.history import open_history

        now = SystemClock().now()
        with open_history(self._state_dir) as history:
            if history is None:
                return (), ()
            seen = devices(self.city, history, history.looks(), now)
            return seen, [a for a in history.alarms(now, now) if a.ended is None]

    def has_registrar(self, district: str) -> bool:
        """Whether a registrar of ours has its control socket there."""
        return self._socket(district).exists()

    async def registration(self, district: str, gb_id: str) -> Registration:
        """What the district's own registrar says of a recorder; unknown where none answers."""
        from fleet.adapters.upper import RegistrarClient

        def socket(code: str) -> Path | None:
            return self._socket(code) if self.has_registrar(code) else None

        return await RegistrarClient(socket).registration(district, gb_id)

    def request(self, rollout: str, verb: str) -> bool:
        """Ask a running rollout to pause or abort; False where no process is there to hear it.

        Raises:
            UsageError: these screens only look, or there is no such rollout.
            StoreError: the request cannot be journalled.
        """
        from fleet.app import rollouts as acts

        self._allowed()
        with open_app(self._city_dir, self._state_dir) as app:
            return acts.request(app, acts.find(app, rollout), verb)

    def start(self, verb: str, rollout: str) -> Process:
        """Start an act as a `fleet` process that goes on when the screens are closed.

        Raises:
            UsageError: these screens only look.
            EngineError: the process cannot be started.
        """
        self._allowed()
        if verb not in STARTABLE:
            raise UsageError(text("{v} cannot be started here", "此处不能启动 {v}", v=verb))
        command = [sys.executable, "-P", "-c", _FLEET, "-C", str(self._city_dir)]
        command += ["--lang", self._lang, "--non-interactive", "rollout", verb, rollout]
        command += ["--yes"] if verb in ("approve", "retry", "undo") else []
        environment = {**os.environ, "FLEET_STATE": str(self._state_dir)}
        # Closed by `Process.ended`; without a name, it is gone with the last who has it open.
        words = tempfile.TemporaryFile()  # noqa: SIM115 - outlives this call
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            words.close()
            raise EngineError(
                text("cannot start fleet: {e}", "无法启动 fleet：{e}", e=error.strerror)
            ) from error
        return Process(child, words)

    def close(self) -> None:
        """Let go of the journal; what was started goes on."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _opened(self) -> HashJournal | None:
        if self._journal is None and has_journal(self._state_dir):
            self._journal = open_journal(self._state_dir)
        return self._journal

    def _socket(self, district: str) -> Path:
        return self._state_dir / "services" / district / "registrar" / "control.sock"

    def _allowed(self) -> None:
        if not self.may_write:
            raise UsageError(
                text("these screens only look", "当前界面为只读"),
                text("start them with: fleet watch --write", "请用 fleet watch --write 启动"),
            )


class Process:
    """One started `fleet`; implements `fleet_tui.feed.Job`."""

    def __init__(self, child: subprocess.Popen[bytes], words: IO[bytes]) -> None:
        self._child = child
        self._words = words
        self._last: tuple[int, str] | None = None

    def ended(self) -> tuple[int, str] | None:
        """Its exit code and last words, once it has ended; None while it runs."""
        if self._last is None and (code := self._child.poll()) is not None:
            with self._words:
                self._words.seek(max(0, self._words.seek(0, os.SEEK_END) - _WORDS_MAX))
                said = self._words.read().decode("utf-8", "replace")
            self._last = code, said.strip()
        return self._last

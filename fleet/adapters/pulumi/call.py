"""One call of the engine: recorded before it starts, in a session of its own, fenced afterwards.

The backend's lock file names a pid without start time or boot, so it cannot prove anybody dead. Our
own record does, and it also carries a mark that the engine and everything it starts inherit in
their environment: whatever survives a killed caller is found by it, also if the kill came before
the engine's pid could be written down.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import CommandError
from pydantic import ValidationError
from semver import VersionInfo

from fleet.adapters.atomic import write_private
from fleet.adapters.pulumi._fork import NO_FORK_SUPPORT
from fleet.adapters.pulumi.places import Places
from fleet.adapters.pulumi.underway import UnderWay, end_by
from fleet.model.base import Frozen
from fleet.ports.process import Processes, ProcessId

MARK = "FLEET_ENGINE_CALL"
# After an interrupt the engine ends the step it is at and records it, then ends by itself.
_STOP_GRACE_S = 30.0
_KEPT_ENVIRONMENT = ("HOME", "LANG", "FLEET_LANG", "TZ", "TMPDIR", "USER", "LOGNAME")


class Call(Frozen):
    """A call of the engine; `engine` is None until it runs, `mark` is in every descendant."""

    verb: str
    mark: str
    caller: ProcessId
    engine: ProcessId | None = None


class CallBook:
    """The record of the call that is under way for one stack, if one is."""

    def __init__(self, places: Places, stack: str, processes: Processes) -> None:
        self._path = places.call_record(stack)
        self._processes = processes
        self._call: Call | None = None

    def standing(self) -> Call | None:
        """The recorded call, of this or of another process; None if there is none."""
        try:
            return Call.model_validate_json(self._path.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    @contextmanager
    def calling(self, verb: str) -> Iterator[str]:
        """Record a call while it lasts; gives its mark. A kill leaves the record behind."""
        self._call = Call(verb=verb, mark=secrets.token_hex(8), caller=self._processes.me())
        self._write()
        try:
            yield self._call.mark
        finally:
            self.clear()

    def engine_runs(self, pid: int) -> None:
        """Add the engine's process to the record."""
        if self._call is not None:
            self._call = self._call.model_copy(update={"engine": self._processes.identify(pid)})
            self._write()

    def clear(self) -> None:
        """Forget the call: it ended, or its survivors are proved gone."""
        self._path.unlink(missing_ok=True)
        self._call = None

    def _write(self) -> None:
        if self._call is not None:
            write_private(self._path, self._call.model_dump_json().encode())


def engine_environment(
    places: Places, city_dir: Path, passphrase_file: Path, engine: Path
) -> dict[str, str]:
    """All that the engine and the provider get of the environment: nothing of the caller's own.

    The environment's `bin` comes first on the PATH: there is `pulumi-resource-fleet`.
    """
    kept = {k: os.environ[k] for k in _KEPT_ENVIRONMENT if k in os.environ}
    own = Path(sys.executable).parent
    return {
        **kept,
        **NO_FORK_SUPPORT,
        "PATH": os.pathsep.join([str(own), str(engine.parent), os.environ.get("PATH", os.defpath)]),
        "FLEET_STATE": str(places.state),
        "FLEET_CITY": str(city_dir),
        "PULUMI_HOME": str(places.home),
        "PULUMI_BACKEND_URL": places.backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase_file),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_AUTOMATION_API": "true",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class OwnCommand(PulumiCommand):
    """Runs the engine in a session of its own, with umask 077 and only the given environment.

    A terminal's Ctrl-C does not reach it; when the caller is interrupted, the engine is asked once
    to stop, so that it records what it did.
    """

    def __init__(
        self,
        engine: Path,
        version: str,
        environment: Mapping[str, str],
        book: CallBook,
        under_way: UnderWay,
    ) -> None:
        # The base class would run `pulumi version` with the caller's environment.
        self.command = str(engine)
        self.version = VersionInfo.parse(version)
        self._environment = environment
        self._book = book
        self._under_way = under_way

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run one command of the engine.

        Raises:
            CommandError: it ended with another status than 0; holds what it said.
            EngineError: the call was stopped before this command.
        """
        process = self._under_way.start(
            lambda: subprocess.Popen(
                [self.command, "--non-interactive", *(a for a in args if a != "--non-interactive")],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**additional_env, **self._environment},
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
                umask=0o077,
            )
        )
        try:
            self._book.engine_runs(process.pid)
            out, err = _gather(process.stdout, on_output), _gather(process.stderr, on_error)
            out[0].join()
            err[0].join()
            code = process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            end_by(process, time.monotonic() + _STOP_GRACE_S)
            raise
        result = CommandResult(stdout="\n".join(out[1]), stderr="\n".join(err[1]), code=code)
        if code != 0:
            raise CommandError(result)
        return result


def _gather(
    stream: IO[str] | None, tell: Callable[[str], object] | None
) -> tuple[threading.Thread, list[str]]:
    lines: list[str] = []

    def read() -> None:
        for line in stream or ():
            lines.append(line.rstrip())
            if tell is not None:
                tell(lines[-1])
        if stream is not None:
            stream.close()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread, lines

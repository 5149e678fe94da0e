"""A service of a district under supervision: installed, looked at, removed to the last file.

Looking is native and takes milliseconds: the bytes of the configuration, the supervised process,
the bound sockets, the answer of the control socket. What differs between services is in their
subclasses: the form of the configuration, and what of it needs a restart.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import ValidationError

from fleet.adapters.atomic import private_folder, write_private
from fleet.adapters.supervision.config import program_text
from fleet.adapters.supervision.control import NoAnswer, ask
from fleet.adapters.supervision.rpc import Rpc, RpcError
from fleet.adapters.supervision.sockets import bound_udp, taken
from fleet.adapters.supervision.supervisor import Supervisor
from fleet.model.base import Frozen
from fleet.model.errors import EngineError
from fleet.model.text import Text, text
from fleet.ports.process import ProcessId

# Six starts that fail, with the pauses between, take 20 s on an idle machine.
ANSWER_WAIT_S = 60.0
_ASK_TIMEOUT_S = 2.0
_LOOK_EVERY_S = 0.05
_END_GRACE_S = 5.0
_LAST_WORDS = 400
Config = TypeVar("Config", bound=Frozen)


class ServiceState(Frozen):
    """What stands: sha256 of the configuration file, the process, its sockets, its answer.

    `config` is None where there is no file; `listening` are the addresses of the configuration on
    which something is bound; `answers` whether the control socket says it is well.
    """

    config: str | None = None
    process: ProcessId | None = None
    listening: tuple[str, ...] = ()
    answers: bool = False


class Service(Generic[Config]):
    """One service of one district in one state folder: `python -m fleet.services.KIND`."""

    kind: ClassVar[str]
    model: ClassVar[type[Frozen]]
    start_s: ClassVar[int] = 1

    def __init__(self, supervisor: Supervisor, district: str) -> None:
        self._supervisor = supervisor
        self.name = f"{self.kind}-{district}"
        self.folder = supervisor.folder / district / self.kind
        self._config = self.folder / "config.json"
        self.program = self.folder / "program.conf"
        self._guard = self.folder / "guard.json"
        self._log = self.folder / "log"
        self.control_socket = self.folder / "control.sock"

    def places(self, config: Config) -> tuple[tuple[str, ...], int]:
        """The UDP addresses and the port that it binds."""
        raise NotImplementedError

    def needs_restart(self, before: Config, after: Config) -> bool:
        """Whether a running service cannot take the change up by itself."""
        return before != after

    def take_up(self) -> None:
        """Have the running service take up what needs no restart.

        Raises:
            EngineError: it refuses.
        """

    def look(self, addresses: tuple[str, ...], port: int) -> ServiceState:
        """What stands now, on these addresses; never changes anything and never raises."""
        bound = bound_udp()
        return ServiceState(
            config=_sha256(self._config),
            process=self.process(),
            listening=tuple(a for a in addresses if (a, port) in bound),
            answers=self.answers(),
        )

    def config(self) -> Config | None:
        """The configuration as it stands; None if there is none that can be read."""
        try:
            found = self.model.model_validate_json(self._config.read_bytes())
        except (OSError, ValidationError):
            return None
        return found  # type: ignore[return-value]  # the service's own type

    def process(self) -> ProcessId | None:
        """The service's process, as its guard recorded it; None if it does not run."""
        try:
            recorded = ProcessId.model_validate_json(self._guard.read_bytes())
        except (OSError, ValidationError):
            return None
        return recorded if self._supervisor.processes.alive(recorded) else None

    def install(self, config: Config) -> None:
        """Write the configuration and have exactly one process run by it; adopts what is there.

        Raises:
            EngineError: it does not come up; the text quotes the end of its log and names it.
        """
        private_folder(self.folder)
        before = self.config()
        write_private(self._config, config_bytes(config))
        with self._supervisor.changing():
            self._install_program()
            # A supervisord that starts now reads the new configuration anyway.
            running = self._supervisor.running() is not None
            rpc = self._supervisor.ensure()
            self._start(rpc, running and (before is None or self.needs_restart(before, config)))
        self.wait(rpc)
        self.take_up()

    def remove(self, addresses: tuple[str, ...] = (), port: int = 0) -> None:
        """End the service and remove its files; the last one ends supervisord too.

        `addresses` and `port` are what it was made with, in case its configuration is gone.

        Raises:
            EngineError: something still holds one of its ports afterwards.
        """
        config, process = self.config(), self.process()
        if config is not None:
            addresses, port = self.places(config)
        with self._supervisor.changing():
            rpc = self._supervisor.running()
            if rpc is not None:
                rpc.drop(self.name)
            for left in {p for p in (process, self.process()) if p is not None}:
                self._supervisor.processes.end(left, _END_GRACE_S)
            if self.folder.exists():
                shutil.rmtree(self.folder)
            with contextlib.suppress(OSError):
                self.folder.parent.rmdir()
            self._supervisor.end_if_idle()
        held = taken(addresses, port)
        if held:
            raise _still_bound(self.name, held, port)

    def wait(self, rpc: Rpc) -> None:
        """Wait until it answers.

        Raises:
            EngineError: it does not come up.
        """
        deadline = time.monotonic() + ANSWER_WAIT_S
        while not self.answers():
            try:
                state = rpc.state(self.name)[0]
            except RpcError as error:
                raise self.not_up(str(error)) from error
            if state == "FATAL" or time.monotonic() > deadline:
                raise self.not_up(state)
            time.sleep(_LOOK_EVERY_S)

    def answers(self) -> bool:
        """Whether the control socket says it is well."""
        try:
            return bool(ask(self.control_socket, "status", _ASK_TIMEOUT_S).get("ok"))
        except NoAnswer:
            return False

    def ask(self, verb: str) -> dict[str, object]:
        """Ask the running service.

        Raises:
            EngineError: it does not answer.
        """
        try:
            return ask(self.control_socket, verb, _ASK_TIMEOUT_S)
        except NoAnswer as error:
            raise self.not_up(str(error)) from error

    def not_up(self, why: str) -> EngineError:
        """The error of a service that does not come up, with the last words of its log."""
        try:
            words = self._log.read_text("utf-8", "replace").strip()[-_LAST_WORDS:]
        except FileNotFoundError:
            words = ""
        said: Text = (
            text("; it said: {w}", "；日志末尾：{w}", w=words) if words else Text(en="", zh="")
        )
        return EngineError(
            text(
                "{n} does not come up ({w}){s}",
                "{n} 未能启动（{w}）{s}",
                n=self.name,
                w=why,
                s=said,
            ),
            text("its log: {p}", "日志文件：{p}", p=self._log),
        )

    def _install_program(self) -> None:
        python = [sys.executable, "-m"]
        command = [
            *(*python, "fleet.services.guard", "--record", str(self._guard), "--"),
            *(*python, f"fleet.services.{self.kind}", "--config", str(self._config)),
        ]
        try:
            wanted = program_text(
                self.name,
                command,
                self.folder,
                self._log.relative_to(self._supervisor.folder),
                self.start_s,
            ).encode()
        except ValueError as error:
            raise EngineError(
                text("the state folder cannot be used: {e}", "状态目录不可用：{e}", e=error),
                text("set FLEET_STATE to another folder", "请将 FLEET_STATE 设为其他目录"),
            ) from error
        if not self.program.exists() or self.program.read_bytes() != wanted:
            write_private(self.program, wanted)

    def _start(self, rpc: Rpc, restart: bool) -> None:
        added, changed, removed = rpc.reread()
        for group in (*changed, *removed):
            rpc.drop(group)
        for group in (*added, *changed):
            rpc.add(group)
        if restart and self.name not in (*added, *changed):
            rpc.stop(self.name)
        if rpc.state(self.name)[0] not in ("RUNNING", "STARTING"):
            rpc.start(self.name)


def revive(supervisor: Supervisor, services: Sequence[Service[Any]]) -> bool:
    """Start supervisord, and with it its services, where only it is missing; whether it was.

    What belongs to the plan (configuration, program) is never made here: its absence is drift.

    Raises:
        EngineError: supervisord or one of `services` does not come up.
    """
    mine = [s for s in services if s.program.exists()]
    if not mine or supervisor.running() is not None:
        return False
    with supervisor.changing():
        rpc = supervisor.ensure()
    for service in mine:
        service.wait(rpc)
    return True


def config_bytes(config: Frozen) -> bytes:
    """The configuration file's bytes; equal configurations give equal bytes."""
    return config.model_dump_json(indent=1).encode() + b"\n"


def config_digest(config: Frozen) -> str:
    """sha256 in hex over the configuration file's bytes."""
    return hashlib.sha256(config_bytes(config)).hexdigest()


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


def _still_bound(name: str, held: tuple[str, ...], port: int) -> EngineError:
    where = ", ".join(f"{a}:{port}" for a in held)
    return EngineError(
        text(
            "{n} was ended, but something still holds UDP {w}",
            "{n} 已结束，但 UDP {w} 仍被占用",
            n=name,
            w=where,
        ),
        text("find it with: ss -ulpn", "请用 ss -ulpn 查找占用者"),
    )

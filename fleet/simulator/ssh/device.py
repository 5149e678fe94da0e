"""One simulated switch or router: logins, sessions, its ledger on disk, and its faults."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import replace

from paramiko import PKey  # type: ignore[import-untyped]  # no types upstream

from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.lockout import Lockout
from fleet.simulator.spec import DeviceSpec, login_of
from fleet.simulator.ssh import canonical, configuration, ledger
from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.box import factory as in_its_box
from fleet.simulator.ssh.comware import Comware
from fleet.simulator.ssh.hostkey import host_key
from fleet.simulator.ssh.ledger import State
from fleet.simulator.ssh.server import Sent, SshServer
from fleet.simulator.ssh.session import Dialect, Session
from fleet.simulator.ssh.shell import Piece, Shell
from fleet.simulator.ssh.vrp import Vrp
from fleet.simulator.store import Kept, Store
from fleet.simulator.values import Value

_STATE, _PATH, _MODEL = "ledger", "path", "model"
_VTY_MAX = 21
_LOOK_S = 0.1
_BANNER = (
    "Authorized users only. Simulated device of compound-fleet;"
    " its trial clock runs {speed:g} times as fast.\r\n"
)


def factory(spec: DeviceSpec) -> Kept:
    """A switch as its installer left it, saved."""
    config = in_its_box(spec)
    state = ledger.to_json(State(config, config))
    return Kept(documents={_STATE: state, _MODEL: _model(spec)})


def _model(spec: DeviceSpec) -> str:
    return f"{spec.platform} {spec.kind}"


def _remembered(spec: DeviceSpec, kept: Kept) -> State:
    """The state in a memory.

    Raises:
        ValueError: it is another kind of device's, as when the inventory has changed its platform.
    """
    if kept.documents.get(_MODEL) != _model(spec):
        raise ValueError(f"it is not a {_model(spec)}'s")
    try:
        return ledger.from_json(kept.documents[_STATE])
    except (KeyError, TypeError) as error:
        raise ValueError(f"no state of a switch: {error}") from None


class SwitchDevice:
    """A switch or router; the desk behind its SSH server."""

    def __init__(
        self,
        spec: DeviceSpec,
        store: Store,
        lockout_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """A switch with its memory.

        Raises:
            ValueError: the memory is another kind of device's.
        """
        self.spec = spec
        self.store = store
        self._lockout = Lockout(store, lockout_s)
        self._server = SshServer(self)
        self._dialect: Dialect = Vrp() if spec.platform == "huawei_vrpv8" else Comware()
        self._box = Box(
            spec=spec,
            state=_remembered(spec, store.kept),
            clock=clock,
            keep=self._keep,
            lose=self._lose,
            restart=self._go_away,
            read=lambda: store.count("reads"),
        )
        # What it says it is, in the protocol's first line (RFC 4253, 4.2), and before the login.
        vrp = spec.platform == "huawei_vrpv8"
        self.version = "SSH-2.0-HUAWEI-1.5" if vrp else "SSH-2.0-Comware-7.1.070"
        self.greeting = _BANNER.format(speed=1 / spec.trial_scale)
        self._sessions: dict[int, Shell] = {}
        self._last = 0
        self._away: asyncio.Task[None] | None = None
        self._cut: asyncio.Task[None] | None = None
        self._take_faults()

    async def start(self) -> None:
        """Listen at the device's address.

        Raises:
            OSError: it is taken.
        """
        await self._server.start(self.spec.address, self.spec.port)
        await self._watch_path()

    async def stop(self) -> None:
        """Stop listening and end every session."""
        for task in (self._away, self._cut):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._server.stop()

    def values(self) -> dict[str, Value]:
        """Every field that runs now, canonical."""
        return canonical.fields(self._box.now().running)

    async def tamper(self, field: str, words: str) -> None:
        """Change what runs as another person would: neither logged nor counted.

        Raises:
            SimError: no such field here, or a value that it cannot hold.
        """
        if field not in canonical.FIELDS:
            raise SimError(
                "unknown-field", device=self.spec.id, field=field, known=list(canonical.FIELDS)
            )
        try:
            self._box.tamper(field, words)
        except ValueError as error:
            raise SimError(
                "bad-value", device=self.spec.id, field=field, value=words, why=str(error)
            ) from None
        await self._watch_path()

    async def set_fault(self, fault: str, value: str) -> None:
        """Give the device a fault, or take all with `none`; `reboot now` happens at once.

        Raises:
            SimError: this platform cannot have it.
        """
        if fault == "other-trial" and self.spec.platform != "huawei_vrpv8":
            raise SimError("fault-not-here", device=self.spec.id, fault=fault)
        if (fault, value) == ("reboot", "now"):
            self._box.start_anew()
            self._go_away()
            return
        path = configuration.to_json(self._box.now().running)
        kept = self.store.kept
        if fault == faults.NONE:
            kept = replace(kept, faults={})
        else:
            kept = replace(kept, faults={**kept.faults, fault: value})
        if fault == "cut-path":
            kept = replace(kept, documents={**kept.documents, _PATH: path})
        self.store.commit(kept)
        self._take_faults()

    # The desk of the SSH server.

    def key(self) -> PKey:
        """The host key, or under `new-host-key` another's."""
        return host_key(self.spec.id, other="new-host-key" in self.store.kept.faults)

    def met(self) -> None:
        """A connection more."""
        self.store.count("sessions")

    async def login(self, user: str, password: str) -> bool:
        """Judge a login; while locked, none is right."""
        offered = login_of(self.spec.id, password)
        right = hmac.compare_digest(offered, self.spec.login) and user == self.spec.user
        if not right or self._lockout.locked_s:
            self._lockout.wrong()
            return False
        self._lockout.right()
        self.store.count("logins")
        return True

    async def opened(self, user: str) -> tuple[Shell, list[Sent]]:
        """A terminal on a new session."""
        used = {shell.session.line for shell in self._sessions.values()}
        line = next(f"VTY {n}" for n in range(_VTY_MAX * 10) if f"VTY {n}" not in used)
        self._last += 1
        shell = Shell(Session(self._box, self._dialect, self._last, user, line))
        self._sessions[self._last] = shell
        return shell, self._sent(shell.greeting())

    async def typed(self, shell: Shell, data: bytes) -> list[Sent]:
        """What comes of what was typed; nothing over a path that is cut both ways."""
        pieces = list(shell.feed(data))
        await self._watch_path()
        if self._box.cut and self.store.kept.faults.get("cut-path") == "all":
            return []
        return self._sent(pieces)

    async def closed(self, shell: Shell) -> None:
        """The session's candidate is gone, and its trial if only it could confirm it."""
        number = shell.session.number
        if self._sessions.pop(number, None) is not None:
            self._box.left(number)

    def _sent(self, pieces: list[Piece]) -> list[Sent]:
        """Pieces as bytes with the faults of answers: late, cut off, a slow prompt."""
        active = self.store.kept.faults
        slow = faults.seconds(active, "slow")
        prompt = faults.seconds(active, "slow-prompt")
        left = int(active["drop"]) if "drop" in active else None
        sent: list[Sent] = []
        for piece in pieces:
            data = piece.text.encode()
            pause = 0.0
            if piece.kind == "prompt":
                pause += prompt
            if piece.kind in ("answer", "prompt"):
                pause, slow = pause + slow, 0.0
                if left is not None and len(data) >= left:
                    return [*sent, Sent(data[:left], pause, end=True)]
                left = left - len(data) if left is not None else None
            sent.append(Sent(data, pause, end=piece.kind == "end"))
            if piece.kind == "prompt":
                slow = faults.seconds(active, "slow")
        return sent

    def _keep(self, state: State, changed: list[str]) -> None:
        kept = self.store.kept
        documents = {**kept.documents, _STATE: ledger.to_json(state)}
        self.store.commit(replace(kept, documents=documents), changed=changed)

    def _lose(self, fault: str) -> None:
        kept = self.store.kept
        left = {name: value for name, value in kept.faults.items() if name != fault}
        self.store.commit(replace(kept, faults=left))
        self._take_faults()

    def _take_faults(self) -> None:
        kept = self.store.kept
        self._box.faults = kept.faults
        path = kept.documents.get(_PATH)
        self._box.path = configuration.from_json(path) if path is not None else None

    def _go_away(self) -> None:
        if self._away is None or self._away.done():
            self._away = asyncio.get_running_loop().create_task(self._reboot())

    async def _watch_path(self) -> None:
        """Where the path is cut, listen no more until it is whole again."""
        if self._box.cut and (self._cut is None or self._cut.done()):
            await self._server.shut()
            self._cut = asyncio.create_task(self._whole_again())

    async def _whole_again(self) -> None:
        while self._box.cut:  # noqa: ASYNC110  # the clock alone may mend it
            await asyncio.sleep(_LOOK_S)
        await faults.again(lambda: self._server.start(self.spec.address, self.spec.port))

    async def _reboot(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
        await self._server.stop()
        await asyncio.sleep(faults.REBOOT_S)
        await faults.again(self.start)

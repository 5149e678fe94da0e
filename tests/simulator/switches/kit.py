"""A switch without wires for tests: a clock that stands, sessions that are typed into, a log."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from fleet.simulator.spec import DeviceSpec, Kind, login_of
from fleet.simulator.ssh.box import Box, factory
from fleet.simulator.ssh.comware import Comware
from fleet.simulator.ssh.ledger import State
from fleet.simulator.ssh.session import Dialect, Session
from fleet.simulator.ssh.shell import Shell
from fleet.simulator.ssh.vrp import Vrp
from tests.simulator.kit import place

Platform = Literal["huawei_vrpv8", "hp_comware"]
PLATFORMS: list[Platform] = ["huawei_vrpv8", "hp_comware"]
USER, PASSWORD = "admin", "Boot-1234"
DIALECTS: dict[str, Dialect] = {"huawei_vrpv8": Vrp(), "hp_comware": Comware()}


def switch_spec(
    platform: Platform, kind: Kind = "switch", device: str = "sw-1", **more: object
) -> DeviceSpec:
    """A switch at a free place, with the tests' login."""
    address, port = place()
    made = DeviceSpec(
        id=device,
        kind=kind,
        address=address,
        port=port,
        serial=f"SER-{device}",
        personality="a",
        user=USER,
        platform=platform,
        login=login_of(device, PASSWORD),
        trial_scale=0.05,
        behind=(("GE1/0/1", "cam-1"), ("GE1/0/2", "cam-2")),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # names are checked by replace itself


class Switch:
    """A box with everything in the test's hand: the clock, the faults, what was kept and lost."""

    def __init__(self, platform: Platform, kind: Kind = "switch", **more: object) -> None:
        self.time = 1_000_000.0
        self.log: list[str] = []
        self.kept: list[State] = []
        self.restarts = 0
        self.reads = 0
        self.faults: dict[str, str] = {}
        self.dialect = DIALECTS[platform]
        spec = switch_spec(platform, kind, **more)
        config = factory(spec)
        self.box = Box(
            spec=spec,
            state=State(config, config),
            clock=lambda: self.time,
            keep=self._keep,
            lose=lambda fault: self.faults.pop(fault) and None,
            restart=self._restart,
            read=self._read,
            faults=self.faults,
        )
        self._sessions = 0

    def _keep(self, state: State, changed: list[str]) -> None:
        self.kept.append(state)
        self.log += changed

    def _restart(self) -> None:
        self.restarts += 1

    def _read(self) -> None:
        self.reads += 1

    def login(self, paging: bool = False) -> Terminal:
        """A new session; long answers come whole, unless `paging`."""
        self._sessions += 1
        session = Session(self.box, self.dialect, self._sessions, USER, f"VTY {self._sessions - 1}")
        session.paging = paging
        return Terminal(Shell(session))

    def later(self, trial_seconds: float) -> None:
        """Let so many seconds of a trial pass."""
        self.time += trial_seconds * self.box.spec.trial_scale


class Terminal:
    """One terminal: lines in, what stands there out, the device's ends of line as `\\n`."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.prompt = shell.greeting()[-1].text
        self.ended = False

    def keys(self, typed: str) -> str:
        """Type characters; all that appears."""
        said = ""
        for piece in self.shell.feed(typed.encode()):
            said += piece.text
            self.ended = self.ended or piece.kind == "end"
            if piece.kind == "prompt":
                self.prompt = piece.text
        return said.replace("\r\n", "\n")

    def __call__(self, *lines: str) -> str:
        """Type whole lines; the answer to the last one, without echo and prompt."""
        answer = ""
        for line in lines:
            said = self.keys(line + "\n")
            assert said.startswith(line + "\n"), said
            answer = said.removeprefix(line + "\n")
        return answer.removesuffix(self.prompt).rstrip("\n")

    def silent(self, *lines: str) -> None:
        """Type lines that must be taken without a word."""
        for line in lines:
            answer = self(line)
            assert answer == "", f"{line}: {answer}"

    def leave(self) -> None:
        """The connection is gone."""
        self.shell.session.box.left(self.shell.session.number)

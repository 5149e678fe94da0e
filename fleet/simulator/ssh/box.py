"""One switch without its wires: its ledger, its clock, who it is, and what its faults do to writes.

Pure but for the callbacks it is given: `keep` stores a state, `lose` takes a fault away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fleet.simulator.spec import DeviceSpec, chance, other_serial
from fleet.simulator.ssh import canonical, ledger
from fleet.simulator.ssh.configuration import Configuration, Refused
from fleet.simulator.ssh.ledger import State
from fleet.simulator.ssh.naming import COMWARE7, VRP8, Naming, built_in

MODELS = {
    ("huawei_vrpv8", "switch"): "S5735-L24P4X-A",
    ("huawei_vrpv8", "router"): "NE8000-M1A",
    ("hp_comware", "switch"): "S5130S-28P-PWR-EI",
    ("hp_comware", "router"): "MSR3610-X1",
}


class Hangup(Exception):
    """The device ends the session here, without a word."""


def naming_of(platform: str) -> Naming:
    """A platform's names of interfaces."""
    return VRP8 if platform == "huawei_vrpv8" else COMWARE7


def factory(spec: DeviceSpec) -> Configuration:
    """A device as an installer left it: out of its box, but reachable."""
    name = "HUAWEI" if spec.platform == "huawei_vrpv8" else "H3C"
    return Configuration(sysname=name, ports=built_in(spec.platform, spec.kind))


@dataclass(slots=True)
class Box:
    """A switch or router as its sessions see it.

    `clock` gives seconds of the epoch, `keep` is told each new state with the names of the fields
    whose confirmed value changed, `lose` the name of a fault that has happened and is over,
    `restart` that the device starts anew, `read` that somebody looked. `path` is how the
    configuration was when the path was said to be cut by a change.
    """

    spec: DeviceSpec
    state: State
    clock: Callable[[], float]
    keep: Callable[[State, list[str]], None]
    lose: Callable[[str], None]
    restart: Callable[[], None]
    read: Callable[[], None]
    faults: Mapping[str, str] = field(default_factory=dict)
    path: Configuration | None = None

    @property
    def naming(self) -> Naming:
        """The platform's names of interfaces."""
        return naming_of(self.spec.platform)

    @property
    def model(self) -> str:
        """The model it says it is."""
        return MODELS[self.spec.platform, self.spec.kind]

    @property
    def serial(self) -> str:
        """Its serial number."""
        return other_serial(self.spec.serial) if self.has("swap-identity") else self.spec.serial

    @property
    def mac(self) -> str:
        """Its hardware address, always the same."""
        number = chance(self.spec.id, "mac", 16**6)
        return f"0c3a-fa{number >> 16:02x}-{number & 0xFFFF:04x}"

    @property
    def cut(self) -> bool:
        """Whether what runs now cuts the path on which others come (fault `cut-path`)."""
        if not self.has("cut-path") or self.path is None:
            return False
        differs = canonical.changed(self.path, self.now().running)
        return bool(canonical.PATH_FIELDS & set(differs))

    def has(self, fault: str) -> bool:
        """Whether a fault is on."""
        return fault in self.faults

    def now(self) -> State:
        """The state, after what the clock alone has done."""
        settled = ledger.settled(self.state, self.clock())
        if settled is not self.state:
            self.state = settled
            self.keep(settled, [])
        return self.state

    def deadline(self, seconds: int) -> float:
        """When a trial of so many seconds is over, by the scaled clock."""
        return self.clock() + seconds * self.spec.trial_scale

    def seconds_left(self) -> int:
        """What is left of the trial in its own seconds, rounded up; 0: there is none."""
        trial = self.now().trial
        if trial is None:
            return 0
        return math.ceil((trial.deadline - self.clock()) / self.spec.trial_scale)

    def write(self, state: State, milestone: bool = False) -> None:
        """Take a new state that a person or program asked for; its faults first.

        `milestone`: a commit, a confirmation or an arming, not one line of many.

        Raises:
            Refused: the device says no to every write.
            Hangup: the session ends here.
        """
        if self.has("refuse"):
            raise Refused("The operation failed.")
        if self.faults.get("reboot") == "before":
            self._start_anew("reboot")
        if milestone and self.faults.get("close-amid") == "before":
            self._hang_up()
        if not self.has("keep-nothing"):
            names = canonical.changed(self.state.confirmed, state.confirmed)
            self.keep(state, names)
            self.state = state
        if self.faults.get("reboot") == "after":
            self._start_anew("reboot")
        if milestone and self.faults.get("close-amid") == "after":
            self._hang_up()

    def edited(self) -> None:
        """One line of a change was taken.

        Raises:
            Hangup: the session ends here (fault `close-amid edit`).
        """
        if self.faults.get("close-amid") == "edit":
            self._hang_up()

    def left(self, session: int) -> None:
        """A session has ended, and its trial without an id with it."""
        state = ledger.left(self.now(), session)
        if state is not self.state:
            self.state = state
            self.keep(state, [])

    def reboot(self) -> None:
        """Start anew from the startup configuration.

        Raises:
            Hangup: always; every session ends.
        """
        self._start_anew("")

    def start_anew(self) -> None:
        """What a restart does to the state: the startup configuration runs, no trial is left."""
        self.state = ledger.restarted(self.now())
        self.keep(self.state, [])

    def tamper(self, name: str, words: str) -> None:
        """Change what runs as another person would, in between.

        On VRP8 nobody else can change anything during a trial, so it counts as done before; on
        Comware it is taken back with the rest.

        Raises:
            ValueError: the words are no value of the field.
        """
        state = self.now()
        running = canonical.tampered(state.running, name, words, self.naming)
        trial = state.trial
        if trial is not None and self.spec.platform == "huawei_vrpv8":
            base = canonical.tampered(trial.base, name, words, self.naming)
            trial = replace(trial, base=base)
        self.state = replace(state, running=running, trial=trial)
        self.keep(self.state, [])

    def _start_anew(self, fault: str) -> None:
        if fault:
            self.lose(fault)
        self.start_anew()
        self.restart()
        raise Hangup

    def _hang_up(self) -> None:
        self.lose("close-amid")
        raise Hangup

"""What a platform is to the driver: what it can write, how it undoes, and who speaks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fleet.drivers.ssh.pace import Pace
from fleet.model.change import Target
from fleet.model.device import FieldValue
from fleet.model.observation import Identity
from fleet.model.text import Text
from fleet.ports.driver import NeedKind, Trial, TrialState

if TYPE_CHECKING:
    # netmiko, which it connects with, takes 0.4 s to import: what a platform can write is known
    # without it.
    from fleet.drivers.ssh.login import Line

Fields = Mapping[str, FieldValue]
# The longest that a change is typed, in seconds; less than every platform's trial.
WRITE_TRIAL_S = 45.0


class Desk(Protocol):
    """One logged-in device of one platform; every method blocks and is bounded by its pace.

    All raise the device errors of `fleet.ports.driver.Session` and `TrialSession`.
    """

    def paced(self, pace: Pace) -> None:
        """Let another operation's time count from now on."""
        ...

    def identity(self) -> Identity:
        """Model, firmware and serial number, as far as the device tells."""
        ...

    def read(self) -> Fields:
        """Every canonical field that the platform has."""
        ...

    def write_trial(self, before: Fields, after: Fields, trial: Trial) -> None:
        """See TrialSession."""
        ...

    def trial_state(self, trial_id: str) -> TrialState:
        """See TrialSession."""
        ...

    def confirm(self, trial_id: str) -> bool:
        """See TrialSession."""
        ...

    def save(self) -> None:
        """See TrialSession."""
        ...


@dataclass(frozen=True)
class Platform:
    """One platform.

    `fields` are those it can write; `trial_s` is a trial's usual length and `unit_s` what its
    lengths are multiples of, in seconds. `needs` are told with every change. `judge` says why a
    value has no form here, None where it has.
    """

    name: str
    fields: frozenset[str]
    trial_s: int
    open: Callable[[Line, Target, Pace], Desk]
    judge: Callable[[str, FieldValue], Text | None]
    needs: tuple[NeedKind, ...] = ()


@dataclass
class Armed:
    """A trial that this process armed: until when it is open (monotonic), from what to what."""

    until: float
    before: Fields
    after: Fields
    confirmed: bool = False


class Memory:
    """Trials of platforms whose undo carries no id and cannot be asked about.

    What is not remembered here is waited out: after a restart of ours nobody can tell whose timer
    runs on the device, so it is never confirmed.
    """

    def __init__(self) -> None:
        self._armed: dict[tuple[str, str], Armed] = {}

    def arm(self, device: str, trial_id: str, armed: Armed) -> None:
        """Remember a trial before it is armed on the device."""
        self._armed[device, trial_id] = armed

    def forget(self, device: str, trial_id: str) -> None:
        """As a new process would."""
        self._armed.pop((device, trial_id), None)

    def of(self, device: str, trial_id: str) -> Armed | None:
        """The trial of that id."""
        return self._armed.get((device, trial_id))


MEMORY = Memory()

"""VRP5, RGOS and IOS, spoken to as their references say: the undo first, and nothing by itself.

The devices here are a handful of answers: they prove the order of what is typed, not the firmware.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from fleet.drivers.ssh.immediate import Immediate, minutes
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import MEMORY
from fleet.drivers.ssh.platforms.cisco_ios import Ios
from fleet.drivers.ssh.platforms.huawei_vrp import Vrp5
from fleet.drivers.ssh.platforms.ruijie_os import Ruijie
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import NotKept, TrialBusy, WriteRefused
from fleet.ports.driver import Trial
from tests.drivers.ssh.line import Channel

TRIAL = Trial(id="fleet-77", seconds=300)


@dataclass
class Device:
    """A device with one name, one route, a timer, and what it starts with."""

    vrp: bool
    name: str = "SW1"
    routes: list[str] = field(default_factory=list)
    startup: str = ""
    timer: bool = False
    deaf: bool = False
    mode: str = ""
    asks: str | None = None

    def config(self) -> str:
        """What runs, in the platform's words."""
        word = "sysname" if self.vrp else "hostname"
        route = "ip route-static" if self.vrp else "ip route"
        return "".join(
            f"{line}\r\n"
            for line in ("!", f"{word} {self.name}", *(f"{route} {r}" for r in self.routes))
        ).replace("!", "#" if self.vrp else "!")

    def prompt(self) -> str:
        """The prompt of where it stands."""
        if self.vrp:
            return f"[{self.name}]" if self.mode else f"<{self.name}>"
        return f"{self.name}(config)#" if self.mode else f"{self.name}#"

    def __call__(self, line: str) -> list[bytes]:
        """One line's answer."""
        said = self.said(line)
        end = "" if self.asks else self.prompt()
        return [f"{line}\r\n{said}{end}".encode()]

    def said(self, line: str) -> str:
        """What it says to a line."""
        if self.asks is not None and line == "Y":
            asked, self.asks = self.asks, None
            return self.said(f"sure {asked}")
        sure = line.startswith("sure ")
        line = line.removeprefix("sure ")
        if line in ("save", "schedule reboot delay 5", "undo schedule reboot", "reload in 5",
                    "reload cancel") and not sure:  # fmt: skip
            self.asks = line
            return "Are you sure?[Y/N]"
        handlers: list[tuple[str, Callable[[re.Match[str]], str]]] = [
            (r"save|write|write memory", self._save),
            (r"(?:schedule reboot delay|reload in) (\d+)", lambda m: self._arm()),
            (r"configure terminal revert timer (\d+)", lambda m: self._arm(enter=True)),
            (r"undo schedule reboot|reload cancel|configure confirm", lambda m: self._disarm()),
            (r"display schedule reboot|show reload|show archive config rollback timer",
             lambda m: self._pending()),
            (r"system-view|configure terminal", lambda m: self._enter("config")),
            (r"return|end", lambda m: self._enter("")),
            (r"display current-configuration|show running-config", lambda m: self.config()),
            (r"display saved-configuration|show startup-config", lambda m: self.startup),
            (r"(?:sysname|hostname) (\S+)", self._rename),
            (r"ip route(?:-static)? (.+)", lambda m: self._route(m[1], True)),
            (r"no ip route (.+)|undo ip route-static (.+)",
             lambda m: self._route(m[1] or m[2], False)),
            (r"screen-length 0 temporary|terminal (length 0|width 511)", lambda m: ""),
        ]  # fmt: skip
        for pattern, handler in handlers:
            if found := re.fullmatch(pattern, line):
                return handler(found)
        return "Error: Unrecognized command\r\n" if self.vrp else "% Invalid input\r\n"

    def _save(self, _found: re.Match[str]) -> str:
        if self.deaf:
            return "Error: flash is full\r\n"
        self.startup = self.config()
        return "Saved successfully.\r\n[OK]\r\n"

    def _arm(self, enter: bool = False) -> str:
        if self.deaf:
            return "Error: no archive\r\n" if self.vrp else "% archive is not configured\r\n"
        self.timer = True
        self.mode = "config" if enter else self.mode
        return ""

    def _disarm(self) -> str:
        self.timer = False
        return ""

    def _pending(self) -> str:
        if not self.timer:
            return "No reload is scheduled.\r\n"
        return "System will reboot at 10:00. Reload scheduled. Timed Rollback Confirmed\r\n"

    def _route(self, route: str, there: bool) -> str:
        kept = [r for r in self.routes if r != route]
        self.routes = [*kept, route] if there else kept
        return ""

    def _enter(self, mode: str) -> str:
        self.mode = mode
        return ""

    def _rename(self, found: re.Match[str]) -> str:
        self.name = found[1]
        return ""


@dataclass
class Case:
    """A platform's desk in front of a device."""

    desk: Immediate
    device: Device
    channel: Channel

    def typed(self) -> list[str]:
        """What was typed that is no question to look at something."""
        looks = ("display ", "show ", "screen-length", "terminal ")
        return [line for line in self.channel.sent if not line.startswith(looks)]


ARMED: dict[type[Immediate], list[str]] = {
    Vrp5: ["save", "Y", "schedule reboot delay 5", "Y", "system-view"],
    Ruijie: ["write", "reload in 5", "Y", "configure terminal"],
    Ios: ["configure terminal revert timer 5"],
}
CONFIRMED: dict[type[Immediate], list[str]] = {
    Vrp5: ["undo schedule reboot", "Y"],
    Ruijie: ["reload cancel", "Y"],
    Ios: ["configure confirm"],
}


@pytest.fixture(params=list(ARMED), ids=lambda kind: kind.__name__)
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each platform, logged in."""
    yield desk_of(request.param)
    MEMORY.forget("x-sw-01", TRIAL.id)


def desk_of(kind: type[Immediate], **changed: Any) -> Case:
    """A desk of a platform with a device of its kind."""
    device = Device(vrp=kind is Vrp5, **changed)
    channel = Channel([f"\r\n{device.prompt()}".encode()], device)
    target = Target(
        device="x-sw-01", kind=DeviceKind.SWITCH, driver="ssh", address="127.0.0.1", port=22
    )
    line: Any = SimpleNamespace(channel=channel)
    return Case(kind(line, target, Pace(20)), device, channel)


BEFORE: dict[str, FieldValue] = {"static_routes": [], "sysname": "SW1"}
AFTER: dict[str, FieldValue] = {"static_routes": ["10.9.0.0/16 via 10.0.0.1"], "sysname": "SW2"}


def test_the_undo_is_armed_before_the_first_line(case: Case) -> None:
    """Goal: what runs is saved where a restart undoes, the timer is set, then the change comes."""
    case.desk.write_trial(BEFORE, AFTER, TRIAL)

    kind = type(case.desk)
    typed = case.typed()
    assert typed[: len(ARMED[kind])] == ARMED[kind]
    assert len(typed) == len(ARMED[kind]) + 2
    assert (case.device.timer, case.device.name) == (True, "SW2")
    assert "SW2" not in case.device.startup
    assert case.desk.trial_state(TRIAL.id) == "open"


def test_a_confirmation_takes_the_timer_off_and_is_checked(case: Case) -> None:
    """Goal: open, kept, kept again without a word, and saved at the end."""
    case.desk.write_trial(BEFORE, AFTER, TRIAL)
    case.device.mode = ""
    before = len(case.typed())

    assert case.desk.confirm(TRIAL.id)
    assert case.desk.confirm(TRIAL.id)
    assert case.typed()[before:] == CONFIRMED[type(case.desk)]
    assert (case.device.timer, case.desk.trial_state(TRIAL.id)) == (False, "confirmed")
    case.desk.save()
    assert "SW2" in case.device.startup


def test_a_device_that_went_back_is_undone(case: Case) -> None:
    """Goal: after its restart or revert the old values stand, and no confirmation is possible."""
    case.desk.write_trial(BEFORE, AFTER, TRIAL)
    case.device.name, case.device.routes, case.device.timer = "SW1", [], False

    # The prompt of the restarted device is one of a new session.
    again = desk_of(type(case.desk))
    assert again.desk.trial_state(TRIAL.id) == "undone"
    assert again.desk.confirm(TRIAL.id) is False
    assert not set(CONFIRMED[type(case.desk)]) & set(again.typed())


def test_an_id_that_this_process_did_not_arm_is_unknown(case: Case) -> None:
    """Goal: nobody's timer is ever confirmed by guessing."""
    case.device.timer = True

    assert case.desk.trial_state("fleet-other") == "unknown"
    assert case.desk.confirm("fleet-other") is False


def test_a_timer_that_runs_already_is_somebody_elses(case: Case) -> None:
    """Goal: a second change under it would be taken back, or kept, by somebody else."""
    case.device.timer = True

    with pytest.raises(TrialBusy):
        case.desk.write_trial(BEFORE, AFTER, TRIAL)
    assert case.typed() == []


def test_without_an_undo_nothing_is_changed(case: Case) -> None:
    """Goal: where the timer or the save is refused, not one line of the change is typed."""
    case.device.deaf = True

    with pytest.raises(WriteRefused):
        case.desk.write_trial(BEFORE, AFTER, TRIAL)
    assert (case.device.name, case.device.routes) == ("SW1", [])
    assert case.desk.trial_state(TRIAL.id) == "unknown"


def test_a_save_that_did_not_happen_is_told(case: Case) -> None:
    """Goal: what the device would start with is compared, not believed."""
    case.device.deaf = True
    with pytest.raises(NotKept):
        case.desk.save()


@pytest.mark.parametrize(("seconds", "whole"), [(1, 1), (60, 1), (61, 2), (300, 5), (301, 6)])
def test_timers_count_whole_minutes(seconds: int, whole: int) -> None:
    """Goal: never shorter than the trial that was sealed."""
    assert minutes(seconds) == whole

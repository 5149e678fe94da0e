"""What a switch keeps: the running and the startup configuration, a trial, and its commits.

Pure: every step takes the state and the time and gives the next state. VRP8 puts a candidate on
trial (`commit trial`), Comware 7 sets a rollback point and then changes at once (`configuration
commit delay`); both are a base to which the device returns by itself. Times are seconds of the
epoch; a trial's seconds are already scaled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from fleet.simulator.ssh import configuration
from fleet.simulator.ssh.configuration import Configuration, Edit, Refused, applied

POINTS_MAX = 50
NOBODY = 0
BUSY = "another session is in trial configuration mode."


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that goes back to `base` at `deadline` unless it is confirmed.

    `persist` is the id by which any session may confirm; empty: only `session`, with whose end it
    ends.
    """

    base: Configuration
    deadline: float
    session: int
    persist: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A commit as the device lists it."""

    number: int
    user: str
    line: str
    time: float
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that outlives the simulator's process; the device itself starts from `startup`."""

    running: Configuration
    startup: Configuration
    trial: Trial | None = None
    points: tuple[Point, ...] = ()

    @property
    def confirmed(self) -> Configuration:
        """What stays if nobody confirms anything any more."""
        return self.trial.base if self.trial else self.running


def settled(state: State, now: float) -> State:
    """The state after what the clock alone does: a trial that is over goes back."""
    if state.trial is not None and now >= state.trial.deadline:
        return undone(state)
    return state


def undone(state: State) -> State:
    """The state after the trial has gone back; without one, the same state."""
    if state.trial is None:
        return state
    return replace(state, running=state.trial.base, trial=None)


def tried(
    state: State, edits: Iterable[Edit], session: int, persist: str, deadline: float
) -> State:
    """Put edits on trial; one's own trial takes them too and runs anew.

    Raises:
        Refused: somebody else's trial is under way, or an edit cannot be done any more.
    """
    trial = state.trial
    if trial is not None and not _own(trial, session, persist):
        raise Refused(BUSY)
    running = applied(state.running, edits)
    base = trial.base if trial else state.running
    return replace(state, running=running, trial=Trial(base, deadline, session, persist))


def committed(state: State, edits: Iterable[Edit], session: int, persist: str) -> State:
    """Commit edits and confirm one's own trial.

    Raises:
        Refused: somebody else's trial is under way, an id that is none, or an edit that cannot be
            done any more.
    """
    trial = state.trial
    if persist and (trial is None or not trial.persist):
        raise Refused("The persist ID does not exist.")
    if trial is not None and not _own(trial, session, persist):
        raise Refused(BUSY)
    return replace(state, running=applied(state.running, edits), trial=None)


def aborted(state: State, session: int, persist: str) -> State:
    """End a trial at once.

    Raises:
        Refused: there is none of this session or id.
    """
    trial = state.trial
    if trial is None or not (trial.persist == persist if persist else trial.session == session):
        raise Refused("The session is not in trial configuration mode.")
    return undone(state)


def left(state: State, session: int) -> State:
    """The state after a session has ended: a trial without an id ends with it."""
    trial = state.trial
    if trial is not None and trial.session == session and not trial.persist:
        return undone(state)
    return state


def armed(state: State, deadline: float) -> State:
    """Set Comware's rollback point; set again, only the time is new (its manual says so)."""
    base = state.trial.base if state.trial else state.running
    return replace(state, trial=Trial(base, deadline, NOBODY, "*"))


def kept(state: State) -> State:
    """Comware's `configuration commit`: what runs now stays.

    Raises:
        Refused: no rollback point is set.
    """
    if state.trial is None:
        raise Refused("No configuration commit delay timer is running.")
    return replace(state, trial=None)


def pointed(state: State, user: str, line: str, now: float, **texts: str) -> State:
    """Note a commit in the device's list."""
    number = (state.points[-1].number if state.points else 1000000000) + 1
    point = Point(number, user, line, now, **texts)
    return replace(state, points=(*state.points, point)[-POINTS_MAX:])


def saved(state: State) -> State:
    """Make what runs now survive a restart; on trial or not, as the devices do."""
    return replace(state, startup=state.running)


def restarted(state: State) -> State:
    """The state after the device has started anew."""
    return replace(state, running=state.startup, trial=None)


def _own(trial: Trial, session: int, persist: str) -> bool:
    """Whether a session may go on with a trial: by its id, or by being the one without any."""
    return trial.persist == persist if trial.persist else trial.session == session


def to_json(state: State) -> str:
    """The state as one JSON document."""
    trial = state.trial
    told: dict[str, Any] = {
        "running": configuration.to_json(state.running),
        "startup": configuration.to_json(state.startup),
        "trial": None,
        "points": [asdict(point) for point in state.points],
    }
    if trial is not None:
        told["trial"] = {**asdict(trial), "base": configuration.to_json(trial.base)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def from_json(document: str) -> State:
    """Read what `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    raw: dict[str, Any] = json.loads(document)
    trial = None
    if (told := raw["trial"]) is not None:
        trial = Trial(**{**told, "base": configuration.from_json(told["base"])})
    return State(
        running=configuration.from_json(raw["running"]),
        startup=configuration.from_json(raw["startup"]),
        trial=trial,
        points=tuple(Point(**point) for point in raw["points"]),
    )

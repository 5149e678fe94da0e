"""`fleet device unlock`: asks, lifts, and says what is to be done next."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City
from fleet.rollout import records
from tests.cli.conftest import Call
from tests.support.fakes_city import World, cameras

Serve = Callable[[City], World]


@pytest.fixture
def w(served: Serve, call: Call) -> World:
    """Two cameras; the first has just refused our login."""
    made = served(cameras(1, 2))
    made.devices["c1-cam-1"].password = "changed by hand"
    call("drift")
    return made


def test_the_wait_names_the_verb_that_lifts_it(w: World, call: Call) -> None:
    """Nobody reads a reference for a password that was just corrected."""
    said = call("drift")

    assert "fleet device unlock c1-cam-1" in said.out + said.err


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "the next login is tried at once"), ("zh", "下次登录立即尝试")]
)
def test_a_wait_is_lifted(w: World, call: Call, lang: str, words: str) -> None:
    """Exit 0; afterwards there is none."""
    said = call("--lang", lang, "device", "unlock", "c1-cam-1", "--yes")

    assert said.code == 0
    assert words in said.out
    assert len(list(w.journal.records(kind=records.LIFTED))) == 1
    again = call("--format", "json", "device", "unlock", "c1-cam-1")
    assert json.loads(again.out) == {"device": "c1-cam-1", "lifted": False, "attempts_left": None}


def test_nobody_said_yes(w: World, call: Call) -> None:
    """Exit 8; the wait stays."""
    said = call("device", "unlock", "c1-cam-1")

    assert said.code == ExitCode.WAITING
    assert not list(w.journal.records(kind=records.LIFTED))


def test_a_device_without_a_wait_needs_no_yes(w: World, call: Call) -> None:
    """Exit 0, nothing journalled."""
    said = call("device", "unlock", "c1-cam-2")

    assert (said.code, said.out) == (0, "c1-cam-2: no wait to lift\n")
    assert not list(w.journal.records(kind=records.LIFTED))


def test_an_unknown_device_is_named_with_the_nearest(w: World, call: Call) -> None:
    """Exit 64."""
    said = call("device", "unlock", "c1-cam-3")

    assert said.code == ExitCode.USAGE
    assert "no such device: c1-cam-3; did you mean c1-cam-" in said.err


def test_too_near_a_lock_out_is_exit_five(w: World, call: Call) -> None:
    """With the reason and what helps."""
    for _ in range(2):
        assert call("device", "unlock", "c1-cam-1", "--yes").code == 0
        call("drift")
    said = call("device", "unlock", "c1-cam-1", "--yes")

    assert said.code == ExitCode.PARTIAL
    assert "3 logins were refused in the last 30 minutes" in said.err
    assert "log in at the device itself" in said.err
    assert w.wrong_logins() == {"c1-cam-1": 3}

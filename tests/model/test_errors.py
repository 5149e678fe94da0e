"""The error tree and the exit codes: a contract, drawn once and kept."""

from __future__ import annotations

import inspect
import re

import pytest

from fleet.model import errors
from fleet.model.errors import DEVICE_ERRORS, DeviceError, FleetError, LoginRefused
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

HAPPENED = text("it happened", "出事了")


def tree(root: type[FleetError] = FleetError) -> list[type[FleetError]]:
    """Every class at and below a root."""
    return [root, *(c for sub in root.__subclasses__() for c in tree(sub))]


def drawn() -> dict[str, int | None]:
    """Names and codes in the drawing of the module's docstring."""
    found = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"[│ ]*[├└]─ (\w+) +(\d+)?", line):
            found[match[1]] = int(match[2]) if match[2] else None
    return found


def test_the_drawing_is_the_tree() -> None:
    """Every class is drawn, nothing else is, and each with its own exit code."""
    assert set(drawn()) == {c.__name__ for c in tree()} - {"FleetError"}
    for kind in tree():
        code = drawn().get(kind.__name__)
        if code is not None:
            assert kind.exit_code == code, kind


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("OK", 0), ("INTERNAL", 1), ("CHANGES", 2), ("INVENTORY", 3), ("POLICY", 4),
        ("PARTIAL", 5), ("HALTED", 6), ("STALE", 7), ("WAITING", 8), ("SECRETS", 9),
        ("ENGINE", 10), ("USAGE", 64), ("INTERRUPTED", 130), ("TERMINATED", 143),
    ],
)  # fmt: skip
def test_exit_codes_never_change(code: str, number: int) -> None:
    """Scripts and pipelines depend on them."""
    assert ExitCode[code] == number


def test_there_are_no_other_exit_codes() -> None:
    """Exactly those of the contract."""
    assert len(ExitCode) == 14


@pytest.mark.parametrize("kind", tree(DeviceError), ids=lambda k: k.__name__)
def test_one_device_never_stops_the_others(kind: type[DeviceError]) -> None:
    """Every device error is exit 5 and lets others go on, and has a word of its own."""
    error = kind("c1-cam-1", HAPPENED)

    assert (kind.exit_code, kind.safe_to_continue) == (ExitCode.PARTIAL, True)
    assert (error.device, error.field, str(error)) == ("c1-cam-1", None, "it happened")
    assert kind is DeviceError or DEVICE_ERRORS[kind.code] is kind


def test_words_of_device_errors_are_their_own() -> None:
    """Each code stands for one class, and every class has one."""
    assert len(DEVICE_ERRORS) == len(tree(DeviceError)) - 1
    assert all(re.fullmatch(r"[a-z_]+", code) for code in DEVICE_ERRORS)


def test_only_a_broken_line_may_be_tried_again() -> None:
    """Refusals, wrong devices and doubts are never retried by themselves."""
    assert {c.__name__ for c in tree() if c.retryable} == {"Unreachable", "TooSlow"}


def test_nothing_but_a_devices_own_error_lets_others_go_on() -> None:
    """A broken journal or engine stops everything."""
    assert all(issubclass(c, DeviceError) for c in tree() if c.safe_to_continue)


def test_a_refused_login_keeps_the_devices_word() -> None:
    """How many tries are left, where it tells."""
    assert LoginRefused("d", HAPPENED, attempts_left=3).attempts_left == 3
    assert LoginRefused("d", HAPPENED).attempts_left is None


@pytest.mark.parametrize("kind", tree(), ids=lambda k: k.__name__)
def test_every_error_carries_both_languages(kind: type[FleetError]) -> None:
    """Its text is a `Text`; as an exception it speaks English; and the class says what it is."""
    args = ("c1-cam-1",) if issubclass(kind, DeviceError) else ()
    error = kind(*args, HAPPENED)

    assert (error.summary, error.fix) == (HAPPENED, None)
    assert str(error) == HAPPENED.en
    assert inspect.getdoc(kind)

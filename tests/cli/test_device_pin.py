"""`fleet device pin`: shows, asks, prints the line; the inventory is left to the operator."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.app.watch import tell
from fleet.model.device import DeviceKind
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City
from fleet.rollout import records
from tests.cli.conftest import Call
from tests.support.fakes_city import World, city, compound, device

Serve = Callable[[City], World]
SHOWN = "SHA256:S-c1-sw-1"
LINE = 'host_key: "ssh-ed25519 S-c1-sw-1"\n'


def standing(served: Serve, host_key: str | None = None) -> World:
    """A switch, pinned or not, and a camera."""
    switch = device("c1-sw-1", DeviceKind.SWITCH, host_key=host_key)
    return served(city([compound("c1", [switch, device("c1-cam-1")])]))


@pytest.mark.parametrize("pinned", [None, "SHA256:another"])
def test_a_vouched_key_is_printed_as_a_line_and_journalled(
    served: Serve, call: Call, pinned: str | None
) -> None:
    """stdout is the line alone; a key that replaces another is called one."""
    w = standing(served, pinned)

    said = call("device", "pin", "c1-sw-1", "--yes")

    assert (said.code, said.out) == (0, LINE)
    assert ("another key is pinned: SHA256:another" in said.err) is (pinned is not None)
    (record,) = w.journal.kinds(records.PINNED)
    assert record.data == {"fingerprint": SHOWN, "actor": "tester"}
    assert tell(record).said.en == f"tester vouches for the host key of c1-sw-1: {SHOWN}"


@pytest.mark.parametrize(
    "pinned", [SHOWN, "ssh-ed25519 S-c1-sw-1", "ssh-ed25519 S-c1-sw-1 a comment"]
)
def test_the_pinned_key_needs_no_word(served: Serve, call: Call, pinned: str) -> None:
    """By fingerprint or in full: nothing is asked, nothing journalled."""
    w = standing(served, pinned)

    said = call("device", "pin", "c1-sw-1")

    assert (said.code, said.out) == (0, f"c1-sw-1: {SHOWN} is the pinned key\n")
    assert w.journal.kinds(records.PINNED) == []


def test_without_a_yes_nothing_is_taken(served: Serve, call: Call) -> None:
    """Exit 8; the fingerprint is shown all the same, to be compared."""
    w = standing(served)

    said = call("--lang", "zh", "device", "pin", "c1-sw-1")

    assert (said.code, said.out) == (ExitCode.WAITING, "")
    assert SHOWN in said.err
    assert w.journal.kinds(records.PINNED) == []


def test_for_programs_it_is_one_object(served: Serve, call: Call) -> None:
    """The key in both forms, and whether it is the pinned one."""
    standing(served)

    found = call("--format", "json", "device", "pin", "c1-sw-1", "--yes").json

    assert found == {
        "device": "c1-sw-1",
        "fingerprint": SHOWN,
        "host_key": "ssh-ed25519 S-c1-sw-1",
        "pinned": False,
        "place": None,
    }


def test_looking_logs_in_nowhere(served: Serve, call: Call) -> None:
    """No attempt is spent on a device that nobody vouched for."""
    w = standing(served)

    call("device", "pin", "c1-sw-1", "--yes")

    assert w.devices["c1-sw-1"].logins == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [("c1-cam-1", ExitCode.USAGE), ("c1-sw-9", ExitCode.USAGE), ("c1-sw-1", ExitCode.PARTIAL)],
)
def test_what_has_no_key_is_told(served: Serve, call: Call, name: str, code: ExitCode) -> None:
    """A camera, nobody, and a switch that does not answer."""
    w = standing(served)
    w.devices["c1-sw-1"].unreachable = True

    assert call("device", "pin", name, "--yes").code == code
    assert w.journal.kinds(records.PINNED) == []

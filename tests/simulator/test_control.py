"""What goes to a simulator process: its spec over stdin, questions over its control socket."""

from __future__ import annotations

import socket

import pytest

from fleet.simulator.errors import SimError
from fleet.simulator.places import Places
from fleet.simulator.socketpath import connected
from fleet.simulator.spec import from_json
from tests.simulator.process_kit import Fleet, process


def test_the_spec_comes_back_as_it_went() -> None:
    """What goes over stdin is read as what was meant, for every kind."""
    spec = process("one", "camera", "door", "recorder", "gate", "upper")
    assert from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    "broken", ["", "{}", "[]", '{"name": "x", "devices": [{}], "lockout_s": 1}']
)
def test_a_broken_spec_is_said_to_be_one(broken: str) -> None:
    """Nothing is guessed."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(broken)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"verb": "tamper", "device": "p1-dor-0", "field": "x", "value": "y"}, "unknown-device"),
        ({"verb": "tamper", "device": "p1-door-0", "field": "x", "value": "y"}, "unknown-field"),
        ({"verb": "fault", "device": "p1-door-0", "fault": "melt"}, "unknown-fault"),
        (
            {"verb": "fault", "device": "p1-upper-1", "fault": "slow", "value": "1"},
            "fault-not-here",
        ),
        ({"verb": "dance", "device": "p1-door-0"}, "bad-value"),
    ],
)
def test_the_control_socket_says_no(fleet: Fleet, question: dict[str, str], code: str) -> None:
    """Every mistake has its code; the process goes on."""
    fleet.up(process("p1", "door", "upper"))
    with pytest.raises(SimError) as refused:
        fleet.run.ask("p1", question)
    assert refused.value.code == code
    assert fleet.run.running() == ["p1"]


def test_junk_on_the_control_socket_does_no_harm(fleet: Fleet) -> None:
    """Whatever is written there, the next question is answered."""
    fleet.up(process("p1", "door"))
    for junk in (b"", b"\n", b"{}\n", b"[]\n", b"\xff\xff\n", b"x" * 100_000):
        with connected(Places(fleet.root / "p1").socket, 5) as sock:
            try:
                sock.sendall(junk)
                sock.shutdown(socket.SHUT_WR)
                sock.recv(10)
            except OSError:
                continue
    assert "p1-door-0" in fleet.run.stats()


def test_asking_who_does_not_run(fleet: Fleet) -> None:
    """Named, and not a traceback."""
    fleet.up(process("p1", "door"))
    fleet.down()
    with pytest.raises(SimError) as refused:
        fleet.run.ask("p1", {"verb": "stats"})
    assert refused.value.code == "not-running"
    with pytest.raises(SimError) as unknown:
        fleet.run.log("nobody")
    assert (unknown.value.code, unknown.value.facts["known"]) == ("unknown-device", ["p1-door-0"])

"""What a killed engine call left: who is proved dead, who lives, and what is said to hang."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from fleet.adapters.filelock import locked
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi import recovery
from fleet.adapters.pulumi.call import Call, CallBook
from fleet.adapters.pulumi.places import Places, stack_name
from fleet.adapters.pulumi.recovery import pending_operations, recover_stack
from fleet.model.errors import EngineError, LockHeld
from fleet.ports.process import ProcessId

STACK = stack_name("340705")
PROCESSES = LinuxProcesses()
DEAD_PID = 2**22 + 1


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A state folder with one stack."""
    made = Places(tmp_path / "state")
    made.prepare(STACK)
    return made


def checkpoint(places: Places, content: object) -> None:
    """Write the backend's state of the stack."""
    path = places.checkpoint(STACK)
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(raw)


def operation(kind: str, name: str) -> dict[str, object]:
    """A pending operation as the engine writes it."""
    return {
        "type": kind,
        "resource": {
            "type": "fleet:index:Registrar",
            "urn": f"urn:pulumi:{STACK}::fleet::fleet:index:Registrar::{name}",
        },
    }


def latest(*operations: object) -> dict[str, object]:
    """The state with these operations pending."""
    return {"pending_operations": list(operations)}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"checkpoint": {"latest": latest(operation("creating", "a"))}},
         ("creating fleet:index:Registrar a",)),
        ({"deployment": {"latest": latest(operation("updating", "a"))}},
         ("updating fleet:index:Registrar a",)),
        ({"checkpoint": {"latest": latest(operation("deleting", "a"), operation("creating", "b"))}},
         ("deleting fleet:index:Registrar a", "creating fleet:index:Registrar b")),
        ({"checkpoint": {"latest": latest({"type": "reading", "resource": {}})}},
         ("reading None ",)),
        ({"checkpoint": {"latest": latest()}}, ()),
        ({"checkpoint": {"latest": {"pending_operations": None}}}, ()),
        ({"checkpoint": {"latest": {}}}, ()),
        ({"checkpoint": {"latest": None}}, ()),
        ({"checkpoint": {}}, ()),
        ({"checkpoint": None}, ()),
        ({}, ()),
        (b"", ()),
        (b"{", ()),
        (b"\xff", ()),
        (None, ()),
    ],
)  # fmt: skip
def test_what_hangs_is_named(places: Places, content: object, named: tuple[str, ...]) -> None:
    """Verb, type and name of each operation; a state that is cut off names none."""
    if content is not None:
        checkpoint(places, content)

    assert pending_operations(places, STACK) == named


@pytest.mark.parametrize("content", [b"[]", b"null", b"7", b'"x"'])
def test_a_state_of_another_shape_names_nothing(places: Places, content: bytes) -> None:
    """JSON that is no object: nothing is known to hang, and nothing breaks."""
    checkpoint(places, content)

    assert pending_operations(places, STACK) == ()


def lock(places: Places, name: str, content: object) -> Path:
    """A lock file of the backend."""
    path = places.locks(STACK) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(raw)
    return path


def holder(pid: int, host: str | None = None, age_s: float = 0.0) -> Mapping[str, object]:
    """Who holds a lock, as the backend writes it."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age_s)
    return {
        "pid": pid,
        "username": "fleet",
        "hostname": PROCESSES.host if host is None else host,
        "timestamp": since.isoformat(),
    }


@pytest.mark.parametrize(
    "content",
    [
        holder(DEAD_PID),
        holder(os.getpid(), age_s=10**7),
        {"pid": 1},
        {"pid": "many", "hostname": "h", "timestamp": "2026-11-24T00:00:00Z"},
        {"pid": 1, "hostname": "h", "timestamp": "yesterday"},
        [],
        b"",
        b'{"pid": 1',
    ],
)
def test_a_lock_of_the_dead_is_cleared(places: Places, content: object) -> None:
    """Its process is gone, its pid is another's by now, or the kill cut the file off."""
    path = lock(places, "a1", content)

    assert recover_stack(places, STACK, PROCESSES) == ("lock a1",)
    assert not path.exists()
    assert recover_stack(places, STACK, PROCESSES) == ()


def test_a_lock_of_the_living_stays(places: Places) -> None:
    """This very process, which is older than the lock it is said to hold."""
    path = lock(places, "a1", holder(os.getpid()))

    with pytest.raises(LockHeld, match=f"pid {os.getpid()} on {PROCESSES.host}") as held:
        recover_stack(places, STACK, PROCESSES)
    assert path.exists()
    assert held.value.summary.zh == (
        f"{STACK} 正由主机 {PROCESSES.host} 的进程 {os.getpid()} 变更，该进程仍存活"
    )
    assert held.value.fix is not None
    assert held.value.fix.en == "wait until it ends, or end it"


def test_a_lock_of_another_machine_stays(places: Places) -> None:
    """Nobody can be proved dead over there, whatever its pid is here."""
    path = lock(places, "a1", holder(DEAD_PID, host="elsewhere"))

    with pytest.raises(LockHeld, match=f"pid {DEAD_PID} on elsewhere, which lives"):
        recover_stack(places, STACK, PROCESSES)
    assert path.exists()


def test_locks_before_the_one_that_lives_are_cleared_and_that_one_stays(places: Places) -> None:
    """In the order of their names."""
    dead, alive = lock(places, "a", holder(DEAD_PID)), lock(places, "b", holder(os.getpid()))

    with pytest.raises(LockHeld):
        recover_stack(places, STACK, PROCESSES)
    assert (dead.exists(), alive.exists()) == (False, True)


def process(pid: int, host: str | None = None) -> ProcessId:
    """A process that is not there any more."""
    me = PROCESSES.me()
    return me.model_copy(update={"pid": pid, "start": 1, "host": me.host if host is None else host})


def record(places: Places, call: Call) -> None:
    """Leave a call behind as a kill does."""
    places.call_record(STACK).write_text(call.model_dump_json(), "utf-8")


def test_a_call_of_the_dead_is_closed_and_what_hangs_is_said(places: Places) -> None:
    """The lock, the call, then the operations; nothing of it a second time."""
    record(places, Call(verb="up", mark="no-such-mark", caller=process(DEAD_PID)))
    lock(places, "a1", holder(DEAD_PID))
    checkpoint(places, {"checkpoint": {"latest": latest(operation("creating", "r"))}})

    assert recover_stack(places, STACK, PROCESSES) == (
        "lock a1",
        "call up",
        "creating fleet:index:Registrar r",
    )
    assert CallBook(places, STACK, PROCESSES).standing() is None
    assert recover_stack(places, STACK, PROCESSES) == ()


def test_a_call_of_another_machine_is_left_alone(places: Places) -> None:
    """Its engine may run there."""
    record(places, Call(verb="up", mark="m", caller=process(77, host="elsewhere")))
    path = lock(places, "a1", holder(DEAD_PID))

    with pytest.raises(LockHeld, match="pid 77 on elsewhere"):
        recover_stack(places, STACK, PROCESSES)
    assert path.exists()
    assert CallBook(places, STACK, PROCESSES).standing() is not None


def test_while_the_call_lock_is_held_nothing_is_touched(places: Places) -> None:
    """Its holder lives: the kernel lets go of the lock when a process ends."""
    path = lock(places, "a1", holder(DEAD_PID))

    with (
        locked(places.call_lock(STACK), 0),
        pytest.raises(LockHeld, match=f"pid {os.getpid()} "),
    ):
        recover_stack(places, STACK, PROCESSES)
    assert path.exists()


class Stubborn(LinuxProcesses):
    """Processes as they are, but none of them ends; who was to be ended is remembered."""

    def __init__(self, ends: bool) -> None:
        super().__init__()
        self.ends = ends
        self.asked: list[int] = []

    def end(self, process: ProcessId, grace_s: float) -> bool:
        """Remember."""
        self.asked.append(process.pid)
        return self.ends


@pytest.mark.parametrize("ends", [True, False])
def test_survivors_are_ended_before_any_lock_goes(
    places: Places, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """By pid, each named; one that does not end stops the recovery with everything in place."""
    left = tuple(process(pid) for pid in (4, 2, 3))
    monkeypatch.setattr(recovery, "marked_processes", lambda _mark, _processes: left[:2])
    monkeypatch.setattr(recovery, "session_processes", lambda _engine, _processes: left[1:])
    record(places, Call(verb="up", mark="m", caller=process(DEAD_PID), engine=process(9)))
    path = lock(places, "a1", holder(DEAD_PID))
    processes = Stubborn(ends)

    if ends:
        assert recover_stack(places, STACK, processes) == (
            "ended pid 2",
            "ended pid 3",
            "ended pid 4",
            "lock a1",
            "call up",
        )
    else:
        with pytest.raises(EngineError, match="pid 2 outlived its caller and does not end"):
            recover_stack(places, STACK, processes)
        assert path.exists()
        assert CallBook(places, STACK, processes).standing() is not None
    assert processes.asked == ([2, 3, 4] if ends else [2])


def test_a_provider_that_an_engine_started_while_it_was_ended_was_left_behind(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at again until nobody is found: the first look cannot see who is not yet there."""
    processes = Stubborn(True)

    def session(_engine: ProcessId, _processes: LinuxProcesses) -> tuple[ProcessId, ...]:
        return (process(2), process(3)) if 2 in processes.asked else (process(2),)

    monkeypatch.setattr(recovery, "marked_processes", lambda _mark, _processes: ())
    monkeypatch.setattr(recovery, "session_processes", session)
    record(places, Call(verb="up", mark="m", caller=process(DEAD_PID), engine=process(2)))

    assert recover_stack(places, STACK, processes) == ("ended pid 2", "ended pid 3", "call up")
    assert processes.asked == [2, 3]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"verb": "up"}', "\x00"])
def test_a_record_that_was_cut_off_is_no_call(places: Places, content: str) -> None:
    """Nothing of it can be trusted; nothing is ended on its word."""
    places.call_record(STACK).write_text(content, "utf-8")

    assert CallBook(places, STACK, PROCESSES).standing() is None
    assert recover_stack(places, STACK, PROCESSES) == ()

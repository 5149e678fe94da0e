"""Simulator processes: up, idempotent, down, kills, taken addresses, lost folders, long paths."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.simulator import identity
from fleet.simulator.errors import SimError
from fleet.simulator.isapi import tables
from fleet.simulator.places import Places
from fleet.simulator.spec import Kind
from tests.simulator.kit import AUTH, PASSWORD, PRIV, Client, spec_of
from tests.simulator.process_kit import Fleet, Machine, listens, process, wait

pytestmark = pytest.mark.scenario


def test_up_is_up_and_down_is_down(fleet: Fleet) -> None:
    """When `up` returns all listen; when `down` returns nothing does, and no process is left."""
    specs = (process("p1", "camera", "gate", "recorder"), process("p2", "door", "upper"))
    said = fleet.up(*specs)
    devices = [d for spec in specs for d in spec.devices]
    assert all(listens(d) for d in devices)
    assert sorted(said) == sorted((s, n) for n in ("p1", "p2") for s in ("starting", "up"))
    assert fleet.run.running() == ["p1", "p2"]
    assert set(fleet.run.stats()) == {d.id for d in devices}
    records = [fleet.who(name) for name in ("p1", "p2")]

    assert fleet.down() == 2

    assert not any(listens(d) for d in devices)
    assert not any(Machine().alive(record) for record in records)
    left = sorted(p.name for p in fleet.root.rglob("*") if p.is_file())
    assert left == sorted([".lock", "spec.json", "spec.json", *(f"{d.id}.json" for d in devices)])
    assert fleet.down() == 0


def test_up_twice_is_up_once(fleet: Fleet) -> None:
    """The second call says so and leaves the process alone."""
    spec = process("p1", "door")
    fleet.up(spec)
    before = fleet.who("p1")
    assert fleet.up(spec) == [("already", "p1")]
    assert fleet.who("p1") == before


def test_another_spec_is_started_anew(fleet: Fleet) -> None:
    """A device more: the process is ended and started, memories stay; a name less: it ends."""
    spec = process("p1", "door")
    fleet.up(spec, process("p2", "door"))
    fleet.run.ask("p1", {"verb": "tamper", "device": "p1-door-0", "field": "open_duration_s",
                         "value": "44"})  # fmt: skip
    more = replace(spec, devices=(*spec.devices, spec_of("camera", device="p1-new")))

    said = fleet.up(more)

    assert ("ended", "p1") in said
    assert ("ended", "p2") in said
    assert fleet.run.running() == ["p1"]
    assert set(fleet.run.stats()) == {"p1-door-0", "p1-new"}
    values = fleet.run.ask("p1", {"verb": "values", "device": "p1-door-0"})["values"]
    assert values["open_duration_s"] == 44


def test_state_survives_and_fresh_forgets(fleet: Fleet) -> None:
    """Down and up keep values, faults and log; --fresh brings the factory back."""
    spec = process("p1", "camera")
    (camera,) = spec.devices

    async def rename() -> None:
        got = await Client(camera).edit(tables.CHANNEL, ("Camera 01", "x"))
        assert got.status == 200

    fleet.up(spec)
    asyncio.run(rename())
    fleet.run.ask("p1", {"verb": "fault", "device": camera.id, "fault": "refuse"})
    live = fleet.run.stats()
    fleet.down()
    assert fleet.run.stats() == live
    assert [e["field"] for e in fleet.run.log(camera.id)] == ["channel_name"]

    fleet.up(spec)
    assert (
        fleet.run.ask("p1", {"verb": "values", "device": camera.id})["values"]["channel_name"]
        == "x"
    )
    assert fleet.run.stats()[camera.id]["writes"] == 1
    kept = json.loads(Places(fleet.root / "p1").device(camera.id).read_text())
    assert kept["faults"] == {"refuse": ""}

    fleet.up(spec, fresh=True)
    assert fleet.run.log(camera.id) == []
    assert fleet.run.stats()[camera.id]["reads"] == 0
    values = fleet.run.ask("p1", {"verb": "values", "device": camera.id})["values"]
    assert values["channel_name"] == "Camera 01"


def test_after_a_kill_up_mends_and_nothing_acknowledged_is_lost(fleet: Fleet) -> None:
    """kill -9 right after an answer: the value and its log entry are there in the next life."""
    specs = (process("p1", "camera"), process("p2", "door"))
    (camera,) = specs[0].devices

    async def rename() -> None:
        got = await Client(camera).edit(tables.CHANNEL, ("Camera 01", "x"))
        assert got.status == 200
        os.kill(fleet.who("p1").pid, signal.SIGKILL)

    fleet.up(*specs)
    asyncio.run(rename())
    wait(lambda: not listens(camera))
    assert fleet.run.stats()[camera.id]["writes"] == 1

    said = fleet.up(*specs)

    assert ("up", "p1") in said
    assert ("already", "p2") in said
    assert [e["field"] for e in fleet.run.log(camera.id)] == ["channel_name"]
    values = fleet.run.ask("p1", {"verb": "values", "device": camera.id})["values"]
    assert values["channel_name"] == "x"


def test_down_after_a_kill(fleet: Fleet) -> None:
    """One of two was killed: down ends the other and clears up after both."""
    specs = (process("p1", "camera"), process("p2", "door"))
    fleet.up(*specs)
    os.kill(fleet.who("p1").pid, signal.SIGKILL)
    wait(lambda: not listens(specs[0].devices[0]))

    assert fleet.down() == 1

    assert not listens(specs[1].devices[0])
    assert not list(fleet.root.rglob("process.json"))
    assert not list(fleet.root.rglob("*.sock"))


def test_a_stopped_process_is_ended_too(fleet: Fleet) -> None:
    """SIGSTOP does not save it from down (TERM waits, KILL does not)."""
    spec = process("p1", "door")
    fleet.up(spec)
    os.kill(fleet.who("p1").pid, signal.SIGSTOP)
    assert fleet.down() == 1
    assert not listens(spec.devices[0])


def test_another_process_with_the_same_pid_is_left_alone(fleet: Fleet) -> None:
    """A record whose start time does not fit is nobody: neither ended nor taken as running."""
    spec = process("p1", "door")
    fleet.up(spec)
    fleet.down()
    places = Places(fleet.root / "p1")
    stranger = replace(identity.mine(), start=identity.mine().start + 1)
    places.record.write_bytes(identity.to_json(stranger))
    assert fleet.run.running() == []
    assert fleet.down() == 0


@pytest.mark.parametrize("kind", ["camera", "gate", "upper"])
def test_a_taken_address_names_the_device(fleet: Fleet, kind: Kind) -> None:
    """The device and its address are named, and what this call started is ended again."""
    taken = process("p1", "door", kind)
    other = process("p2", "door")
    device = taken.devices[1]
    sort = socket.SOCK_STREAM if kind == "camera" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, sort) as blocker:
        blocker.bind((device.address, device.port))
        if kind == "camera":
            blocker.listen()
        with pytest.raises(SimError) as refused:
            fleet.up(taken, other)
    assert refused.value.code == "address-taken"
    assert refused.value.facts["device"] == device.id
    assert (refused.value.facts["address"], refused.value.facts["port"]) == (
        device.address,
        device.port,
    )
    assert fleet.run.running() == []
    assert not any(listens(d) for d in (*taken.devices, *other.devices))
    assert ("up", "p1") in fleet.up(taken, other)


def test_a_broken_memory_names_the_device(fleet: Fleet) -> None:
    """A device whose file is nonsense is named and not quietly replaced; --fresh mends it."""
    spec = process("p1", "door")
    fleet.up(spec)
    fleet.down()
    file = Places(fleet.root / "p1").device("p1-door-0")
    file.write_text("nonsense")
    with pytest.raises(SimError) as refused:
        fleet.up(spec)
    assert (refused.value.code, refused.value.facts["device"]) == ("broken-state", "p1-door-0")
    with pytest.raises(SimError) as unread:
        fleet.run.stats()
    assert unread.value.code == "broken-state"
    assert file.read_text() == "nonsense"
    assert ("up", "p1") in fleet.up(spec, fresh=True)


def test_a_process_without_its_folder_ends_itself(fleet: Fleet) -> None:
    """Remove the state folder: the process is gone a little later, address and all."""
    spec = process("p1", "camera")
    fleet.up(spec)
    record = fleet.who("p1")
    shutil.rmtree(fleet.root)
    wait(lambda: not Machine().alive(record))
    assert not listens(spec.devices[0])
    assert not fleet.root.exists()


def test_a_folder_path_may_be_long(tmp_path: Path) -> None:
    """The control socket works where its path is far over 108 bytes."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    fleet = Fleet(deep / "sim")
    spec = process("p1", "door")
    try:
        fleet.up(spec)
        assert fleet.run.stats()["p1-door-0"]["writes"] == 0
    finally:
        fleet.down()


def test_nothing_of_the_caller_is_inherited(fleet: Fleet, tmp_path: Path) -> None:
    """Own session, no terminal, no descriptor of the caller, no secret in arguments or files."""
    spec = process("p1", "camera", "gate")
    with (tmp_path / "mine").open("w") as mine:
        os.set_inheritable(mine.fileno(), True)
        fleet.up(spec)
    pid = fleet.who("p1").pid
    assert os.getsid(pid) == pid
    targets = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    assert not any(str(tmp_path / "mine") in t for t in targets)
    assert {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1)} == {"/dev/null"}
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
    told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    written = b"".join(p.read_bytes() for p in fleet.root.rglob("*") if p.is_file())
    for secret in (PASSWORD, AUTH, PRIV, spec.devices[0].ha1):
        assert secret.encode() not in told
    for secret in (PASSWORD, AUTH, PRIV):
        assert secret.encode() not in written


def test_everything_in_the_state_folder_is_private(fleet: Fleet) -> None:
    """Folders 0700, files and sockets 0600."""
    fleet.up(process("p1", "camera"))
    fleet.run.ask("p1", {"verb": "tamper", "device": "p1-camera-0", "field": "channel_name",
                         "value": "x"})  # fmt: skip
    for path in (fleet.root, *fleet.root.rglob("*")):
        mode = path.lstat().st_mode & 0o777
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_two_starters_at_once_are_one(fleet: Fleet) -> None:
    """Two `up` at the same time: one starts it, the other finds it."""
    spec = process("p1", "door")
    second = Fleet(fleet.root)
    errors: list[Exception] = []

    def start(one: Fleet) -> None:
        try:
            one.up(spec)
        except SimError as error:
            errors.append(error)

    threads = [threading.Thread(target=start, args=(one,)) for one in (fleet, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert sorted(fleet.said + second.said) == [("already", "p1"), ("starting", "p1"), ("up", "p1")]


def test_a_hundred_devices_in_one_process(fleet: Fleet) -> None:
    """A large compound comes up whole, and costs next to nothing while nobody asks."""
    counts: dict[Kind, int] = {"camera": 60, "door": 30, "gate": 12, "recorder": 2}
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    spec = process("p1", *kinds)
    fleet.up(spec)
    assert len(fleet.run.stats()) == len(kinds)
    pid = fleet.who("p1").pid

    def ticks() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(1.0)
    assert ticks() - before <= 20  # of the hundred ticks that this second has

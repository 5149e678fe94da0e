"""Where a secret may be while a rollout runs: in memory and on the permit socket, nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.model.device import DeviceKind
from fleet.model.fleet import RolloutLimits
from fleet.model.secret import SecretRef
from fleet.rollout.progress import Event
from fleet.rollout.state import rollouts
from tests.support.fakes import value_of
from tests.support.fakes_city import (
    BOOTSTRAP,
    World,
    city,
    compound,
    device,
    recorder,
    uplink,
    world,
)
from tests.support.fakes_devices import Fault
from tests.support.fakes_plans import applied, planned
from tests.support.fakes_runs import resumed

ADMIN = SecretRef(source="generated", name="device/c1-cam-1/admin")


def secretive(tmp_path: Path) -> World:
    """A camera, a door and a recorder, each of which gets a password."""
    admin = {"admin_password": ADMIN}
    devices = [
        device("c1-cam-1", secrets=admin),
        device("c1-door-1", DeviceKind.DOOR, secrets=admin),
        recorder("c1-nvr-1"),
    ]
    town = city([compound("c1", devices, uplink())], RolloutLimits(tolerated_failures=9), True)
    return world(town, tmp_path)


def canaries(w: World) -> list[str]:
    """Every secret's value."""
    sip = next(d for d in w.city.devices() if d.kind is DeviceKind.RECORDER).secrets["gb_password"]
    return [value_of(r) for r in (BOOTSTRAP, ADMIN, sip)]


def traces(w: World, events: list[Event]) -> str:
    """Everything that outlives a rollout or is shown of it, as one text."""
    kept = [json.dumps(dict(r.data), ensure_ascii=False) for r in w.journal.records()]
    kept += [document.decode() for document in w.shelf.kept.values()]
    kept += [p.read_text() for p in w.folder.rglob("*") if p.is_file()]
    kept += [repr(e) for e in events]
    kept += [repr(s) for s in rollouts(w.journal)]
    kept += [repr(call) for runner in w.runners for call in runner.calls]
    return "\n".join(kept)


@pytest.mark.parametrize("fault", [None, "refuse", "keeps_nothing", "break_after", "garbage"])
async def test_no_value_of_a_secret_is_left_anywhere(tmp_path: Path, fault: str | None) -> None:
    """Journal, plan, events, states and files name references and versions alone."""
    w = secretive(tmp_path)
    if fault is not None:
        for one in w.devices.values():
            one.faults.append(Fault(fault, "user"))
    events: list[Event] = []

    result = await applied(w, listener=events.append)

    said = traces(w, events) + repr(result)
    assert '"name":"device/c1-cam-1/admin"' in said
    for value in canaries(w):
        assert value not in said
    assert w.devices["c1-nvr-1"].secrets["gb_password"] == canaries(w)[2], "it did travel"


async def test_nor_after_a_broken_tree_and_a_resume(tmp_path: Path) -> None:
    """Settling by looking uses the same secrets and leaves as little."""
    w = secretive(tmp_path)
    w.script += ["dies", "dies"]
    events: list[Event] = []

    await applied(w, listener=events.append)
    result = await resumed(w)

    assert result.status == "done"
    said = traces(w, events) + repr(result)
    assert not [v for v in canaries(w) if v in said]


async def test_what_is_shown_names_versions(tmp_path: Path) -> None:
    """The plan of a new version says from which to which."""
    w = secretive(tmp_path)
    plan = (await planned(w)).plan
    changes = [c for x in plan.works for s in x.steps for c in s.write_only]

    assert {c.field for c in changes} == {"admin_password", "gb_password"}
    assert all((c.before, c.after, c.before_version) == (None, None, None) for c in changes)
    assert all(c.secret is not None and c.secret.version == 1 for c in changes)


async def test_passwords_are_written_last_on_a_device(tmp_path: Path) -> None:
    """Everything else is done with the login that worked before."""
    w = secretive(tmp_path)
    await applied(w)

    for one in ("c1-cam-1", "c1-door-1"):
        mine = [x for x in w.written() if x.startswith(one)]
        assert mine[-1] == f"{one}/user"
        assert mine.count(f"{one}/user") == 1
    assert w.wrong_logins() == {}


async def test_a_second_apply_proves_nothing_and_writes_nothing(tmp_path: Path) -> None:
    """Versions are compared; no device and no registrar is asked for a proof."""
    w = secretive(tmp_path)
    await applied(w)
    before, asked = w.written(), len(w.upper.asked)

    plan = (await planned(w)).plan

    assert plan.empty
    assert (w.written(), len(w.upper.asked)) == (before, asked)


async def test_a_registrar_that_never_sees_it_leaves_it_in_doubt(tmp_path: Path) -> None:
    """The recorder took the password and registers with another: named, and not proven."""
    w = secretive(tmp_path)
    w.upper.accounts.clear()

    result = await applied(w)

    assert result.status == "partial"
    fault = result.failed["c1-nvr-1"]
    assert fault is not None
    assert (fault.code, fault.field) == ("in_doubt", "gb_password")
    proven = {r.subject for r in w.journal.kinds("credential.proven")}
    assert proven == {"c1-cam-1", "c1-door-1"}


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [("break_before", "halted", "unreachable"), ("break_after", "done", None)],
)
async def test_a_sip_password_whose_line_breaks_is_sent_once(
    tmp_path: Path, how: str, status: str, code: str | None
) -> None:
    """Nothing readable in the request: the registrar tells, and it is not sent again for ever."""
    nvr = recorder("c1-nvr-1")
    w = world(city([compound("c1", [nvr], uplink())], platform=True), tmp_path)
    w.devices["c1-nvr-1"].fields.update(nvr.settings)
    w.devices["c1-nvr-1"].faults.append(Fault(how, "gb28181"))
    plan = (await planned(w)).plan
    assert [c.field for x in plan.works for s in x.steps for c in s.changes] == ["gb_password"]

    result = await applied(w, plan)

    assert w.written() == ["c1-nvr-1/gb28181"]
    fault = result.failed.get("c1-nvr-1")
    assert (fault.code if fault else None) == code
    assert result.status == status


async def test_an_operators_recorder_is_done_by_its_witness(tmp_path: Path) -> None:
    """Nobody there can be asked: the readable fields of the same request are read back."""
    nvr = recorder("c1-nvr-1")
    w = world(city([compound("c1", [nvr], uplink("operator"))]), tmp_path)

    result = await applied(w)

    assert result.status == "done"
    assert w.upper.asked == []
    evidence = {r.data["step"]: r.data["evidence"] for r in w.journal.kinds("step.settled")}
    assert evidence["c1-nvr-1/02-gb28181"] == "readback"
    assert (await planned(w)).plan.empty

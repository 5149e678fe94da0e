"""Engine events become changes: one a resource, in a fixed order, with no secret in it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.automation.events import EngineEvent
from pulumi.runtime.rpc import UNKNOWN

from fleet.adapters.pulumi.events import Gathering

URN = "urn:pulumi:platform-340705::fleet::{type}::{name}"


def state(inputs: dict[str, Any] | None, outputs: dict[str, Any] | None) -> dict[str, Any]:
    """A resource's state as events carry it."""
    return {
        "type": "t",
        "urn": "u",
        "id": "i",
        "parent": "",
        "provider": "p",
        "inputs": inputs,
        "outputs": outputs,
    }


def event(
    kind: str,
    op: str,
    name: str = "r",
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    diff: dict[str, bool] | None = None,
    resource: str = "fleet:index:Registrar",
) -> EngineEvent:
    """One event of a step; `diff` maps a field to whether it is an input's difference."""
    metadata = {
        "op": op,
        "urn": URN.format(type=resource, name=name),
        "type": resource,
        "provider": "p",
        "old": old,
        "new": new,
        "keys": [],
        "diffs": sorted(diff or {}),
        "detailedDiff": {
            k: {"diffKind": "update", "inputDiff": i} for k, i in (diff or {}).items()
        },
        "logical": True,
    }
    return EngineEvent.from_json(
        {"sequence": 1, "timestamp": 1, kind: {"metadata": metadata, "planning": True}}
    )


def gathered(*events: EngineEvent, look: bool = False) -> Any:
    """The changes after some events."""
    gathering = Gathering(look=look)
    for one in events:
        gathering(one)
    return gathering.changes()


def test_a_create_shows_inputs_and_names_unknowns() -> None:
    """Goal: exact values are shown, unknown ones only named, at any depth."""
    inputs = {"port": 5060, "certificate": UNKNOWN, "accounts": [{"fingerprint": UNKNOWN}]}
    (change,) = gathered(event("resourcePreEvent", "create", new=state(inputs, None)))
    assert change.action == "create"
    assert change.before == {}
    assert change.after == {"port": 5060}
    assert change.unknown == ("accounts", "certificate")


def test_an_update_shows_only_what_differs() -> None:
    """Goal: input differences as before and after; a difference of the world as lost and wanted."""
    old = state({"port": 1, "name": "x"}, {"port": 1, "name": "x", "running": True})
    new = state({"port": 2, "name": "x"}, None)
    (change,) = gathered(
        event("resourcePreEvent", "update", old=old, new=new, diff={"port": True, "running": False})
    )
    assert change.before == {"port": 1, "running": None}
    assert change.after == {"port": 2, "running": True}


@pytest.mark.parametrize("op", ["replace", "create-replacement", "delete-replaced"])
def test_a_replacement_is_one_change(op: str) -> None:
    """Goal: the engine's three steps are one line of a plan."""
    old, new = state({"version": 1}, {"version": 1}), state({"version": 2}, None)
    steps = [
        event("resourcePreEvent", o, old=old, new=new, diff={"version": True})
        for o in ("delete-replaced", op, "create-replacement")
    ]
    (change,) = gathered(*steps)
    assert change.action == "replace"
    assert change.after == {"version": 2}


def test_secrets_and_bookkeeping_are_left_out() -> None:
    """Goal: no `value`, whatever the engine puts there; no stack, no provider resource."""
    created = event(
        "resourcePreEvent", "create", new=state({"name": "x", "value": "[secret]"}, None)
    )
    noise = [
        event("resourcePreEvent", "create", new=state({}, None), resource=r)
        for r in ("pulumi:pulumi:Stack", "pulumi:providers:fleet")
    ]
    (change,) = gathered(created, *noise)
    assert change.after == {"name": "x"}


def test_the_order_is_fixed() -> None:
    """Goal: the same plan shows the same lines, whatever the engine began with."""
    a, b = (event("resourcePreEvent", "create", name=n, new=state({}, None)) for n in "ab")
    assert gathered(a, b) == gathered(b, a)


def test_drift_is_recorded_against_seen() -> None:
    """Goal: what changed, what is gone, and what stands well."""
    recorded = {"running": True, "port": 1, "value": "[secret]"}
    seen = {"running": False, "port": 1, "value": "[secret]"}
    changed = event(
        "resOutputsEvent", "refresh", "a", old=state({"port": 1}, recorded), new=state({}, seen)
    )
    gone = event("resOutputsEvent", "refresh", "b", old=state({"port": 1}, recorded), new=None)
    well = event(
        "resOutputsEvent", "refresh", "c", old=state({}, recorded), new=state({}, recorded)
    )
    found = gathered(changed, gone, well, look=True)
    assert [(c.name, c.action) for c in found] == [("a", "update"), ("b", "delete"), ("c", "same")]
    assert (found[0].before, found[0].after) == ({"running": True}, {"running": False})
    assert found[1].before == {"port": 1}


def test_progress_is_told_step_by_step_and_not_for_what_stays() -> None:
    """Goal: started, done or failed of each change, in the order of the events."""
    told: list[tuple[str, str]] = []
    gathering = Gathering(lambda change, phase: told.append((change.name, phase)))
    for one in (
        event("resourcePreEvent", "create", "a", new=state({}, None)),
        event("resourcePreEvent", "same", "b", old=state({}, {}), new=state({}, {})),
        event("resOutputsEvent", "create", "a", new=state({}, {})),
        event("resourcePreEvent", "delete", "c", old=state({}, {})),
    ):
        gathering(one)
    assert told == [("a", "started"), ("a", "done"), ("c", "started")]

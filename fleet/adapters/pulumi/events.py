"""The engine's events as changes of resources: one a resource, never with a secret in it.

Events of the stack itself and of the provider resource are Pulumi's own bookkeeping and left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pulumi.automation.events import EngineEvent, StepEventMetadata
from pulumi.runtime.rpc import UNKNOWN

from fleet.model.stack import ResourceChange
from fleet.ports.engine import OnResource

Action = Literal["create", "update", "replace", "delete", "same"]
_ACTIONS: Mapping[str, Action] = {
    "create": "create",
    "update": "update",
    "delete": "delete",
    "same": "same",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "read": "same",
    "refresh": "same",
}
_BOOKKEEPING = ("pulumi:pulumi:", "pulumi:providers:")
# Never shown, whatever the engine puts there in its place.
_SECRET_KEYS = frozenset({"value"})


def change_of(step: StepEventMetadata) -> ResourceChange | None:
    """One step as a change; None for the engine's own bookkeeping."""
    if step.type.startswith(_BOOKKEEPING):
        return None
    action = _ACTIONS.get(str(getattr(step.op, "value", step.op)), "update")
    old, new = step.old, step.new
    old_all = {**((old.outputs or {}) if old else {}), **((old.inputs or {}) if old else {})}
    new_all = {**((new.inputs or {}) if new else {})}
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}
    if action == "create":
        after = new_all
    elif action == "delete":
        before = (old.inputs or {}) if old else {}
    elif action != "same":
        before, after = _changed(step, old_all, new_all)
    return _change(step, action, before, after)


def drift_of(step: StepEventMetadata) -> ResourceChange | None:
    """The outcome of looking at one resource as a change; action "same" where it stands well."""
    if step.type.startswith(_BOOKKEEPING):
        return None
    recorded = (step.old.outputs or {}) if step.old else {}
    if step.new is None or not step.new.outputs:
        return _change(step, "delete", (step.old.inputs or {}) if step.old else {}, {})
    seen = step.new.outputs
    keys = [k for k in sorted({*recorded, *seen}) if recorded.get(k) != seen.get(k)]
    return _change(
        step,
        "update" if keys else "same",
        {k: recorded.get(k) for k in keys},
        {k: seen.get(k) for k in keys},
    )


class Gathering:
    """An `on_event` callback that keeps the last change of each resource and tells progress."""

    def __init__(self, tell: OnResource | None = None, look: bool = False) -> None:
        self._tell = tell
        self._look = look
        self._changes: dict[str, ResourceChange] = {}

    def __call__(self, event: EngineEvent) -> None:
        """Take one event."""
        if self._look:
            if event.res_outputs_event is not None:
                self._keep(drift_of(event.res_outputs_event.metadata))
            return
        if event.resource_pre_event is not None:
            self._progress(event.resource_pre_event.metadata, "started", keep=True)
        elif event.res_outputs_event is not None:
            self._progress(event.res_outputs_event.metadata, "done", keep=False)
        elif event.res_op_failed_event is not None:
            self._progress(event.res_op_failed_event.metadata, "failed", keep=False)

    def changes(self) -> tuple[ResourceChange, ...]:
        """Every resource once, by type and name: the engine's own order differs from run to run."""
        return tuple(sorted(self._changes.values(), key=lambda c: (c.type, c.name)))

    def _progress(self, step: StepEventMetadata, phase: str, keep: bool) -> None:
        change = change_of(step)
        if keep:
            self._keep(change)
        if change is not None and change.action != "same" and self._tell is not None:
            self._tell(change, phase)

    def _keep(self, change: ResourceChange | None) -> None:
        if change is None:
            return
        known = self._changes.get(change.urn)
        if known is None or change.action != "same":
            self._changes[change.urn] = change


def _changed(
    step: StepEventMetadata, old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    inputs = {k: getattr(d, "input_diff", True) for k, d in (step.detailed_diff or {}).items()}
    for key in inputs or step.diffs or step.keys or ():
        if inputs.get(key, True):
            before[key], after[key] = old.get(key), new.get(key)
        else:
            # The world differs from the record, and `up` brings back what is recorded.
            before[key], after[key] = None, old.get(key)
    return before, after


def _change(
    step: StepEventMetadata, action: Action, before: Mapping[str, Any], after: Mapping[str, Any]
) -> ResourceChange:
    unknown = tuple(sorted(k for k, v in after.items() if _unknown(v)))
    return ResourceChange(
        urn=step.urn,
        type=step.type,
        name=step.urn.rsplit("::", 1)[-1],
        action=action,
        before=_shown(before),
        after={k: v for k, v in _shown(after).items() if k not in unknown},
        unknown=unknown,
    )


def _shown(values: Mapping[str, Any]) -> dict[str, object]:
    return {k: v for k, v in values.items() if k not in _SECRET_KEYS}


def _unknown(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_unknown(v) for v in value.values())
    if isinstance(value, list):
        return any(_unknown(v) for v in value)
    return value == UNKNOWN

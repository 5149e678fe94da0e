"""Whether a device stands as sealed on one side of a step, and how to say that it does not."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.change import Fidelity, FieldChange, Step, Target
from fleet.model.device import FieldValue
from fleet.model.errors import DeviceError, NotKept, StaleDevice, TooSlow
from fleet.model.observation import Fault
from fleet.model.text import text
from fleet.plan.diff import canonical_value
from fleet.rollout.faults import fault_of
from fleet.rollout.settlement import Settlement


def holds(change: FieldChange, fields: Mapping[str, FieldValue], side: str) -> bool:
    """Whether fields as read are as sealed on one side ("before" or "after") of a change.

    A predicted value need not be met, since the device may round it; it must have moved.
    """
    if side == "after" and change.fidelity is Fidelity.PREDICTED:
        return change.field in fields and fields[change.field] != change.before
    wanted = change.before if side == "before" else change.after
    return _seen(change, fields.get(change.field)) == wanted


def differs(step: Step, fields: Mapping[str, FieldValue], side: str) -> str | None:
    """The first readable field of the step that is not as sealed on that side."""
    return next((c.field for c in step.readable if not holds(c, fields, side)), None)


def observed(step: Step, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """What was read of the fields that a step changes, in canonical form."""
    return {c.field: _seen(c, fields[c.field]) for c in step.readable if c.field in fields}


def stale(target: Target, name: str, live: Mapping[str, FieldValue]) -> Settlement:
    """The device no longer stands as it was sealed, and was not touched."""
    error = StaleDevice(
        target.device,
        text(
            "{f} is now {v}, not what the plan was made from; the device was not touched",
            "{f} 现为 {v}，与计划时不同；设备未被改动",
            f=name,
            v=live.get(name),
        ),
        text("plan again", "请重新生成计划"),
        field=name,
    )
    return Settlement("stale", fault=fault_of(error))


def not_kept(target: Target, name: str) -> NotKept:
    """The device took a field and shows another value."""
    return NotKept(
        target.device,
        text(
            "the device said yes to {f} and reads back something else",
            "设备接受了 {f}，但回读的值不同",
            f=name,
        ),
        text("check its firmware and who else writes to it", "请检查固件以及是否另有他人在写入"),
        field=name,
    )


def between(target: Target, step: Step) -> DeviceError:
    """The device stands on neither side of a step."""
    return NotKept(
        target.device,
        text(
            "{s}: some fields are new and some are old",
            "{s}：部分字段已更新，部分仍为旧值",
            s=step.resource,
        ),
    )


def late(target: Target) -> Fault:
    """A permit that was over before anything was sent."""
    return fault_of(
        TooSlow(
            target.device,
            text(
                "the permit ran out before the write; nothing was sent",
                "许可在写入前已过期；未发送任何内容",
            ),
        )
    )


def _seen(change: FieldChange, value: FieldValue) -> FieldValue:
    """What of a value the change is about: of a link's list, the entries that either side names.

    An undo takes entries away again, so that its `after` no longer names them.
    """
    both = (change.before, change.after)
    if isinstance(change.before, list) and isinstance(change.after, list):
        return canonical_value(change.field, value, [*change.before, *change.after])
    return canonical_value(change.field, value, next((b for b in both if b is not None), None))

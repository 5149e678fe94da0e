"""Sealing a plan and finding out what no longer fits it."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.plan import Plan, Seal
from fleet.model.text import Text, text
from fleet.plan.canonical import digest


def sealed(plan: Plan) -> Plan:
    """The plan with its digest filled in; the git commit is recorded and not covered."""
    return plan.model_copy(update={"seal": plan.seal.model_copy(update={"digest": _digest(plan)})})


def intact(plan: Plan) -> bool:
    """Whether the plan still is what was sealed."""
    return plan.seal.digest == _digest(plan)


def fingerprint(plan: Plan) -> str:
    """A digest of what the plan does: equal for two plans of the same world made at two times.

    The engine's plan files hold times and nonces, so they are left out, as are time and commit.
    """
    body = plan.model_dump(mode="json", exclude={"created_at", "observed_at", "seal"})
    for stack in body["stacks"]:
        stack.pop("plan_file")
        stack.pop("plan_sha256")
    seal = plan.seal
    return digest([body, dict(seal.inventory), seal.code, dict(seal.observed)])


def stale_reasons(
    seal: Seal,
    inventory: Mapping[str, str],
    code: str,
    observed: Mapping[str, str],
    moved: Mapping[str, str] | None = None,
) -> list[Text]:
    """What differs from the seal: one sentence per compound or device, empty when it fits.

    Args:
        seal: the plan's seal.
        inventory: the targeted compounds' contents now.
        code: product version and rules now.
        observed: the sealed devices' managed fields now; devices left out are not judged.
        moved: which fields of a device are known to differ, as `name: before → now, …`.
    """
    reasons = [
        text(
            "compound {c}: its file, or one it inherits from, changed since the plan",
            "小区 {c}：计划之后其文件或所继承的文件已改动",
            c=name,
        )
        for name, content in seal.inventory.items()
        if inventory.get(name) != content
    ]
    if code != seal.code:
        reasons.append(
            text(
                "fleet itself (version, rules or drivers) changed since the plan",
                "计划之后 fleet 本身（版本、规则或驱动）已改动",
            )
        )
    reasons += [
        text(
            "device {d}: its managed fields changed since the plan{f}",
            "设备 {d}：计划之后其受管字段已改变{f}",
            d=name,
            f=text(" ({f})", "（{f}）", f=fields)
            if (fields := (moved or {}).get(name))
            else Text(en="", zh=""),
        )
        for name, seen in observed.items()
        if seal.observed.get(name) != seen
    ]
    return reasons


def _digest(plan: Plan) -> str:
    body = plan.model_dump(mode="json")
    body["seal"].pop("digest")
    body["seal"].pop("commit")
    return digest(body)

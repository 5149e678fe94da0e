"""A plan as a JSON document in Terraform's plan shape, ours under the extra key `fleet`.

Terraform's `resource_changes` lets OPA, conftest and other readers of plans judge it (format 1.2 of
https://developer.hashicorp.com/terraform/internals/json-format); what apply runs is under `fleet`.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from fleet import __version__
from fleet.model.change import DeviceWork, Fidelity
from fleet.model.errors import AlteredPlan
from fleet.model.plan import Plan
from fleet.model.stack import ResourceChange, StackPreview
from fleet.model.text import text
from fleet.plan.seal import fingerprint, intact

_ACTIONS = {
    "create": ["create"],
    "update": ["update"],
    "replace": ["delete", "create"],
    "delete": ["delete"],
    "same": ["no-op"],
}


def to_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON-able values."""
    changes = [_server(stack, c) for stack in plan.stacks for c in stack.changes]
    changes += [_device(work) for work in plan.works]
    return {
        "format_version": "1.2",
        "terraform_version": f"fleet-{__version__}",
        "timestamp": plan.created_at,
        "applyable": not plan.empty and plan.observed_at is None,
        "complete": not plan.faults,
        "errored": False,
        "resource_changes": changes,
        "fleet": {"plan": plan.model_dump(mode="json"), "fingerprint": fingerprint(plan)},
    }


def from_document(raw: bytes) -> Plan:
    """Read a plan file.

    Raises:
        AlteredPlan: it is no plan of ours, or it is not what was sealed.
    """
    try:
        document = json.loads(raw)
        plan = Plan.model_validate(document["fleet"]["plan"])
    except (ValueError, KeyError, TypeError, ValidationError, RecursionError) as error:
        raise AlteredPlan(
            text("this is not a plan file of fleet", "这不是 fleet 的计划文件"),
            text("make one with: fleet plan -o FILE", "用以下命令生成：fleet plan -o FILE"),
        ) from error
    if not intact(plan) or document != json.loads(json.dumps(to_document(plan))):
        raise AlteredPlan(
            text("the plan file is not what was sealed", "计划文件与封存时不一致"),
            text("plan again: fleet plan -o FILE", "请重新生成：fleet plan -o FILE"),
        )
    return plan


def _server(stack: StackPreview, change: ResourceChange) -> dict[str, Any]:
    return {
        "address": f"{stack.stack}.{change.type}.{change.name}",
        "mode": "managed",
        "type": change.type,
        "name": change.name,
        "provider_name": "pulumi/fleet",
        "change": {
            "actions": _ACTIONS[change.action],
            "before": dict(change.before) or None,
            "after": dict(change.after) or None,
            "after_unknown": dict.fromkeys(change.unknown, True),
            "before_sensitive": {},
            "after_sensitive": {},
        },
    }


def _device(work: DeviceWork) -> dict[str, Any]:
    changes = [c for step in work.steps for c in step.changes]
    secret = {c.field: True for c in changes if c.secret is not None}
    unknown = {c.field: True for c in changes if c.fidelity is not Fidelity.EXACT}
    readable = [c for c in changes if c.secret is None]
    return {
        "address": f"{work.compound}.{work.target.kind}.{work.target.device}",
        "mode": "managed",
        "type": work.target.kind,
        "name": work.target.device,
        "provider_name": f"fleet/{work.target.driver}",
        "change": {
            "actions": ["update"],
            "before": {c.field: c.before for c in readable},
            "after": {c.field: c.after for c in readable},
            "after_unknown": unknown,
            "before_sensitive": secret,
            "after_sensitive": secret,
        },
    }

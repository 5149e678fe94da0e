"""Clause 14 as read back: what a reader really accepts, whatever the inventory declares."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.model.device import Device
from fleet.model.diagnostic import Diagnostic
from fleet.model.text import text
from fleet.policy.rule import at
from fleet.policy.rules.biometric import FIX, RULE, forces_biometrics


def judge_observed(device: Device, auth_ways: Sequence[str] | None) -> Diagnostic | None:
    """Judge what a reader was read back to accept; None where it is lawful or unknown."""
    if auth_ways is None or not forces_biometrics(auth_ways):
        return None
    return Diagnostic(
        code=RULE.id,
        severity=RULE.severity(None),
        summary=text(
            "as read from the device, only biometrics open it: {w}",
            "设备回读结果：只能用生物识别通过：{w}",
            w=", ".join(auth_ways),
        ),
        fix=FIX,
        position=at(device, "auth_ways"),
        compound=device.compound,
        device=device.id,
        field="auth_ways",
        clause=RULE.clause,
        owner=RULE.owner,
    )

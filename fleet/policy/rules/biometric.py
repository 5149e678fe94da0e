"""Clause 14: nobody is made to pass a door by face or other biometrics, declared or in fact.

The same holds under the face recognition measures of CAC and MPS in force since 2025-06-01.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleet.model.device import DeviceKind
from fleet.model.fleet import Compound
from fleet.model.settings import BIOMETRIC
from fleet.model.text import Text, text
from fleet.policy.rule import Example, Hit, Owner, Rule, Wording, at

FIX: Text = text(
    "let card, identity card or password open it by themselves, like [card, face]",
    "须提供刷卡、身份证或密码等独立方式，例如 [card, face]",
)


def forces_biometrics(ways: Sequence[str]) -> bool:
    """Whether every way through needs a face, fingerprint or iris (`face+card` does)."""
    return bool(ways) and all(BIOMETRIC.intersection(way.split("+")) for way in ways)


def _check(compound: Compound) -> Iterator[Hit]:
    for device in compound.devices:
        ways = device.settings.get("auth_ways")
        if device.kind not in (DeviceKind.DOOR, DeviceKind.GATE) or not isinstance(ways, list):
            continue
        if forces_biometrics(ways):
            yield Hit(
                text("only biometrics open it: {w}", "只能用生物识别通过：{w}", w=", ".join(ways)),
                FIX,
                at(device, "auth_ways"),
                device=device.id,
                field="auth_ways",
            )


RULE = Rule(
    id="BIOMETRIC-14",
    clause="14",
    wording=Wording.ALWAYS,
    owner=Owner.POLICE,
    title=text("Biometrics are never the only way through", "不得只能用生物识别通过"),
    why=text(
        "owners must not be forced to use face recognition or other biometrics",
        "不应强制业主通过人脸识别等生物信息方式",
    ),
    compound=_check,
    example=Example(
        good="settings:\n  door: {auth_ways: [card, face]}\n",
        bad="settings:\n  door: {auth_ways: [face, face+card]}\n",
    ),
)

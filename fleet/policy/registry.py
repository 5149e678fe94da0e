"""All rules, in the order of the notice's clauses."""

from __future__ import annotations

from fleet.policy.rule import Rule
from fleet.policy.rules import (
    area,
    biometric,
    centre,
    entrance,
    perimeter,
    resident,
    secret,
    separation,
    unit_door,
    uplink,
)

RULES: tuple[Rule, ...] = (
    perimeter.RULE,
    entrance.RULE,
    separation.RULE,
    area.RULE,
    unit_door.RULE,
    biometric.RULE,
    centre.RULE,
    uplink.RULE,
    secret.RULE,
    resident.RULE,
)

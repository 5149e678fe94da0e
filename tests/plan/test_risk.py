"""How risky a change is, over every field that any device kind has."""

from __future__ import annotations

import pytest

from fleet.model.change import FieldChange
from fleet.model.device import STAGE_OF, DeviceKind, Stage
from fleet.model.settings import SETTINGS_OF
from fleet.model.stack import ResourceChange
from fleet.plan.risk import Risk, risk_of, risk_of_server

LOW = {"channel_name", "osd_text", "contact", "location"}
HIGH = {"admin_password", "auth_ways", "barrier_mode"}


@pytest.mark.parametrize("kind", DeviceKind)
def test_every_field_of_every_kind(kind: DeviceKind) -> None:
    """Passwords, ways through, the uplink and links are high; words are low; the rest between."""
    stage = STAGE_OF[kind]
    for name in SETTINGS_OF[kind].model_fields:
        wanted = Risk.MEDIUM
        if stage is Stage.LINKS or name in HIGH or name.startswith("gb_"):
            wanted = Risk.HIGH
        elif name in LOW:
            wanted = Risk.LOW
        assert (name, risk_of(stage, FieldChange(field=name))) == (name, wanted)


@pytest.mark.parametrize(
    ("action", "risk"),
    [("create", "medium"), ("update", "medium"), ("replace", "high"), ("delete", "high")],
)
def test_servers_that_go_away_are_high(action: str, risk: str) -> None:
    """What is made anew has a moment without."""
    change = ResourceChange.model_validate({"urn": "", "type": "", "name": "", "action": action})

    assert risk_of_server(change) == risk

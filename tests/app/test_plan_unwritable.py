"""A plan leaves out what a driver has no form for, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from fleet.app.plan import make_plan
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.plan import Plan
from fleet.model.text import Text, text
from tests.support.fakes_city import cameras, world
from tests.support.fakes_devices import FakeDriver

pytestmark = pytest.mark.usefixtures("broken_rules")


@dataclass
class Picky(FakeDriver):
    """A driver that has no form for one field's values."""

    field: str = "osd_text"

    def can_write(self, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
        """No for `field`, whatever the value."""
        return text("no form for {v}", "无法表示 {v}", v=value) if field == self.field else None


@pytest.mark.parametrize("barred", ["osd_text", "time_mode"])
async def test_a_value_that_cannot_be_written_was_planned_as_exact(
    tmp_path: Path, barred: str
) -> None:
    """Symptom: the plan promised a change that could only fail; now it is a note, never silence."""
    w = world(cameras(1, 1), tmp_path)
    usual = (await make_plan(w.app())).plan
    w.drivers["isapi"] = Picky(w.devices, field=barred)

    plan = (await make_plan(w.app())).plan

    def changed(found: Plan) -> set[str]:
        return {c.field for x in found.works for s in x.steps for c in s.changes}

    assert changed(plan) == changed(usual) - {barred}
    assert barred in changed(usual)
    assert any(f"{barred} is left as it is" in n.en and "no form for" in n.en for n in plan.notes)
    assert any("无法写入" in n.zh and "无法表示" in n.zh for n in plan.notes)
    assert usual.notes == ()
